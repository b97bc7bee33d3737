"""Metadata of tables and numbers, in one form for every library."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from artifactctl.plain_values import numbered

Statistics: TypeAlias = Mapping[str, float | int | bool | None]
"""`mean`, `std`, `min` and `max` of numbers; of other columns nothing."""

MAX_COLUMNS = 1000
"""The most columns with statistics; `shape` has the number of all columns."""


def table_facts(
    shape: Sequence[int], columns: Iterable[tuple[Any, Any, Statistics]]
) -> dict[str, Any]:
    """`shape`, and by column `dtype` and statistics; a column is a label, a type and statistics."""
    described = list(columns)
    names = column_names(label for label, _, _ in described)
    facts: dict[str, Any] = {"shape": list(shape), "dtype": {}}
    for name, (_, dtype, statistics) in zip(names, described, strict=True):
        facts["dtype"][name] = str(dtype)
        for statistic, value in statistics.items():
            facts.setdefault(statistic, {})[name] = value
    return facts


def column_names(labels: Iterable[Any]) -> list[str]:
    """The labels as texts, all different: the second `a` is `a.1`."""
    return numbered(str(label).encode("utf-8", "backslashreplace").decode() for label in labels)


def finite(number: Any) -> float | int | bool | None:
    """A number of any library as one of JSON; None if it is missing, infinite or NaN."""
    plain = number.item() if hasattr(number, "item") else number
    if hasattr(plain, "item"):  # NumPy's long double is no number of Python
        plain = float(plain)
    return plain if plain is not None and math.isfinite(plain) else None
