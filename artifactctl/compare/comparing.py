"""Comparing runs or versions: which rows and columns there are, and the facts of each row."""

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from artifactctl.compare.comparison import (
    ComparedItem,
    ComparedKind,
    Comparison,
    Goal,
    Grouped,
    Importance,
    Number,
    Row,
    Subject,
)
from artifactctl.compare.flattening import FACTS, FlatTable, Key, Values, is_number, lay_out
from artifactctl.compare.goals import goal_of
from artifactctl.compare.grouping import group_by
from artifactctl.compare.importance import importance
from artifactctl.compare.labels import labels
from artifactctl.errors import WrongUsageError
from artifactctl.json_text import is_same
from artifactctl.suggestions import did_you_mean, nearest, suggestion

Positions = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CompareOptions:
    """Options of a comparison; `keys`, `maximize` and `minimize` are globs over whole keys.

    `baseline` is a column's ID, by default the first subject's. Each of `sort_by` is `KEY`,
    `asc:KEY` or `desc:KEY`: the columns come in that order, those without the key last. `group_by`
    is a key or a fact, `importance` the key of a metric.
    """

    baseline: str | None = None
    keys: Sequence[str] = ()
    only_diff: bool = False
    maximize: Sequence[str] = ()
    minimize: Sequence[str] = ()
    sort_by: Sequence[str] = ()
    group_by: str | None = None
    importance: str | None = None


def compare(kind: ComparedKind, subjects: Sequence[Subject], options: CompareOptions) -> Comparison:
    """Compare runs or versions.

    Raises `WrongUsageError` for a key to sort or group by that none of them has, and for a metric
    that is not a number.
    """
    baseline = options.baseline or (subjects[0].column.id if subjects else None)
    table = lay_out(subjects)
    ordered = _sorted(subjects, table, options.sort_by)
    table = lay_out(ordered)
    position = next((i for i, item in enumerate(ordered) if item.column.id == baseline), 0)
    wanted = [
        _row(table, key, position, options)
        for key, name in table.names.items()
        if not options.keys or any(fnmatchcase(name, glob) for glob in options.keys)
    ]
    parameters = (
        _row(table, key, position, CompareOptions())
        for key in table.names
        if key.group == "parameters"
    )
    shown = tuple(row for row in wanted if row.differs or not options.only_diff)
    return Comparison(
        kind,
        position,
        table.columns,
        shown,
        tuple(_notes(table, options)),
        tuple(labels(table.columns, parameters)),
        _grouped(table, shown, options.group_by),
        _importance(table, wanted, position, options),
    )


def _grouped(table: FlatTable, shown: Sequence[Row], name: str | None) -> Grouped | None:
    """The groups of the rows that are shown, by the key or fact of that name."""
    if name is None:
        return None
    values, fact = _values_to("group", name, table)
    return group_by(fact or name, values, shown)


def _values_to(verb: str, name: str, table: FlatTable) -> tuple[Values, str | None]:
    """What `values_of` gives; raises `WrongUsageError` for a name that no column has."""
    values, fact = table.values_of(name)
    if table.columns and fact is None and not any(is_there for is_there, _ in values):
        raise WrongUsageError(f"cannot {verb} by {name!r}", hint=hint_of(name, table))
    return values, fact


def _importance(
    table: FlatTable, rows: Sequence[Row], position: int, options: CompareOptions
) -> Importance | None:
    """How strongly each wanted key is associated with the metric."""
    name = options.importance
    if name is None or not table.columns:
        return None
    key = next((key for key, known in table.names.items() if known == name), None)
    if key is None:
        hint = hint_of(name, table)
        raise WrongUsageError(f"there is no metric {name!r}", hint=hint)
    target = _row(table, key, position, options)
    if target.kind != "number":
        numbers = ", ".join(row.key for row in rows if row.kind == "number")
        hint = f"numbers are {numbers}" if numbers else "there are no numbers"
        raise WrongUsageError(f"{name!r} is not a number everywhere", hint=hint)
    return importance(target, rows)


def _sorted(subjects: Sequence[Subject], table: FlatTable, sort_by: Sequence[str]) -> list[Subject]:
    """Sorted by the first key, then by the next; stable, nulls last."""
    places = list(range(len(subjects)))
    # Stable sorts from the last key to the first, so that the first counts most.
    for wanted in reversed(sort_by):
        direction, colon, rest = wanted.partition(":")
        has_direction = colon and direction in ("asc", "desc")
        name, is_down = (rest, direction == "desc") if has_direction else (wanted, False)
        values, _ = _values_to("sort", name, table)
        have = [place for place in places if values[place][1] is not None]
        have.sort(key=lambda place: _sortable(values[place][1]), reverse=is_down)
        places = have + [place for place in places if values[place][1] is None]
    return [subjects[place] for place in places]


def _sortable(value: object) -> tuple[int, object]:
    """A sort key: numbers before texts before everything else, which has no order."""
    if is_number(value):
        return 0, value
    return (1, value) if isinstance(value, str) else (2, 0)


def _row(table: FlatTable, key: Key, baseline: int, options: CompareOptions) -> Row:
    name = table.names[key]
    values = tuple(facts.get(key) for facts in table.facts)
    missing = tuple(key not in facts for facts in table.facts)
    is_numeric = _is_numeric(values)
    goal = goal_of(key, name, options.maximize, options.minimize)
    best, worst = _extremes(values, goal) if is_numeric else ((), ())
    return Row(
        key=name,
        group=key.group,
        kind="number" if is_numeric else "category",
        goal=goal if is_numeric else None,
        differs=any(missing) or not all(is_same(values[0], value) for value in values),
        values=values,
        missing=missing,
        changes=_against(baseline, values, operator.sub),
        relative=_against(baseline, values, _relative),
        best=best,
        worst=worst,
        trend=_trend(table.columns, values) if is_numeric else (),
    )


def _is_numeric(values: Sequence[object]) -> bool:
    """Whether all values are numbers; null counts as an unknown number, as of NaN."""
    present = [value for value in values if value is not None]
    return bool(present) and all(map(is_number, present))


def _extremes(values: Sequence[Any], goal: Goal | None) -> tuple[Positions, Positions]:
    """The positions of the best and the worst numbers, if they differ."""
    numbers = [value for value in values if value is not None]
    low, high = min(numbers), max(numbers)
    if goal is None or low == high:
        return (), ()
    at_low = tuple(i for i, value in enumerate(values) if value == low)
    at_high = tuple(i for i, value in enumerate(values) if value == high)
    return (at_high, at_low) if goal == "maximize" else (at_low, at_high)


def _against(
    baseline: int, values: Sequence[object], compute: Callable[[Number, Number], Number]
) -> tuple[Number | None, ...]:
    """`compute` of each number and the baseline's number; None where one of them is missing."""
    base = values[baseline]
    return tuple(
        None
        if position == baseline or not is_number(value) or not is_number(base)
        else _finite(compute, value, base)
        for position, value in enumerate(values)
    )


def _finite(
    compute: Callable[[Number, Number], Number], value: Number, base: Number
) -> Number | None:
    try:
        result = compute(value, base)
        return result if isinstance(result, int) or math.isfinite(result) else None
    except (OverflowError, ZeroDivisionError):  # integers may be larger than any float
        return None


def _relative(value: Number, base: Number) -> Number:
    return (value - base) / abs(base)


def _trend(columns: Sequence[ComparedItem], values: Sequence[Any]) -> tuple[Number, ...]:
    places = sorted(range(len(columns)), key=lambda place: columns[place].created)
    return tuple(values[place] for place in places if values[place] is not None)


def _notes(table: FlatTable, options: CompareOptions) -> list[str]:
    """Patterns that match no key; not an error, since other runs may have such keys."""
    globs = dict.fromkeys((*options.keys, *options.maximize, *options.minimize))
    names = list(table.names.values())
    return [
        f"no key matches {glob!r}; {hint_of(glob, table)}"
        for glob in globs
        if table.columns and not any(fnmatchcase(name, glob) for name in names)
    ]


def hint_of(name: str, table: FlatTable) -> str:
    """A hint with the key that may have been meant, or else with some that exist."""
    names = list(table.names.values())
    inside = [known for known in names if name and name in known.split(".")]
    leaves = {known.rpartition(".")[2]: known for known in reversed(names)}
    found = inside[0] if inside else nearest(name, [*names, *leaves, *FACTS])
    return did_you_mean(leaves.get(found, found)) if found else suggestion(name, names)
