"""Strategies that go by the time of the day: the demo, the opening range."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

import clock
from clock import Session
from model import BUY, ENTRY, SELL, Intent, Tick
from stance import FLAT, LONG, Parameters, Sampler, Stance, Trader, flag


class LowFrequencyDemo(Trader):
    """In on one period, out on the next: shows that the pipes work."""

    def __init__(self, given: Parameters) -> None:
        self.sampler = Sampler(int(given["period_s"]))
        self.stance = Stance(int(given["quantity"]))

    def on_tick(self, tick: Tick, now: int) -> list[Intent]:
        """One intent on the first tick of each period but the first."""
        if self.sampler.on_tick(tick, now) is None:
            return []
        if self.stance.belief == FLAT:
            return [self.stance.enter(LONG, now)]
        return [self.stance.leave()]


@dataclass
class OpeningRange:
    """One date's range and whether it was left."""

    date: datetime.date
    high: Decimal | None = None
    low: Decimal | None = None
    entered: bool = False

    def take(self, price: Decimal) -> None:
        """Widens to the price."""
        self.high = price if self.high is None else max(self.high, price)
        self.low = price if self.low is None else min(self.low, price)


class OpeningRangeBreakout:
    """Goes with the first move out of the day's opening range."""

    def __init__(self, given: Parameters, session: Session) -> None:
        self.session = session
        self.length = int(given["range_minutes"]) * clock.MINUTE
        self.qty = int(given["quantity"])
        self.stop_ticks = int(given["stop_loss_ticks"])
        self.target_ticks = int(given["target_ticks"])
        self.latest = clock.parse_time(given["latest_entry"])
        self.allow_short = flag(given.get("allow_short", "0"))
        self.day = OpeningRange(datetime.date.min)

    def on_tick(self, tick: Tick, now: int) -> list[Intent]:
        """At most one entry a date."""
        day = self.day
        if day.date != clock.date_of(now):
            day = self.day = OpeningRange(clock.date_of(now))
        opened = self.session.open_of(now)
        if opened <= now < opened + self.length:
            day.take(tick.price)
            return []
        if (now < opened or day.high is None or day.low is None
                or day.entered or clock.time_of_day(now) >= self.latest):
            return []
        if tick.price > day.high:
            return [self.enter(BUY, tick)]
        if tick.price < day.low and self.allow_short:
            return [self.enter(SELL, tick)]
        return []

    def flatten(self) -> None:
        """The date's entry is still to come."""
        self.day.entered = False

    def enter(self, side: str, tick: Tick) -> Intent:
        """With a bracket; the strategy itself never leaves."""
        self.day.entered = True
        step = tick.instrument.tick_size
        return Intent(ENTRY, side, self.qty,
                      stop_loss=self.stop_ticks * step,
                      target=self.target_ticks * step)
