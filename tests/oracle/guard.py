"""Limits on losses and rejections, which latch the kill switch."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from limits import Limits
from model import Order
from performance import Course, Performance
from risk import BROKER, REDUCE_ONLY, Risk


@dataclass(frozen=True)
class Latch:
    """A kill switch that closed; strategy "": the whole broker's."""

    strategy: str
    mode: str
    cause: str
    ts: int


@dataclass
class Guard:
    """Counts rejections in a row; closes each latch once."""

    risk: Risk
    performance: Performance
    rejects: dict[str, int] = field(default_factory=dict)
    latched: list[Latch] = field(default_factory=list)

    def on_answers(self, answers: Iterable[tuple[Order, bool]]) -> None:
        """Acceptances (true) and rejections, in order."""
        for order, accepted in answers:
            for name in (BROKER, order.strategy):
                row = self.rejects.get(name, 0)
                self.rejects[name] = 0 if accepted else row + 1

    def check(self, now: int) -> None:
        """The broker, then each strategy by name."""
        names = {BROKER, *self.performance.courses, *self.rejects}
        for name in sorted(names):
            settings = self.risk.settings
            limits = settings.of(name) if name else settings.broker
            cause = self.cause(name, limits)
            if cause and name not in self.risk.latches:
                self.latch(name, cause, now)

    def cause(self, name: str, limits: Limits) -> str | None:
        """The first limit that is reached."""
        course = self.performance.courses.get(name, Course())
        if limits.max_day_loss and -course.day_pnl >= limits.max_day_loss:
            return "day_loss"
        if limits.max_drawdown and course.drawdown >= limits.max_drawdown:
            return "drawdown"
        most = limits.max_consecutive_rejects
        if most and self.rejects.get(name, 0) >= most:
            return "consecutive_rejects"
        return None

    def latch(self, name: str, cause: str, now: int) -> None:
        """No more entries, and those that work are called off."""
        self.risk.latches[name] = REDUCE_ONLY
        self.latched.append(Latch(name, REDUCE_ONLY, cause, now))
        for order in self.risk.book.working(name or None):
            if not order.reduces:
                order.ask_cancel(now)
