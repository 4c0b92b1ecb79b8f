"""What moves through a run: instruments, frames, signals, orders, fills."""

import base64
import hashlib
from dataclasses import dataclass, field
from decimal import Decimal

from amounts import ZERO

BUY, SELL = "BUY", "SELL"
MARKET, LIMIT, STOP_LIMIT, STOP_MARKET = "MARKET", "LIMIT", "SL", "SL-M"
DAY, IOC = "DAY", "IOC"
MIS, CNC, NRML = "MIS", "CNC", "NRML"
ENTRY, EXIT, CANCEL, MODIFY = "ENTRY", "EXIT", "CANCEL", "MODIFY"
BY_SIGNAL, BRACKET = "signal", "bracket"
SQUARE_OFF, SAFETY = "square_off", "safety"
TICKS, SESSION_CLOSE, CLOCK = "ticks", "session_close", "clock"

OPPOSITE = {BUY: SELL, SELL: BUY}
SIGN = {BUY: 1, SELL: -1}
TERMINAL = frozenset(("filled", "cancelled", "expired", "rejected",
                      "withheld"))
CANCELLABLE = frozenset(("submitted", "open", "partially_filled"))


def blake(text: str) -> bytes:
    """BLAKE2b-128."""
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def derive_id(text: str) -> str:
    """First 20 characters of the lower-case base32 of BLAKE2b-128."""
    return base64.b32encode(blake(text)).decode().lower()[:20]


def client_order_id(signal_id: str, leg: int) -> str:
    """The id of an order that comes from a signal."""
    return derive_id(f"order|{signal_id}|{leg}")


@dataclass(frozen=True, slots=True)
class Instrument:
    """One row of the instruments file; row counts from 0."""

    row: int
    key: str
    symbol: str
    tick_size: Decimal
    lot_size: int = 1
    segment: str = "NSE"
    freeze_qty: int = 0  # 0: none known


@dataclass(frozen=True, slots=True)
class Tick:
    """One price of one instrument; its time is its frame's."""

    instrument: Instrument
    price: Decimal
    bid: Decimal = ZERO  # 0: the source has no depth
    ask: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Frame:
    """What the feed saw at one instant; ticks in frames of kind ticks."""

    seq: int
    ts: int
    ticks: tuple[Tick, ...]
    kind: str = TICKS


@dataclass(frozen=True, slots=True)
class Intent:
    """What a strategy says; the host makes a signal of it."""

    action: str
    side: str
    qty: int
    type: str = MARKET
    limit: Decimal | None = None
    trigger: Decimal | None = None
    validity: str = DAY
    stop_loss: Decimal = ZERO  # offset of a bracket's stop; 0: none
    target: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Signal:
    """An intent with its address: the same for every broker."""

    id: str
    strategy: str
    instrument: Instrument
    intent: Intent
    ts: int = 0
    product: str = MIS

    @property
    def line(self) -> "Line":
        """What positions are kept by."""
        return (self.strategy, self.instrument.key, self.product)


# (strategy, instrument key, product)
Line = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a modification asks for."""

    qty: int
    limit: Decimal | None = None
    trigger: Decimal | None = None


@dataclass(slots=True)
class Order:
    """An approved order and what became of it."""

    client_order_id: str
    signal: Signal
    side: str
    type: str
    qty: int
    expires_at: int
    limit: Decimal | None = None
    trigger: Decimal | None = None
    validity: str = DAY
    product: str = MIS
    origin: str = BY_SIGNAL
    group: str = ""
    reference: Decimal = ZERO
    reduces: bool = False
    submitted_at: int | None = None
    status: str = "submitted"
    accepted: bool = False
    triggered: bool = False
    cancel_asked: int | None = None
    modify_asked: int | None = None
    asked_terms: Terms | None = None
    filled: int = 0
    fills: int = 0
    filled_value: Decimal = ZERO
    brokerage_paid: Decimal = ZERO

    @property
    def instrument(self) -> Instrument:
        """What it trades."""
        return self.signal.instrument

    @property
    def strategy(self) -> str:
        """Whose it is."""
        return self.signal.strategy

    @property
    def line(self) -> Line:
        """The position that it changes."""
        return (self.strategy, self.instrument.key, self.product)

    @property
    def remaining(self) -> int:
        """Units still to fill."""
        return self.qty - self.filled

    @property
    def worst(self) -> int:
        """Units that may still fill, a modification on its way counted."""
        asked = self.asked_terms.qty if self.asked_terms else 0
        return max(self.qty, asked) - self.filled

    @property
    def working(self) -> bool:
        """Whether it can still change."""
        return self.status not in TERMINAL

    @property
    def cancellable(self) -> bool:
        """Not in the frame that approved it: nobody knows it yet."""
        return self.submitted_at is not None and self.status in CANCELLABLE

    def ask_cancel(self, now: int) -> None:
        """Unless one is on its way, or it cannot be cancelled."""
        if self.cancellable:
            self.status = "pending_cancel"
            self.cancel_asked = now


@dataclass(frozen=True, slots=True)
class Fill:
    """An execution at the paper exchange, before charges."""

    order: Order
    number: int  # of the order's fills, from 1
    qty: int
    price: Decimal
    ts: int
    value_before: Decimal = field(default=ZERO)  # the order's earlier fills

    @property
    def fill_id(self) -> str:
        """Broker order id and the number of the fill."""
        return f"P{self.order.client_order_id}-{self.number}"

    @property
    def value(self) -> Decimal:
        """Price times quantity, unsigned."""
        return self.price * self.qty
