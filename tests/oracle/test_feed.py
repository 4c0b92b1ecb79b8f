"""Bars, frames, ids and hours against figures worked out by hand."""

import datetime
import tempfile
import unittest
from decimal import Decimal
from pathlib import Path

import amounts
import bars
import clock
from fixtures import BANK, NIFTY, SESSION, at
from model import CLOCK, SESSION_CLOSE, TICKS, derive_id


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
             last: datetime.date | None = None,
             session: clock.Session = SESSION,
             clock_times: tuple[int, ...] = ()) -> bars.Feed:
        """Each text as a file of a folder, in order."""
        with tempfile.TemporaryDirectory() as folder:
            for number, text in enumerate(files):
                Path(folder, f"{number}.csv").write_text(
                    bars.HEADER + "\n" + text, encoding="utf-8")
            return bars.load(Path(folder), [NIFTY, BANK], session, first,
                             last, clock_times)

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

    def test_the_clock_comes_at_each_time_once_before_close_and_ticks(self):
        """Two brokers at 15:30, one at 15:20, in any order."""
        half, twenty = (clock.parse_time(time) for time
                        in ("15:30", "15:20"))
        feed = self.load("NIFTY,20220103,15:31,1,1,1,1,0,0\n",
                         clock_times=(half, twenty, half))
        self.assertEqual([(frame.kind, frame.ts) for frame
                          in feed.frames[:4]],
                         [(CLOCK, at("15:20:00")), (CLOCK, at("15:30:00")),
                          (SESSION_CLOSE, at("15:30:00")),
                          (TICKS, at("15:30:00"))])

    def test_a_holiday_has_no_marks_and_a_special_session_its_own(self):
        """A row on each: nothing on the holiday; a close at 19:15."""
        monday, tuesday = (datetime.date(2022, 1, day) for day in (3, 4))
        session = clock.Session(special={
            monday: None, tuesday: clock.Hours(
                clock.parse_time("18:15"), clock.parse_time("19:15"))})
        feed = self.load("NIFTY,20220103,09:16,1,1,1,1,0,0\n"
                         "NIFTY,20220104,09:16,1,1,1,1,0,0\n",
                         session=session,
                         clock_times=(clock.parse_time("15:20"),))
        self.assertEqual(
            [(frame.kind, clock.iso(frame.ts)[8:16])
             for frame in feed.frames if not frame.ticks],
            [(CLOCK, "04T19:05"), (SESSION_CLOSE, "04T19:15")])

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


    def test_the_calendar_closes_holidays_and_opens_special_sessions(self):
        """A Monday off; Muhurat trading on the Sunday after."""
        monday, sunday = (datetime.date(2022, 1, day) for day in (3, 9))
        session = clock.Session(special={
            monday: None, sunday: clock.Hours(
                clock.parse_time("18:15"), clock.parse_time("19:15"))})
        evening = at("18:15:00") + 6 * clock.DAY
        self.assertFalse(session.is_open(at("10:00:00")))
        self.assertTrue(session.is_open(at("10:00:00") + clock.DAY))
        self.assertTrue(session.is_open(evening))
        self.assertFalse(session.is_open(evening - 1))
        self.assertFalse(session.is_open(evening + 60 * clock.MINUTE))
        self.assertEqual(session.close_of(evening),
                         evening + 60 * clock.MINUTE)
        self.assertEqual(session.close_of(at("10:00:00")), at("15:30:00"))


if __name__ == "__main__":
    unittest.main()
