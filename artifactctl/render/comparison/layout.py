"""A comparison as one table, or as several where a terminal is too narrow for one.

One row for each key and one column for each run or version, if that fits. Otherwise it is split
into blocks that repeat the baseline, or is transposed and split: whichever makes fewer blocks.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

from rich.cells import set_cell_size

from artifactctl.compare import Comparison
from artifactctl.plain_text import escape, is_unicode
from artifactctl.render.comparison.cells import Cell, Facts, Line, has_trends, lines
from artifactctl.render.fitting import cell_width
from artifactctl.render.table import print_cells
from artifactctl.screen import Screen, Style, screen_of

_BETWEEN = 3  # cells between two columns
_LONGEST = (32, 20)  # cells for a text on a terminal: first choice, and when that is too wide
_BASELINE = " (baseline)"
_STATUS = {"failed": Style.BAD, "cancelled": Style.WARNING, "completed": Style.GOOD}
_MARKS = {"best": "★", "worst": "▾", "": " "}
_ASCII_MARKS = {"best": "*", "worst": "!", "": " "}


@dataclass(frozen=True, slots=True)
class Column:
    """A heading and the cells below it, with the styles of the cells that have one."""

    heading: str
    cells: Sequence[str]
    styles: Sequence[Style] = ()

    @property
    def width(self) -> int:
        """The cells of a terminal that the widest of them takes."""
        return max(map(cell_width, (self.heading, *self.cells)))

    @property
    def all_styles(self) -> Sequence[Style]:
        """A style for each cell."""
        return self.styles or [Style.PLAIN] * len(self.cells)


@dataclass(frozen=True, slots=True)
class _Block:
    """A table that is as wide as its columns."""

    columns: Sequence[Column]

    @property
    def width(self) -> int:
        return sum(column.width + _BETWEEN for column in self.columns) - _BETWEEN

    @property
    def height(self) -> int:
        return len(self.columns[0].cells) + 3  # the heading, the rule, and the line between blocks


def print_table(
    comparison: Comparison, out: TextIO, facts: Facts = "all", *, is_wide: bool = False
) -> None:
    """Print a table, or several below each other where one would be too wide."""
    shown = lines(comparison, facts)
    if not shown or not comparison.columns:
        return
    _print_blocks(_blocks(comparison, shown, screen_of(out, is_wide=is_wide)), out)


def print_columns(first: Column, others: Sequence[Column], out: TextIO, *, is_wide: bool) -> None:
    """Print a table, or several that all begin with the first column where one is too wide."""
    screen = screen_of(out, is_wide=is_wide)
    limit = sys.maxsize if screen.width is None else screen.width
    _print_blocks(list(_split([first], others, limit)), out)


def _print_blocks(blocks: Sequence["_Block"], out: TextIO) -> None:
    for position, block in enumerate(blocks):
        out.write("\n" if position else "")
        headings = [column.heading for column in block.columns]
        rows = list(zip(*(column.cells for column in block.columns), strict=True))
        styles = list(zip(*(column.all_styles for column in block.columns), strict=True))
        print_cells(headings, rows, out, styles)


def remarks(comparison: Comparison, out: TextIO) -> list[str]:
    """The lines below a table: what its marks mean, or why it is empty."""
    if not comparison.columns:
        return ["No run or version matches the filters."]
    if not comparison.rows:
        return ["No differences."] if not comparison.notes else []
    marks = _MARKS if is_unicode(out) else _ASCII_MARKS
    said = []
    if any(change is not None for row in comparison.rows for change in row.changes):
        said.append(f"Changes are against {comparison.labels[comparison.baseline]}")
    if any(row.best for row in comparison.rows):
        said.append(f"{marks['best']} best, {marks['worst']} worst")
    return ["; ".join(said) + "."] if said else []


def _blocks(comparison: Comparison, shown: Sequence[Line], screen: Screen) -> list[_Block]:
    limit = sys.maxsize if screen.width is None else screen.width
    for longest in [None] if screen.width is None else _LONGEST:
        texts = _Texts(screen.is_unicode, longest)
        upright = _upright(comparison, shown, texts)
        if _Block(upright).width <= limit:
            return [_Block(upright)]
    by_key = _repeating_baseline(comparison, upright, limit)
    names, *keys = _lying(comparison, shown, texts)
    by_run = list(_split([names], keys, limit))
    return min(by_key, by_run, key=lambda blocks: _badness(blocks, limit))


def _badness(blocks: Sequence[_Block], limit: int) -> tuple[bool, int, int]:
    """A sort key: too wide is worst, then the number of blocks, then the number of lines."""
    is_wide = any(block.width > limit for block in blocks)
    return is_wide, len(blocks), sum(block.height for block in blocks)


def _repeating_baseline(
    comparison: Comparison, upright: Sequence[Column], limit: int
) -> list[_Block]:
    """Blocks with one row for each key; trends are in the last one if they fit."""
    keys, *rest = upright
    columns, trends = rest[: len(comparison.columns)], rest[len(comparison.columns) :]
    base = columns.pop(comparison.baseline)
    blocks = list(_split([keys, base], columns, limit))
    ending = _Block([*blocks[-1].columns, *trends])
    return [*blocks[:-1], ending if ending.width <= limit else blocks[-1]]


def _split(fixed: Sequence[Column], others: Sequence[Column], limit: int) -> Iterator[_Block]:
    """Blocks that all begin with the `fixed` columns and have at least one other."""
    pending: list[Column] = []
    for column in others:
        if pending and _Block([*fixed, *pending, column]).width > limit:
            yield _Block([*fixed, *pending])
            pending = []
        pending.append(column)
    yield _Block([*fixed, *pending])


def _upright(comparison: Comparison, shown: Sequence[Line], texts: "_Texts") -> list[Column]:
    """Columns for a table with one row for each key."""
    columns = [Column("KEY", [escape(line.key) for line in shown])]
    for position, name in enumerate(_names(comparison)):
        cells = [line.cells[position] for line in shown]
        columns.append(Column(name, texts.column(cells), [*map(_style, cells)]))
    if texts.is_unicode and has_trends(comparison) and any(line.trend for line in shown):
        columns.append(Column("TREND", [line.trend for line in shown]))
    return columns


def _lying(comparison: Comparison, shown: Sequence[Line], texts: "_Texts") -> list[Column]:
    """Columns for a transposed table, with one row for each run or version."""
    with_trends = texts.is_unicode and has_trends(comparison) and any(line.trend for line in shown)
    trend = ["TREND"] if with_trends else []
    noun = "RUN" if comparison.kind == "run" else "VERSION"
    columns = [Column(noun, [*_names(comparison), *trend])]
    for line in shown:
        trend = [line.trend] if with_trends else []
        cells = [*texts.column(line.cells), *trend]
        styles = [*map(_style, line.cells), *(Style.PLAIN for _ in trend)]
        columns.append(Column(escape(line.key), cells, styles))
    return columns


def _style(cell: Cell) -> Style:
    if cell.mark:
        return Style.GOOD if cell.mark == "best" else Style.BAD
    return _STATUS.get(cell.value, Style.PLAIN) if cell.kind == "fact" else Style.PLAIN


def _names(comparison: Comparison) -> Iterator[str]:
    for position, label in enumerate(comparison.labels):
        yield escape(label) + (_BASELINE if position == comparison.baseline else "")


@dataclass(frozen=True, slots=True)
class _Texts:
    """Turns the cells of a column into texts, with aligned numbers."""

    is_unicode: bool
    longest: int | None

    def column(self, cells: Sequence[Cell]) -> list[str]:
        """The texts of the cells of one column."""
        numbers = [cell for cell in cells if cell.kind == "number"]
        widths = tuple(
            max((len(part) for part in parts), default=0)
            for parts in (
                [cell.value for cell in numbers],
                [cell.mark[:1] for cell in numbers],
                [cell.change for cell in numbers],
                [cell.relative for cell in numbers],
            )
        )
        return [self._text(cell, widths) for cell in cells]

    def _text(self, cell: Cell, widths: Sequence[int]) -> str:
        if cell.kind == "missing":
            return "—" if self.is_unicode else "-"
        if cell.kind != "number":
            return self._shortened(escape(cell.value))
        marks = _MARKS if self.is_unicode else _ASCII_MARKS
        parts = (cell.value, marks[cell.mark].strip(), cell.change, cell.relative)
        aligned = (part.rjust(size) for part, size in zip(parts, widths, strict=True) if size)
        return " ".join(aligned).rstrip()

    def _shortened(self, text: str) -> str:
        if self.longest is None or cell_width(text) <= self.longest:
            return text
        return set_cell_size(text, self.longest - 1) + ("…" if self.is_unicode else "~")
