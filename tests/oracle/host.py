"""Hosts the strategies: ticks in, signals out, one order for all."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from clock import Session
from model import MIS, Frame, Instrument, Intent, Signal, Tick, derive_id
from reversion import MeanReversion, Rsi
from stance import Parameters
from timed import LowFrequencyDemo, OpeningRangeBreakout
from trend import EmaCross, Momentum


class Logic(Protocol):
    """A strategy in one instrument."""

    def on_tick(self, tick: Tick, now: int) -> list[Intent]:
        """What it says to a tick."""

    def flatten(self) -> None:
        """Believes to hold nothing, and never to have entered."""


KINDS: dict[str, Callable[[Parameters, Session], Logic]] = {
    "ema_cross": lambda given, _: EmaCross(given),
    "low_frequency_demo": lambda given, _: LowFrequencyDemo(given),
    "mean_reversion": lambda given, _: MeanReversion(given),
    "momentum": lambda given, _: Momentum(given),
    "opening_range_breakout": OpeningRangeBreakout,
    "rsi": lambda given, _: Rsi(given),
}


@dataclass(frozen=True)
class StrategyConfig:
    """One strategy's file."""

    name: str
    kind: str
    brokers: tuple[str, ...]
    instruments: tuple[str, ...]
    parameters: Parameters
    product: str = MIS
    limits: Mapping[str, str] = field(default_factory=dict)


class Host:
    """Runs every strategy, each instrument with a state of its own."""

    def __init__(self, configs: list[StrategyConfig],
                 session: Session) -> None:
        self.session = session
        self.logic: dict[str, list[tuple[StrategyConfig, Logic]]] = {}
        for config in sorted(configs, key=lambda config: config.name):
            for key in dict.fromkeys(config.instruments):
                self.logic.setdefault(key, []).append(
                    (config, KINDS[config.kind](config.parameters,
                                                session)))

    def on_frame(self, frame: Frame) -> list[Signal]:
        """The frame's signals by tick, strategy and ordinal."""
        if not frame.ticks or not self.session.is_open(frame.ts):
            return []
        signals: list[Signal] = []
        for tick in frame.ticks:
            for config, logic in self.logic.get(tick.instrument.key, ()):
                intents = logic.on_tick(tick, frame.ts)
                signals += [address(config, tick.instrument, frame, n, it)
                            for n, it in enumerate(intents)]
        return signals

    def warm_up(self, frames: Iterable[Frame]) -> None:
        """Shows history; what is said to it is dropped, belief with it."""
        for frame in frames:
            self.on_frame(frame)
        for listeners in self.logic.values():
            for _, logic in listeners:
                logic.flatten()


def address(strategy: StrategyConfig, instrument: Instrument, frame: Frame,
            ordinal: int, intent: Intent) -> Signal:
    """The signal, with the id that every broker sees."""
    facts = (f"signal|{strategy.name}|{instrument.key}|{frame.seq}|"
             f"{ordinal}")
    return Signal(derive_id(facts), strategy.name, instrument, intent,
                  frame.ts, strategy.product)
