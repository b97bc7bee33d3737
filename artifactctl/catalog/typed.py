"""Metadata values in the form in which they are compared: as numbers or as text, never mixed.

A value is kept as JSON. Beside it stands either its number, or its text behind a letter for its
type, so that `"true"` is not `true` and one index serves every type of text. A null has neither.
"""

import json
from collections.abc import Iterator, Mapping

TEXT, BOOLEAN, LIST, OBJECT = "s", "b", "l", "o"

Comparable = tuple[int | float | None, str | None]
"""A number, or a text behind the letter of its type, or neither."""

_MOST = 1 << 63  # SQLite's integers end here; beyond, a float is near enough to compare


def comparable(value: object) -> Comparable:
    """What a JSON value is compared by. Of an object only that it is one: its parts have keys."""
    if value is None:
        return None, None
    if isinstance(value, bool):
        return None, BOOLEAN + json.dumps(value)
    if isinstance(value, int | float):
        return (
            value if isinstance(value, float) or -_MOST <= value < _MOST else _near(value)
        ), None
    if isinstance(value, str):
        return None, TEXT + value
    if isinstance(value, dict):
        return None, OBJECT
    return None, LIST + json.dumps(value, ensure_ascii=False)


def leaves(key: str, value: object) -> Iterator[tuple[str, Comparable]]:
    """What is inside of an object, by keys joined with `.`; nothing for any other value."""
    if not isinstance(value, Mapping):
        return
    for name, item in value.items():
        inner = f"{key}.{name}"
        yield inner, comparable(item)
        yield from leaves(inner, item)


def _near(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
