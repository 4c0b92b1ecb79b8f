"""Frames at a broker: signals through risk to fills and marks."""

import unittest
from dataclasses import replace
from decimal import Decimal

import clock
from draws import PaperSettings
from fixtures import BANK, NIFTY, Desk, at, buy, sell
from limits import Limits
from model import CNC, MIS, Frame, Signal
from portfolio import Position
from report import broker_json
from rules import Quote


class AFrame(Desk):
    """What became of signals, frame by frame."""

    def test_a_market_order_fills_at_the_next_tick(self):
        """Never at the tick that caused it."""
        self.step("10:00:00", "1000", buy(10))
        self.assertEqual(self.statuses, ["submitted"])
        self.step("10:00:20", "1001")
        self.assertEqual(self.orders[0].filled_value, 10010)

    def test_a_marketable_limit_fills_at_the_price_a_resting_at_its_limit(
            self):
        """The first arrives at 998; the others rest at 997 and 1003."""
        self.step("10:00:00", "1000", buy(1, "1000"))
        self.step("10:00:20", "998", buy(1, "997"), sell(1, "1003"))
        self.step("10:00:40", "998")
        self.step("10:01:00", "996")
        self.step("10:01:20", "1004")
        self.assertEqual(self.prices, ["998", "997", "1003"])

    def test_a_day_order_expires_before_the_ticks_of_that_frame(self):
        """At the first frame at or after the close."""
        self.step("15:29:59", "1000", buy(1), buy(1, "991"))
        self.close()
        self.step("15:30:00", "990")
        self.assertEqual(self.statuses, ["expired", "expired"])
        self.assertEqual(self.prices, [])

    def test_an_exit_cancels_the_working_entry_and_may_have_nothing_left(
            self):
        """The cancel wins over the fill at the next tick."""
        self.step("10:00:00", "1000", buy(5, "995"))
        self.step("10:00:20", "1000", sell(5, entry=False))
        self.assertEqual(self.statuses, ["pending_cancel"])
        self.assertEqual(self.refusals, ["nothing_to_exit|0|5|units"])
        self.step("10:00:40", "990")
        self.assertEqual((self.statuses, self.prices), (["cancelled"], []))

    def test_an_exit_cancels_nothing_but_its_own_opposite_entries(self):
        """Not another's, elsewhere, of another product, on its side."""
        self.step("10:00:00", "1000", buy(5))
        self.step("10:00:20", "1000", sell(5, entry=False),
                  sell(5, "1003"))
        others = [Signal("other", "other", NIFTY, sell(5, "1003")),
                  Signal("elsewhere", "s", BANK, sell(5, "1003")),
                  Signal("product", "s", NIFTY, sell(5, "1003"),
                         product="NRML"),
                  Signal("same side", "s", NIFTY, buy(5, "997")),
                  Signal("exit", "s", NIFTY, buy(5, entry=False))]
        self.quotes[BANK.key] = self.quotes[NIFTY.key]
        self.broker.on_frame(Frame(3, at("10:00:21"), ()), others,
                             self.quotes)
        self.assertEqual(
            [(one.signal.id, one.status) for one in self.orders],
            [("s1.0", "filled"), ("s2.0", "submitted"),
             ("s2.1", "pending_cancel"), ("other", "submitted"),
             ("elsewhere", "submitted"), ("product", "submitted"),
             ("same side", "submitted")])

    def test_what_works_counts_to_the_position_on_its_side(self):
        """100 sold and 51 more; 150 of another instrument do not count."""
        book = self.broker.risk.book
        book.portfolio.positions["s", BANK.key, MIS] = Position(-150)
        book.marks[BANK.key] = Decimal(1)
        self.quotes[BANK.key] = Quote(Decimal(1), 0)
        self.step("10:00:00", "1000", sell(100), buy(100), sell(51))
        self.assertEqual(self.refusals, ["position|150|151|units"])

    def test_an_exit_is_cut_to_what_is_held_and_not_yet_leaving(self):
        """Held 10: the exits of 8 and 8 become 8 and 2."""
        self.step("10:00:00", "1000", buy(10))
        self.step("10:00:20", "1000", sell(8, entry=False),
                  sell(8, entry=False), sell(8, entry=False))
        self.assertEqual([one.qty for one in self.orders], [10, 8, 2])
        self.assertEqual(len(self.refusals), 1)

    def test_with_placing_off_orders_are_withheld_and_reserve_nothing(self):
        """But within the frame they do: 100 + 100 is above 150."""
        self.broker.config = replace(self.broker.config, placing=False)
        self.step("10:00:00", "1000", buy(100), buy(100))
        self.step("10:00:20", "1000", buy(100))
        record = self.broker.record
        self.assertEqual((record.withheld, record.validated, record.signals,
                          self.orders), (2, 2, 3, []))

    def test_a_round_trip_adds_up(self):
        """17400 to 17450 with 50: 2500 less 86.15 and 278.27."""
        self.step("10:00:00", "17400", buy(50))
        self.step("10:00:20", "17400", sell(50, entry=False))
        self.step("10:00:40", "17450")
        last = {NIFTY.key: Decimal("17460")}
        totals = self.broker.portfolio.by_strategy(last)["s"]
        self.assertEqual((totals.realised, totals.charges, totals.net,
                          totals.fills),
                         (2500, Decimal("364.42"), Decimal("2135.58"), 2))
        self.assertEqual(self.broker.portfolio.cash, Decimal("1002135.58"))


class AMark(Desk):
    """Snapshots."""

    def net(self) -> str:
        """At the last snapshot."""
        course = self.broker.performance.courses.get("")
        return f"{course.net:.2f}" if course else "none"

    def test_marks_come_with_fills_intervals_and_the_close(self):
        """One unit at 1000: charges 0.30, 0.03 (0.0345), 0.06 and 0.03
        (stamp); SEBI 0.001 is nothing. -0.42 at 1000."""
        self.step("09:59:50", "1000", buy(1))
        self.assertEqual(self.net(), "none")
        self.step("09:59:55", "1000")
        self.assertEqual(self.net(), "-0.42")
        self.step("09:59:59", "1001")
        self.assertEqual(self.net(), "-0.42")
        self.step("10:00:00", "1002")
        self.assertEqual(self.net(), "1.58")
        self.step("10:00:59", "1003")
        self.assertEqual(self.net(), "1.58")
        self.step("15:29:59", None)
        self.assertEqual(self.net(), "2.58")
        self.step("15:29:59", "1004")
        self.close()
        self.assertEqual(self.net(), "3.58")

    def test_the_report_marks_the_performance_of_account_and_strategy(self):
        """Bought at 1000, seen at 1003 (2.58), on Tuesday at 1001: 0.58,
        two under the day before; 20 % of 1001 are bound."""
        self.step("09:59:55", "1000", buy(1))
        self.step("10:00:00", "1000")
        self.step("10:01:00", "1003")
        self.step("09:20:00", "1001", day=1)
        tuesday = self.quotes[NIFTY.key]
        report = broker_json(self.broker, {NIFTY.key: tuesday.last},
                             clock.date_of(tuesday.ts))
        portfolio = report["portfolio"]
        assert isinstance(portfolio, dict)
        self.assertEqual(portfolio["performance"], {
            "net": "0.58", "day_pnl": "-2.00", "peak": "2.58",
            "drawdown": "2.00", "gross_exposure": "1001.00",
            "margin": "200.20"})
        strategies = report["by_strategy"]
        assert isinstance(strategies, dict)
        self.assertEqual(strategies["s"]["performance"],
                         portfolio["performance"])


class Delivery(Desk):
    """CNC."""

    product = CNC
    capital = Decimal(10**7)
    limits = Limits()

    def test_the_first_sale_of_a_date_pays_the_dp_charge(self):
        """13.50 and GST once; the sale on Tuesday pays it again."""
        self.step("10:00:00", "1000", buy(10))
        self.step("10:00:20", "1000", sell(2, entry=False))
        self.step("10:00:40", "1000", sell(3, entry=False))
        self.step("10:01:00", "1000")
        self.step("10:00:00", "1000", sell(5, entry=False), day=1)
        self.step("10:00:20", "1000", day=1)
        self.assertEqual(
            [f"{charges.dp:.2f}"
             for _, charges in self.broker.record.fills],
            ["0.00", "15.93", "0.00", "15.93"])
        self.assertEqual(self.held(), 0)


class Parts(Desk):
    """An order in parts."""

    paper = PaperSettings(partial_fill_percent=100)

    def test_an_exit_in_between_takes_what_is_held_and_cancels_the_rest(
            self):
        """s1.0 draws four parts: 3 and 3 of 10, then it is called off."""
        self.step("10:00:00", "1000", buy(10))
        self.step("10:00:20", "1000")
        self.assertEqual(self.held(), 3)
        self.step("10:00:40", "1000", sell(10, entry=False))
        self.assertEqual(self.orders[1].qty, 6)
        self.step("10:01:00", "1000")
        self.assertEqual((self.statuses[0], self.orders[0].filled),
                         ("cancelled", 6))


if __name__ == "__main__":
    unittest.main()
