"""Columns grouped by their values of a key: of each other key the mean and the deviation."""

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from artifactctl.compare.comparison import (
    ColumnGroup,
    Grouped,
    GroupedRow,
    Row,
    Spread,
)
from artifactctl.compare.flattening import identity


def group_by(by: str, values: Sequence[tuple[bool, Any]], rows: Sequence[Row]) -> Grouped:
    """Group columns by `values`: for each column whether it has the key `by`, and its value."""
    groups = _groups(values)
    grouped = [_row(row, groups) for row in rows if row.key != by]
    return Grouped(by, tuple(groups), tuple(grouped))


def spread(values: Sequence[Any], missing: Sequence[bool], *, is_numeric: bool) -> Spread:
    """The mean and the sample's deviation of numbers; how many other values differ."""
    there = [value for value, gone in zip(values, missing, strict=True) if not gone]
    present = [value for value in there if value is not None or not is_numeric]
    left_out = len(values) - len(present)
    distinct = {identity(value): value for value in present}
    value = next(iter(distinct.values())) if len(distinct) == 1 else None
    mean, deviation = _moments(present) if is_numeric else (None, None)
    return Spread(len(present), left_out, mean, deviation, len(distinct), value)


def _groups(values: Sequence[tuple[bool, Any]]) -> list[ColumnGroup]:
    found: dict[tuple[int, Any], list[int]] = defaultdict(list)
    for place, (is_there, value) in enumerate(values):
        found[identity(value) if is_there else (3, "")].append(place)
    return [
        ColumnGroup(values[places[0]][1], rank == (3, ""), tuple(places))
        for rank, places in sorted(found.items())
    ]


def _row(row: Row, groups: Sequence[ColumnGroup]) -> GroupedRow:
    is_numeric = row.kind == "number"
    spreads = [
        spread(
            [row.values[place] for place in group.columns],
            [row.missing[place] for place in group.columns],
            is_numeric=is_numeric,
        )
        for group in groups
    ]
    return GroupedRow(row.key, row.group, row.kind, row.goal, tuple(spreads))


def _moments(values: Sequence[int | float]) -> tuple[float | None, float | None]:
    """The mean and the deviation; None where there are too few, or beyond all floats."""
    try:
        numbers = list(map(float, values))
    except OverflowError:
        return None, None
    if not numbers:
        return None, None
    if min(numbers) == max(numbers):  # without the error of adding them up
        return numbers[0], 0.0 if len(numbers) > 1 else None
    # A few numbers at the ends of what floats hold add up to more than any float.
    is_large = max(map(abs, numbers)) > 1e300
    mean = (
        math.fsum(number / len(numbers) for number in numbers)
        if is_large
        else math.fsum(numbers) / len(numbers)
    )
    far = math.hypot(*(number - mean for number in numbers)) / math.sqrt(len(numbers) - 1)
    return mean, far if math.isfinite(far) else None
