"""One broker: the steps of a frame."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import clock
from book import Book
from charges import Charges, Schedule, Turnover, segment_of
from clock import Session
from draws import PaperSettings
from exchange import Exchange, Reports
from guard import Guard
from limits import RiskSettings
from model import CNC, SELL, SESSION_CLOSE, Fill, Frame, Order, Signal
from owed import Owed
from performance import Performance
from portfolio import Portfolio
from risk import Risk
from rules import Quote, Refused


@dataclass(frozen=True)
class BrokerConfig:
    """A broker's settings; placing off means that orders are withheld."""

    name: str
    placing: bool
    capital: Decimal
    risk: RiskSettings = RiskSettings()
    paper: PaperSettings = PaperSettings()
    mark_interval_s: int = 60


@dataclass(frozen=True)
class Rejection:
    """A signal that a rule refused, with the rule's texts."""

    signal: Signal
    texts: Mapping[str, str]


@dataclass
class Record:
    """What happened, in order."""

    orders: list[Order] = field(default_factory=list)
    fills: list[tuple[Fill, Charges]] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    signals: int = 0    # received
    validated: int = 0  # approved orders, the risk manager's own too
    withheld: int = 0


class Broker:
    """Runs frames."""

    def __init__(self, config: BrokerConfig, schedule: Schedule,
                 session: Session) -> None:
        self.config = config
        self.schedule = schedule
        self.portfolio = Portfolio(config.capital, config.risk.margin_rates)
        self.performance = Performance()
        self.exchange = Exchange(session, config.paper)
        self.risk = Risk(config.risk, session, Book(self.portfolio))
        self.owed = Owed(self.risk)
        self.guard = Guard(self.risk, self.performance)
        self.record = Record()
        self.delivery_sold: dict[str, datetime.date] = {}
        self.last_mark: int | None = None  # number of its interval

    def on_frame(self, frame: Frame, signals: list[Signal],
                 quotes: Mapping[str, Quote]) -> None:
        """The steps market, signals, orders, mark and guard."""
        reports = self.exchange.on_frame(frame)
        for fill in reports.fills:
            self.book(fill)
        for order in reports.rejected:
            self.owed.on_refusal(order)
        self.guard.on_answers(reports.answers)
        approved = self.owed.make(frame, quotes)
        approved += self.decide(signals, frame.ts, quotes)
        self.record.validated += len(approved)
        for order in approved:
            self.submit(order, frame.ts)
        if self.mark_is_due(frame, reports):
            self.mark(frame.ts, quotes)
            self.guard.check(frame.ts)
        elif reports.rejected:
            self.guard.check(frame.ts)

    def decide(self, signals: list[Signal], now: int,
               quotes: Mapping[str, Quote]) -> list[Order]:
        """Each signal through the risk rules, in order."""
        approved: list[Order] = []
        for signal in signals:
            self.record.signals += 1
            try:
                approved += self.risk.decide(signal, now, quotes)
            except Refused as refusal:
                self.record.rejections.append(
                    Rejection(signal, refusal.texts))
        return approved

    def submit(self, order: Order, now: int) -> None:
        """To the exchange, unless it may not be placed or is too late."""
        if not self.config.placing or now >= order.expires_at:
            self.record.withheld += 1
            order.status = "withheld"
            return
        order.submitted_at = now
        self.record.orders.append(order)
        self.exchange.place(order)

    def book(self, fill: Fill) -> None:
        """Charges the fill and takes it into every state."""
        order, date = fill.order, clock.date_of(fill.ts)
        key = order.instrument.key
        delivery = order.product == CNC and order.side == SELL
        charges = self.schedule.charge(date, Turnover(
            order.side, fill.value, segment_of(order.instrument,
                                               order.product),
            fill.value_before, order.brokerage_paid,
            delivery and self.delivery_sold.get(key) != date))
        if delivery:
            self.delivery_sold[key] = date
        order.brokerage_paid += charges.brokerage
        self.portfolio.apply(fill, charges)
        self.record.fills.append((fill, charges))
        self.risk.book.marks[key] = fill.price
        self.owed.on_fill(fill)

    def mark_is_due(self, frame: Frame, reports: Reports) -> bool:
        """Fills, the close, or an interval with something held."""
        return bool(reports.fills) or frame.kind == SESSION_CLOSE or (
            self.portfolio.open
            and self.interval(frame.ts) > (self.last_mark or 0))

    def interval(self, ts: int) -> int:
        """Number of the interval of marks."""
        return ts // (self.config.mark_interval_s * clock.SECOND)

    def mark(self, now: int, quotes: Mapping[str, Quote]) -> None:
        """A portfolio snapshot."""
        last = {key: quote.last for key, quote in quotes.items()}
        account = self.portfolio.totals(last)
        self.performance.snapshot(clock.date_of(now), account,
                                  self.portfolio.by_strategy(last))
        book = self.risk.book
        book.equity = self.portfolio.cash + account.value
        for _, key, _ in self.portfolio.positions:
            book.marks[key] = last[key]
        self.last_mark = self.interval(now)
