"""Metadata with what is known of its series, as rows."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from artifactctl.json_text import JsonObject
from artifactctl.results.series import Series
from artifactctl.series import Points, number_of

_USUAL = ["key", "value"]
_OF_SERIES = ["points", "min", "max", "curve"]


def rows(
    metadata: Mapping[str, Any], series: Mapping[str, Series], curve_of: Callable[[Series], str]
) -> list[JsonObject]:
    """A row for each key, with what is known of its series; `curve_of` draws one."""
    return [
        {"key": key, "value": value, **_of(series.get(key), curve_of)}
        for key, value in metadata.items()
    ]


def columns(rows: Sequence[JsonObject]) -> list[str]:
    """The columns of metadata: those of series only where a row has something in them."""
    return [
        *_USUAL,
        *(name for name in _OF_SERIES if any(row[name] not in (None, "") for row in rows)),
    ]


def _of(series: Series | None, curve_of: Callable[[Series], str]) -> JsonObject:
    if series is None:
        return dict.fromkeys(_OF_SERIES)
    facts = (series.count, series.min, series.max, curve_of(series))
    return dict(zip(_OF_SERIES, facts, strict=True))


def summary(series: Series, curve: str = "") -> str:
    """A series on one line: its curve, the number of its points and the range of its values."""
    if series.min is None or series.max is None:
        return f"{series.count:,} points, all unknown"
    said = f"{series.count:,} points from {series.min:.4g} to {series.max:.4g}"
    return f"{curve}  {said}" if curve else said


def rows_of(points: Points) -> list[dict[str, Any]]:
    """Return the points as rows of step, time (RFC 3339 in UTC) and value, None if unknown."""
    return [
        {"step": step, "time": _moment(time_ms), "value": number_of(value)}
        for step, time_ms, value in points.rows()
    ]


def _moment(time_ms: int) -> str:
    try:
        found = datetime.fromtimestamp(time_ms / 1000, UTC)
    except (OverflowError, ValueError):  # beyond the year 9999
        return str(time_ms)
    return found.isoformat(timespec="milliseconds").replace("+00:00", "Z")
