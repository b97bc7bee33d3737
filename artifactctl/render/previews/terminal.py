"""Previews on a terminal or in a pipe, where nothing is cut to a width and nothing is drawn."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import TextIO

from artifactctl.plain_text import escape, shortened
from artifactctl.previews import Columns, Grid, Picture, Text, View
from artifactctl.render.fitting import cell_width
from artifactctl.render.previews.graphics import Graphics, drawn, graphics_of
from artifactctl.render.previews.wording import about, counted_in, grid_of_columns, left_of
from artifactctl.render.stream import write
from artifactctl.render.table import print_cells
from artifactctl.render.texts import safe
from artifactctl.results.previews import Showing, ShownFile
from artifactctl.screen import Screen, Style, screen_of

_CELL_CHARS = 32
_COLUMNS = 30  # of which statistics are shown on a terminal
_LISTED = 200  # files of a folder
_LINES = 40
_LINE_CHARS = 1000
_MARKDOWN_CHARS = 20_000


def print_showing(found: Showing, out: TextIO) -> None:
    """Print the previews and what the folder contains."""
    screen = screen_of(out)
    for at, file in enumerate(found.files):
        write(["\n"] if at else [], out)
        _print_file(found, file, out, screen)
    if (grid := found.contained) is not None:
        write(["\n"] if found.files else [], out)
        most = _LISTED if screen.width else None
        _print_grid(replace(grid, lines=grid.lines[:most]), out, screen)


def _print_file(found: Showing, file: ShownFile, out: TextIO, screen: Screen) -> None:
    name = f"{found.version.ref}/{file.path}"
    write([f"{screen.paint(escape(name), Style.HEADING)}  {escape(', '.join(about(file)))}\n"], out)
    for view in file.preview.views:
        _print_view(view, out, screen)
    write((screen.paint(escape(note), Style.NOTE) + "\n" for note in file.notes), out)


def _print_view(view: View, out: TextIO, screen: Screen) -> None:
    if isinstance(view, Columns):
        _print_columns(view, out, screen)
    elif isinstance(view, Grid):
        write(["\n"], out)
        _print_grid(view, out, screen)
    elif isinstance(view, Picture):
        if (graphics := graphics_of(out)) is not Graphics.NONE:
            write(drawn(view, out, graphics), out)
    else:
        _print_text(view, out, screen)


def _print_columns(view: Columns, out: TextIO, screen: Screen) -> None:
    grid = grid_of_columns(view, _COLUMNS if screen.width else None)
    kept = [at for at in range(len(grid.names)) if not at or any(line[at] for line in grid.lines)]
    lines = [[line[at] for at in kept] for line in grid.lines]
    write(["\n"], out)
    _print_grid(replace(grid, names=[grid.names[at] for at in kept], lines=lines), out, screen)
    if counted := counted_in(view):
        write([f"{counted}\n"], out)


def _print_grid(grid: Grid, out: TextIO, screen: Screen) -> None:
    if not grid.names or not grid.lines:
        return
    most = _CELL_CHARS if screen.width else None
    lines = [[_short(text, most) for text in line] for line in grid.lines]
    names = [_short(name, most) for name in grid.names]
    fitting = _fitting([names, *lines], screen.width)
    more = ["…"] if fitting < len(names) else []
    print_cells([*names[:fitting], *more], [[*line[:fitting], *more] for line in lines], out)
    if left := left_of(grid):
        write([f"{left}\n"], out)


def _short(text: str, most: int | None) -> str:
    return escape(text if most is None else shortened(text, most))


def _fitting(lines: Sequence[Sequence[str]], room: int | None) -> int:
    """How many columns fit, at least one."""
    columns = len(lines[0])
    if room is None:
        return columns
    used = 0
    for at in range(columns):
        used += max(cell_width(line[at]) for line in lines) + (3 if at else 0)
        if used > room - (4 if at + 1 < columns else 0):
            return max(at, 1)
    return columns


def _print_text(view: Text, out: TextIO, screen: Screen) -> None:
    if view.format == "markdown" and out.isatty():
        _print_markdown(view, out, screen)
        return
    most, chars = (_LINES, _LINE_CHARS) if screen.width else (None, None)
    lines = view.text.splitlines()
    write((safe(line[:chars]) + "\n" for line in islice(lines, most)), out)
    left = len(lines) - (most or len(lines))
    if left > 0:
        write([f"… {left:,} more lines{' at least' if view.is_cut else ''}\n"], out)
    elif view.is_cut:
        write(["… more\n"], out)


def _print_markdown(view: Text, out: TextIO, screen: Screen) -> None:
    from rich.console import Console  # noqa: PLC0415 (rich takes 0.1 s)
    from rich.markdown import Markdown  # noqa: PLC0415 (rich takes 0.1 s)

    text = "\n".join(map(escape, view.text[:_MARKDOWN_CHARS].splitlines()))
    console = Console(file=out, width=screen.width, no_color=screen.palette is None)
    console.print(Markdown(text, hyperlinks=False))
    if view.is_cut or len(view.text) > _MARKDOWN_CHARS:
        write(["… more\n"], out)
