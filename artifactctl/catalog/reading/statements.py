"""Building blocks of statements: columns of row classes, placeholders, and batches of values."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from artifactctl.catalog.engine.protocol import Params, Queries, Row
from artifactctl.catalog.rows import cells_of
from artifactctl.catalog.shown_cells import as_shown, shown_object

T = TypeVar("T")

BATCH = 500  # values per statement; SQLite's limit for parameters was 999 before version 3.32
# The kinds of cells (see `as_shown`) by the types of fields. A mapping is stored as JSON text.
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
    """Yield the items in lists of at most `size`, one list in memory at a time."""
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch


def numbered(values: Sequence[int | str]) -> tuple[str, dict[str, int | str]]:
    """A comma-separated list of placeholders for the values, and the parameters by name."""
    # `b`, so that these can stand in one statement with the `p0`, `p1` … of `Bound`.
    names = {f"b{i}": value for i, value in enumerate(values)}
    return ", ".join(f":{name}" for name in names), names


def rows_among(
    db: Queries,
    sql: str,
    values: Iterable[int | str],
    params: Params | None = None,
    *,
    size: int = BATCH,
) -> Iterator[Row]:
    """Yield the rows of a statement with `IN ({})`, for any number of values, batch by batch.

    The statement is a format: other braces in it are doubled.
    """
    for batch in batches(values, size):
        places, names = numbered(batch)
        yield from db.rows(sql.format(places), {**names, **(params or {})})


def rows_in_pages(db: Queries, sql: str, after: int = 0) -> Iterator[Row]:
    """Yield the rows of a statement by ascending seq, with a bounded number in memory.

    It selects the seq first, and ends with its WHERE, to which `seq > …` is added. No statement is
    open between two pages, so that the caller may write meanwhile.
    """
    paged = f"{sql} AND seq > :after ORDER BY seq LIMIT :limit"
    while rows := db.rows(paged, {"after": after, "limit": BATCH}):
        yield from rows
        after = rows[-1][0]


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a row class is built: the names and kinds of its cells, and converters for some."""

    names: Sequence[str]
    kinds: str
    makers: Sequence[tuple[str, Callable[[Any], Any]]]


_shapes: dict[type[Any], _Shape] = {}  # filled on first use: a command reads rows of a few classes


def _shape_of(row_class: type[Any]) -> _Shape:
    if row_class not in _shapes:
        types = cells_of(row_class)
        makers = [(name, _MAKERS[kind]) for name, kind in types.items() if kind in _MAKERS]
        kinds = "".join(_KINDS[kind] for kind in types.values())
        _shapes[row_class] = _Shape(tuple(types), kinds, makers)
    return _shapes[row_class]


def cells(value: object, row_class: type[Any]) -> dict[str, Any]:
    """The attributes of a value that are cells of a row class, by name."""
    return {name: getattr(value, name) for name in _shape_of(row_class).names}


def columns(row_class: type[Any], table: str, **expressions: str) -> str:
    """The SELECT list of a row class: an expression where one is given, else the table's column."""
    return ", ".join(
        expressions.get(name, f"{table}.{name}") for name in _shape_of(row_class).names
    )


def read_row(row_class: type[T], row: Sequence[object], **rest: Any) -> T:
    """Build a row object from the cells that `columns` selects and from the fields in `rest`.

    Cells of the wrong type are converted, so that a damaged row can still be listed.
    """
    shape = _shape_of(row_class)
    values = dict(zip(shape.names, as_shown(shape.kinds, tuple(row)), strict=True))
    for name, make in shape.makers:
        values[name] = make(values[name])
    return row_class(**values, **rest)
