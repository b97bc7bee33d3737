"""Tables for people, with rich."""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from artifactctl.render.columns import NEVER_CUT, header, show
from artifactctl.render.text import escape

_LEAST_WIDTH = 5
_PADDING = 3  # what SIMPLE_HEAD puts around and between two columns
_USUAL_WIDTH = 80


def print_rows(columns: Sequence[str], rows: Sequence[Mapping[str, Any]], out: TextIO) -> None:
    """Print one line a row. On a terminal that is too narrow, IDs and names stay whole."""
    cells = [[show(column, row[column]) for column in columns] for row in rows]
    names = [header(column) for column in columns]
    natural = [
        max(cell_len(name), *(cell_len(line[i]) for line in cells), 0)
        for i, name in enumerate(names)
    ]
    room = _terminal_width(out)
    widths = _fit(natural, [column not in NEVER_CUT for column in columns], room)
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name, width in zip(names, widths, strict=True):
        table.add_column(name, width=width, no_wrap=True, overflow="ellipsis")
    for line in cells:
        table.add_row(*(Text(cell) for cell in line))
    _console(out, sum(widths) + _PADDING * len(widths) + 2).print(table)


def print_properties(values: Mapping[str, Any], out: TextIO) -> None:
    """Print one object: a line for each of its properties."""
    cells = [(escape(header(key)), show(key, value)) for key, value in values.items()]
    left = max(cell_len(name) for name, _ in cells)
    out.writelines(
        f"  {name}{' ' * (left - cell_len(name))}   {value}".rstrip() + "\n"
        for name, value in cells
    )


def _console(out: TextIO, width: int) -> Console:
    is_terminal = out.isatty()
    return Console(
        file=out,
        width=width,
        force_terminal=is_terminal,
        color_system="auto" if is_terminal and "NO_COLOR" not in os.environ else None,
        highlight=False,
        markup=False,
        emoji=False,
    )


def _terminal_width(out: TextIO) -> int:
    try:
        if out.isatty():
            columns = os.environ.get("COLUMNS", "")
            width = int(columns) if columns.isdigit() else 0
            return width or os.get_terminal_size(out.fileno()).columns or _USUAL_WIDTH
    except OSError:
        return _USUAL_WIDTH
    return sys.maxsize


def _fit(natural: Sequence[int], may_shrink: Sequence[bool], room: int) -> list[int]:
    """Column widths that fit into `room`, as far as those that may shrink can give."""
    widths = list(natural)
    excess = sum(widths) + _PADDING * len(widths) + 2 - room
    while excess > 0:
        candidates = [i for i, may in enumerate(may_shrink) if may and widths[i] > _LEAST_WIDTH]
        if not candidates:
            break
        widest = max(candidates, key=lambda i: widths[i])
        widths[widest] -= 1
        excess -= 1
    return widths
