"""Decides signals: the rules in order, the first that fails refuses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import book_rules
import exits
import rules
from amounts import ZERO
from book import Book
from book_rules import Approvals, Who
from clock import Session
from limits import Limits, RiskSettings
from model import (CANCEL, ENTRY, EXIT, MARKET, MODIFY, OPPOSITE, Order, Signal,
                   Terms, client_order_id)
from rules import Asked, Quote, Refused

HALT, REDUCE_ONLY = "halt", "reduce-only"
BROKER = ""  # beside the names of strategies, which are never empty

Scope = tuple[Who, Limits]


@dataclass
class Risk:
    """The rules over one broker's positions and working orders."""

    settings: RiskSettings
    session: Session
    book: Book
    approvals: Approvals = field(default_factory=Approvals)
    latches: dict[str, str] = field(default_factory=dict)

    def decide(self, signal: Signal, now: int,
               quotes: Mapping[str, Quote]) -> list[Order]:
        """The approved orders, reserved; raises Refused."""
        self.book.drop_ended()
        asked = Asked(signal, now, quotes.get(signal.instrument.key))
        action = signal.intent.action
        if action == CANCEL:
            self.cancel(signal, now)
            return []
        if action == MODIFY:
            self.modify(asked)
            return []
        orders = ([self.entry(asked)] if action == ENTRY
                  else self.exit(asked))
        self.approvals.add(now, [order.strategy for order in orders])
        for order in orders:
            self.book.add(order)
        return orders

    def scopes(self, signal: Signal) -> list[Scope]:
        """The broker's limits, then the strategy's."""
        return [(None, self.settings.broker),
                (signal.strategy, self.settings.of(signal.strategy))]

    def entry(self, asked: Asked) -> Order:
        """One order, as asked."""
        self.pass_entry(asked)
        self.approvals.add_entry(asked.now, asked.signal)
        return self.order(asked, asked.signal.intent.qty, 0)

    def exit(self, asked: Asked) -> list[Order]:
        """As many as the plan has; entries in its way are called off."""
        signal, intent = asked.signal, asked.signal.intent
        for order in self.book.entries(signal.line, OPPOSITE[intent.side]):
            order.ask_cancel(asked.now)
        self.gate(asked)
        plan = exits.plan(self.book, signal.line, intent.side, intent.qty,
                          signal.instrument.freeze_qty)
        if plan.qty < 1:
            raise Refused("nothing_to_exit", 0, intent.qty, "units")
        rules.no_price(asked)
        self.terms(asked)
        for who, limits in self.scopes(signal):
            self.approvals.rates(asked, limits, who, len(plan.pieces))
        if intent.type == MARKET:
            for group in plan.emptied:
                group.cancel_brackets(asked.now)
        return [self.order(asked, piece.qty, leg,
                           piece.group.name if piece.group else "")
                for leg, piece in enumerate(plan.pieces)]

    def cancel(self, signal: Signal, now: int) -> None:
        """Never refused by a limit."""
        entries = self.book.entries(signal.line, signal.intent.side)
        if not entries:
            raise Refused("nothing_to_cancel", 1, 0, "orders")
        for order in entries:
            order.ask_cancel(now)

    def modify(self, asked: Asked) -> None:
        """New terms for the newest entry of the side."""
        signal, intent = asked.signal, asked.signal.intent
        entries = self.book.entries(signal.line, intent.side)
        if not entries:
            raise Refused("nothing_to_modify", 1, 0, "orders")
        order = entries[-1]
        if order.type != intent.type:
            raise Refused("nothing_to_modify", order.type, intent.type,
                          "order type")
        if intent.qty <= order.filled:
            raise Refused("nothing_to_modify", order.filled, intent.qty,
                          "units")
        if order.modify_asked is not None:
            raise Refused("nothing_to_modify", 0, 1,
                          "modifications on their way")
        self.pass_entry(Asked(signal, asked.now, asked.quote, order))
        order.asked_terms = Terms(intent.qty, intent.limit, intent.trigger)
        order.modify_asked = asked.now
        self.approvals.add(asked.now, [signal.strategy])

    def pass_entry(self, asked: Asked) -> None:
        """Rules 1 to 18, of an entry or a modification."""
        scopes = self.scopes(asked.signal)
        self.gate(asked)
        rules.no_price(asked)
        for _, limits in scopes:
            rules.stale_price(asked, limits)
        rules.grid(asked)
        rules.trigger_side(asked)
        per_order: list[Callable[[Asked, Limits], None]] = [
            rules.order_quantity, rules.order_value,
            self.approvals.duplicate]
        for rule in per_order:
            for _, limits in scopes:
                rule(asked, limits)
        for beside in (book_rules.open_orders, book_rules.open_order_value,
                       book_rules.position, book_rules.gross_exposure):
            for who, limits in scopes:
                beside(self.book, asked, limits, who)
        book_rules.margin(self.book, asked)
        for _, limits in scopes:
            book_rules.self_trade(self.book, asked, limits)
        for _, limits in scopes:
            rules.price_collar(asked, limits)
        for who, limits in scopes:
            self.approvals.rates(asked, limits, who, 1)

    def gate(self, asked: Asked) -> None:
        """Rules 1 to 5."""
        for name in (BROKER, asked.signal.strategy):
            mode = self.latches.get(name)
            if mode == HALT or (mode == REDUCE_ONLY and asked.entry):
                raise Refused("kill_latch", mode,
                              asked.signal.intent.action, "kill mode")
        rules.session_hours(self.session, asked.now)
        if asked.entry:
            rules.instrument_and_product(asked, self.settings,
                                         self.session)
        for _, limits in self.scopes(asked.signal):
            rules.signal_age(asked, limits)

    def terms(self, asked: Asked) -> None:
        """Rules 8, 9 and 17, as far as they hold for an exit."""
        rules.grid(asked)
        rules.trigger_side(asked)
        for _, limits in self.scopes(asked.signal):
            rules.price_collar(asked, limits)

    def order(self, asked: Asked, qty: int, leg: int,
              group: str = "") -> Order:
        """What is asked of the broker."""
        signal, intent = asked.signal, asked.signal.intent
        return Order(
            client_order_id(signal.id, leg), signal, intent.side,
            intent.type, qty, self.session.close_of(asked.now), intent.limit,
            intent.trigger, intent.validity, signal.product, group=group,
            reference=asked.quote.last if asked.quote else ZERO,
            reduces=intent.action == EXIT)
