"""A visualization on a terminal: tables, texts and JSON as lines; of pictures, their size."""

import csv
import io
from itertools import islice
from typing import TextIO

from artifactctl.contents import facts_in
from artifactctl.enums import VisualizationType
from artifactctl.plain_text import escape, shortened, size
from artifactctl.render.descriptions import print_markdown
from artifactctl.render.stream import write
from artifactctl.render.table import print_cells
from artifactctl.results.visualizations import Visualization
from artifactctl.screen import screen_of
from artifactctl.visuals import SAMPLE_ROWS
from artifactctl.visuals.html import pretty_json

_CELL_CHARS = 32
_WIDE = 120  # characters of a line that is no terminal's
_LINES = 60
_SHOWN_BYTES = 4 << 20


def print_visualization(item: Visualization, out: TextIO) -> None:
    """Print a heading, and the content as far as a terminal can show it."""
    about = f"{item.type}, {size(item.size_bytes)}"
    if item.type in (VisualizationType.HTML, VisualizationType.IMAGE):
        write(
            [escape(f"{item.name} ({about}{_pixels(item)}): --html FILE or --open shows it\n")], out
        )
        return
    write([escape(f"{item.name} ({about})") + "\n"], out)
    if item.is_large:
        write(["too large to show here\n\n"], out)
        return
    content = item.content()
    if item.type is VisualizationType.CSV:
        _print_table(content, out)
    elif item.type is VisualizationType.JSON:
        _print_lines(pretty_json(content), out)
    else:
        _print_markdown(content[:_SHOWN_BYTES].decode("utf-8", "replace"), out)


def _pixels(item: Visualization) -> str:
    if item.type is not VisualizationType.IMAGE or item.size_bytes > _SHOWN_BYTES:
        return ""
    content = item.content()
    facts = facts_in(io.BytesIO(content), item.name, len(content))
    if not {"width", "height"} <= facts.keys():
        return ""
    return f", {facts['width']} x {facts['height']} pixels"


def _print_table(content: bytes, out: TextIO) -> None:
    """The first rows, in as many columns as there is room for."""
    text = content[:_SHOWN_BYTES].decode("utf-8-sig", "replace")
    try:
        rows = list(islice(csv.reader(io.StringIO(text, newline="")), SAMPLE_ROWS + 1))
    except csv.Error:
        _print_lines(text, out)
        return
    columns = max(map(len, rows), default=0)
    if not columns:
        return
    cells = [[_cell(cell) for cell in row] + [""] * (columns - len(row)) for row in rows]
    shown = _fitting(cells, min(screen_of(out).width or _WIDE, _WIDE))
    names, *lines = ([*row[:shown], *(["…"] if shown < columns else [])] for row in cells)
    print_cells(names, lines, out)
    write(["\n"], out)


def _cell(text: str) -> str:
    return escape(shortened(text, _CELL_CHARS))


def _fitting(cells: list[list[str]], width: int) -> int:
    """How many columns fit, at least one."""
    used = 0
    for at in range(len(cells[0])):
        used += max(len(row[at]) for row in cells) + 3
        if used > width:
            return max(at, 1)
    return len(cells[0])


def _print_lines(text: str, out: TextIO) -> None:
    lines = text.splitlines()
    shown = [escape(line[:_WIDE] + "…" * (len(line) > _WIDE)) for line in lines[:_LINES]]
    if len(lines) > _LINES:
        shown.append(f"… {len(lines) - _LINES} more lines")
    write([f"{line}\n" for line in (*shown, "")], out)


def _print_markdown(text: str, out: TextIO) -> None:
    if not out.isatty():
        _print_lines(text, out)
        return
    print_markdown(text, out)
