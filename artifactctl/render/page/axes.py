"""The rows of a comparison, and the facts of its columns, as the axes of a chart."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from artifactctl.json_text import JsonObject
from artifactctl.plain_text import escape, shortened
from artifactctl.render.page.ticks import Tick, fraction, linear_ticks, log_ticks

_MANY = 12
_FACTS = {  # of a column: what a key is called, and the unit of its numbers
    "created": "order",
    "status": "",
    "pipeline": "",
    "type": "",
    "duration_s": "s",
    "size_bytes": "B",
    "file_count": "",
    "tags": "",
}
_LONGEST_LABEL = 24


@dataclass(frozen=True, slots=True)
class Axis:
    """A row that can be drawn: a number for each column, or None.

    `key` is unique in the comparison, and stands in the page's link. The numbers of a category
    are indices of its `ticks`; those of `created` are the order of the columns in time.
    """

    key: str
    row: JsonObject
    kind: str
    unit: str
    numbers: Sequence[float | None]
    ticks: Sequence[Tick]
    log_ticks: Sequence[Tick]

    @property
    def present(self) -> list[float]:
        """The numbers without None."""
        return [number for number in self.numbers if number is not None]

    def places(self) -> list[float | None]:
        """The position of each column on the axis, from 0 to 1."""
        low, high = min(self.present, default=0.0), max(self.present, default=0.0)
        return [None if number is None else fraction(number, low, high) for number in self.numbers]


def axes_of(comparison: JsonObject) -> list[Axis]:
    """An axis for each row, then for each fact that any column has."""
    taken: set[str] = set()
    rows = [*comparison["rows"], *_facts(comparison["columns"])]
    return [_axis(row, _unique(row, taken), comparison["columns"]) for row in rows]


def usual_axes(axes: Sequence[Axis]) -> list[Axis]:
    """The axes drawn by default: numbers that differ, those with a goal first."""
    is_number = [axis.kind == "number" and axis.unit != "order" and axis.present for axis in axes]
    numbers = [axis for axis, is_one in zip(axes, is_number, strict=True) if is_one]
    telling = [axis for axis in numbers if len(set(axis.present)) > 1]
    return sorted(telling or numbers, key=rank_of)[:_MANY]


def rank_of(axis: Axis) -> tuple[bool, bool, bool]:
    """A sort key for axes: those with a goal first, those that are mostly missing last."""
    is_mostly_missing = 2 * len(axis.present) < len(axis.numbers)
    return (is_mostly_missing, axis.row["group"] == "facts", not axis.row["goal"])


def _facts(columns: Sequence[JsonObject]) -> list[JsonObject]:
    """The facts of the columns in the form of rows."""
    values = {key: [column.get(key) for column in columns] for key in _FACTS}
    return [_fact(key, of_key) for key, of_key in values.items() if not all(map(_is_none, of_key))]


def _fact(key: str, values: Sequence[object]) -> JsonObject:
    is_number = all(_is_none(value) or _is_number(value) for value in values)
    return {
        "key": key,
        "group": "facts",
        "kind": "number" if is_number or key == "created" else "category",
        "goal": "minimize" if key == "duration_s" else None,
        "differs": len(set(map(_text, values))) > 1,
        "values": values,
        "missing": list(map(_is_none, values)),
        "best": [],
        "worst": [],
    }


def _is_none(value: object) -> bool:
    return value is None or value == []


def _unique(row: JsonObject, taken: set[str]) -> str:
    key = str(row["key"])
    while key in taken:
        key = f"{row['group']}:{key}"
    taken.add(key)
    return key


def _axis(row: JsonObject, key: str, columns: Sequence[JsonObject]) -> Axis:
    unit = _FACTS.get(row["key"], "") if row["group"] == "facts" else ""
    if unit == "order":
        return _number(row, key, unit, _order(columns))
    if row["kind"] == "number" and (floats := _floats(row)) is not None:
        return _number(row, key, unit, floats)
    return _category(row, key)


def _number(row: JsonObject, key: str, unit: str, numbers: Sequence[float | None]) -> Axis:
    present = [number for number in numbers if number is not None]
    if not present:
        return Axis(key, row, "number", unit, numbers, [], [])
    low, high = min(present), max(present)
    is_whole = all(isinstance(value, int) for value in row["values"] if value is not None)
    marked = "whole" if unit == "order" or (is_whole and not unit) else unit
    logs = [] if unit == "order" else log_ticks(low, high, unit)
    return Axis(key, row, "number", unit, numbers, linear_ticks(low, high, marked), logs)


def _order(columns: Sequence[JsonObject]) -> list[float]:
    """The rank of each column by its time of creation, from 1."""
    ranked = sorted(range(len(columns)), key=lambda index: str(columns[index]["created"]))
    return [float(ranked.index(index) + 1) for index in range(len(columns))]


def _floats(row: JsonObject) -> list[float | None] | None:
    """The row's numbers as floats; None when different integers would become the same float."""
    pairs = list(zip(row["values"], row["missing"], strict=True))
    try:
        floats = [None if gone or value is None else float(value) for value, gone in pairs]
    except OverflowError:
        return None
    exact = {value for value, gone in pairs if not gone and value is not None}
    are_apart = len(exact) == len({number for number in floats if number is not None})
    return floats if are_apart else None


def _category(row: JsonObject, key: str) -> Axis:
    pairs = list(zip(row["values"], row["missing"], strict=True))
    texts = [None if gone else _text(value) for value, gone in pairs]
    known = {text: value for text, (value, _) in zip(texts, pairs, strict=True) if text is not None}
    levels = sorted(known, key=lambda text: _rank(text, known[text]))
    numbers = [None if text is None else float(levels.index(text)) for text in texts]
    last = float(len(levels) - 1)
    ticks = [Tick(fraction(i, 0.0, last), _short(known[t])) for i, t in enumerate(levels)]
    return Axis(key, row, "category", "", numbers, ticks, [])


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def _rank(text: str, value: Any) -> tuple[bool, float, str]:
    """A sort key: numbers by value, then everything else by its text."""
    if not _is_number(value):
        return (True, 0.0, text)
    return (False, value, "")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _short(value: object) -> str:
    text = escape((value if isinstance(value, str) else _text(value))[: _LONGEST_LABEL * 2])
    return shortened(text, _LONGEST_LABEL)
