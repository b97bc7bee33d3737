"""Cells for display, whatever a damaged or forged row has in them: SQLite stores any type anywhere.

`cells.py` has the rules that what is written must keep.
"""

from collections.abc import Mapping
from types import NoneType
from typing import Any

from artifactctl.catalog.cells import read_json
from artifactctl.errors import IntegrityError


def shown_json(text: Any) -> Any:
    """The value of a JSON cell for display, or its text if it is not valid JSON."""
    try:
        return read_json(text)
    except IntegrityError:
        return shown_text(text)


def shown_object(text: Any) -> dict[str, Any]:
    """The object in a JSON cell for display, or an empty one if the cell holds no object."""
    value = shown_json(text)
    return value if isinstance(value, dict) else {}


def shown_text(value: Any) -> str:
    """The value of a text cell for display: unchanged if it is text, else converted to text."""
    if type(value) is str:
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return "" if value is None else str(value)


_FITTING: Mapping[str, tuple[type, ...]] = {
    "t": (str,),
    "?": (str, NoneType),
    "i": (int,),
    "n": (int, NoneType),
    "b": (bool, int),
}
_seen: set[tuple[str, tuple[type, ...]]] = set()


def as_shown(kinds: str, row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row in which cells of the wrong type are converted, so that it can be displayed.

    `kinds` has a letter for each cell: `t` for text, `?` for text or None, `i` for an integer, `n`
    for an integer or None, `b` for a boolean.
    """
    types = tuple(map(type, row))
    if (kinds, types) in _seen:
        return row
    if all(kind in _FITTING[letter] for kind, letter in zip(types, kinds, strict=True)):
        _seen.add((kinds, types))
        return row
    return tuple(map(_shown, kinds, row))


def _shown(letter: str, cell: Any) -> Any:
    if type(cell) in _FITTING[letter]:
        return cell
    return shown_text(cell) if letter in "t?" else None if letter == "n" else 0
