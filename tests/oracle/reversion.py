"""Strategies that bet against the price: mean_reversion and rsi."""

import math
from collections import deque

from amounts import ceil_to, floor_to
from model import Intent, Tick
from stance import LONG, SHORT, Parameters, Sampler, Stance, Trader, flag


def z_score(samples: deque[float], window: int) -> float | None:
    """Distance of the newest sample from the mean, in deviations."""
    if len(samples) < window:
        return None
    total = 0.0
    for x in samples:
        total += x
    mean = total / window
    squares = 0.0
    for x in samples:
        squares += (x - mean) * (x - mean)
    deviation = math.sqrt(squares / window)
    if not deviation > 0.0:
        return None
    return (samples[-1] - mean) / deviation


class MeanReversion(Trader):
    """Bets that a price far from its mean comes back."""

    def __init__(self, given: Parameters) -> None:
        self.window = int(given["window"])
        self.entry_z = float(given["entry_z"])
        self.exit_z = float(given["exit_z"])
        self.offset_ticks = int(given.get("limit_offset_ticks", "0"))
        self.allow_short = flag(given.get("allow_short", "0"))
        self.sampler = Sampler(int(given["interval_s"]))
        self.stance = Stance(int(given["quantity"]),
                             int(given["cooldown_s"]))
        self.samples: deque[float] = deque(maxlen=self.window)

    def on_tick(self, tick: Tick, now: int) -> list[Intent]:
        """Evaluates after each sample, at the price of this tick."""
        sample = self.sampler.on_tick(tick, now)
        if sample is None:
            return []
        self.samples.append(sample)
        z = z_score(self.samples, self.window)
        return [] if z is None else self.evaluate(z, tick, now)

    def evaluate(self, z: float, tick: Tick, now: int) -> list[Intent]:
        """At most one intent."""
        stance = self.stance
        if stance.belief == LONG:
            return [stance.leave()] if z >= -self.exit_z else []
        if stance.belief == SHORT:
            return [stance.leave()] if z <= self.exit_z else []
        if not stance.may_enter(now):
            return []
        if z <= -self.entry_z:
            return self.enter(LONG, tick, now)
        if z >= self.entry_z and self.allow_short:
            return self.enter(SHORT, tick, now)
        return []

    def enter(self, belief: str, tick: Tick, now: int) -> list[Intent]:
        """A LIMIT on the far side of the price, on the tick grid."""
        step = tick.instrument.tick_size
        rounding, away = ((floor_to, -1) if belief == LONG
                          else (ceil_to, 1))
        limit = rounding(tick.price, step) + away * self.offset_ticks * step
        if limit <= 0:
            return []
        return [self.stance.enter(belief, now, limit)]


class WilderIndex:
    """Wilder's relative strength index of the samples."""

    def __init__(self, period: int) -> None:
        self.period = period
        self.previous: float | None = None
        self.changes = 0
        self.gain = self.loss = 0.0

    def push(self, x: float) -> float | None:
        """The index after this sample, once `period` changes were seen."""
        before, self.previous = self.previous, x
        if before is None:
            return None
        gain, loss = max(x - before, 0.0), max(before - x, 0.0)
        self.changes += 1
        if self.changes > self.period:
            self.gain = (self.gain * (self.period - 1) + gain) / self.period
            self.loss = (self.loss * (self.period - 1) + loss) / self.period
            return self.index()
        self.gain += gain
        self.loss += loss
        if self.changes < self.period:
            return None
        self.gain /= self.period
        self.loss /= self.period
        return self.index()

    def index(self) -> float:
        """0 to 100; 50 where nothing moved."""
        if self.loss == 0.0:
            return 50.0 if self.gain == 0.0 else 100.0
        return 100.0 - 100.0 / (1.0 + self.gain / self.loss)


class Rsi(Trader):
    """Buys what is oversold, sells what is overbought."""

    def __init__(self, given: Parameters) -> None:
        self.oversold = float(given["oversold"])
        self.overbought = float(given["overbought"])
        self.exit_level = float(given["exit_level"])
        self.allow_short = flag(given.get("allow_short", "0"))
        self.sampler = Sampler(int(given["interval_s"]))
        self.stance = Stance(int(given["quantity"]),
                             int(given["cooldown_s"]))
        self.index = WilderIndex(int(given["period"]))

    def on_tick(self, tick: Tick, now: int) -> list[Intent]:
        """Evaluates after each sample, once there is an index."""
        sample = self.sampler.on_tick(tick, now)
        index = None if sample is None else self.index.push(sample)
        return [] if index is None else self.evaluate(index, now)

    def evaluate(self, index: float, now: int) -> list[Intent]:
        """At most one intent."""
        stance = self.stance
        if stance.belief == LONG:
            return [stance.leave()] if index >= self.exit_level else []
        if stance.belief == SHORT:
            return [stance.leave()] if index <= 100.0 - self.exit_level else []
        if not stance.may_enter(now):
            return []
        if index <= self.oversold:
            return [stance.enter(LONG, now)]
        if index >= self.overbought and self.allow_short:
            return [stance.enter(SHORT, now)]
        return []
