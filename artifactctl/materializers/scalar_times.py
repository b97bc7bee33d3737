"""Dates, times and zones as JSON values, and back."""

from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo


def write_zone(zone: tzinfo | None) -> Any:
    """None, `UTC`, the name of a zone, or an offset in microseconds; False for any other."""
    if zone is None or zone is UTC:
        return None if zone is None else "UTC"
    if type(zone) is ZoneInfo and zone.key is not None:
        return {"zone": zone.key}
    if type(zone) is timezone:
        offset = zone.utcoffset(None)
        # Equal is not the same: such zones may have names.
        is_plain = zone.tzname(None) == timezone(offset).tzname(None)
        return offset // timedelta(microseconds=1) if is_plain else False
    return False


def read_zone(content: Any) -> tzinfo | None:
    """The zone of `write_zone`."""
    if content is None or content == "UTC":
        return None if content is None else UTC
    if isinstance(content, dict):
        return ZoneInfo(content["zone"])
    return timezone(timedelta(microseconds=content))


def write_moment(value: datetime | time) -> list[Any] | None:
    """Its parts, its zone and its fold; None for a zone that only an object stands for."""
    zone = write_zone(value.tzinfo)
    return None if zone is False else [value.replace(tzinfo=None).isoformat(), zone, value.fold]


def read_datetime(content: list[Any]) -> datetime:
    """The date and time of `write_moment`."""
    text, zone, fold = content
    return datetime.fromisoformat(text).replace(tzinfo=read_zone(zone), fold=fold)


def read_time(content: list[Any]) -> time:
    """The time of `write_moment`."""
    text, zone, fold = content
    return time.fromisoformat(text).replace(tzinfo=read_zone(zone), fold=fold)


def write_timedelta(value: timedelta) -> list[int]:
    """Days, seconds and microseconds."""
    return [value.days, value.seconds, value.microseconds]


def read_timedelta(content: list[int]) -> timedelta:
    """The difference of `write_timedelta`."""
    days, seconds, microseconds = content
    return timedelta(days, seconds, microseconds)
