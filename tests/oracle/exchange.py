"""The paper exchange: meets working orders with the feed's ticks."""

from dataclasses import dataclass, field
from decimal import Decimal

from amounts import ceil_units
from clock import Session
from draws import PaperSettings
from model import (BRACKET, BUY, IOC, MARKET, SAFETY, SESSION_CLOSE,
                   SQUARE_OFF, STOP_LIMIT, STOP_MARKET, Fill, Frame, Order,
                   Tick)


@dataclass
class Reports:
    """What a frame's market step gave, each in order."""

    fills: list[Fill] = field(default_factory=list)
    rejected: list[Order] = field(default_factory=list)
    # Acceptances and rejections, for the row of rejections.
    answers: list[tuple[Order, bool]] = field(default_factory=list)


class Exchange:
    """Orders that work, in the order they were submitted."""

    def __init__(self, session: Session,
                 settings: PaperSettings = PaperSettings()) -> None:
        self.session = session
        self.settings = settings
        self.working: list[Order] = []
        self.reports = Reports()

    def place(self, order: Order) -> None:
        """Takes part from the next frame on."""
        self.working.append(order)

    def on_frame(self, frame: Frame) -> Reports:
        """Last fills at the close, expiries, then each order once."""
        self.reports = Reports()
        if not self.working:
            return self.reports
        if frame.kind == SESSION_CLOSE:
            self.close(frame)
        for order in self.working:
            if order.working and frame.ts >= order.expires_at:
                order.status = "expired"
        if self.session.is_open(frame.ts):
            ticks = {tick.instrument.key: tick for tick in frame.ticks}
            for order in self.working:
                tick = ticks.get(order.instrument.key)
                if tick is not None and order.working:
                    self.meet(order, tick, frame.ts)
        self.working = [order for order in self.working if order.working]
        return self.reports

    def close(self, frame: Frame) -> None:
        """Rule 5: nothing that must go out stays in over the close."""
        for order in self.working:
            if (order.working and order.type == MARKET
                    and order.origin in (SQUARE_OFF, SAFETY)
                    and frame.ts >= order.expires_at):
                self.accept(order)
                self.fill(order, order.remaining, order.reference, frame.ts)

    def accept(self, order: Order) -> None:
        """Once."""
        if order.accepted:
            return
        order.accepted = True
        if order.status == "submitted":
            order.status = "open"
        self.reports.answers.append((order, True))

    def due(self, order: Order, asked: int, now: int) -> bool:
        """Whether what was asked for has reached the exchange."""
        return now >= asked + self.settings.latency(order)

    def meet(self, order: Order, tick: Tick, now: int) -> None:
        """Rules 1 to 4."""
        arriving = not order.accepted
        if arriving:
            if not self.due(order, order.submitted_at or 0, now):
                return
            if self.settings.rejects(order):
                order.status = "rejected"
                self.reports.rejected.append(order)
                self.reports.answers.append((order, False))
                return
            self.accept(order)
        if (order.cancel_asked is not None
                and self.due(order, order.cancel_asked, now)):
            order.status = "cancelled"
            return
        if self.modified(order, now):
            arriving = True
        if order.type in (STOP_LIMIT, STOP_MARKET) and not order.triggered:
            if not stop_reached(order, tick.price):
                if order.validity == IOC:
                    order.status = "cancelled"
                return
            order.triggered = arriving = True
        self.trade(order, tick, now, arriving)

    def modified(self, order: Order, now: int) -> bool:
        """Whether new terms took hold with this tick."""
        if order.modify_asked is None or not self.due(
                order, order.modify_asked, now):
            return False
        terms, order.asked_terms = order.asked_terms, None
        order.modify_asked = None
        if terms is None or terms.qty <= order.filled:
            return False
        order.qty = terms.qty
        order.limit, order.trigger = terms.limit, terms.trigger
        return True

    def trade(self, order: Order, tick: Tick, now: int,
              arriving: bool) -> None:
        """Rule 4."""
        price = self.price(order, tick, arriving)
        if price is not None:
            self.fill(order, self.part(order), price, now)
        if order.working and order.validity == IOC:
            order.status = "cancelled"

    def price(self, order: Order, tick: Tick,
              arriving: bool) -> Decimal | None:
        """None where the limit is not reached."""
        slipped = self.settings.slipped(order.side, tick)
        if order.type in (MARKET, STOP_MARKET) or order.limit is None:
            return slipped
        buys = order.side == BUY
        if tick.price > order.limit if buys else tick.price < order.limit:
            return None
        if not arriving:
            return order.limit
        return (min if buys else max)(slipped, order.limit)

    def part(self, order: Order) -> int:
        """What one tick fills of the order."""
        parts = self.settings.parts(order)
        if parts == 1:
            return order.remaining
        most = ceil_units(-(-order.qty // parts), order.instrument.lot_size)
        return min(order.remaining, most)

    def fill(self, order: Order, qty: int, price: Decimal,
             now: int) -> None:
        """And takes as much from the others of the group."""
        order.fills += 1
        fill = Fill(order, order.fills, qty, price, now, order.filled_value)
        order.filled += qty
        order.filled_value += fill.value
        if order.remaining == 0:
            order.status = "filled"
        elif order.status != "pending_cancel":
            order.status = "partially_filled"
        self.reports.fills.append(fill)
        if order.group:
            for other in self.working:
                if other is order or other.group != order.group:
                    continue
                if BRACKET in (order.origin, other.origin):
                    take_from(other, qty)


def stop_reached(order: Order, last: Decimal) -> bool:
    """BUY at the trigger or above, SELL at the trigger or below."""
    if order.trigger is None:
        raise ValueError(f"{order.client_order_id}: a stop without trigger")
    return (last >= order.trigger if order.side == BUY
            else last <= order.trigger)


def take_from(other: Order, qty: int) -> None:
    """One cancels the other, as far as it was filled."""
    if not other.working:
        return
    other.asked_terms = other.modify_asked = None
    if other.remaining <= qty:
        other.status = "cancelled"
    else:
        other.qty -= qty
