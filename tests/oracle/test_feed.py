"""Bars, frames, ids and signals against figures worked out by hand."""

import datetime
import tempfile
import unittest
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import amounts
import bars
import clock
from fixtures import BANK, NIFTY, SESSION, at, buy, sell
from model import Frame, Intent, Tick, derive_id
from strategies import EmaCross, Host, MeanReversion, StrategyConfig


class Ids(unittest.TestCase):
    """Derived ids."""

    def test_ids_are_the_first_20_characters_of_base32_of_blake2b_128(self):
        """Digest from `b2sum -l 128`, base32 from coreutils."""
        self.assertEqual(derive_id("signal|demo|NSE:NIFTY|7|0"),
                         "u3k4d6kruhooapycmqf4")


class Amounts(unittest.TestCase):
    """Texts and rounding."""

    def test_amounts_have_two_to_four_decimals(self):
        """Zeros are cut to two decimals, and zero has no sign."""
        for given, text in (("17450.55", "17450.55"), ("-20", "-20.00"),
                            ("0.0025", "0.0025"), ("1.2340", "1.234"),
                            ("-0.0000", "0.00"), ("1E+3", "1000.00")):
            self.assertEqual(amounts.text(Decimal(given)), text)
        with self.assertRaises(ValueError):
            amounts.text(Decimal("0.00001"))

    def test_halves_round_away_from_zero(self):
        """In both directions."""
        for given, paise in (("0.005", "0.01"), ("-0.005", "-0.01"),
                             ("0.0049", "0.00"), ("30.015", "30.02")):
            self.assertEqual(amounts.rounded(Decimal(given), amounts.PAISA),
                             Decimal(paise))


class Bars(unittest.TestCase):
    """From rows to frames."""

    def load(self, *files: str, first: datetime.date | None = None,
             last: datetime.date | None = None) -> bars.Feed:
        """Each text as a file of a folder, in order."""
        with tempfile.TemporaryDirectory() as folder:
            for number, text in enumerate(files):
                Path(folder, f"{number}.csv").write_text(
                    bars.HEADER + "\n" + text, encoding="utf-8")
            return bars.load(Path(folder), [NIFTY, BANK], SESSION, first,
                             last)

    def prices(self, row: str) -> list[tuple[str, str]]:
        """Time of day and price of each tick."""
        return [(clock.iso(frame.ts)[11:19], str(tick.price))
                for frame in self.load(row).frames for tick in frame.ticks]

    def test_a_rising_bar_goes_open_low_high_close(self):
        """The row's time is the end of its minute."""
        self.assertEqual(
            self.prices("NIFTY,20220103,09:16,100,110,95,105,0,0"),
            [("09:15:00", "100"), ("09:15:20", "95"), ("09:15:40", "110"),
             ("09:15:59", "105")])

    def test_a_falling_bar_goes_open_high_low_close(self):
        """And an unchanged one like a rising one."""
        self.assertEqual(
            [price for _, price in self.prices(
                "NIFTY,20220103,09:16,105,110,95,100,0,0")],
            ["105", "110", "95", "100"])
        self.assertEqual(
            [price for _, price in self.prices(
                "NIFTY,20220103,09:16,100,110,95,100,0,0")],
            ["100", "95", "110", "100"])

    def test_ticks_of_one_instant_share_a_frame_in_instrument_order(self):
        """Files in order of name; feed_seq counts frames from 1."""
        feed = self.load("BANKNIFTY,20220103,09:16,2,2,2,2,0,0\n",
                         "NIFTY,20220103,09:16,1,1,1,1,0,0\n")
        self.assertEqual([frame.seq for frame in feed.frames],
                         [1, 2, 3, 4, 5])
        self.assertEqual([tick.instrument for tick
                          in feed.frames[0].ticks], [NIFTY, BANK])

    def test_the_session_close_comes_before_the_ticks_of_its_time(self):
        """A row that ends at 15:31 has its open at 15:30:00."""
        feed = self.load("NIFTY,20220103,15:31,1,1,1,1,0,0\n")
        self.assertEqual([(frame.ts, len(frame.ticks))
                          for frame in feed.frames[:2]],
                         [(at("15:30:00"), 0), (at("15:30:00"), 1)])
        self.assertEqual(len(feed.frames), 5)

    def test_every_kind_of_malformed_row_is_counted_and_left_out(self):
        """Each of these alone, behind one good row."""
        good = "NIFTY,20220103,09:16,100,110,95,105,0,0\n"
        for row in ("NIFTY,20220103,09:17,100,110,95,105,0",
                    "SENSEX,20220103,09:17,100,110,95,105,0,0",
                    "NIFTY,20220230,09:17,100,110,95,105,0,0",
                    "NIFTY,20220103,24:00,100,110,95,105,0,0",
                    "NIFTY,20220103,9:17,100,110,95,105,0,0",
                    "NIFTY,20220103,09:17,100.00001,110,95,105,0,0",
                    "NIFTY,20220103,09:17,0,110,0,105,0,0",
                    "NIFTY,20220103,09:17,-1,110,95,105,0,0",
                    "NIFTY,20220103,09:17,nan,110,95,105,0,0",
                    "NIFTY,20220103,09:17,100,110,101,105,0,0",
                    "NIFTY,20220103,09:17,100,104,95,105,0,0",
                    "NIFTY,20220103,09:17,100,110,95,105,-1,0",
                    "NIFTY,20220103,09:17,100,110,95,105,0,0.5",
                    "NIFTY,20220103,09:16,100,110,95,105,0,0",
                    "NIFTY,20220103,09:15,100,110,95,105,0,0"):
            with self.subTest(row):
                feed = self.load(good + row)
                self.assertEqual(len(feed.problems), 1)
                self.assertIn("0.csv:3:", feed.problems[0])
                self.assertEqual(len(feed.frames), 5)

    def test_from_and_to_are_included(self):
        """Feed_seq counts the frames of the selection."""
        rows = "".join(f"NIFTY,2022010{day},09:16,1,1,1,1,0,0\n"
                       for day in (3, 4, 5))
        only = datetime.date(2022, 1, 4)
        feed = self.load(rows, first=only, last=only)
        self.assertEqual([frame.seq for frame in feed.frames],
                         [1, 2, 3, 4, 5])
        self.assertEqual(clock.date_of(feed.frames[0].ts), only)


class Hours(unittest.TestCase):
    """The session."""

    def test_the_session_is_monday_to_friday_and_ends_before_its_close(
            self):
        """2022-01-08 was a Saturday."""
        self.assertTrue(SESSION.is_open(at("09:15:00")))
        self.assertTrue(SESSION.is_open(at("15:29:59")))
        self.assertFalse(SESSION.is_open(at("09:14:59")))
        self.assertFalse(SESSION.is_open(at("15:30:00")))
        for days, is_open in ((4, True), (5, False), (6, False), (7, True)):
            self.assertEqual(
                SESSION.is_open(at("10:00:00") + days * clock.DAY), is_open)


class Strategies(unittest.TestCase):
    """Signals."""

    def ema(self, samples: Sequence[float], cooldown: int = 0,
            allow_short: str = "1") -> list[list[Intent]]:
        """fast 1 follows the price; slow 3 goes half the way to it."""
        logic = EmaCross({"fast": "1", "slow": "3", "interval_s": "60",
                          "quantity": "7", "cooldown_s": str(cooldown),
                          "allow_short": allow_short})
        return [logic.evaluate(x, 60 * n) for n, x in enumerate(samples)]

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
            out = logic.on_tick(Tick(NIFTY, Decimal(x)), 60 * n)
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
