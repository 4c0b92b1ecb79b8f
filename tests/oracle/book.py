"""What a broker holds and what could still be added to it.

`who` is a strategy's name, or None for the whole broker.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from amounts import PAISA, ZERO, rounded
from model import BRACKET, BUY, Line, Order
from portfolio import Portfolio


def value_price(order: Order) -> Decimal:
    """The limit; of SL-M the trigger; of MARKET the price at approval."""
    return order.limit or order.trigger or order.reference


def worst_value(order: Order) -> Decimal:
    """Of all that may still fill, the dearer terms of a modification."""
    asked = order.asked_terms
    price = value_price(order)
    if asked:
        price = max(price, asked.limit or asked.trigger or price)
    return order.worst * price


def worst_units(orders: Iterable[Order]) -> int:
    """Of a group the largest bracket order, or its exits together."""
    alone = 0
    brackets: dict[str, int] = {}
    exits: dict[str, int] = {}
    for order in orders:
        if not order.group:
            alone += order.worst
        elif order.origin == BRACKET:
            brackets[order.group] = max(brackets.get(order.group, 0),
                                        order.worst)
        else:
            exits[order.group] = exits.get(order.group, 0) + order.worst
    return alone + sum(max(brackets.get(name, 0), exits.get(name, 0))
                       for name in {*brackets, *exits})


@dataclass
class Group:
    """A fill of an entry and the orders that give it up again."""

    name: str
    line: Line
    side: str  # of the orders
    qty: int   # of the fill
    orders: list[Order] = field(default_factory=list)

    @property
    def holds(self) -> int:
        """Units that its orders have not given up."""
        return self.qty - sum(order.filled for order in self.orders)

    @property
    def left(self) -> int:
        """Of those, what no exit but the bracket is about to give up."""
        return self.holds - sum(
            order.remaining for order in self.orders
            if order.working and order.origin != BRACKET)

    @property
    def works(self) -> bool:
        """Whether an order of it does."""
        return any(order.working for order in self.orders)

    def cancel_brackets(self, now: int, but: Order | None = None) -> None:
        """Asks for it, as far as they work."""
        for order in self.orders:
            if order.origin == BRACKET and order is not but:
                order.ask_cancel(now)


@dataclass
class Book:
    """Working orders from their approval on, positions and marks."""

    portfolio: Portfolio
    approved: list[Order] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    marks: dict[str, Decimal] = field(default_factory=dict)
    equity: Decimal = field(init=False)  # at the last snapshot

    def __post_init__(self) -> None:
        self.equity = self.portfolio.capital

    def drop_ended(self) -> None:
        """Forgets orders that no longer work, and groups with them.

        A group ends when none of its orders works and it holds nothing, or
        none works and its line is flat.
        """
        self.approved = [order for order in self.approved if order.working]
        self.groups = [group for group in self.groups
                       if group.works or (
                           group.holds > 0
                           and self.portfolio.held(group.line))]

    def add(self, order: Order) -> None:
        """Reserves at once."""
        self.approved.append(order)
        for group in self.groups:
            if order.group == group.name:
                group.orders.append(order)

    def working(self, who: str | None = None) -> list[Order]:
        """In order of approval."""
        return [order for order in self.approved if order.working
                and who in (None, order.strategy)]

    def entries(self, line: Line, side: str) -> list[Order]:
        """Entries that a cancel or a modification can reach."""
        return [order for order in self.approved
                if order.line == line and order.side == side
                and not order.reduces and order.cancellable]

    def positions(self, who: str | None) -> list[tuple[Line, int]]:
        """What is held, line by line."""
        return [(line, position.qty) for line, position
                in self.portfolio.positions.items()
                if position.qty and who in (None, line[0])]

    def worst_position(self, key: str, side: str, who: str | None) -> int:
        """Units on the side, if all that works there filled."""
        held = sum(qty for line, qty in self.positions(who)
                   if line[1] == key)
        adding = worst_units(order for order in self.working(who)
                             if order.instrument.key == key
                             and order.side == side)
        return (held if side == BUY else -held) + adding

    def held_value(self, who: str | None) -> Decimal:
        """Sum of |quantity| * mark."""
        return sum((abs(qty) * self.marks[line[1]]
                    for line, qty in self.positions(who)), ZERO)

    def entry_value(self, who: str | None) -> Decimal:
        """Of the working entries."""
        return sum((worst_value(order) for order in self.working(who)
                    if not order.reduces), ZERO)

    def free_margin(self) -> Decimal:
        """Equity that neither positions nor working entries bind."""
        rates = self.portfolio.margin_rates
        held = sum((rounded(abs(qty) * self.marks[key] * rates[product],
                            PAISA)
                    for (_, key, product), qty in self.positions(None)),
                   ZERO)
        entries = sum((rounded(worst_value(order) * rates[order.product],
                               PAISA)
                       for order in self.working() if not order.reduces),
                      ZERO)
        return self.equity - held - entries
