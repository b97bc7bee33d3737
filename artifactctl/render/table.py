"""Tables for people.

They look as rich draws a `Table` with `box.SIMPLE_HEAD`, but are drawn here: rich takes a third of
a millisecond for each row, holds all of them, and takes a sixth of a listing's time to import.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import TextIO

from rich.cells import cell_len, set_cell_size

from artifactctl.json_text import JsonObject
from artifactctl.plain_text import escape, is_unicode
from artifactctl.render.columns import NEVER_CUT, header, show
from artifactctl.render.stream import write

_FEW = 500  # rows that are held in memory; more are read again for printing
_LEAST_WIDTH = 5
_PADDING = 3  # cells between two columns
_USUAL_WIDTH = 80

Line = Sequence[str]


@dataclass(frozen=True, slots=True)
class _Frame:
    """The characters between the cells of a table, and the style of its headings."""

    divider: str
    rule: str
    cross: str
    mark: str = "{}"


@dataclass(frozen=True, slots=True)
class _Column:
    """How wide a column is, and whether wider cells are cut."""

    width: int
    is_cut: bool


def print_rows(columns: Sequence[str], rows: Iterable[JsonObject], out: TextIO) -> None:
    """Print one line a row. On a narrow terminal, columns are cut, but not IDs and names.

    More than a few rows are iterated twice, first to measure their widths.
    """
    names = [header(column) for column in columns]
    lines = _lines(columns, rows)
    few = list(islice(lines, _FEW + 1))
    if not few:
        return
    natural = _widest(chain([names], few, lines))
    widths = _fit(natural, [column not in NEVER_CUT for column in columns], room(out))
    # The second iteration may find wider rows: they are cut in the columns that were narrowed.
    laid_out = [_Column(width, width < full) for width, full in zip(widths, natural, strict=True)]
    again = few if len(few) <= _FEW else _lines(columns, rows)
    write(_draw(names, again, laid_out, _frame(out)), out)


def print_cells(names: Line, lines: Sequence[Line], out: TextIO) -> None:
    """Print cells that are escaped already, in columns as wide as their cells."""
    laid_out = [_Column(width, is_cut=False) for width in _widest(chain([names], lines))]
    write(_draw(names, lines, laid_out, _frame(out)), out)


def print_properties(values: JsonObject, out: TextIO) -> None:
    """Print one object: a line for each of its properties."""
    cells = [(escape(header(key)), show(key, value)) for key, value in values.items()]
    left = max(width(name) for name, _ in cells)
    out.writelines(
        f"  {name}{' ' * (left - width(name))}   {value}".rstrip() + "\n" for name, value in cells
    )


def _lines(columns: Sequence[str], rows: Iterable[JsonObject]) -> Iterator[Line]:
    return ([show(column, row[column]) for column in columns] for row in rows)


def _widest(lines: Iterator[Line]) -> list[int]:
    widths = [width(cell) for cell in next(lines)]
    for line in lines:
        widths = list(map(max, widths, map(width, line)))
    return widths


def width(text: str) -> int:
    """How many cells of a terminal a text takes that is escaped already."""
    # Escaped text has no control characters, so each ASCII character is one cell wide.
    return len(text) if text.isascii() else cell_len(text)


def _fit(natural: Sequence[int], may_shrink: Sequence[bool], room: int) -> list[int]:
    """Column widths that fit into `room`, as far as the columns that may shrink allow."""
    widths = list(natural)
    excess = sum(widths) + _PADDING * len(widths) + 2 - room
    # Always the widest column gives, so that short ones stay whole as long as possible.
    while excess > 0:
        candidates = [i for i, may in enumerate(may_shrink) if may and widths[i] > _LEAST_WIDTH]
        if not candidates:
            break
        widest = max(candidates, key=lambda i: widths[i])
        widths[widest] -= 1
        excess -= 1
    return widths


def _draw(
    names: Line, lines: Iterable[Line], columns: Sequence[_Column], frame: _Frame
) -> Iterator[str]:
    blank, cell = frame.mark.format(" "), frame.mark.format
    yield (
        f"{blank}{frame.divider}{blank}".join(
            cell(_fill(name, column)) for name, column in zip(names, columns, strict=True)
        )
        + "\n"
    )
    cross = f"{frame.rule}{frame.cross}{frame.rule}"
    yield cross.join(frame.rule * column.width for column in columns) + "\n"
    between = f" {frame.divider} "
    for line in lines:
        yield between.join(map(_fill, line, columns)) + "\n"


def _fill(text: str, column: _Column) -> str:
    """`text` padded or cut to the width of its column."""
    missing = column.width - width(text)
    if missing >= 0 or not column.is_cut:
        return text + " " * missing
    return set_cell_size(text, column.width - 1) + "…"


def _frame(out: TextIO) -> _Frame:
    mark = "\x1b[1m{}\x1b[0m" if _takes_styles(out) else "{}"
    return _Frame(" ", "─", "─", mark) if is_unicode(out) else _Frame("|", "-", "+", mark)


def _takes_styles(out: TextIO) -> bool:
    is_dumb = os.environ.get("TERM", "").lower() in ("dumb", "unknown")
    return out.isatty() and "NO_COLOR" not in os.environ and not is_dumb


def room(out: TextIO) -> int:
    """The width of the terminal in cells; unlimited when `out` is not a terminal."""
    try:
        if out.isatty():
            columns = os.environ.get("COLUMNS", "")
            width = int(columns) if columns.isdigit() else 0
            return width or os.get_terminal_size(out.fileno()).columns or _USUAL_WIDTH
    except OSError:
        return _USUAL_WIDTH
    return sys.maxsize
