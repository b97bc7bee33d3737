"""Pieces of statements: the columns of row classes, and lists in parts that one statement takes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from artifactctl.catalog.cells import as_shown, shown_object
from artifactctl.catalog.rows import cells_of

T = TypeVar("T")

BATCH = 500  # SQLite takes at least 999 parameters
# What cells may hold, by the types of fields; see `as_shown`. An object is kept as JSON.
_KINDS: Mapping[Any, str] = {
    str: "t",
    str | None: "?",
    int: "i",
    int | None: "n",
    bool: "b",
    Mapping[str, Any]: "t",
}
_MAKERS: Mapping[Any, Callable[[Any], Any]] = {bool: bool, Mapping[str, Any]: shown_object}


def batches(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """`items` in lists of up to `size`, never more of them in memory."""
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch


def numbered(values: Sequence[int | str]) -> tuple[str, dict[str, int | str]]:
    """Placeholders for some values, and the values by name."""
    names = {f"b{i}": value for i, value in enumerate(values)}
    return ", ".join(f":{name}" for name in names), names


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a row class comes from cells: their names, kinds, and what makes values of some."""

    names: Sequence[str]
    kinds: str
    makers: Sequence[tuple[str, Callable[[Any], Any]]]


_shapes: dict[type[Any], _Shape] = {}


def _shape_of(row_class: type[Any]) -> _Shape:
    if row_class not in _shapes:
        types = cells_of(row_class)
        makers = [(name, _MAKERS[kind]) for name, kind in types.items() if kind in _MAKERS]
        kinds = "".join(_KINDS[kind] for kind in types.values())
        _shapes[row_class] = _Shape(tuple(types), kinds, makers)
    return _shapes[row_class]


def cells(value: Any, row_class: type[Any]) -> dict[str, Any]:
    """What a value says of the cells of a row class."""
    return {name: getattr(value, name) for name in _shape_of(row_class).names}


def columns(row_class: type[Any], table: str, **expressions: str) -> str:
    """What to SELECT for a row class: columns of `table`, or `expressions` by name."""
    return ", ".join(
        expressions.get(name, f"{table}.{name}") for name in _shape_of(row_class).names
    )


def read_row(row_class: type[T], row: Sequence[Any], **rest: Any) -> T:
    """A row class from the cells that `columns` names, shown whatever they hold, and the rest."""
    shape = _shape_of(row_class)
    values = dict(zip(shape.names, as_shown(shape.kinds, tuple(row)), strict=True))
    for name, make in shape.makers:
        values[name] = make(values[name])
    return row_class(**values, **rest)
