"""Event time: whole nanoseconds since the Unix epoch, and Indian dates.

IST is UTC+05:30 all year.
"""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

SECOND = 10**9
MILLISECOND = 10**6
MINUTE = 60 * SECOND
DAY = 86_400 * SECOND
IST_OFFSET = 19_800 * SECOND

_DATE = re.compile(r"([0-9]{4})(-?)([0-9]{2})\2([0-9]{2})", re.ASCII)
_ISO = re.compile(r"([0-9-]{10})T([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])"
                  r"(?:\.([0-9]{3}|[0-9]{6}|[0-9]{9}))?\+05:30", re.ASCII)


def parse_date(given: str) -> datetime.date:
    """2022-01-03 or 20220103; ValueError for a date that does not exist."""
    match = _DATE.fullmatch(given)
    if not match:
        raise ValueError(f"date {given!r}: not yyyymmdd or yyyy-mm-dd")
    return datetime.date(int(match[1]), int(match[3]), int(match[4]))


def start_of_day(date: datetime.date) -> int:
    """Midnight IST at the start of the date."""
    days = (date - datetime.date(1970, 1, 1)).days
    return days * DAY - IST_OFFSET


def date_of(ts: int) -> datetime.date:
    """The date in IST."""
    days = (ts + IST_OFFSET) // DAY
    return datetime.date(1970, 1, 1) + datetime.timedelta(days=days)


def time_of_day(ts: int) -> int:
    """Since midnight IST."""
    return (ts + IST_OFFSET) % DAY


def time_text(since_midnight: int) -> str:
    """hh:mm:ss, with a fraction of 3, 6 or 9 digits where there is one."""
    whole, rest = divmod(since_midnight, SECOND)
    hours, in_hour = divmod(whole, 3600)
    text = f"{hours:02}:{in_hour // 60:02}:{in_hour % 60:02}"
    if rest:
        digits = f"{rest:09}"
        while digits.endswith("000"):
            digits = digits[:-3]
        text += "." + digits
    return text


def iso(ts: int) -> str:
    """2022-01-03T09:15:00+05:30."""
    return f"{date_of(ts)}T{time_text(time_of_day(ts))}+05:30"


def parse_iso(given: str) -> int:
    """The inverse of iso; ValueError for anything else."""
    match = _ISO.fullmatch(given)
    if not match:
        raise ValueError(f"time {given!r}: not like "
                         "2022-01-03T09:15:00+05:30")
    seconds = int(match[2]) * 3600 + int(match[3]) * 60 + int(match[4])
    fraction = int((match[5] or "").ljust(9, "0"))
    return (start_of_day(parse_date(match[1])) + seconds * SECOND
            + fraction)


def parse_time(given: str) -> int:
    """hh:mm since midnight."""
    hours, minutes = given.split(":")
    return (int(hours) * 60 + int(minutes)) * MINUTE


@dataclass(frozen=True)
class Hours:
    """A session [opens, closes) since midnight IST."""

    opens: int = 9 * 60 * MINUTE + 15 * MINUTE
    closes: int = 15 * 60 * MINUTE + 30 * MINUTE


@dataclass(frozen=True)
class Session:
    """The usual hours, Monday to Friday, and the dates that differ."""

    usual: Hours = Hours()
    # None for a holiday, hours for a special session.
    special: Mapping[datetime.date, Hours | None] = field(
        default_factory=dict)

    def hours_of(self, date: datetime.date) -> Hours | None:
        """None where the exchange does not trade on the date."""
        if date in self.special:
            return self.special[date]
        return self.usual if date.weekday() < 5 else None

    def is_open(self, ts: int) -> bool:
        """Within the hours of a trading day."""
        hours = self.hours_of(date_of(ts))
        return (hours is not None
                and hours.opens <= time_of_day(ts) < hours.closes)

    def moved_with_close(self, usual: int, date: datetime.date) -> int:
        """A time of day, as long before that date's close as before 15:30."""
        hours = self.hours_of(date) or self.usual
        return usual + hours.closes - self.usual.closes

    def open_of(self, ts: int) -> int:
        """Session open of the day on which ts falls."""
        hours = self.hours_of(date_of(ts)) or self.usual
        return ts - time_of_day(ts) + hours.opens

    def close_of(self, ts: int) -> int:
        """Session close of the day; on a day without one, the usual."""
        hours = self.hours_of(date_of(ts)) or self.usual
        return ts - time_of_day(ts) + hours.closes
