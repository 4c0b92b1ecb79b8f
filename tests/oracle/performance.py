"""Day P&L, peak and drawdown: a fold over the marks of a portfolio."""

import datetime
from dataclasses import dataclass, field
from decimal import Decimal

from amounts import ZERO
from portfolio import Totals

ACCOUNT = ""  # beside the names of strategies, which are never empty


@dataclass(frozen=True)
class Course:
    """How a net P&L came to where it is."""

    date: datetime.date | None = None
    net: Decimal = ZERO
    base: Decimal = ZERO  # net at the last mark of an earlier date
    peak: Decimal = ZERO  # highest net of any mark, at least 0

    def after(self, net: Decimal, date: datetime.date) -> "Course":
        """With one more mark."""
        base = self.base
        if self.date is not None and date > self.date:
            base = self.net
        return Course(date, net, base, max(self.peak, net))

    @property
    def day_pnl(self) -> Decimal:
        """Since the last mark of an earlier date."""
        return self.net - self.base

    @property
    def drawdown(self) -> Decimal:
        """Below the peak."""
        return self.peak - self.net


@dataclass
class Performance:
    """The course of the account and of each strategy."""

    courses: dict[str, Course] = field(default_factory=dict)

    def marked(self, name: str, totals: Totals,
               date: datetime.date) -> Course:
        """The course with this mark, which is not kept."""
        return self.courses.get(name, Course()).after(totals.net, date)

    def snapshot(self, date: datetime.date, account: Totals,
                 strategies: dict[str, Totals]) -> None:
        """Keeps a mark."""
        for name, totals in {ACCOUNT: account, **strategies}.items():
            self.courses[name] = self.marked(name, totals, date)
