"""Tick files as frames."""

import json
import tempfile
import unittest
from pathlib import Path

import clock
import tick_files
from bars import Feed
from fixtures import BANK, NIFTY, SESSION, at
from model import CLOCK, SESSION_CLOSE, TICKS

TWENTY_PAST = clock.parse_time("15:20")


def load(text: str, name: str = "ticks.csv") -> Feed:
    """One file with this text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_text(text, encoding="utf-8")
        return tick_files.load(path, [NIFTY, BANK], SESSION, (None, None),
                               [TWENTY_PAST])


def csv(*rows: str) -> Feed:
    """Rows below the header; D is the day, N and B the instruments."""
    text = "\n".join((tick_files.HEADER, *rows))
    return load(text.replace("D", "2022-01-03T").replace("+", "+05:30")
                .replace("N,", "NSE:NIFTY,").replace("B,", "NSE:BANKNIFTY,"))


def shown(feed: Feed) -> list[tuple[str, list[str]]]:
    """Time of day and ticks of each frame of ticks."""
    return [(clock.time_text(clock.time_of_day(frame.ts)),
             [f"{tick.instrument.symbol[0]} {tick.price}"
              for tick in frame.ticks])
            for frame in feed.frames if frame.kind == TICKS]


class Rows(unittest.TestCase):
    """CSV."""

    def test_rows_of_an_instant_form_a_frame_in_instrument_order(self):
        """A second row of an instrument opens the next, at the same time."""
        feed = csv("D10:00:00.250+,B,2,0,0,0", "D10:00:00.250+,N,1,0,0,0",
                   "D10:00:00.250+,N,1.05,0,0,0", "D10:00:01+,N,1.10,0,0,0")
        self.assertEqual(shown(feed), [
            ("10:00:00.250", ["N 1", "B 2"]), ("10:00:00.250", ["N 1.05"]),
            ("10:00:01", ["N 1.10"])])
        self.assertEqual([frame.seq for frame in feed.frames],
                         [1, 2, 3, 4, 5])

    def test_the_day_has_its_clock_and_its_close(self):
        """As with bars."""
        feed = csv("D10:00:00+,N,1,0,0,0")
        self.assertEqual([(frame.kind, frame.ts)
                          for frame in feed.frames[1:]],
                         [(CLOCK, at("15:20:00")),
                          (SESSION_CLOSE, at("15:30:00"))])

    def test_a_stamp_that_goes_back_takes_the_time_before_it(self):
        """And is counted, once for the file."""
        feed = csv("D10:00:02+,N,1,0,0,0", "D10:00:00+,B,2,0,0,0",
                   "D10:00:01+,B,3,0,0,0")
        self.assertEqual(shown(feed), [("10:00:02", ["N 1", "B 2"]),
                                       ("10:00:02", ["B 3"])])
        self.assertEqual(len(feed.problems), 1)
        self.assertIn(":3: clock went backwards: 2 rows", feed.problems[0])

    def test_bid_and_ask_are_prices_or_zero(self):
        """Zero: the source has no depth. Time may be nanoseconds."""
        feed = csv(f"{at('10:00:00')},N,1,0.95,1.05,0", "D10:00:01+,N,1,0,0,0")
        self.assertEqual([(str(frame.ticks[0].bid), str(frame.ticks[0].ask))
                          for frame in feed.frames[:2]],
                         [("0.95", "1.05"), ("0", "0")])

    def test_every_kind_of_malformed_row_is_counted_and_left_out(self):
        """Each alone, behind a good one."""
        for row in ("D10:00:01+,N,1,0,0", "D10:00:01,N,1,0,0,0",
                    "D10:00:01+,X,1,0,0,0", "D10:00:01+,N,0,0,0,0",
                    "D10:00:01+,N,1,-1,0,0", "D10:00:01+,N,1,0,x,0",
                    "D10:00:01+,N,1,0,0,-1"):
            with self.subTest(row):
                feed = csv("D10:00:00+,N,1,0,0,0", row)
                self.assertEqual(len(feed.problems), 1)
                self.assertIn(":3:", feed.problems[0])
                self.assertEqual(len(shown(feed)), 1)


class Records(unittest.TestCase):
    """A recorded feed."""

    def record(self, seq: int, kind: str, *ticks: str) -> str:
        """One line; ticks as last prices of NIFTY."""
        return json.dumps({
            "type": "market.ticks", "seq": seq,
            "ts": f"2022-01-03T10:00:0{seq % 10}+05:30",
            "data": {"kind": kind, "ticks": [
                {"instrument": NIFTY.key, "last": last, "bid": "0.00",
                 "ask": "0.00", "volume": 0} for last in ticks]}})

    def test_missing_frames_are_reported(self):
        """7 after 5; a new epoch begins where it likes."""
        feed = load("\n".join((self.record(5, CLOCK), self.record(7, CLOCK),
                               self.record((1 << 40) + 12, CLOCK))))
        self.assertEqual(len(feed.frames), 3)
        self.assertEqual(len(feed.problems), 1)
        self.assertIn(":2: seq 7 follows 5", feed.problems[0])

    def test_its_frames_are_taken_as_they_are_and_counted_anew(self):
        """No clock and no close but its own; a repeated seq is left out."""
        feed = load("\n".join((self.record(5, TICKS, "1.00"),
                               self.record(6, CLOCK),
                               self.record(6, TICKS, "2.00"))))
        self.assertEqual([(frame.seq, frame.kind) for frame in feed.frames],
                         [(1, TICKS), (2, CLOCK)])
        self.assertEqual(len(feed.problems), 1)
        self.assertIn(":3:", feed.problems[0])


if __name__ == "__main__":
    unittest.main()
