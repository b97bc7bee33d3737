"""Parsing of times as users write them in filters: dates, date-times, and ages such as `7d`."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_AGE = re.compile(r"(\d{1,9})\s*(s|m|h|d|w)", re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
# A date with an optional time, down to fractions of a second; without an offset it is UTC.
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)
HINT = "write a date, a date and time, or an age: 2026-01-31, 2026-01-31T12:00:00, 7d, 12h"


@dataclass(frozen=True, slots=True)
class Span:
    """A span of time from `start`, inclusive, to `end`, exclusive, in the catalog's format."""

    start: str
    end: str


def as_catalog(moment: datetime) -> str:
    """A time in the catalog's format: RFC 3339 in UTC with microseconds."""
    # strftime() does not serve: years before 1000 may get fewer than four digits.
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def age(text: str) -> timedelta:
    """The duration that a text such as `30d`, `12h` or `2w` means; raises `ValueError`."""
    found = _AGE.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    return timedelta(seconds=int(found[1]) * _SECONDS[found[2].lower()])


def span(text: str, now: datetime) -> Span:
    """The span that `text` means: a day for a date, a minute for a time without seconds.

    An age, such as `7d`, is counted back from `now`. Raises `ValueError`.
    """
    try:
        if _AGE.fullmatch(text.strip()):
            return _span(now - age(text), timedelta(microseconds=1))
        return _read(text.strip())
    except OverflowError:
        raise ValueError(text) from None


def _read(text: str) -> Span:
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError(text)
    date, minutes, seconds, fraction, offset = found.groups()
    fraction = (fraction or "")[:6]
    iso = f"{date}T{minutes or '00:00'}:{seconds or '00'}.{fraction or '0'}"
    zone = "+00:00" if offset in (None, "Z", "z") else offset
    start = datetime.fromisoformat(iso + zone)
    if minutes is None:
        return _span(start, timedelta(days=1))
    if seconds is None:
        return _span(start, timedelta(minutes=1))
    return _span(start, timedelta(microseconds=10 ** (6 - len(fraction))))


def _span(start: datetime, length: timedelta) -> Span:
    return Span(as_catalog(start), as_catalog(start + length))
