"""The risk rules of an order by itself: its terms, price and time.

The texts of a refusal are those of runtime/domain/risk/refusal.hpp.
"""

import decimal
from dataclasses import dataclass
from decimal import Decimal

import clock
from amounts import UNIT, text
from clock import MILLISECOND, Session, time_text
from limits import Limits, RiskSettings
from model import (BUY, CNC, EXIT, MIS, SELL, STOP_LIMIT, STOP_MARKET,
                   Order, Signal)


class Refused(Exception):
    """A rule said no."""

    def __init__(self, rule: str, limit: object, observed: object,
                 unit: str) -> None:
        super().__init__(rule)
        self.texts = {"rule": rule, "limit": str(limit),
                      "observed": str(observed), "unit": unit}


@dataclass(frozen=True)
class Quote:
    """A last price and when it was seen."""

    last: Decimal
    ts: int


@dataclass(frozen=True)
class Asked:
    """A signal under decision."""

    signal: Signal
    now: int
    quote: Quote | None
    changes: Order | None = None  # the order that a modification is for

    @property
    def entry(self) -> bool:
        """Entries, and modifications of them."""
        return self.signal.intent.action != EXIT

    @property
    def price(self) -> Decimal | None:
        """The limit; of SL-M the trigger; of MARKET the last price."""
        intent = self.signal.intent
        return (intent.limit or intent.trigger
                or (self.quote.last if self.quote else None))

    @property
    def known_price(self) -> Decimal:
        """Once rule no_price has passed."""
        if self.price is None:
            raise AssertionError("no price, and rule 7 let it pass")
        return self.price

    @property
    def added(self) -> int:
        """Units that it adds to what works."""
        qty = self.signal.intent.qty
        if self.changes is None:
            return qty
        return max(0, qty - self.changes.filled - self.changes.worst)


def milliseconds(duration: int) -> int:
    """Rounded up."""
    return -(-duration // MILLISECOND)


def session_hours(session: Session, now: int) -> None:
    """Rule 2."""
    if session.is_open(now):
        return
    date = clock.date_of(now)
    hours = session.hours_of(date) or session.usual
    weekend = {5: "Sat ", 6: "Sun "}.get(date.weekday(), "")
    raise Refused("session",
                  f"{time_text(hours.opens)}-{time_text(hours.closes)}",
                  weekend + time_text(clock.time_of_day(now)), "IST")


def instrument_and_product(asked: Asked, settings: RiskSettings,
                           session: Session) -> None:
    """Rules 3 and 4, of entries."""
    signal, intent = asked.signal, asked.signal.intent
    key = signal.instrument.key
    if settings.instruments and key not in settings.instruments:
        raise Refused("instrument", "trading.<broker>.instruments", key,
                      "instrument")
    widest = max(intent.stop_loss, intent.target)
    if signal.product == CNC and intent.side == SELL:
        raise Refused("product", BUY, SELL, "CNC side")
    if signal.product == CNC and widest:
        raise Refused("product", "0.00", text(widest), "CNC bracket offset")
    time = clock.time_of_day(asked.now)
    until = settings.square_off
    if until is not None:
        until = session.moved_with_close(until,
                                               clock.date_of(asked.now))
    if signal.product == MIS and until is not None and time >= until:
        raise Refused("product", time_text(until), time_text(time), "IST")
    if widest and asked.price is not None and widest >= asked.price:
        raise Refused("product", text(asked.price), text(widest),
                      "bracket offset")


def signal_age(asked: Asked, limits: Limits) -> None:
    """Rule 5."""
    age = asked.now - asked.signal.ts
    limit = limits.max_signal_age_ms
    if limit and age > limit * MILLISECOND:
        raise Refused("signal_age", limit, milliseconds(age), "ms")


def no_price(asked: Asked) -> None:
    """Rule 7, first half."""
    if asked.quote is None:
        raise Refused("no_price", 1, 0, "ticks")


def stale_price(asked: Asked, limits: Limits) -> None:
    """Rule 7, second half, of entries."""
    age = asked.now - (asked.quote.ts if asked.quote else 0)
    limit = limits.max_price_age_ms
    if limit and age > limit * MILLISECOND:
        raise Refused("stale_price", limit, milliseconds(age), "ms")


def grid(asked: Asked) -> None:
    """Rule 8."""
    instrument, intent = asked.signal.instrument, asked.signal.intent
    if asked.entry and intent.qty % instrument.lot_size:
        raise Refused("lot_size", instrument.lot_size, intent.qty, "units")
    step = instrument.tick_size
    for price in (intent.limit, intent.trigger):
        if price is not None and price % step:
            raise Refused("tick_size", text(step), text(price), "rupees")
    freeze = instrument.freeze_qty
    if asked.entry and freeze and intent.qty > freeze:
        raise Refused("freeze_quantity", freeze, intent.qty, "units")


def trigger_side(asked: Asked) -> None:
    """Rule 9."""
    intent = asked.signal.intent
    if intent.trigger is None or asked.quote is None or (
            intent.type not in (STOP_LIMIT, STOP_MARKET)):
        return
    last, sign = asked.quote.last, 1 if intent.side == BUY else -1
    if sign * (intent.trigger - last) <= 0:
        raise Refused("trigger", text(last), text(intent.trigger), "rupees")
    if intent.limit is not None and sign * (
            intent.limit - intent.trigger) < 0:
        raise Refused("trigger", text(intent.trigger), text(intent.limit),
                      "rupees")


def order_quantity(asked: Asked, limits: Limits) -> None:
    """Rule 10, first half, of entries."""
    limit, qty = limits.max_order_quantity, asked.signal.intent.qty
    if limit and qty > limit:
        raise Refused("order_quantity", limit, qty, "units")


def order_value(asked: Asked, limits: Limits) -> None:
    """Rule 10, second half, of entries."""
    value = asked.signal.intent.qty * asked.known_price
    if limits.max_order_value and value > limits.max_order_value:
        raise Refused("order_value", text(limits.max_order_value),
                      text(value), "rupees")


def price_collar(asked: Asked, limits: Limits) -> None:
    """Rule 17."""
    bps = limits.price_collar_bps
    if not bps or asked.quote is None:
        return
    last = asked.quote.last
    for price in (asked.signal.intent.limit, asked.signal.intent.trigger):
        distance = abs(price - last) * 10_000 if price is not None else 0
        if distance > bps * last:
            shown = (distance / last).quantize(
                UNIT, rounding=decimal.ROUND_CEILING)
            raise Refused("price_collar", bps, text(shown), "bps")
