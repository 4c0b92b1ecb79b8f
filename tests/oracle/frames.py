"""From ticks at instants to frames, with the frames that no tick makes."""

import datetime
from collections.abc import Iterable, Sequence

import clock
from clock import Session
from model import CLOCK, SESSION_CLOSE, TICKS, Frame, Tick

# At one instant the clock comes before the close, the close before ticks.
ORDER = {CLOCK: 0, SESSION_CLOSE: 1, TICKS: 2}

Moment = tuple[int, str, tuple[Tick, ...]]


def day_marks(dates: Iterable[datetime.date], session: Session,
              clock_times: Iterable[int]) -> list[Moment]:
    """The clock and the session's close of each trading day."""
    times = sorted(set(clock_times))
    marks: list[Moment] = []
    for date in dates:
        if session.hours_of(date) is None:
            continue
        midnight = clock.start_of_day(date)
        marks.append((session.close_of(midnight), SESSION_CLOSE, ()))
        marks += [(midnight + session.moved_with_close(time, date), CLOCK, ())
                  for time in times]
    return marks


def build(ticks: Sequence[Moment], marks: Sequence[Moment]) -> list[Frame]:
    """Numbered from 1; ticks of one instant stay in the order given."""
    moments = sorted([*marks, *ticks],
                     key=lambda moment: (moment[0], ORDER[moment[1]]))
    return [Frame(seq, ts, inside, kind) for seq, (ts, kind, inside)
            in enumerate(moments, start=1)]
