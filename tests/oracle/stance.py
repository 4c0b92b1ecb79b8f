"""What strategies share: belief, cooldown, sampling, parameters."""

from collections.abc import Mapping
from decimal import Decimal

from amounts import ZERO
from clock import SECOND
from model import (BUY, ENTRY, EXIT, LIMIT, MARKET, OPPOSITE, SELL, Intent,
                   Tick)

FLAT, LONG, SHORT = "flat", "long", "short"
ENTRY_SIDE = {LONG: BUY, SHORT: SELL}

Parameters = Mapping[str, str]


class Stance:
    """Belief and cooldown (in seconds) in one instrument."""

    def __init__(self, qty: int, cooldown: int = 0) -> None:
        self.qty = qty
        self.cooldown = cooldown * SECOND
        self.belief = FLAT
        self.last_entry: int | None = None

    def may_enter(self, now: int) -> bool:
        """Whether the cooldown is over."""
        return (self.last_entry is None
                or now >= self.last_entry + self.cooldown)

    def enter(self, belief: str, now: int,
              limit: Decimal | None = None) -> Intent:
        """Opens a position, as far as the strategy believes."""
        self.belief = belief
        self.last_entry = now
        return Intent(ENTRY, ENTRY_SIDE[belief], self.qty,
                      MARKET if limit is None else LIMIT, limit)

    def leave(self) -> Intent:
        """Gives up what it believes to hold."""
        side = OPPOSITE[ENTRY_SIDE[self.belief]]
        self.belief = FLAT
        return Intent(EXIT, side, self.qty)


class Trader:
    """A strategy that goes by a stance."""

    stance: Stance

    def flatten(self) -> None:
        """Believes to hold nothing, and never to have entered."""
        self.stance.belief = FLAT
        self.stance.last_entry = None


class Sampler:
    """The last price of each bucket, seen when the next one opens."""

    def __init__(self, interval: int) -> None:
        self.interval = interval * SECOND
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
