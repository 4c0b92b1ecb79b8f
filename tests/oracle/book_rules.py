"""The risk rules of an entry beside what works and is held, and of rates."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

import clock
from amounts import PAISA, ZERO, rounded, text
from book import Book, worst_value
from clock import MILLISECOND, MINUTE, SECOND
from limits import Limits
from model import BUY, OPPOSITE, Intent, Order, Signal
from rules import Asked, Refused, milliseconds

Who = str | None  # a strategy, or None for the whole broker


def added_value(asked: Asked) -> Decimal:
    """What it adds to the value of the working entries."""
    if asked.changes is None:
        return asked.signal.intent.qty * asked.known_price
    left = asked.signal.intent.qty - asked.changes.filled
    return max(ZERO, left * asked.known_price - worst_value(asked.changes))


def open_orders(book: Book, asked: Asked, limits: Limits, who: Who) -> None:
    """Rule 12, first half."""
    limit = limits.max_open_orders
    working = len(book.working(who)) + (asked.changes is None)
    if limit and working > limit:
        raise Refused("open_orders", limit, working, "orders")


def open_order_value(book: Book, asked: Asked, limits: Limits,
                     who: Who) -> None:
    """Rule 12, second half."""
    limit = limits.max_open_order_value
    value = book.entry_value(who) + added_value(asked)
    if limit and value > limit:
        raise Refused("open_order_value", text(limit), text(value),
                      "rupees")


def position(book: Book, asked: Asked, limits: Limits, who: Who) -> None:
    """Rule 13."""
    limit = limits.max_position_quantity
    worst = asked.added + book.worst_position(
        asked.signal.instrument.key, asked.signal.intent.side, who)
    if limit and worst > limit:
        raise Refused("position", limit, worst, "units")


def gross_exposure(book: Book, asked: Asked, limits: Limits,
                   who: Who) -> None:
    """Rule 14."""
    limit = limits.max_gross_exposure
    value = (book.held_value(who) + book.entry_value(who)
             + added_value(asked))
    if limit and value > limit:
        raise Refused("gross_exposure", text(limit), text(value), "rupees")


def margin(book: Book, asked: Asked) -> None:
    """Rule 15, of the broker."""
    rate = book.portfolio.margin_rates[asked.signal.product]
    needed = rounded(added_value(asked) * rate, PAISA)
    free = book.free_margin()
    if needed > free:
        raise Refused("margin", text(free), text(needed), "rupees")


def reach(order: Order | Intent) -> Decimal | None:
    """The limit up to which it trades; None: any price."""
    return order.limit


def self_trade(book: Book, asked: Asked, limits: Limits) -> None:
    """Rule 16: names the order that reaches farthest."""
    if limits.allow_self_trade:
        return
    intent = asked.signal.intent
    others = [reach(order) for order in book.working()
              if order.strategy != asked.signal.strategy
              and order.instrument == asked.signal.instrument
              and order.side == OPPOSITE[intent.side]]
    met = [other for other in others if meets(intent, other)]
    if met:
        nearest = min if intent.side == BUY else max
        other = (None if None in met
                 else nearest(one for one in met if one is not None))
        raise Refused("self_trade", reach_text(other),
                      reach_text(reach(intent)), "rupees")


def meets(intent: Intent, other: Decimal | None) -> bool:
    """Whether the entry could trade with an order of that reach."""
    own = reach(intent)
    if own is None or other is None:
        return True
    return own >= other if intent.side == BUY else own <= other


def reach_text(price: Decimal | None) -> str:
    """For a refusal."""
    return "MARKET" if price is None else text(price)


@dataclass
class Approvals:
    """When orders were approved, and which entries."""

    times: list[tuple[int, str]] = field(default_factory=list)
    entries: list[tuple[int, tuple[object, ...]]] = field(
        default_factory=list)

    def add(self, now: int, strategies: Iterable[str]) -> None:
        """One for each order."""
        today = clock.date_of(now)
        if self.times and clock.date_of(self.times[-1][0]) != today:
            self.times = [(ts, of) for ts, of in self.times
                          if ts > now - MINUTE]
        self.times += [(now, strategy) for strategy in strategies]

    def add_entry(self, now: int, signal: Signal) -> None:
        """For rule 11."""
        self.entries.append((now, likeness(signal)))

    def since(self, start: int, who: Who) -> int:
        """Approvals after the start."""
        return sum(1 for ts, strategy in self.times
                   if ts > start and who in (None, strategy))

    def duplicate(self, asked: Asked, limits: Limits) -> None:
        """Rule 11."""
        window = limits.duplicate_window_ms
        if not window:
            return
        like = likeness(asked.signal)
        for ts, entry in reversed(self.entries):
            if ts <= asked.now - window * MILLISECOND:
                return
            if entry == like:
                raise Refused("duplicate", window,
                              milliseconds(asked.now - ts), "ms")

    def rates(self, asked: Asked, limits: Limits, who: Who,
              orders: int) -> None:
        """Rule 18; orders: what this signal would add."""
        midnight = clock.start_of_day(clock.date_of(asked.now))
        if asked.entry:
            self.rate("orders_per_day", limits.max_orders_per_day,
                      midnight - 1, who, (orders, "orders/day"))
        for per, length, most, reserve, unit in (
                ("minute", MINUTE, limits.max_orders_per_minute,
                 limits.exit_reserve_per_minute, "orders/min"),
                ("second", SECOND, limits.max_orders_per_second,
                 limits.exit_reserve_per_second, "orders/s")):
            if most:
                self.rate(f"orders_per_{per}",
                          most - (reserve if asked.entry else 0),
                          asked.now - length, who, (orders, unit))

    def rate(self, rule: str, most: int, start: int, who: Who,
             shown: tuple[int, str]) -> None:
        """One window; shown: orders to come, and the unit."""
        done = self.since(start, who) + shown[0]
        if most and done > most:
            raise Refused(rule, most, done, shown[1])


def likeness(signal: Signal) -> tuple[object, ...]:
    """What two equal entries share."""
    intent = signal.intent
    return (signal.strategy, signal.instrument.key, intent.side, intent.type,
            intent.qty, intent.limit, intent.trigger)
