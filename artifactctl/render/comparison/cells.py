"""The cells of a comparison, independent of their layout."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from artifactctl import plain_text
from artifactctl.compare import ComparedItem, Comparison, Row
from artifactctl.render.comparison import numbers
from artifactctl.render.sparkline import sparkline

Mark = Literal["best", "worst", ""]
Facts = Literal["all", "differing", "none"]
"""Which facts of the columns (size, duration, status) are shown above the keys."""

_FEWEST_FOR_A_TREND = 3
_SHOWN: Mapping[str, Callable[[Any], str]] = {
    "status": str,
    "duration_s": plain_text.duration,
    "size_bytes": plain_text.size,
    "file_count": numbers.number,
}
_HEADERS = {"duration_s": "duration", "size_bytes": "size", "file_count": "files"}
_FACTS = {"run": ("status", "duration_s"), "artifact_version": ("size_bytes", "file_count")}


@dataclass(frozen=True, slots=True)
class Cell:
    """One value, not escaped yet; a number also with its change against the baseline's."""

    value: str
    kind: Literal["number", "text", "missing", "fact"]
    mark: Mark = ""
    change: str = ""
    relative: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One key with its cell in each column; `trend` is a sparkline."""

    key: str
    cells: tuple[Cell, ...]
    trend: str = ""


def lines(comparison: Comparison, facts: Facts) -> list[Line]:
    """A line for each row, after those for facts of the columns, whose keys are in brackets."""
    if facts == "differing" and not comparison.rows:
        return []  # facts alone would look like a difference
    names = shown_facts(comparison, _FACTS[comparison.kind], facts)
    return [
        *(_fact_line(comparison, fact) for fact in names if not _is_usual(comparison, fact)),
        *(_line(row) for row in comparison.rows),
    ]


def shown_facts(comparison: Comparison, names: Sequence[str], facts: Facts) -> list[str]:
    """Those of the facts `names` that are shown."""
    if facts == "none" or not comparison.columns:
        return []
    first = comparison.columns[0]
    return [
        name
        for name in names
        if facts == "all"
        or any(getattr(column, name) != getattr(first, name) for column in comparison.columns)
    ]


def has_trends(comparison: Comparison) -> bool:
    """Whether there are enough columns for a trend."""
    return len(comparison.columns) >= _FEWEST_FOR_A_TREND


def plain(value: object) -> str:
    """A value as text; ambiguous texts, such as "1" or "true", are in quotes."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False) if _is_misleading(value) else value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return numbers.number(value)
    return json.dumps(value, ensure_ascii=False)


def _is_misleading(value: str) -> bool:
    """Whether a text looks like a value of another type, a missing value, or is blank."""
    if value != value.strip() or value in ("", "-", "—"):
        return True
    try:
        json.loads(value.replace(",", "") if value[-1].isdigit() else value)  # as we show numbers
    except (ValueError, RecursionError):
        return False
    return True


def _is_usual(comparison: Comparison, fact: str) -> bool:
    """Whether all runs are completed: then the status is not worth a line."""
    return fact == "status" and all(item.status == "completed" for item in comparison.columns)


def _fact_line(comparison: Comparison, fact: str) -> Line:
    cells = tuple(_fact(fact, column) for column in comparison.columns)
    return Line(f"({_HEADERS.get(fact, fact)})", cells)


def _fact(fact: str, column: ComparedItem) -> Cell:
    value = getattr(column, fact)
    return Cell("", "missing") if value is None else Cell(_SHOWN[fact](value), "fact")


def _line(row: Row) -> Line:
    return Line(row.key, tuple(_cell(row, i) for i in range(len(row.values))), sparkline(row.trend))


def _cell(row: Row, position: int) -> Cell:
    value = row.values[position]
    if row.missing[position]:
        return Cell("", "missing")
    if row.kind == "category" or value is None:
        return Cell(plain(value), "text")
    mark: Mark = "best" if position in row.best else "worst" if position in row.worst else ""
    more, share = row.changes[position], row.relative[position]
    if not row.differs:  # "=" in every cell would be noise
        more = share = None
    return Cell(
        plain(value),
        "number",
        mark,
        "" if more is None else numbers.change(more),
        "" if share is None else numbers.relative(share),
    )
