"""Previews on a terminal or in a pipe, where nothing is cut to a width and nothing is drawn."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TextIO

from artifactctl.plain_text import count, escape, size
from artifactctl.previews import Column, Columns, Grid, Picture, Text, View
from artifactctl.previews.views import cell
from artifactctl.render.fitting import cell_width
from artifactctl.render.previews.graphics import Graphics, drawn, graphics_of
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
    about = ", ".join((file.preview.content_type, size(file.size_bytes), *_facts(file)))
    name = f"{found.version.ref}/{file.path}"
    write([f"{screen.paint(escape(name), Style.HEADING)}  {escape(about)}\n"], out)
    for view in file.preview.views:
        _print_view(view, out, screen)
    write((screen.paint(escape(note), Style.NOTE) + "\n" for note in file.notes), out)


def _facts(file: ShownFile) -> Iterator[str]:
    for key, value in file.preview.facts.items():
        yield f"{key.replace('_', ' ')} {cell(value)}"


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
    shown = view.columns[: _COLUMNS if screen.width else None]
    names = ["column", "type", "missing", "distinct", "values"]
    lines = [
        [one.name, one.type, cell(one.missing), cell(one.distinct), values_of(one)] for one in shown
    ]
    is_known = [not at or any(line[at] for line in lines) for at in range(len(names))]
    kept = [at for at, known in enumerate(is_known) if known]
    grid = Grid(
        "columns",
        [names[at] for at in kept],
        [[line[at] for at in kept] for line in lines],
        len(view.columns),
    )
    write(["\n"], out)
    _print_grid(grid, out, screen)
    if view.rows is not None:
        write([f"counted in the first {count(view.rows, 'row')}\n"], out)


def values_of(column: Column) -> str:
    """Return what is known of a column's values in a few words."""
    if column.least is not None and column.most is not None:
        mean = "" if column.mean is None else f", mean {cell(column.mean)}"
        return f"{cell(column.least)} … {cell(column.most)}{mean}"
    if column.top is not None and column.top_count is not None and column.top_count > 1:
        return f"mostly {column.top!r} ({column.top_count:,})"
    return "" if column.top is None else f"such as {column.top!r}"


def _print_grid(grid: Grid, out: TextIO, screen: Screen) -> None:
    if not grid.names or not grid.lines:
        return
    most = _CELL_CHARS if screen.width else None
    lines = [[_short(text, most) for text in line] for line in grid.lines]
    names = [_short(name, most) for name in grid.names]
    fitting = _fitting([names, *lines], screen.width)
    more = ["…"] if fitting < len(names) else []
    print_cells([*names[:fitting], *more], [[*line[:fitting], *more] for line in lines], out)
    if grid.total is None:
        write([f"… more {grid.title}\n"], out)
    elif grid.total > len(lines):
        write([f"… {grid.total - len(lines):,} more {grid.title}".rstrip() + "\n"], out)


def _short(text: str, most: int | None) -> str:
    if most is not None and len(text) > most:
        text = text[: most - 1] + "…"
    return escape(text)


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
    # Imported on first use: rich takes a tenth of a second.
    from rich.console import Console  # noqa: PLC0415
    from rich.markdown import Markdown  # noqa: PLC0415 (as above)

    text = "\n".join(map(escape, view.text[:_MARKDOWN_CHARS].splitlines()))
    console = Console(file=out, width=screen.width, no_color=screen.palette is None)
    console.print(Markdown(text, hyperlinks=False))
    if view.is_cut or len(view.text) > _MARKDOWN_CHARS:
        write(["… more\n"], out)
