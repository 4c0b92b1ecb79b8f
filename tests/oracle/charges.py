"""Statutory and brokerage charges of a fill, each rounded to the paisa."""

import datetime
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal

from amounts import PAISA, ZERO, rounded
from model import BUY, CNC, Instrument

INTRADAY, DELIVERY = "equity_intraday", "equity_delivery"
FUTURES, OPTIONS = "futures", "options"


@dataclass(frozen=True)
class Charges:
    """What one fill costs, component by component."""

    brokerage: Decimal = ZERO
    stt: Decimal = ZERO
    exchange: Decimal = ZERO
    sebi: Decimal = ZERO
    gst: Decimal = ZERO
    stamp: Decimal = ZERO
    dp: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        """Sum of the rounded components."""
        return sum(asdict(self).values(), ZERO)


@dataclass(frozen=True)
class Rates:
    """One segment's rates, as fractions of 1 (0.03 % is 0.0003)."""

    brokerage: Decimal = ZERO
    brokerage_cap: Decimal = ZERO
    brokerage_flat: Decimal | None = None  # instead of the two above
    stt_buy: Decimal = ZERO
    stt_sell: Decimal = ZERO
    exchange: Decimal = ZERO
    sebi: Decimal = ZERO
    stamp_buy: Decimal = ZERO
    stamp_sell: Decimal = ZERO


@dataclass(frozen=True)
class Dp:
    """The depository participant's charge on shares sold."""

    amount: Decimal = ZERO
    gst_added: bool = True         # else the amount has it in it
    every_order: bool = False      # else the first sale of the day


@dataclass(frozen=True)
class Period:
    """The rates from a date on."""

    start: datetime.date
    segments: Mapping[str, Rates]
    gst: Decimal
    gst_on: tuple[str, ...]
    dp: Dp = Dp()


@dataclass(frozen=True)
class Turnover:
    """The fill, and what its order had before it."""

    side: str
    value: Decimal
    segment: str = INTRADAY
    order_value_before: Decimal = ZERO
    brokerage_before: Decimal = ZERO
    first_sale_of_day: bool = False  # of its instrument, CNC

    @property
    def first_of_order(self) -> bool:
        """Whether the order had no fill before."""
        return self.order_value_before == 0


def segment_of(instrument: Instrument, product: str) -> str:
    """By the instrument's segment, then by the product."""
    if instrument.segment.endswith("-FUT"):
        return FUTURES
    if instrument.segment.endswith("-OPT"):
        return OPTIONS
    return DELIVERY if product == CNC else INTRADAY


class Schedule:
    """Rates by date."""

    def __init__(self, periods: list[Period]) -> None:
        self.periods = sorted(periods, key=lambda period: period.start)

    def at(self, date: datetime.date) -> Period | None:
        """The period that holds on the date; None before the first."""
        holding = None
        for period in self.periods:
            if period.start <= date:
                holding = period
        return holding

    def charge(self, date: datetime.date, fill: Turnover) -> Charges:
        """The charges of one fill at that date's rates."""
        period = self.at(date)
        if period is None:
            return Charges()
        rates = period.segments[fill.segment]

        def share(rate: Decimal) -> Decimal:
            return rounded(fill.value * rate, PAISA)

        bought = fill.side == BUY
        parts = {
            "brokerage": brokerage(rates, fill),
            "stt": share(rates.stt_buy if bought else rates.stt_sell),
            "exchange": share(rates.exchange),
            "sebi": share(rates.sebi),
            "stamp": share(rates.stamp_buy if bought else rates.stamp_sell)}
        base = sum((parts[name] for name in period.gst_on), ZERO)
        return Charges(**parts, gst=rounded(base * period.gst, PAISA),
                       dp=dp_charge(period, fill))


def brokerage(rates: Rates, fill: Turnover) -> Decimal:
    """What the order owes so far less what it paid."""
    if rates.brokerage_flat is not None:
        return rates.brokerage_flat if fill.first_of_order else ZERO
    so_far = fill.order_value_before + fill.value
    owed = min(so_far * rates.brokerage, rates.brokerage_cap)
    return rounded(owed, PAISA) - fill.brokerage_before


def dp_charge(period: Period, fill: Turnover) -> Decimal:
    """With a sale of delivery shares; GST included."""
    if fill.segment != DELIVERY or fill.side == BUY:
        return ZERO
    due = (fill.first_of_order if period.dp.every_order
           else fill.first_sale_of_day)
    if not due:
        return ZERO
    gst = period.dp.amount * period.gst if period.dp.gst_added else ZERO
    return period.dp.amount + rounded(gst, PAISA)
