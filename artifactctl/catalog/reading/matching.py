"""Filters over values that are at hand, with the very SQL that listings filter by."""

from collections.abc import Mapping, Sequence
from typing import Any

from artifactctl.catalog import typed
from artifactctl.catalog.engine.protocol import Database
from artifactctl.catalog.reading.batching import batches
from artifactctl.catalog.reading.fields import Bound, Column, Field, Text, Time, Whole
from artifactctl.catalog.reading.filters import OPERATORS, Filter
from artifactctl.catalog.reading.metadata_fields import entry_holds

Given = tuple[bool, Any]
"""Whether there is a value, and which one."""

_MOST = 100  # values in one statement, each with a few parameters
_SIZE, _MOMENT, _TEXT = Whole("m.plain"), Time("m.plain"), Text("m.plain")
_FIELDS: Mapping[str, Column] = {
    "size_bytes": _SIZE,
    "file_count": _SIZE,
    "created": _MOMENT,
    **dict.fromkeys(("name", "status", "pipeline", "artifact", "version", "type"), _TEXT),
}


def matching(
    db: Database, name: str, text: str, values: Sequence[Given], *, is_fact: bool
) -> list[bool]:
    """Which of the values a filter holds for: those of a key, or of a fact that has that name.

    Values of keys are compared as metadata is. Raises `WrongUsageError` for a filter that cannot
    be.
    """
    field = _FIELDS.get(name) if is_fact else None
    asked = Filter.parse(name, text, OPERATORS if field is None else field.operators)
    found: list[bool] = []
    for batch in batches(values, _MOST):
        kept = _keep(db, asked, field, batch)
        found += [position in kept for position in range(len(batch))]
    return found


def _keep(db: Database, asked: Filter, field: Field | None, values: Sequence[Given]) -> set[int]:
    """The positions of the values that hold."""
    bound = Bound()
    entries = " UNION ALL ".join(
        f"SELECT {position} AS position, {bound(is_there)} AS is_there, {bound(number)} AS number,"
        f" {bound(characters)} AS text, {bound(None if field is None else value)} AS plain"
        for position, (is_there, value) in enumerate(values)
        for number, characters in [typed.comparable(value)]
    )
    if field is None:
        condition, is_without = entry_holds(asked.as_typed, bound)
        condition = f"(m.is_there AND ({condition})) IS {'NOT ' if is_without else ''}TRUE"
    else:
        condition = field.condition(asked, bound).sql
    rows = db.rows(f"SELECT m.position FROM ({entries}) m WHERE {condition}", bound.params)
    return {position for (position,) in rows}
