"""Nested values as rows of one flat table, each under a unique key such as `a.b.c`.

`is_number` and `identity` say how the values of its rows are compared.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeGuard

from artifactctl.compare.comparison import ComparedItem, Group, Number, Subject

Path = tuple[str, ...]

Values = list[tuple[bool, object]]
"""For each column whether it has a key, and its value."""

FACTS = tuple(field.name for field in fields(ComparedItem) if field.name != "id")
"""The facts of a run or version that can be sorted and filtered by."""
_ALIASES = {"started": "created", "duration": "duration_s", "size": "size_bytes"}


@dataclass(frozen=True, slots=True)
class Key:
    """Where a value is: the path of keys to it, in the metadata, outputs or parameters."""

    group: Group
    path: Path


Facts = Mapping[Key, Any]


@dataclass(frozen=True, slots=True)
class FlatTable:
    """The values of all subjects by key, and the unique name of each key."""

    columns: tuple[ComparedItem, ...]
    facts: tuple[Facts, ...]
    names: Mapping[Key, str]

    def values_of(self, name: str) -> tuple[Values, str | None]:
        """For each subject, whether it has the key of that name, and its value.

        When no subject has such a key, the values of the fact of that name, and the fact's name.
        """
        key = next((key for key, found in self.names.items() if found == name), None)
        if key is not None:
            return [(key in facts, facts.get(key)) for facts in self.facts], None
        fact = _ALIASES.get(name, name)
        if fact not in FACTS:
            return [(False, None)] * len(self.columns), None
        values = [getattr(column, fact) for column in self.columns]
        return [(value is not None, value) for value in values], fact


def is_number(value: object) -> TypeGuard[Number]:
    """Whether a value is a number in JSON: not true or false."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def identity(value: Any) -> tuple[int, Any]:
    """The same for values that are the same, 1 and 1.0 too; it sorts numbers before texts."""
    if is_number(value):
        return 0, value
    if isinstance(value, str):
        return 1, value
    return 2, json.dumps(value, sort_keys=True, default=list)


def lay_out(subjects: Sequence[Subject]) -> FlatTable:
    """The values of all subjects under common keys, in natural order of each group."""
    facts = tuple(dict(_leaves(subject)) for subject in subjects)
    names = _names({key for found in facts for key in found})
    ordered = dict(sorted(names.items(), key=lambda item: (item[0].group, _natural(item[1]))))
    return FlatTable(tuple(subject.column for subject in subjects), facts, ordered)


def _leaves(subject: Subject) -> Iterator[tuple[Key, object]]:
    """The leaves of the nested values with their keys; an empty object is a leaf, too."""
    groups: dict[Group, Mapping[str, Any]] = {
        "metadata": subject.metadata,
        "outputs": subject.outputs,
        "parameters": subject.parameters,
    }
    pending: list[tuple[Key, Any]] = [
        (Key(group, (name,)), value)
        for group, values in groups.items()
        for name, value in values.items()
    ]
    while pending:
        key, value = pending.pop()
        if isinstance(value, Mapping) and value:
            pending += ((Key(key.group, (*key.path, name)), inner) for name, inner in value.items())
        else:
            yield key, value


def _names(keys: set[Key]) -> dict[Key, str]:
    """Keys joined with `.`; where that is ambiguous, nested ones are put in quotes."""
    ways = {key: _ways_to_write(key) for key in keys}
    while True:
        same: dict[str, list[Key]] = defaultdict(list)
        for key, ways_left in ways.items():
            same[ways_left[0]].append(key)
        clashing = [group for group in same.values() if len(group) > 1]
        if not clashing:
            return {key: ways_left[0] for key, ways_left in ways.items()}
        for group in clashing:
            for key in _to_rename(group, ways):
                ways[key] = ways[key][1:]


def _ways_to_write(key: Key) -> list[str]:
    plain = ".".join(key.path)
    quoted = ".".join(json.dumps(part, ensure_ascii=False) for part in key.path)
    if key.group == "metadata":
        return [plain, quoted]
    return [plain, f"{key.group}.{plain}", f"{key.group}:{quoted}"]


def _to_rename(group: Sequence[Key], ways: Mapping[Key, Sequence[str]]) -> list[Key]:
    """The keys of an ambiguous name to write otherwise.

    These are parameters, else outputs, else nested keys, else any.
    """
    movable = [key for key in group if len(ways[key]) > 1]
    parameters = [key for key in movable if key.group == "parameters"]
    outputs = [key for key in movable if key.group == "outputs"]
    return parameters or outputs or [key for key in movable if len(key.path) > 1] or movable


def _natural(text: str) -> list[tuple[int, int, str]]:
    """A sort key that puts `layer2` before `layer10`."""
    parts = re.findall(r"[0-9]+|[^0-9]+", text)
    return [_sortable(part) for part in parts]


def _sortable(part: str) -> tuple[int, int, str]:
    if part[0] not in "0123456789":
        return 1, 0, part
    digits = part.lstrip("0")  # not as a number: it may have more digits than Python reads
    return 0, len(digits), digits
