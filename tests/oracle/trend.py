"""Strategies that go with the price: ema_cross and momentum."""

from collections import deque

from model import Intent, Tick
from stance import FLAT, LONG, SHORT, Parameters, Sampler, Stance, Trader, flag


class EmaCross(Trader):
    """Two exponential averages of the samples crossing each other."""

    def __init__(self, given: Parameters) -> None:
        self.slow_length = int(given["slow"])
        self.fast_alpha = 2.0 / (int(given["fast"]) + 1)
        self.slow_alpha = 2.0 / (self.slow_length + 1)
        self.allow_short = flag(given.get("allow_short", "0"))
        self.sampler = Sampler(int(given["interval_s"]))
        self.stance = Stance(int(given["quantity"]),
                             int(given["cooldown_s"]))
        self.samples = 0
        self.fast = self.slow = 0.0

    def on_tick(self, tick: Tick, now: int) -> list[Intent]:
        """Evaluates after each sample."""
        sample = self.sampler.on_tick(tick, now)
        return [] if sample is None else self.evaluate(sample, now)

    def evaluate(self, x: float, now: int) -> list[Intent]:
        """Takes in one sample."""
        before = self.fast - self.slow
        self.samples += 1
        if self.samples == 1:
            self.fast = self.slow = x
        else:
            self.fast = self.fast + self.fast_alpha * (x - self.fast)
            self.slow = self.slow + self.slow_alpha * (x - self.slow)
        after = self.fast - self.slow
        if self.samples < self.slow_length + 1:
            return []
        if before <= 0.0 < after:
            return self.turn(LONG, True, now)
        if before >= 0.0 > after:
            return self.turn(SHORT, self.allow_short, now)
        return []

    def turn(self, wanted: str, allowed: bool, now: int) -> list[Intent]:
        """Leaves the other side, then enters this one."""
        out: list[Intent] = []
        if self.stance.belief not in (FLAT, wanted):
            out.append(self.stance.leave())
        if (self.stance.belief == FLAT and allowed
                and self.stance.may_enter(now)):
            out.append(self.stance.enter(wanted, now))
        return out


class Momentum(Trader):
    """Goes with a change of the price over its last samples."""

    def __init__(self, given: Parameters) -> None:
        self.threshold = float(given["threshold_bps"])
        self.allow_short = flag(given.get("allow_short", "0"))
        self.sampler = Sampler(int(given["interval_s"]))
        self.stance = Stance(int(given["quantity"]),
                             int(given["cooldown_s"]))
        self.samples: deque[float] = deque(maxlen=int(given["lookback"]) + 1)

    def on_tick(self, tick: Tick, now: int) -> list[Intent]:
        """Evaluates after each sample, once there are enough."""
        sample = self.sampler.on_tick(tick, now)
        if sample is None:
            return []
        self.samples.append(sample)
        if len(self.samples) < (self.samples.maxlen or 0):
            return []
        oldest = self.samples[0]
        return self.evaluate((sample - oldest) * 10000.0 / oldest, now)

    def evaluate(self, change: float, now: int) -> list[Intent]:
        """At most one intent."""
        stance = self.stance
        if stance.belief == LONG:
            return [stance.leave()] if change <= 0.0 else []
        if stance.belief == SHORT:
            return [stance.leave()] if change >= 0.0 else []
        if not stance.may_enter(now):
            return []
        if change >= self.threshold:
            return [stance.enter(LONG, now)]
        if change <= -self.threshold and self.allow_short:
            return [stance.enter(SHORT, now)]
        return []
