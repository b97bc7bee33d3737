"""Free questions in SQL about the views of the catalog, and their answers."""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from artifactctl.catalog import views
from artifactctl.catalog.engine.protocol import Database, Json, Question, Row
from artifactctl.catalog.engine.temporary import kept
from artifactctl.catalog.shown_cells import shown_json
from artifactctl.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class Answer:
    """The names of an answer's columns, each once, and its rows; many rows are kept on disk.

    They are all read before the first is shown, since who reads holds up who writes: a catalog
    must not wait for someone at a pager. `is_more`: there are more rows than were wanted.
    """

    columns: tuple[str, ...]
    rows: Sequence[Row]
    is_more: bool


def ask(
    db: Database, question: str, params: Mapping[str, object], limit_s: float, most: int = 0
) -> Answer:
    """Ask a question, of which `:name` are parameters, for at most so many rows; 0 is all.

    Raises what `Database.answer` does.
    """
    for name, value in params.items():
        if not isinstance(value, str | int | float | None):
            raise InvalidInputError(
                f"parameter {name!r} is a {type(value).__name__}",
                hint="a parameter is a text, a number, true, false or null",
            )
    before, rest = views.clause(question, db.dialect)
    asked = Question(before, rest, params, views.NAMES, limit_s)
    end = time.monotonic() + limit_s

    def take(names: Sequence[str], rows: Iterator[Row]) -> Answer:
        wanted = islice(rows, most) if most > 0 else rows
        found = kept(map(_plain_row, _until(end, wanted, asked)), list, tuple)
        return Answer(tuple(_told_apart(names)), found, next(rows, None) is not None)

    return db.answer(asked, take)


def _until(end: float, rows: Iterator[Row], asked: Question) -> Iterator[Row]:
    """The rows; an endless answer whose every part comes soon ends too."""
    for row in rows:
        if time.monotonic() > end:
            raise asked.took_too_long()
        yield row


def _plain_row(row: Row) -> Row:
    return tuple(map(plain, row))


def _told_apart(names: Sequence[str]) -> Iterator[str]:
    """The names of columns; a name that was there already gets a number."""
    used: set[str] = set()
    for name in names:
        free, number = name, 1
        while free in used:
            number += 1
            free = f"{name}_{number}"
        used.add(free)
        yield free


def plain(cell: object) -> Any:
    """A cell as a JSON value; what JSON does not have becomes a text."""
    if isinstance(cell, Json):
        return shown_json(str(cell))
    if cell is None or isinstance(cell, bool | int | str):
        return cell
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else str(cell)
    if isinstance(cell, bytes | bytearray | memoryview):
        return bytes(cell).decode("utf-8", "backslashreplace")
    if isinstance(cell, list | tuple):
        return [plain(item) for item in cell]
    return str(cell)
