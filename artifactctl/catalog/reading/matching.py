"""Filters applied in memory, to facts of versions and runs and to metadata values."""

from collections.abc import Mapping, Sequence
from typing import Any

from artifactctl.catalog import typed
from artifactctl.catalog.reading.conditions import holds
from artifactctl.catalog.reading.fields import Column, Text, Time, Whole
from artifactctl.catalog.reading.filtering import condition_of, operators_of
from artifactctl.catalog.reading.filters import Filter
from artifactctl.catalog.reading.metadata_filters import NUMBER, TEXT, entry_condition

Given = tuple[bool, Any]
"""Whether there is a value, and the value."""

_FACT = "fact"
_SIZE, _MOMENT, _WORD = Whole(_FACT), Time(_FACT), Text(_FACT)
_FACTS: Mapping[str, Column] = {
    "size_bytes": _SIZE,
    "file_count": _SIZE,
    "created": _MOMENT,
    **dict.fromkeys(("name", "status", "pipeline", "artifact", "version", "type"), _WORD),
}


def matching(name: str, text: str, values: Sequence[Given], *, is_fact: bool) -> list[bool]:
    """For each value, whether the filter `text` holds for it.

    The values are those of a fact `name` if `is_fact` and such a fact is known, else they are
    compared as values of metadata. Raises `WrongUsageError` for an invalid filter.
    """
    fact = _FACTS.get(name) if is_fact else None
    if fact is not None:
        condition = condition_of(fact, Filter.parse(name, text, operators_of(fact)))
        return [holds(condition, {_FACT: value}) for _, value in values]
    condition, is_without = entry_condition(Filter.parse(name, text))
    found = (is_there and holds(condition, _cells_of(value)) for is_there, value in values)
    return [is_found != is_without for is_found in found]


def _cells_of(value: object) -> dict[str, object]:
    number, text = typed.comparable(value)
    return {NUMBER: number, TEXT: text}
