"""Short labels that tell columns apart: without what all names share, with what differs.

`training-2026-11-30-a` and `training-2026-11-30-b` are `…a` and `…b`. Of runs with equal names
`nightly (1a2b3c4d)` is `nightly (lr=0.1)` where a parameter tells them apart.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from artifactctl.compare.comparison import ComparedItem, Row

_LEAST_SHARED = 12  # letters: what is shorter is read at a glance
_LONGEST_VALUE = 16
_PART_OF_WORD = re.compile(r"(?:[^\W_]|\.)+$")  # also of a number: 0.05
_WITH_ID = re.compile(r"(?s)(.*) \([0-9a-f-]{8,36}\)")


def labels(columns: Sequence[ComparedItem], parameters: Iterable[Row]) -> list[str]:
    """A label for each column, in their order; no two are equal.

    The rows of parameters are read only where names are equal but for an ID.
    """
    names = [column.name for column in columns]
    found = _without_shared(_with_parameters(columns, parameters))
    return found if len(set(found)) == len(found) else names


def _with_parameters(columns: Sequence[ComparedItem], parameters: Iterable[Row]) -> list[str]:
    """The names; those that are equal but for an ID with a parameter instead, if one differs."""
    found = [column.name for column in columns]
    same: dict[str, list[int]] = defaultdict(list)
    for place, column in enumerate(columns):
        if (match := _WITH_ID.fullmatch(column.name)) and column.id.startswith(
            column.name[match.end(1) + 2 : -1]
        ):
            same[match[1]].append(place)
    rows = list(parameters) if same else []
    for name, places in same.items():
        row = next((row for row in rows if _distinguishes(row, places)), None)
        if row is not None:
            for place in places:
                found[place] = f"{name} ({_leaf(row.key)}={_short(row.values[place])})"
    return found


def _distinguishes(row: Row, places: Sequence[int]) -> bool:
    """Whether a parameter has another short value in each of these columns."""
    if any(row.missing[place] for place in places):
        return False
    values = [row.values[place] for place in places]
    if not all(isinstance(value, str | int | float | None) for value in values):
        return False
    texts = list(map(_short, values))
    return len(set(texts)) == len(places) and max(map(len, texts)) <= _LONGEST_VALUE


def _without_shared(names: Sequence[str]) -> list[str]:
    """The names without the words that all of them begin with, when these are long."""
    if len(names) < 2:
        return list(names)
    first, last = min(names), max(names)  # what these two share, all between them share
    length = next(
        (at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first)
    )
    shared = _PART_OF_WORD.sub("", first[:length])
    if len(shared) < _LEAST_SHARED or any(len(name) == len(shared) for name in names):
        return list(names)
    return [f"…{name[len(shared) :]}" for name in names]


def _leaf(key: str) -> str:
    return key.rpartition(".")[2] or key


def _short(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return f"{value:.6g}" if isinstance(value, float) else str(value)
