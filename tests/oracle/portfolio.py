"""Positions at average cost, cash and P&L: a fold over fills."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from amounts import PAISA, UNIT, ZERO, rounded
from charges import Charges
from model import CNC, MIS, NRML, SIGN, Fill, Line

PRODUCT_ORDER = {MIS: 0, CNC: 1, NRML: 2}


@dataclass(slots=True)
class Position:
    """What one strategy has in one instrument and product."""

    qty: int = 0
    cost: Decimal = ZERO
    realised: Decimal = ZERO
    charges: Decimal = ZERO
    fills: int = 0

    def fill(self, side: str, qty: int, price: Decimal) -> None:
        """Closes against what is open, opens with the rest."""
        signed = SIGN[side] * qty
        if self.qty * signed < 0:
            closing = min(qty, abs(self.qty))
            removed = rounded(self.cost * closing / abs(self.qty), UNIT)
            value = SIGN[side] * closing * price
            self.realised += -value - removed
            self.cost -= removed
            self.qty += SIGN[side] * closing
            signed -= SIGN[side] * closing
        self.qty += signed
        self.cost += signed * price

    def unrealised(self, last: Decimal) -> Decimal:
        """Gain of what is open at the last price."""
        return self.qty * last - self.cost


@dataclass
class Totals:
    """Sums over positions at the last prices."""

    realised: Decimal = ZERO
    unrealised: Decimal = ZERO
    charges: Decimal = ZERO
    value: Decimal = ZERO      # of what is held, signed
    exposure: Decimal = ZERO   # sum of |quantity| * last
    margin: Decimal = ZERO
    fills: int = 0

    @property
    def net(self) -> Decimal:
        """Profit and loss after charges."""
        return self.realised + self.unrealised - self.charges

    def add(self, position: Position, last: Decimal, rate: Decimal) -> None:
        """One more position; rate: the margin of its product."""
        self.realised += position.realised
        self.unrealised += position.unrealised(last)
        self.charges += position.charges
        self.value += position.qty * last
        self.exposure += abs(position.qty) * last
        self.margin += rounded(abs(position.qty) * last * rate, PAISA)
        self.fills += position.fills


@dataclass
class Portfolio:
    """All of a broker's positions, by (strategy, instrument, product)."""

    capital: Decimal
    margin_rates: Mapping[str, Decimal]
    positions: dict[Line, Position] = field(default_factory=dict)
    cash: Decimal = field(init=False)

    def __post_init__(self) -> None:
        self.cash = self.capital

    def apply(self, fill: Fill, charges: Charges) -> None:
        """Takes in one fill and what it cost."""
        position = self.positions.setdefault(fill.order.line, Position())
        position.fill(fill.order.side, fill.qty, fill.price)
        position.charges += charges.total
        position.fills += 1
        self.cash -= SIGN[fill.order.side] * fill.value + charges.total

    def held(self, line: Line) -> int:
        """Units, signed."""
        position = self.positions.get(line)
        return position.qty if position else 0

    @property
    def open(self) -> bool:
        """Whether anything is held."""
        return any(position.qty for position in self.positions.values())

    def rows(self) -> list[tuple[Line, Position]]:
        """By strategy, instrument key and product (MIS, CNC, NRML)."""
        return sorted(self.positions.items(), key=lambda row: (
            row[0][0], row[0][1], PRODUCT_ORDER[row[0][2]]))

    def check(self) -> None:
        """The identity that always holds."""
        held = sum((p.cost + p.charges - p.realised
                    for p in self.positions.values()), ZERO)
        if self.cash + held != self.capital:
            raise AssertionError(f"cash {self.cash} + {held} is not the "
                                 f"capital {self.capital}")

    def totals(self, last: Mapping[str, Decimal]) -> Totals:
        """Of the account."""
        self.check()
        account = Totals()
        for (_, key, product), position in self.positions.items():
            account.add(position, last[key], self.margin_rates[product])
        return account

    def by_strategy(self, last: Mapping[str, Decimal]) -> dict[str, Totals]:
        """Of every strategy that traded."""
        of: dict[str, Totals] = {}
        for (strategy, key, product), position in self.rows():
            of.setdefault(strategy, Totals()).add(
                position, last[key], self.margin_rates[product])
        return of
