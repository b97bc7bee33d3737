"""The comparable form of metadata values: a number, or text that begins with a type letter.

A value is stored as JSON. The same row has its comparable form, in the column `number` or `text`,
or in neither for null. The letter keeps `"true"` apart from `true`, and lets one index serve all
types that are compared as text.

A NUL character, which PostgreSQL's text cannot hold, is compared as U+FFFD. It comes from records
of earlier versions only, since metadata with it is refused.
"""

import json
from collections.abc import Iterator, Mapping

TEXT, BOOLEAN, LIST, OBJECT = "s", "b", "l", "o"

Comparable = tuple[int | float | None, str | None]
"""The cells `number` and `text` of a value, of which at most one is not None."""

_MOST = 1 << 63  # SQLite's integers have 64 bits; larger numbers are compared as floats


def comparable(value: object) -> Comparable:
    """The comparable form of a JSON value. That of an object tells only its type (see `leaves`)."""
    if value is None:
        return None, None
    if isinstance(value, bool):
        return None, BOOLEAN + json.dumps(value)
    if isinstance(value, int | float):
        return (
            value if isinstance(value, float) or -_MOST <= value < _MOST else _near(value)
        ), None
    if isinstance(value, str):
        return None, TEXT + _without_nul(value)
    if isinstance(value, dict):
        return None, OBJECT
    return None, LIST + json.dumps(value, ensure_ascii=False)


def leaves(key: str, value: object) -> Iterator[tuple[str, Comparable]]:
    """Yield all values inside of an object, by keys joined with `.`; nothing for other values."""
    if not isinstance(value, Mapping):
        return
    for name, item in value.items():
        inner = f"{key}.{_without_nul(name)}"
        yield inner, comparable(item)
        yield from leaves(inner, item)


def _without_nul(text: str) -> str:
    return text.replace("\0", "\ufffd")


def _near(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
