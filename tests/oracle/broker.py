"""One broker: a frame's market, signals and orders, and what to report."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import clock
from amounts import text
from charges import Charges, Schedule, Turnover
from clock import Session
from exchange import Exchange
from model import Fill, Frame, Order, Signal
from portfolio import Json, Portfolio
from risk import Limits, Refused, Risk


@dataclass(frozen=True)
class BrokerConfig:
    """A broker's settings; placing off means that orders are withheld."""

    name: str
    placing: bool
    capital: Decimal
    limits: Limits


class Broker:
    """Runs frames; its lists are in the order in which things happened."""

    def __init__(self, config: BrokerConfig, schedule: Schedule,
                 session: Session) -> None:
        self.placing = config.placing
        self.schedule = schedule
        self.portfolio = Portfolio(config.capital)
        self.exchange = Exchange(session)
        self.risk = Risk(config.limits, session, self.portfolio)
        self.orders: list[Order] = []
        self.fills: list[tuple[Fill, Charges]] = []
        self.rejections: list[Json] = []
        self.signals = self.validated = self.withheld = 0

    def on_frame(self, frame: Frame, signals: list[Signal],
                 last: Mapping[str, Decimal]) -> None:
        """The steps market, signals and orders."""
        for fill in self.exchange.on_frame(frame):
            self.book(fill)
        approved = self.decide(signals, frame.ts, last)
        for order in approved:
            if self.placing:
                order.submitted_at = frame.ts
                self.orders.append(order)
                self.exchange.place(order)
            else:
                self.withheld += 1
                self.risk.working.remove(order)

    def decide(self, signals: list[Signal], now: int,
               last: Mapping[str, Decimal]) -> list[Order]:
        """Each signal through the risk rules, in order."""
        approved = []
        for signal in signals:
            self.signals += 1
            try:
                order = self.risk.decide(signal, now,
                                         last.get(signal.instrument.key))
            except Refused as refusal:
                self.rejections.append({
                    "signal_id": signal.id, "strategy": signal.strategy,
                    "instrument": signal.instrument.key, **refusal.texts})
            else:
                approved.append(order)
        self.validated += len(approved)
        return approved

    def book(self, fill: Fill) -> None:
        """Charges the fill and takes it into the portfolio."""
        order = fill.order
        charges = self.schedule.charge(clock.date_of(fill.ts), Turnover(
            order.side, fill.value, order.filled_value - fill.value,
            order.brokerage_paid))
        order.brokerage_paid += charges.brokerage
        self.portfolio.apply(fill, charges)
        self.fills.append((fill, charges))

    def report(self, last: Mapping[str, Decimal]) -> Json:
        """The broker's part of the result."""
        return {
            "orders": [order_json(order) for order in self.orders],
            "fills": [fill_json(*fill) for fill in self.fills],
            "rejections": self.rejections,
            "withheld": self.withheld,
            "signals": self.signals,
            "validated": self.validated,
            "portfolio": self.portfolio.mark(last),
            "by_strategy": self.portfolio.by_strategy(last),
        }


def order_json(order: Order) -> Json:
    """An order as the product prints it."""
    return {
        "client_order_id": order.client_order_id,
        "signal_id": order.signal.id,
        "strategy": order.signal.strategy,
        "instrument": order.signal.instrument.key,
        "side": order.side,
        "type": order.signal.intent.type,
        "qty": order.qty,
        "limit_price": None if order.limit is None else text(order.limit),
        "reduces": order.reduces,
        "submitted_at": clock.iso(order.submitted_at),
        "status": order.status,
        "filled_qty": order.filled,
        "filled_value": text(order.filled_value),
    }


def fill_json(fill: Fill, charges: Charges) -> Json:
    """A fill as the product prints it."""
    order = fill.order
    return {
        "fill_id": fill.fill_id,
        "client_order_id": order.client_order_id,
        "strategy": order.signal.strategy,
        "instrument": order.signal.instrument.key,
        "side": order.side,
        "qty": fill.qty,
        "price": text(fill.price),
        "ts": clock.iso(fill.ts),
        "charges": {
            "brokerage": text(charges.brokerage),
            "stt": text(charges.stt),
            "exchange": text(charges.exchange),
            "sebi": text(charges.sebi),
            "gst": text(charges.gst),
            "stamp": text(charges.stamp),
            "total": text(charges.total),
        },
    }
