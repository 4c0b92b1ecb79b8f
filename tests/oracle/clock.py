"""Event time: whole seconds since the Unix epoch, and Indian dates.

The feed made from minute bars has no fraction of a second. IST is UTC+05:30
all year.
"""

import datetime
import re
from dataclasses import dataclass

IST = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
IST_OFFSET = 19_800
DAY = 86_400

_DATE = re.compile(r"([0-9]{4})(-?)([0-9]{2})\2([0-9]{2})", re.ASCII)


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


def iso(ts: int) -> str:
    """2022-01-03T09:15:00+05:30."""
    return datetime.datetime.fromtimestamp(ts, IST).isoformat()


def time_text(seconds: int) -> str:
    """Seconds since midnight as hh:mm:ss."""
    hours, rest = divmod(seconds, 3600)
    return f"{hours:02}:{rest // 60:02}:{rest % 60:02}"


@dataclass(frozen=True)
class Session:
    """The exchange's hours [opens, closes) in seconds since midnight IST."""

    opens: int = 9 * 3600 + 15 * 60
    closes: int = 15 * 3600 + 30 * 60

    def is_open(self, ts: int) -> bool:
        """Within the hours of a Monday to Friday."""
        days, second = divmod(ts + IST_OFFSET, DAY)
        weekday = (days + 3) % 7  # 1970-01-01 was a Thursday; 0 is Monday
        return weekday < 5 and self.opens <= second < self.closes

    def close_of(self, ts: int) -> int:
        """Session close of the day on which ts falls."""
        return ts - (ts + IST_OFFSET) % DAY + self.closes
