"""What the risk manager owes: brackets, safety exits, the square-off."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import clock
import exits
from amounts import MAX_PRICE, ceil_to, floor_to
from book import Group
from model import (BRACKET, BUY, BY_SIGNAL, EXIT, LIMIT, MARKET, MIS, OPPOSITE, SAFETY,
                   SELL, SQUARE_OFF, STOP_MARKET, Fill, Frame, Instrument,
                   Intent, Line, Order, Signal, client_order_id, derive_id)
from risk import BROKER, HALT, Risk
from rules import Quote

SAFETY_LEG = 1_000_000  # added to the leg of the order that was refused


@dataclass
class Owed:
    """Brackets and safety exits to make, and when it squared off last."""

    risk: Risk
    fills: list[Fill] = field(default_factory=list)
    refused: list[Order] = field(default_factory=list)
    minutes: dict[Line, int] = field(default_factory=dict)
    legs: dict[str, int] = field(default_factory=dict)  # of bracket orders
    instruments: dict[str, Instrument] = field(default_factory=dict)

    def on_fill(self, fill: Fill) -> None:
        """An entry with offsets wants a bracket."""
        order, intent = fill.order, fill.order.signal.intent
        if not order.reduces and (intent.stop_loss or intent.target):
            self.fills.append(fill)
            self.risk.book.groups.append(Group(
                fill.fill_id, order.line, OPPOSITE[order.side], fill.qty))
        self.risk.book.drop_ended()

    def on_refusal(self, order: Order) -> None:
        """A bracket order that the broker refused wants a safety exit."""
        if order.origin == BRACKET:
            self.refused.append(order)

    def make(self, frame: Frame, quotes: Mapping[str, Quote]) -> list[Order]:
        """In order: brackets, safety, square-off; nothing while halted."""
        for tick in frame.ticks:
            self.instruments[tick.instrument.key] = tick.instrument
        if self.risk.latches.get(BROKER) == HALT:
            return []
        self.risk.book.drop_ended()
        groups = {group.name for group in self.risk.book.groups}
        made = [order for fill in self.fills if fill.fill_id in groups
                for order in self.bracket(fill, frame.ts, quotes)]
        self.fills = []
        owed, self.refused = self.refused, []
        made += [order for refused in owed
                 for order in self.safety(refused, frame.ts, quotes)]
        return made + self.square_off(frame, quotes)

    def approve(self, order: Order, now: int) -> Order:
        """Never refused, but counted."""
        self.risk.approvals.add(now, [order.strategy])
        self.risk.book.add(order)
        return order

    def bracket(self, fill: Fill, now: int,
                quotes: Mapping[str, Quote]) -> list[Order]:
        """A stop and a target for one fill, as far as there are prices."""
        signal = fill.order.signal
        side, first = OPPOSITE[fill.order.side], 2 * (fill.number - 1)
        stop, target = prices(fill)
        made = []
        for price, leg, kind in ((stop, first + 1, STOP_MARKET),
                                 (target, first + 2, LIMIT)):
            if price is None:
                continue
            order = self.order(signal, leg, side, kind, fill.qty, now,
                               quotes)
            order.group, order.origin = fill.fill_id, BRACKET
            if kind == LIMIT:
                order.limit = price
            else:
                order.trigger = price
            self.legs[order.client_order_id] = leg
            made.append(order)
        return [self.approve(order, now) for order in made]

    def safety(self, refused: Order, now: int,
               quotes: Mapping[str, Quote]) -> list[Order]:
        """Out at the market; stays owed while other exits may do it."""
        leg = SAFETY_LEG + self.legs[refused.client_order_id]
        for group in self.risk.book.groups:
            if group.name != refused.group:
                continue
            if group.left < 1:
                self.refused.append(refused)
                return []
            group.cancel_brackets(now, but=refused)
            order = self.order(refused.signal, leg, refused.side, MARKET,
                               group.left, now, quotes)
            order.group, order.origin = group.name, SAFETY
            return [self.approve(order, now)]
        return []

    def square_off(self, frame: Frame,
                   quotes: Mapping[str, Quote]) -> list[Order]:
        """Takes every MIS position out, once a minute until it is out."""
        time = self.risk.settings.square_off
        session, date = self.risk.session, clock.date_of(frame.ts)
        if (time is None or clock.time_of_day(frame.ts)
                < session.moved_with_close(time, date)
                or not self.risk.session.is_open(frame.ts)):
            return []
        minute = frame.ts // clock.MINUTE
        made: list[Order] = []
        for line, instrument in sorted(self.intraday().items()):
            if self.minutes.get(line) == minute:
                continue
            for side in (BUY, SELL):
                for order in self.risk.book.entries(line, side):
                    order.ask_cancel(frame.ts)
            for order in self.risk.book.working():
                if (order.line == line and order.reduces
                        and order.origin == BY_SIGNAL
                        and order.type != MARKET):
                    order.ask_cancel(frame.ts)
            orders = self.take_out(line, instrument, frame, quotes)
            if orders:
                self.minutes[line] = minute
            made += orders
        return made

    def intraday(self) -> dict[Line, Instrument]:
        """Lines that hold MIS or have a working entry of it."""
        book = self.risk.book
        lines = {line for line, _ in book.positions(None)}
        lines |= {order.line for order in book.working()
                  if not order.reduces}
        return {line: self.instruments[line[1]] for line in lines
                if line[2] == MIS}

    def take_out(self, line: Line, instrument: Instrument, frame: Frame,
                 quotes: Mapping[str, Quote]) -> list[Order]:
        """All that is left to give up."""
        book = self.risk.book
        side = SELL if book.portfolio.held(line) > 0 else BUY
        plan = exits.plan(book, line, side, None, instrument.freeze_qty)
        for group in plan.emptied:
            group.cancel_brackets(frame.ts)
        strategy, key, _ = line
        signal = Signal(
            derive_id(f"square_off|{strategy}|{key}|{frame.seq}"), strategy,
            instrument, Intent(EXIT, side, max(plan.qty, 1)), frame.ts, MIS)
        made = []
        for leg, piece in enumerate(plan.pieces):
            order = self.order(signal, leg, side, MARKET, piece.qty,
                               frame.ts, quotes)
            order.group = piece.group.name if piece.group else ""
            order.origin = SQUARE_OFF
            made.append(self.approve(order, frame.ts))
        return made

    def order(self, signal: Signal, leg: int, side: str, kind: str,
              qty: int, now: int, quotes: Mapping[str, Quote]) -> Order:
        """An exit of the signal's strategy and product, DAY."""
        return Order(client_order_id(signal.id, leg), signal, side, kind,
                     qty, self.risk.session.close_of(now),
                     product=signal.product, reduces=True,
                     reference=quotes[signal.instrument.key].last)


def prices(fill: Fill) -> tuple[Decimal | None, Decimal | None]:
    """Trigger of the stop and limit of the target; None: not made."""
    intent, step = fill.order.signal.intent, fill.order.instrument.tick_size
    if fill.order.side == BUY:
        stop = floor_to(fill.price - intent.stop_loss, step)
        target = ceil_to(fill.price + intent.target, step)
    else:
        stop = ceil_to(fill.price + intent.stop_loss, step)
        target = floor_to(fill.price - intent.target, step)
    return (stop if intent.stop_loss and 0 < stop <= MAX_PRICE else None,
            target if intent.target and 0 < target <= MAX_PRICE else None)
