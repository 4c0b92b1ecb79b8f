"""Limits on losses and rejections."""

import unittest
from decimal import Decimal

from draws import PaperSettings
from fixtures import Desk, buy, sell
from limits import Limits, RiskSettings


class Losses(Desk):
    """Each limit latches when it is reached, and once."""

    capital = Decimal(10**7)

    def latched(self) -> list[tuple[str, str]]:
        """Strategy and cause."""
        return [(one.strategy, one.cause)
                for one in self.broker.guard.latched]

    def setting(self, broker: Limits, strategy: Limits = Limits()) -> None:
        """Starts anew."""
        self.limits = broker
        self.settings = RiskSettings(each_strategy=strategy)
        self.setUp()

    def test_a_days_loss_latches_and_stops_entries_but_not_exits(self):
        """10 at 1000, charges 3.00 + 0.35 + 0.01 + 0.60 + 0.30 = 4.26: at
        990.45 the loss is 99.76, at 990.40 it is 100.26."""
        self.setting(Limits(max_day_loss=Decimal(100)))
        self.step("10:00:00", "1000", buy(10), buy(5, "900"))
        self.step("10:00:20", "1000")
        self.step("10:01:00", "990.45")
        self.assertEqual(self.latched(), [])
        self.step("10:02:00", "990.40")
        self.assertEqual(self.latched(), [("", "day_loss")])
        self.assertEqual(self.statuses, ["filled", "pending_cancel"])
        self.step("10:03:00", "980", buy(1), sell(10, entry=False))
        self.assertEqual(self.refusals,
                         ["kill_latch|reduce-only|ENTRY|kill mode"])
        self.step("10:04:00", "980")
        self.assertEqual((self.held(), self.latched()),
                         (0, [("", "day_loss")]))

    def test_a_day_loss_counts_from_the_last_mark_of_the_day_before(self):
        """-54.26 on Monday, -104.26 on Tuesday: a loss of 50 on the day."""
        self.setting(Limits(max_day_loss=Decimal("50.01"),
                            max_drawdown=Decimal("154.26")))
        self.step("10:00:00", "1000", buy(10, "1000"))
        self.step("10:00:20", "1000")
        self.step("10:01:00", "1005")
        self.broker.guard.latched.clear()
        self.broker.risk.latches.clear()
        self.close()
        self.step("10:01:00", "1000", day=1)
        self.assertEqual(self.latched(), [])
        self.step("10:02:00", "994.55", day=1)
        self.assertEqual(self.latched(), [("", "day_loss")])

    def test_a_drawdown_counts_from_the_highest_net(self):
        """45.74 at 1005; 995 is 100 under it."""
        self.setting(Limits(max_drawdown=Decimal(100)))
        self.step("10:00:00", "1000", buy(10))
        self.step("10:00:20", "1000")
        self.step("10:01:00", "1005")
        self.step("10:02:00", "995.05")
        self.assertEqual(self.latched(), [])
        self.step("10:03:00", "995")
        self.assertEqual(self.latched(), [("", "drawdown")])

    def test_a_strategys_limit_stops_that_strategy_alone(self):
        """s lost 104.26; t may go on."""
        self.setting(Limits(), Limits(max_day_loss=Decimal(100)))
        self.step("10:00:00", "1000", buy(10))
        self.step("10:00:20", "1000")
        self.step("10:01:00", "990")
        self.assertEqual(self.latched(), [("s", "day_loss")])
        self.step("10:02:00", "990", buy(1))
        self.step("10:02:00", "990", buy(1), strategy="t")
        self.assertEqual(len(self.refusals), 1)
        self.assertEqual(self.orders[-1].strategy, "t")

    def test_rejections_in_a_row_latch_and_an_acceptance_ends_the_row(self):
        """Two, an acceptance, then three; the strategy latches at two."""
        self.setting(Limits(max_consecutive_rejects=3))
        refusing = PaperSettings(reject_percent=100)
        for n, settings in enumerate((refusing, refusing, PaperSettings(),
                                      refusing, refusing, refusing)):
            self.broker.exchange.settings = settings
            self.step(f"10:0{n}:00", "1000", buy(1, "900"))
            self.assertEqual(self.latched(), [])
            self.step(f"10:0{n}:20", "1000")
        self.assertEqual(self.latched(), [("", "consecutive_rejects")])
        self.assertEqual(self.statuses.count("rejected"), 5)
        self.assertEqual(self.statuses[2], "pending_cancel")


if __name__ == "__main__":
    unittest.main()
