"""Signals of every strategy against figures worked out by hand."""

import unittest
from collections.abc import Sequence
from decimal import Decimal

import clock
from fixtures import BANK, NIFTY, SESSION, at, buy, sell
from host import Host, Logic, StrategyConfig
from model import BUY, CNC, ENTRY, Frame, Intent, Tick, derive_id
from reversion import MeanReversion, Rsi, WilderIndex
from timed import OpeningRangeBreakout
from trend import EmaCross, Momentum


class Strategies(unittest.TestCase):
    """Signals."""

    def ema(self, samples: Sequence[float], cooldown: int = 0,
            allow_short: str = "1") -> list[list[Intent]]:
        """fast 1 follows the price; slow 3 goes half the way to it."""
        logic = EmaCross({"fast": "1", "slow": "3", "interval_s": "60",
                          "quantity": "7", "cooldown_s": str(cooldown),
                          "allow_short": allow_short})
        return [logic.evaluate(x, n * clock.MINUTE)
                for n, x in enumerate(samples)]

    def test_ema_crosses_count_from_sample_slow_plus_1(self):
        """Slow after 10 10 10 12 8 is 11, then 9.5."""
        self.assertEqual(self.ema([10, 10, 10, 12, 8]),
                         [[], [], [], [buy(7)],
                          [sell(7, entry=False), sell(7)]])
        self.assertEqual(self.ema([10, 10, 12, 13]), [[], [], [], []])

    def test_a_crossing_in_the_cooldown_is_gone_but_exits_never_wait(self):
        """Long at 180 s; the price crosses up again at 360 s."""
        self.assertEqual(self.ema([10, 10, 10, 12, 8, 8, 12], cooldown=181),
                         [[], [], [], [buy(7)], [sell(7, entry=False)],
                          [], []])
        self.assertEqual(self.ema([10, 10, 10, 12, 8, 8, 12], cooldown=180,
                                  allow_short="0")[-1], [buy(7)])

    def reversion(self, samples: Sequence[int], price: str,
                  **given: str) -> list[Intent]:
        """What is said at `price` once the last sample is complete."""
        logic = MeanReversion({
            "window": "5", "entry_z": "2.0", "exit_z": "0.5",
            "interval_s": "60", "quantity": "7", "cooldown_s": "0",
            "limit_offset_ticks": "2", "allow_short": "1", **given})
        for n, x in enumerate([*map(str, samples), price]):
            out = logic.on_tick(Tick(NIFTY, Decimal(x)), n * clock.MINUTE)
        return out

    def test_z_of_exactly_two_enters_with_a_limit_off_the_price(self):
        """10 10 10 10 5: mean 9, variance 20 / 5, z = -4 / 2."""
        self.assertEqual(self.reversion([10, 10, 10, 10, 5], "6.03"),
                         [buy(7, "5.90")])
        self.assertEqual(self.reversion([10, 10, 10, 10, 15], "14.03"),
                         [sell(7, "14.15")])

    def test_no_entry_below_the_threshold_or_without_deviation(self):
        """Nor short where it is not allowed, nor at a limit of 0."""
        down = [10, 10, 10, 10, 5]
        self.assertEqual(self.reversion(down, "6", entry_z="2.0001"), [])
        self.assertEqual(self.reversion(down[1:], "6"), [])
        self.assertEqual(self.reversion([10] * 5, "10"), [])
        self.assertEqual(self.reversion([10, 10, 10, 10, 15], "14",
                                        allow_short="0"), [])
        self.assertEqual(self.reversion(down, "0.10"), [])

    def test_a_long_leaves_at_minus_exit_z(self):
        """10 10 10 5 9: 0.2 / 1.94; 10 10 10 5 5: -3 / 2.45."""
        down = [10, 10, 10, 10, 5]
        self.assertEqual(self.reversion([*down, 9], "9"),
                         [sell(7, entry=False)])
        self.assertEqual(self.reversion([*down, 5], "9"), [])

    def test_a_short_leaves_at_exit_z(self):
        """10 10 10 15 11: -0.2 / 1.94; 10 10 10 15 15: 3 / 2.45."""
        up = [10, 10, 10, 10, 15]
        self.assertEqual(self.reversion([*up, 11], "11"),
                         [buy(7, entry=False)])
        self.assertEqual(self.reversion([*up, 15], "11"), [])

    def say(self, logic: Logic, prices: Sequence[str]) -> list[list[Intent]]:
        """What is said at each price, a minute apart."""
        return [logic.on_tick(Tick(NIFTY, Decimal(price)), n * clock.MINUTE)
                for n, price in enumerate(prices)]

    def test_momentum_enters_at_its_threshold_and_leaves_at_zero(self):
        """Over two samples: 100 to 101 is 100 bps; 100 to 100 is 0; 101 to
        99 is -198; 100 to 100 again. The tick after a sample says it."""
        logic = Momentum({"lookback": "2", "threshold_bps": "100",
                          "interval_s": "60", "quantity": "7",
                          "cooldown_s": "0", "allow_short": "1"})
        self.assertEqual(
            self.say(logic, ["100", "100", "101", "100", "99", "100",
                             "100"]),
            [[], [], [], [buy(7)], [sell(7, entry=False)], [sell(7)],
             [buy(7, entry=False)]])

    def test_momentum_needs_its_threshold_and_leave_to_go_short(self):
        """99.9999 bps are not 100; down by as much without allow_short."""
        logic = Momentum({"lookback": "1", "threshold_bps": "100",
                          "interval_s": "60", "quantity": "7",
                          "cooldown_s": "0"})
        self.assertEqual(
            self.say(logic, ["10000", "10099.9999", "5000", "1"]),
            [[], [], [], []])

    def test_wilders_index_averages_the_first_changes_then_smooths(self):
        """+2 -1: 1 over 0.5, 100 - 100 / 3. Then +3: 2 over 0.25, 100 -
        100 / 9. Nothing lost: 100; nothing moved: 50."""
        index = WilderIndex(2)
        self.assertEqual([index.push(x) for x in (10.0, 12.0)], [None] * 2)
        self.assertAlmostEqual(index.push(11.0) or 0, 66.6666667)
        self.assertAlmostEqual(index.push(14.0) or 0, 88.8888889)
        for samples, expected in (((1.0, 2.0, 3.0), 100.0),
                                  ((1.0, 1.0, 1.0), 50.0)):
            index = WilderIndex(2)
            self.assertEqual([index.push(x) for x in samples][-1], expected)

    def test_rsi_buys_what_is_oversold_and_sells_what_is_overbought(self):
        """10 9 8: 0. Then 12: 2 over 0.5, 80. Then 13: 1.5 over 0.25,
        85.7. Then 9: 0.75 over 2.125, 26.1: low enough for a flat one."""
        given = {"period": "2", "oversold": "30", "overbought": "70",
                 "exit_level": "50", "interval_s": "60", "quantity": "7",
                 "cooldown_s": "0", "allow_short": "1"}
        prices = ["10", "9", "8", "12", "13", "9", "9"]
        self.assertEqual(
            self.say(Rsi(given), prices),
            [[], [], [], [buy(7)], [sell(7, entry=False)], [sell(7)],
             [buy(7, entry=False)]])
        self.assertEqual(
            self.say(Rsi({**given, "allow_short": "0"}), prices)[5:],
            [[], [buy(7)]])

    def breakout(self, *ticks: tuple[str, str],
                 **given: str) -> list[tuple[str, Intent]]:
        """Time of day and entry of every tick that made one."""
        logic = OpeningRangeBreakout({
            "range_minutes": "15", "quantity": "7", "stop_loss_ticks": "20",
            "target_ticks": "40", "latest_entry": "14:30",
            "allow_short": "1", **given}, SESSION)
        return [(time, said) for time, price in ticks
                for said in logic.on_tick(Tick(NIFTY, Decimal(price)),
                                          at(time))]

    opening = (("09:15:00", "100"), ("09:29:40", "95"), ("09:29:59", "105"))

    def test_a_breakout_is_the_first_tick_beyond_the_opening_range(self):
        """105 is its high; one entry a date, 20 and 40 ticks of 0.05."""
        self.assertEqual(
            self.breakout(*self.opening, ("09:30:00", "105"),
                          ("09:30:20", "105.05"), ("09:31:00", "94")),
            [("09:30:20", buy(7, stop_loss=Decimal("1.00"),
                              target=Decimal("2.00")))])
        short = (*self.opening, ("09:30:00", "95"), ("09:30:20", "94.95"))
        self.assertEqual(self.breakout(*short, stop_loss_ticks="0"),
                         [("09:30:20", sell(7, target=Decimal("2.00")))])
        self.assertEqual(self.breakout(*short, allow_short="0"), [])

    def test_no_breakout_late_or_without_a_range(self):
        """At 14:30:00 it is too late; ticks began at 09:30."""
        self.assertEqual(self.breakout(*self.opening, ("14:30:00", "106")),
                         [])
        self.assertEqual(self.breakout(("09:30:00", "100"),
                                       ("09:31:00", "106")), [])

    def test_a_new_date_has_a_range_of_its_own(self):
        """On Tuesday 106 is inside 90 to 110, 111 is not."""
        logic = OpeningRangeBreakout({
            "range_minutes": "1", "quantity": "7", "stop_loss_ticks": "0",
            "target_ticks": "0", "latest_entry": "15:00"}, SESSION)
        said = [logic.on_tick(Tick(NIFTY, Decimal(price)),
                              at(time) + day * clock.DAY)
                for day, time, price in (
                    (0, "09:15:00", "100"), (0, "09:16:00", "101"),
                    (1, "09:15:00", "90"), (1, "09:15:30", "110"),
                    (1, "09:16:00", "106"), (1, "09:17:00", "111"))]
        self.assertEqual(said, [[], [buy(7)], [], [], [], [buy(7)]])

    def test_history_fills_indicators_and_leaves_no_belief(self):
        """The demo bought in the history; at the next hour it buys."""
        host = Host([StrategyConfig(
            "demo", "low_frequency_demo", (), (NIFTY.key,),
            {"period_s": "3600", "quantity": "1"}, CNC)], SESSION)
        ticks = (Tick(NIFTY, Decimal(1)),)
        host.warm_up([Frame(1, at("09:29:00"), ticks),
                      Frame(2, at("09:30:00"), ticks)])
        signals = host.on_frame(Frame(1, at("10:30:00"), ticks))
        self.assertEqual([(one.intent.action, one.intent.side, one.product)
                          for one in signals], [(ENTRY, BUY, CNC)])

    def test_signals_go_by_tick_then_name_and_only_in_session(self):
        """Two demos on two instruments, a new period at 10:00."""
        demo = [StrategyConfig(name, "low_frequency_demo", (),
                               (BANK.key, NIFTY.key),
                               {"period_s": "3600", "quantity": "1"})
                for name in ("zeta", "alpha")]
        host = Host(demo, SESSION)
        ticks = (Tick(NIFTY, Decimal(1)), Tick(BANK, Decimal(1)))
        self.assertEqual(host.on_frame(Frame(1, at("08:59:00"), ticks)), [])
        # Unix hours change at half past in IST.
        self.assertEqual(host.on_frame(Frame(2, at("10:29:59"), ticks)), [])
        signals = host.on_frame(Frame(3, at("10:30:00"), ticks))
        self.assertEqual(
            [(signal.instrument, signal.strategy) for signal in signals],
            [(NIFTY, "alpha"), (NIFTY, "zeta"), (BANK, "alpha"),
             (BANK, "zeta")])
        self.assertEqual(signals[0].id,
                         derive_id("signal|alpha|NSE:NIFTY|3|0"))


if __name__ == "__main__":
    unittest.main()
