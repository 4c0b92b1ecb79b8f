"""What moves through a run: instruments, frames, signals, orders, fills."""

import base64
import hashlib
from dataclasses import dataclass
from decimal import Decimal

from amounts import ZERO

BUY, SELL = "BUY", "SELL"
MARKET, LIMIT = "MARKET", "LIMIT"
OPPOSITE = {BUY: SELL, SELL: BUY}
SIGN = {BUY: 1, SELL: -1}
TERMINAL = frozenset(("filled", "cancelled", "expired", "rejected"))


def derive_id(text: str) -> str:
    """First 20 characters of the lower-case base32 of BLAKE2b-128."""
    digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
    return base64.b32encode(digest).decode().lower()[:20]


@dataclass(frozen=True, slots=True)
class Instrument:
    """One row of the instruments file; row counts from 0."""

    row: int
    key: str
    symbol: str
    tick_size: Decimal


@dataclass(frozen=True, slots=True)
class Tick:
    """One price of one instrument; its time is its frame's."""

    instrument: Instrument
    price: Decimal


@dataclass(frozen=True, slots=True)
class Frame:
    """What the feed saw at one instant. A session close has no ticks."""

    seq: int
    ts: int
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Intent:
    """What a strategy says; the host makes a signal of it."""

    entry: bool
    side: str
    qty: int
    limit: Decimal | None = None

    @property
    def type(self) -> str:
        """MARKET without a limit price."""
        return MARKET if self.limit is None else LIMIT


@dataclass(frozen=True, slots=True)
class Signal:
    """An intent with its address: the same for every broker."""

    id: str
    strategy: str
    instrument: Instrument
    intent: Intent


@dataclass(slots=True)
class Order:
    """An approved order and what became of it."""

    signal: Signal
    qty: int
    expires_at: int
    client_order_id: str = ""
    submitted_at: int = 0
    status: str = "submitted"
    accepted: bool = False
    filled: int = 0
    filled_value: Decimal = ZERO
    brokerage_paid: Decimal = ZERO

    def __post_init__(self) -> None:
        self.client_order_id = derive_id(f"order|{self.signal.id}|0")

    @property
    def side(self) -> str:
        """BUY or SELL."""
        return self.signal.intent.side

    @property
    def limit(self) -> Decimal | None:
        """None for a MARKET order."""
        return self.signal.intent.limit

    @property
    def reduces(self) -> bool:
        """Whether it came from an exit."""
        return not self.signal.intent.entry

    @property
    def remaining(self) -> int:
        """Units still to fill."""
        return self.qty - self.filled

    @property
    def working(self) -> bool:
        """Whether it can still change."""
        return self.status not in TERMINAL


@dataclass(frozen=True, slots=True)
class Fill:
    """An execution at the paper exchange, before charges."""

    order: Order
    qty: int
    price: Decimal
    ts: int

    @property
    def fill_id(self) -> str:
        """Broker order id and the number of the fill: always the first."""
        return f"P{self.order.client_order_id}-1"

    @property
    def value(self) -> Decimal:
        """Price times quantity, unsigned."""
        return self.price * self.qty
