"""From 1-minute bars to frames (docs/kernel.md, "From bars to frames")."""

import datetime
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import amounts
import clock
import frames
from model import TICKS, Frame, Instrument, Tick

HEADER = "symbol,date,time,open,high,low,close,volume,oi"
MAX_COUNT = 2**63 - 1

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_COUNT = re.compile(r"[0-9]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Bar:
    """One good row; end is the end of its minute."""

    instrument: Instrument
    date: datetime.date
    end: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal

    def path(self) -> tuple[tuple[int, Decimal], ...]:
        """The four (time, price) of the minute, in order of time."""
        rising = self.close >= self.open
        second, third = ((self.low, self.high) if rising
                         else (self.high, self.low))
        return ((self.end - 60 * clock.SECOND, self.open),
                (self.end - 40 * clock.SECOND, second),
                (self.end - 20 * clock.SECOND, third),
                (self.end - clock.SECOND, self.close))


@dataclass
class Feed:
    """The frames of the selected range and what was refused on the way."""

    frames: list[Frame] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def parse_row(line: str, symbols: Mapping[str, Instrument],
              last_end: Mapping[str, int]) -> Bar:
    """A row as a bar; ValueError says what is wrong with it."""
    fields = line.split(",")
    if len(fields) != 9:
        raise ValueError(f"{len(fields)} fields, not nine")
    symbol, date_text, time_text = fields[:3]
    if symbol not in symbols:
        raise ValueError(f"symbol {symbol!r} is not in the instruments file")
    date = clock.parse_date(date_text)
    time = _TIME.fullmatch(time_text)
    if not time:
        raise ValueError(f"time {time_text!r}: not hh:mm")
    opened, high, low, close = map(amounts.parse_price, fields[3:7])
    if low > min(opened, close) or high < max(opened, close):
        raise ValueError("low and high do not enclose open and close")
    for count in fields[7:]:
        if not _COUNT.fullmatch(count) or int(count) > MAX_COUNT:
            raise ValueError(f"{count!r} is not an integer >= 0")
    end = (clock.start_of_day(date)
           + (int(time[1]) * 60 + int(time[2])) * clock.MINUTE)
    if end <= last_end.get(symbol, end - 1):
        raise ValueError(f"not after the row before it of {symbol}")
    return Bar(symbols[symbol], date, end, opened, high, low, close)


def csv_files(path: Path) -> list[Path]:
    """The one file, or the folder's *.csv in order of name."""
    if path.is_file():
        return [path]
    files = sorted(path.glob("*.csv"), key=lambda file: file.name)
    if not files:
        raise ValueError(f"{path}: neither a file nor a folder with *.csv")
    return files


def read_bars(path: Path, instruments: list[Instrument],
              problems: list[str]) -> Iterator[Bar]:
    """Every good row, file by file; the others go to problems."""
    symbols: dict[str, Instrument] = {}
    for instrument in instruments:
        symbols.setdefault(instrument.symbol, instrument)
    last_end: dict[str, int] = {}
    for file in csv_files(path):
        text = file.read_text(encoding="utf-8", errors="replace")
        for number, line in enumerate(text.split("\n"), start=1):
            line = line.removesuffix("\r")
            if not line or (number == 1 and line == HEADER):
                continue
            try:
                bar = parse_row(line, symbols, last_end)
            except ValueError as error:
                problems.append(f"{file}:{number}: {error}")
                continue
            last_end[bar.instrument.symbol] = bar.end
            yield bar


def load(path: Path, instruments: list[Instrument], session: clock.Session,
         first: datetime.date | None = None,
         last: datetime.date | None = None,
         clock_times: Iterable[int] = ()) -> Feed:
    """All frames between the dates, both included."""
    feed = Feed()
    instants: dict[int, list[Tick]] = defaultdict(list)
    dates: set[datetime.date] = set()
    for bar in read_bars(path, instruments, feed.problems):
        if (first and bar.date < first) or (last and bar.date > last):
            continue
        dates.add(bar.date)
        for ts, price in bar.path():
            instants[ts].append(Tick(bar.instrument, price))
    moments: list[frames.Moment] = []
    for ts, ticks in instants.items():
        ticks.sort(key=lambda tick: tick.instrument.row)
        moments.append((ts, TICKS, tuple(ticks)))
    feed.frames = frames.build(
        moments, frames.day_marks(dates, session, clock_times))
    return feed
