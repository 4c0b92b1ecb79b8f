"""What the configuration says about risk. A limit of 0 does not limit."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal

from amounts import ZERO
from model import CNC, MIS, NRML


@dataclass(frozen=True)
class Limits:
    """Of a broker, or of one strategy at a broker."""

    max_order_quantity: int = 0
    max_order_value: Decimal = ZERO
    max_position_quantity: int = 0
    max_gross_exposure: Decimal = ZERO
    max_open_orders: int = 0
    max_open_order_value: Decimal = ZERO
    price_collar_bps: int = 0
    max_price_age_ms: int = 0
    max_signal_age_ms: int = 0
    duplicate_window_ms: int = 0
    max_orders_per_day: int = 0
    max_orders_per_minute: int = 0
    exit_reserve_per_minute: int = 0
    max_orders_per_second: int = 0
    exit_reserve_per_second: int = 0
    max_consecutive_rejects: int = 0
    max_day_loss: Decimal = ZERO
    max_drawdown: Decimal = ZERO
    allow_self_trade: bool = True

    @staticmethod
    def of(texts: Mapping[str, str]) -> "Limits":
        """From the configuration's texts, by name."""
        read = {int: int, Decimal: Decimal,
                bool: {"true": True, "false": False}.__getitem__}
        kinds = {one.name: read[one.type] for one in fields(Limits)}
        return Limits(**{name: kinds[name](text)
                         for name, text in texts.items()})


MARGIN_RATES = {MIS: Decimal("0.2"), CNC: Decimal(1), NRML: Decimal(1)}


@dataclass(frozen=True)
class RiskSettings:
    """All of a broker's."""

    broker: Limits = Limits()
    each_strategy: Limits = Limits()
    by_strategy: Mapping[str, Limits] = field(default_factory=dict)
    instruments: frozenset[str] = frozenset()  # for entries; empty: all
    square_off: int | None = None  # since midnight; None: never
    margin_rates: Mapping[str, Decimal] = field(
        default_factory=lambda: dict(MARGIN_RATES))

    def of(self, strategy: str) -> Limits:
        """The limits of a strategy alone."""
        return self.by_strategy.get(strategy, self.each_strategy)
