"""Positions at average cost, cash and P&L: a fold over fills."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from amounts import UNIT, ZERO, rounded, text
from charges import Charges
from model import SIGN, Fill

Json = dict[str, object]


@dataclass(slots=True)
class Position:
    """What one strategy has in one instrument."""

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
class Portfolio:
    """All of a broker's positions, by (strategy, instrument key)."""

    capital: Decimal
    positions: dict[tuple[str, str], Position] = field(default_factory=dict)
    cash: Decimal = field(init=False)

    def __post_init__(self) -> None:
        self.cash = self.capital

    def apply(self, fill: Fill, charges: Charges) -> None:
        """Takes in one fill and what it cost."""
        signal = fill.order.signal
        key = (signal.strategy, signal.instrument.key)
        position = self.positions.setdefault(key, Position())
        position.fill(fill.order.side, fill.qty, fill.price)
        position.charges += charges.total
        position.fills += 1
        self.cash -= SIGN[fill.order.side] * fill.value + charges.total

    def held(self, strategy: str, instrument: str) -> int:
        """Units of one strategy, signed."""
        position = self.positions.get((strategy, instrument))
        return position.qty if position else 0

    def held_by_all(self, instrument: str) -> int:
        """Units of the broker in the instrument, signed."""
        return sum(position.qty for (_, key), position
                   in self.positions.items() if key == instrument)

    def check(self) -> None:
        """The identity that always holds."""
        held = sum((p.cost + p.charges - p.realised
                    for p in self.positions.values()), ZERO)
        if self.cash + held != self.capital:
            raise AssertionError(f"cash {self.cash} + {held} is not the "
                                 f"capital {self.capital}")

    def mark(self, last: Mapping[str, Decimal]) -> Json:
        """Everything at the last prices."""
        self.check()
        rows = []
        equity = self.cash
        totals = {"realised": ZERO, "unrealised": ZERO, "charges": ZERO}
        for (strategy, key), position in sorted(self.positions.items()):
            price = last[key]
            gains = {"realised": position.realised,
                     "unrealised": position.unrealised(price),
                     "charges": position.charges}
            equity += position.qty * price
            for name, amount in gains.items():
                totals[name] += amount
            rows.append({"strategy": strategy, "instrument": key,
                         "qty": position.qty, "cost": text(position.cost),
                         "last": text(price), **texts(gains)})
        return {"cash": text(self.cash), **texts(totals),
                "equity": text(equity), "positions": rows}

    def by_strategy(self, last: Mapping[str, Decimal]) -> dict[str, Json]:
        """P&L of every strategy that traded."""
        sums: dict[str, dict[str, Decimal]] = {}
        fills: dict[str, int] = {}
        for (strategy, key), position in sorted(self.positions.items()):
            unrealised = position.unrealised(last[key])
            of = sums.setdefault(strategy, {
                "realised": ZERO, "unrealised": ZERO, "charges": ZERO,
                "net": ZERO})
            of["realised"] += position.realised
            of["unrealised"] += unrealised
            of["charges"] += position.charges
            of["net"] += position.realised + unrealised - position.charges
            fills[strategy] = fills.get(strategy, 0) + position.fills
        return {name: {**texts(of), "fills": fills[name]}
                for name, of in sums.items()}


def texts(amounts: Mapping[str, Decimal]) -> dict[str, str]:
    """Amounts by name as exact decimal texts."""
    return {name: text(amount) for name, amount in amounts.items()}
