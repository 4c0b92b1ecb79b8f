"""Recorded ticks as frames (docs/kernel.md, "Tick files")."""

import datetime
import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import amounts
import bars
import clock
import frames
from amounts import ZERO
from bars import Feed
from model import TICKS, Frame, Instrument, Tick

HEADER = "ts,instrument,last,bid,ask,volume"

_NATURAL = re.compile(r"[0-9]+", re.ASCII)
Span = tuple[datetime.date | None, datetime.date | None]


class ReceiveClock:
    """A stamp that is earlier than the one before it takes that one's."""

    def __init__(self) -> None:
        self.last = 0
        self.went_back: list[int] = []  # line numbers

    def stamp(self, ts: int, line: int) -> int:
        """Never decreasing."""
        if ts < self.last:
            self.went_back.append(line)
        self.last = max(self.last, ts)
        return self.last

    def problems(self, file: Path) -> list[str]:
        """One for a file, at its first such row; then counts anew."""
        rows, self.went_back = self.went_back, []
        return [f"{file}:{rows[0]}: clock went backwards: {len(rows)} "
                "rows"] if rows else []


def parse_depth(given: str) -> Decimal:
    """A price, or 0 where the source has no depth."""
    return ZERO if re.fullmatch(r"0+(\.0{1,4})?", given) else (
        amounts.parse_price(given))


def parse_row(line: str, known: Mapping[str, Instrument]) -> tuple[int, Tick]:
    """Time and tick; ValueError says what is wrong."""
    fields = line.split(",")
    if len(fields) != 6:
        raise ValueError(f"{len(fields)} fields, not six")
    ts = (int(fields[0]) if _NATURAL.fullmatch(fields[0])
          else clock.parse_iso(fields[0]))
    if fields[1] not in known:
        raise ValueError(f"instrument {fields[1]!r} is not in the "
                         "instruments file")
    if not _NATURAL.fullmatch(fields[5]):
        raise ValueError(f"volume {fields[5]!r} is not an integer >= 0")
    return ts, Tick(known[fields[1]], amounts.parse_price(fields[2]),
                    parse_depth(fields[3]), parse_depth(fields[4]))


def moments_of(rows: Iterable[tuple[int, Tick]]) -> list[frames.Moment]:
    """A second row of an instrument at an instant opens the next frame."""
    out: list[frames.Moment] = []
    now, ticks = 0, dict[str, Tick]()

    def close() -> None:
        if ticks:
            ordered = sorted(ticks.values(),
                             key=lambda tick: tick.instrument.row)
            out.append((now, TICKS, tuple(ordered)))
            ticks.clear()

    for ts, tick in rows:
        if ts != now or tick.instrument.key in ticks:
            close()
            now = ts
        ticks[tick.instrument.key] = tick
    close()
    return out


def within(ts: int, span: Span) -> bool:
    """Both dates included; None: no bound."""
    date = clock.date_of(ts)
    return not ((span[0] and date < span[0]) or (span[1] and date > span[1]))


def load_csv(files: list[Path], known: Mapping[str, Instrument],
             session: clock.Session, span: Span,
             clock_times: Iterable[int]) -> Feed:
    """Every good row of the files, in order of name."""
    feed, receive = Feed(), ReceiveClock()
    rows: list[tuple[int, Tick]] = []
    for file in files:
        lines = file.read_text(encoding="utf-8").splitlines()
        if not lines or lines[0] != HEADER:
            feed.problems.append(f"{file}:1: not the header {HEADER}")
            continue
        for number, line in enumerate(lines[1:], start=2):
            if not line:
                continue
            try:
                ts, tick = parse_row(line, known)
            except ValueError as error:
                feed.problems.append(f"{file}:{number}: {error}")
                continue
            ts = receive.stamp(ts, number)
            if within(ts, span):
                rows.append((ts, tick))
        feed.problems += receive.problems(file)
    dates = {clock.date_of(ts) for ts, _ in rows}
    feed.frames = frames.build(
        moments_of(rows), frames.day_marks(dates, session, clock_times))
    return feed


def parse_record(line: str, known: Mapping[str, Instrument]) -> Frame:
    """One market.ticks envelope, taken as it is."""
    envelope: dict[str, Any] = json.loads(line)
    if envelope.get("type") != "market.ticks":
        raise ValueError("not a record of market.ticks")
    data = envelope["data"]
    ticks = tuple(Tick(known[one["instrument"]],
                       amounts.parse_price(one["last"]),
                       parse_depth(one["bid"]), parse_depth(one["ask"]))
                  for one in data["ticks"])
    return Frame(envelope["seq"], clock.parse_iso(envelope["ts"]), ticks,
                 data["kind"])


def same_epoch(one: int, other: int) -> bool:
    """Live feeds count anew from each epoch; epochs lie 2^40 apart."""
    return one > 0 and other > 0 and one >> 40 == other >> 40


def load_record(file: Path, known: Mapping[str, Instrument],
                span: Span) -> Feed:
    """A recorded feed: its frames, counted anew from 1."""
    feed, receive, last = Feed(), ReceiveClock(), 0
    lines = file.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        try:
            frame = parse_record(line, known)
            if frame.seq <= last:
                raise ValueError(f"seq {frame.seq} is not above {last}")
        except (ValueError, KeyError, TypeError) as error:
            feed.problems.append(f"{file}:{number}: {error}")
            continue
        if frame.seq != last + 1 and same_epoch(frame.seq, last):
            feed.problems.append(f"{file}:{number}: seq {frame.seq} follows "
                                 f"{last}: frames are missing")
        last = frame.seq
        ts = receive.stamp(frame.ts, number)
        if within(ts, span):
            feed.frames.append(Frame(len(feed.frames) + 1, ts, frame.ticks,
                                     frame.kind))
    feed.problems += receive.problems(file)
    return feed


def load(path: Path, instruments: list[Instrument], session: clock.Session,
         span: Span, clock_times: Iterable[int]) -> Feed:
    """Rows of a folder or a file, or one file of records."""
    known = {instrument.key: instrument for instrument in instruments}
    files = bars.csv_files(path)
    if path.is_file() and path.read_text(encoding="utf-8")[:1] == "{":
        return load_record(path, known, span)
    return load_csv(files, known, session, span, clock_times)
