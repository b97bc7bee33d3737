"""Tables for people.

They look as rich draws a `Table` with `box.SIMPLE_HEAD`, but are drawn here: rich takes a third of
a millisecond for each row, holds all of them, and takes a sixth of a listing's time to import.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice, repeat, zip_longest
from typing import Any, TextIO

from artifactctl.json_text import JsonObject
from artifactctl.render.columns import brief, brief_header, header, show
from artifactctl.render.fitting import BETWEEN, cell_width, fit, fold, folded
from artifactctl.render.stream import write
from artifactctl.screen import Screen, Style, screen_of

_FEW = 500  # rows that are held in memory; more are read again for printing
_COLOURED = {"status", "action", "change", "problem"}
_WORDS = {
    **dict.fromkeys(("completed", "added"), Style.GOOD),
    **dict.fromkeys(("failed", "delete", "removed", "damaged", "missing"), Style.BAD),
    **dict.fromkeys(("cancelled",), Style.WARNING),
    **dict.fromkeys(("cached", "running", "changed", "renamed", "run"), Style.NOTE),
}

Line = Sequence[str]
Spans = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Spelling:
    """How headings and values of columns are written: whole, and briefly on a terminal.

    `matches` gives the parts of a column's cell that were searched for, in their order.
    """

    header: Callable[[str], str] = header
    show: Callable[[str, Any], str] = show
    brief_header: Callable[[str], str] = brief_header
    brief: Callable[[str, Any, datetime], str] = brief
    matches: Callable[[str, str], Spans] | None = None


USUAL = Spelling()


def print_rows(
    columns: Sequence[str],
    rows: Iterable[JsonObject],
    out: TextIO,
    *,
    is_wide: bool = False,
    keep: Collection[str] = (),
    spelling: Spelling = USUAL,
) -> list[str]:
    """Print one line a row, or on a terminal what fits its width; return the columns left out.

    More than a few rows are iterated twice, first to measure their widths. Columns in `keep` are
    not left out.
    """
    screen = screen_of(out, is_wide=is_wide)
    if screen.width is None:
        _print_whole(columns, rows, out, screen, spelling)
        return []
    now = datetime.now(UTC)
    measured = _measure(
        [spelling.brief_header(column) for column in columns],
        lambda: ([spelling.brief(column, row[column], now) for column in columns] for row in rows),
    )
    if measured is None:
        return []
    fitted = fit(columns, measured.widths, screen.width, keep)
    shown = [columns[i] for i in fitted.shown]
    table = _Fitted(shown, fitted.widths, screen, spelling)
    write(table.draw([line[i] for i in fitted.shown] for line in measured.lines()), out)
    return [column for column in columns if column not in shown]


def print_cells(
    names: Line,
    lines: Sequence[Line],
    out: TextIO,
    styles: Sequence[Sequence[Style]] | None = None,
) -> None:
    """Print cells that are escaped already, in columns as wide as their cells."""
    widths = _widest(chain([names], lines))
    styled = zip(lines, styles or repeat(None), strict=False)
    write(_draw(names, styled, widths, screen_of(out)), out)


def _print_whole(
    columns: Sequence[str],
    rows: Iterable[JsonObject],
    out: TextIO,
    screen: Screen,
    spelling: Spelling,
) -> None:
    names = [spelling.header(column) for column in columns]
    measured = _measure(
        names,
        lambda: ([spelling.show(column, row[column]) for column in columns] for row in rows),
    )
    if measured is not None:
        lines = ((line, styles_of(columns, line, screen)) for line in measured.lines())
        find = _finder(columns, spelling, screen)
        write(_draw(names, lines, measured.widths, screen, find), out)


@dataclass(frozen=True, slots=True)
class _Measured:
    """The widths of columns, and their lines; made again when they are many."""

    widths: Sequence[int]
    lines: Callable[[], Iterable[Line]]


def _measure(names: Line, make: Callable[[], Iterator[Line]]) -> _Measured | None:
    lines = make()
    few = list(islice(lines, _FEW + 1))
    if not few:
        return None
    widths = _widest(chain([names], few, lines))
    return _Measured(widths, (lambda: few) if len(few) <= _FEW else make)


def _widest(lines: Iterator[Line]) -> list[int]:
    widths = [cell_width(cell) for cell in next(lines)]
    for line in lines:
        widths = list(map(max, widths, map(cell_width, line)))
    return widths


def styles_of(columns: Sequence[str], line: Line, screen: Screen) -> Sequence[Style] | None:
    """The styles of cells: a status, an action or a change has the colour of its first word."""
    if screen.palette is None:
        return None
    return [
        _WORDS.get(cell.partition(" ")[0], Style.PLAIN) if column in _COLOURED else Style.PLAIN
        for column, cell in zip(columns, line, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Fitted:
    """A table whose cells are folded into the widths of their columns."""

    columns: Sequence[str]
    widths: Sequence[int]
    screen: Screen
    spelling: Spelling

    def draw(self, lines: Iterable[Line]) -> Iterator[str]:
        names = [self.spelling.brief_header(column) for column in self.columns]
        headings = [fold(name, width) for name, width in zip(names, self.widths, strict=True)]
        yield from self._row(headings, [Style.HEADING] * len(names))
        rule = "─" if self.screen.is_unicode else "-"
        yield self._between.join(rule * width for width in self.widths) + "\n"
        find = _finder(self.columns, self.spelling, self.screen)
        for line in lines:
            cells = list(map(folded, self.columns, line, self.widths))
            found = () if find is None else map(_by_lines, find(line), line, cells)
            yield from self._row(cells, styles_of(self.columns, line, self.screen), list(found))

    @property
    def _between(self) -> str:
        return " " * BETWEEN

    def _row(
        self,
        cells: Sequence[Sequence[str]],
        styles: Sequence[Style] | None,
        found: Sequence[Sequence[Spans]] = (),
    ) -> Iterator[str]:
        spans = zip_longest(*found, fillvalue=()) if found else repeat(None)
        for texts, parts in zip(zip_longest(*cells, fillvalue=""), spans, strict=False):
            padded = map(_filled, texts, self.widths)
            yield self._between.join(_painted(padded, styles, parts, self.screen)).rstrip() + "\n"


def _finder(
    columns: Sequence[str], spelling: Spelling, screen: Screen
) -> Callable[[Line], list[Spans]] | None:
    """What gives the parts of a line's cells that were searched for; None without colours."""
    matches = spelling.matches
    if matches is None or screen.palette is None:
        return None
    return lambda line: list(map(matches, columns, line))


def _by_lines(spans: Spans, text: str, lines: Sequence[str]) -> list[Spans]:
    """The parts of a text as parts of the lines into which it was folded."""
    found: list[Spans] = []
    end = 0
    for line in lines:
        begin = text.index(line, end)
        end = begin + len(line)
        inside = [(max(a, begin), min(b, end)) for a, b in spans if a < end and b > begin]
        found.append([(a - begin, b - begin) for a, b in inside])
    return found


def _painted(
    texts: Iterable[str],
    styles: Sequence[Style] | None,
    found: Sequence[Spans] | None,
    screen: Screen,
) -> Iterable[str]:
    if found is not None:
        return map(screen.paint_matches, texts, found)
    return texts if styles is None else map(screen.paint, texts, styles)


def _draw(
    names: Line,
    lines: Iterable[tuple[Line, Sequence[Style] | None]],
    widths: Sequence[int],
    screen: Screen,
    find: Callable[[Line], Sequence[Spans]] | None = None,
) -> Iterator[str]:
    """A table whose columns are as wide as their cells, as rich draws it."""
    divider, rule, cross = (" ", "─", "─") if screen.is_unicode else ("|", "-", "+")
    headings = (screen.paint(name, Style.HEADING) for name in map(_filled, names, widths))
    yield f" {divider} ".join(headings) + "\n"
    yield f"{rule}{cross}{rule}".join(rule * width for width in widths) + "\n"
    between = f" {divider} "
    for line, styles in lines:
        padded = map(_filled, line, widths)
        found = None if find is None else find(line)
        yield between.join(_painted(padded, styles, found, screen)) + "\n"


def _filled(text: str, room: int) -> str:
    return text + " " * (room - cell_width(text))
