"""Statutory and brokerage charges of a fill, each rounded to the paisa."""

import datetime
from dataclasses import astuple, dataclass
from decimal import Decimal

from amounts import PAISA, ZERO, rounded
from model import BUY


@dataclass(frozen=True)
class Charges:
    """What one fill costs, component by component."""

    brokerage: Decimal = ZERO
    stt: Decimal = ZERO
    exchange: Decimal = ZERO
    sebi: Decimal = ZERO
    gst: Decimal = ZERO
    stamp: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        """Sum of the rounded components."""
        return sum(astuple(self), ZERO)


@dataclass(frozen=True)
class Rates:
    """One period's rates, as fractions of 1 (0.03 % is 0.0003)."""

    start: datetime.date
    brokerage: Decimal
    brokerage_cap: Decimal
    stt_buy: Decimal
    stt_sell: Decimal
    exchange: Decimal
    sebi: Decimal
    gst: Decimal
    stamp_buy: Decimal
    stamp_sell: Decimal


@dataclass(frozen=True)
class Turnover:
    """The fill, and what its order had before it."""

    side: str
    value: Decimal
    order_value_before: Decimal
    brokerage_before: Decimal


class Schedule:
    """Rates by date."""

    def __init__(self, periods: list[Rates]) -> None:
        self.periods = sorted(periods, key=lambda rates: rates.start)

    def at(self, date: datetime.date) -> Rates | None:
        """The period that holds on the date; None before the first."""
        holding = None
        for rates in self.periods:
            if rates.start <= date:
                holding = rates
        return holding

    def charge(self, date: datetime.date, fill: Turnover) -> Charges:
        """The charges of one fill at that date's rates."""
        rates = self.at(date)
        if rates is None:
            return Charges()

        def share(rate: Decimal) -> Decimal:
            return rounded(fill.value * rate, PAISA)

        so_far = fill.order_value_before + fill.value
        owed = min(so_far * rates.brokerage, rates.brokerage_cap)
        brokerage = rounded(owed, PAISA) - fill.brokerage_before
        exchange = share(rates.exchange)
        sebi = share(rates.sebi)
        bought = fill.side == BUY
        return Charges(
            brokerage=brokerage,
            stt=share(rates.stt_buy if bought else rates.stt_sell),
            exchange=exchange,
            sebi=sebi,
            gst=rounded((brokerage + exchange + sebi) * rates.gst, PAISA),
            stamp=share(rates.stamp_buy if bought else rates.stamp_sell))
