"""The strategies: ticks in, signals out (docs/kernel.md, "Strategies").

Indicators are the one place for floats; every limit price is a Decimal.
"""

import decimal
import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from amounts import ZERO
from clock import Session
from model import (BUY, OPPOSITE, SELL, Frame, Instrument, Intent, Signal,
                   Tick, derive_id)

FLAT, LONG, SHORT = "flat", "long", "short"
ENTRY_SIDE = {LONG: BUY, SHORT: SELL}

Parameters = Mapping[str, str]


class Stance:
    """Belief and cooldown in one instrument."""

    def __init__(self, qty: int, cooldown: int = 0) -> None:
        self.qty = qty
        self.cooldown = cooldown
        self.belief = FLAT
        self.last_entry: int | None = None

    def may_enter(self, now: int) -> bool:
        """Whether the cooldown is over."""
        return (self.last_entry is None
                or now >= self.last_entry + self.cooldown)

    def enter(self, belief: str, now: int,
              limit: decimal.Decimal | None = None) -> Intent:
        """Opens a position, as far as the strategy believes."""
        self.belief = belief
        self.last_entry = now
        return Intent(True, ENTRY_SIDE[belief], self.qty, limit)

    def leave(self) -> Intent:
        """Gives up what it believes to hold."""
        side = OPPOSITE[ENTRY_SIDE[self.belief]]
        self.belief = FLAT
        return Intent(False, side, self.qty)


class Sampler:
    """The last price of each bucket, seen when the next one opens."""

    def __init__(self, interval: int) -> None:
        self.interval = interval
        self.bucket: int | None = None
        self.last = ZERO

    def on_tick(self, tick: Tick, now: int) -> float | None:
        """The sample that this tick completed, if it did."""
        bucket = now // self.interval
        completed = self.bucket is not None and bucket != self.bucket
        sample = float(self.last) if completed else None
        self.bucket = bucket
        self.last = tick.price
        return sample


def flag(given: str) -> bool:
    """0 or 1, false or true."""
    return {"0": False, "false": False, "1": True, "true": True}[given]


class EmaCross:
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


class MeanReversion:
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
        rounding, away = ((decimal.ROUND_FLOOR, -1) if belief == LONG
                          else (decimal.ROUND_CEILING, 1))
        steps = (tick.price / step).to_integral_value(rounding)
        limit = (steps + away * self.offset_ticks) * step
        if limit <= 0:
            return []
        return [self.stance.enter(belief, now, limit)]


class LowFrequencyDemo:
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


Logic = EmaCross | MeanReversion | LowFrequencyDemo
KINDS: dict[str, Callable[[Parameters], Logic]] = {
    "ema_cross": EmaCross,
    "mean_reversion": MeanReversion,
    "low_frequency_demo": LowFrequencyDemo,
}


@dataclass(frozen=True)
class StrategyConfig:
    """One strategy's file."""

    name: str
    kind: str
    brokers: tuple[str, ...]
    instruments: tuple[str, ...]
    parameters: Parameters


class Host:
    """Runs every strategy, each instrument with a state of its own."""

    def __init__(self, configs: list[StrategyConfig],
                 session: Session) -> None:
        self.session = session
        self.logic: dict[str, list[tuple[str, Logic]]] = {}
        for config in sorted(configs, key=lambda config: config.name):
            for key in dict.fromkeys(config.instruments):
                self.logic.setdefault(key, []).append(
                    (config.name, KINDS[config.kind](config.parameters)))

    def on_frame(self, frame: Frame) -> list[Signal]:
        """The frame's signals by tick, strategy and ordinal."""
        if not frame.ticks or not self.session.is_open(frame.ts):
            return []
        signals: list[Signal] = []
        for tick in frame.ticks:
            key = tick.instrument.key
            for name, logic in self.logic.get(key, ()):
                intents = logic.on_tick(tick, frame.ts)
                signals += [address(name, tick.instrument, frame.seq, n, it)
                            for n, it in enumerate(intents)]
        return signals


def address(strategy: str, instrument: Instrument, feed_seq: int,
            ordinal: int, intent: Intent) -> Signal:
    """The signal, with the id that every broker sees."""
    facts = f"signal|{strategy}|{instrument.key}|{feed_seq}|{ordinal}"
    return Signal(derive_id(facts), strategy, instrument, intent)
