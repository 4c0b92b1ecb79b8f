"""Positions, products and performance against figures worked out by hand."""

import datetime
import unittest
from decimal import Decimal

from fixtures import NIFTY
from model import BUY, CNC, MIS, NRML, SELL
from performance import ACCOUNT, Performance
from portfolio import Portfolio, Position, Totals

MONDAY = datetime.date(2022, 1, 3)
RATES = {MIS: Decimal("0.2"), CNC: Decimal(1), NRML: Decimal(1)}


class AverageCost(unittest.TestCase):
    """Positions."""

    def test_a_flip_realises_the_closed_part_and_opens_the_rest(self):
        """300.01 / 3 = 100.00333: the last unit takes the remainder."""
        position = Position()
        position.fill(BUY, 2, Decimal("100"))
        position.fill(BUY, 1, Decimal("100.01"))
        self.assertEqual((position.qty, position.cost),
                         (3, Decimal("300.01")))
        position.fill(SELL, 1, Decimal("101"))
        self.assertEqual((position.realised, position.cost),
                         (Decimal("0.9967"), Decimal("200.0067")))
        position.fill(SELL, 5, Decimal("99"))
        self.assertEqual((position.qty, position.cost, position.realised),
                         (-3, Decimal("-297"), Decimal("-1.01")))
        self.assertEqual(position.unrealised(Decimal("98")), 3)


class Products(unittest.TestCase):
    """One strategy in one instrument, product by product."""

    def test_exposure_and_margin_add_up_over_products(self):
        """10 MIS short and 3 CNC at 100.01: exposure 1300.13; margin 20 %
        of 1000.10 = 200.02, and 300.03."""
        portfolio = Portfolio(Decimal(1000), RATES)
        for product, qty in ((NRML, 0), (CNC, 3), (MIS, -10)):
            cost = qty * Decimal(100)
            portfolio.positions["s", NIFTY.key, product] = Position(qty, cost)
            portfolio.cash -= cost
        last = {NIFTY.key: Decimal("100.01")}
        totals = portfolio.totals(last)
        self.assertEqual((totals.exposure, totals.margin),
                         (Decimal("1300.13"), Decimal("500.05")))
        self.assertEqual(totals.net, Decimal("-0.07"))
        self.assertEqual([line[2] for line, _ in portfolio.rows()],
                         [MIS, CNC, NRML])

    def test_the_books_must_balance(self):
        """Cash from nowhere is an error."""
        portfolio = Portfolio(Decimal(1000), RATES)
        portfolio.cash += 1
        with self.assertRaises(AssertionError):
            portfolio.totals({})


class Marks(unittest.TestCase):
    """Day P&L, peak, drawdown."""

    def test_a_day_begins_at_the_last_mark_of_the_day_before(self):
        """Monday 50, 30; Tuesday 10: -20 on the day, 40 under the peak."""
        performance = Performance()

        def mark(net: int, days: int) -> tuple[int, int, int]:
            totals = Totals(realised=Decimal(net))
            date = MONDAY + datetime.timedelta(days=days)
            performance.snapshot(date, totals, {"s": totals})
            course = performance.courses["s"]
            return (int(course.day_pnl), int(course.peak),
                    int(course.drawdown))

        self.assertEqual([mark(50, 0), mark(30, 0), mark(10, 1),
                          mark(-5, 1), mark(60, 2)],
                         [(50, 50, 0), (30, 50, 20), (-20, 50, 40),
                          (-35, 50, 55), (65, 60, 0)])
        self.assertEqual(performance.courses[ACCOUNT],
                         performance.courses["s"])

    def test_a_loss_from_the_start_is_a_drawdown_from_zero(self):
        """And a mark that is only looked at is not kept."""
        performance = Performance()
        course = performance.marked(
            ACCOUNT, Totals(charges=Decimal(7)), MONDAY)
        self.assertEqual((course.peak, course.drawdown, course.day_pnl),
                         (0, 7, -7))
        self.assertEqual(performance.courses, {})


if __name__ == "__main__":
    unittest.main()
