"""Planning an exit: what is left to give up, and in which orders."""

from dataclasses import dataclass

from book import Book, Group
from model import SELL, Line, Order


@dataclass(frozen=True)
class Piece:
    """One order of an exit; group None: it belongs to none."""

    qty: int
    group: Group | None


@dataclass(frozen=True)
class Plan:
    """What an exit gives up, in order."""

    pieces: tuple[Piece, ...]
    emptied: tuple[Group, ...]  # taken whole: their brackets go

    @property
    def qty(self) -> int:
        """Of all orders."""
        return sum(piece.qty for piece in self.pieces)


def plan(book: Book, line: Line, side: str, asked: int | None,
         freeze: int) -> Plan:
    """asked None: all that is left. freeze 0: orders are not cut."""
    held = book.portfolio.held(line) * (1 if side == SELL else -1)
    groups = [group for group in book.groups
              if group.line == line and group.side == side]
    alone = sum(order.remaining for order in exits(book, line, side)
                if not order.group)
    leaving = sum(group.holds - group.left for group in groups)
    left = held - alone - leaving
    rest = left if asked is None else min(asked, left)
    covered = sum(group.holds for group in groups)
    pieces: list[Piece] = []
    emptied: list[Group] = []
    for group, most in [(None, held - alone - covered),
                        *((group, group.left) for group in groups)]:
        taken = min(rest, most)
        if taken < 1:
            continue
        rest -= taken
        pieces += [Piece(qty, group) for qty in cut(taken, freeze)]
        if group is not None and taken == most:
            emptied.append(group)
    return Plan(tuple(pieces), tuple(emptied))


def exits(book: Book, line: Line, side: str) -> list[Order]:
    """Working orders that give up what the line holds."""
    return [order for order in book.working()
            if order.line == line and order.side == side and order.reduces]


def cut(qty: int, freeze: int) -> list[int]:
    """Pieces that the exchange takes at once."""
    if freeze < 1:
        return [qty]
    whole, rest = divmod(qty, freeze)
    return [freeze] * whole + ([rest] if rest else [])
