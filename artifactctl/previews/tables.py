"""Tables of lines: CSV in its usual forms, and JSON lines; only the start of them is read."""

import csv
import io
import json
from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO

from artifactctl.previews.statistics import of_texts, of_values
from artifactctl.previews.views import Column, Columns, Grid, View, cell
from artifactctl.tabular.separated import usual_separator
from artifactctl.tabular.table import is_header

HEAD_BYTES = 4 << 20
_ROWS = 10_000
_COLUMNS = 100
_LINE_CHARS = 256 << 10


def show_separated(stream: BinaryIO, rows: int) -> list[View]:
    """The columns with statistics and the first rows; nothing for a file without a line."""
    head, is_whole = _head(stream)
    lines = _lines(head, is_whole=is_whole)
    if not lines:
        return []
    reader = csv.reader(lines, delimiter=usual_separator(lines[0]))
    records = [record for record in _records(reader) if record]
    if not records:
        return []
    header = list(records[0]) if is_header(records[0], records[1:20]) else None
    body = records[1:] if header is not None else records
    width = max(map(len, records[: rows + 1]))
    names = [*(header or ()), *(f"column {i + 1}" for i in range(len(header or ()), width))]
    is_all = is_whole and len(records) <= _ROWS
    columns = [
        of_texts(name, [record[at] if at < len(record) else "" for record in body])
        for at, name in enumerate(names[:_COLUMNS])
    ]
    shown = [[cell(item) for item in record[:_COLUMNS]] for record in body[:rows]]
    return _views(columns, names, shown, len(body) if is_all else None, len(body))


def show_json_lines(stream: BinaryIO, rows: int) -> list[View]:
    """The same of a file in which each line is an object; raises `ValueError` for other lines."""
    head, is_whole = _head(stream)
    lines = [line for line in _lines(head, is_whole=is_whole)[: _ROWS + 1] if line.strip()]
    values: list[Any] = [json.loads(line) for line in lines[:_ROWS]]
    if not values or not all(isinstance(value, dict) for value in values):
        raise ValueError("not every line is an object")
    names = list(dict.fromkeys(name for value in values for name in value))
    columns = [of_values(name, [value.get(name) for value in values]) for name in names[:_COLUMNS]]
    shown = [[cell(value.get(name)) for name in names[:_COLUMNS]] for value in values[:rows]]
    is_all = is_whole and len(lines) <= _ROWS
    return _views(columns, names, shown, len(values) if is_all else None, len(values))


def _views(
    columns: list[Column], names: list[str], shown: list[list[str]], total: int | None, counted: int
) -> list[View]:
    width = min(len(names), _COLUMNS)
    lines = [list(cells)[:width] + [""] * (width - len(cells)) for cells in shown]
    return [
        Columns(columns, None if total is not None else counted),
        Grid("rows", list(map(cell, names[:width])), lines, total),
    ]


def _records(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    """The records up to one that is none in this dialect."""
    try:
        yield from islice(reader, _ROWS + 1)
    except csv.Error:
        return


def _head(stream: BinaryIO) -> tuple[bytes, bool]:
    parts = []
    left = HEAD_BYTES + 1
    # A stream that is being unpacked gives less at once than it is asked for.
    while left > 0 and (data := stream.read(left)):
        parts.append(data)
        left -= len(data)
    head = b"".join(parts)
    return head[:HEAD_BYTES], len(head) <= HEAD_BYTES


def _lines(head: bytes, *, is_whole: bool) -> list[str]:
    """The complete lines, with their ends; the start of a line that is too long."""
    marked = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = head.decode("utf-16" if marked else "utf-8-sig", "replace").replace("\0", "�")
    lines = list(io.StringIO(text, newline=""))
    lines = lines if is_whole or len(lines) == 1 else lines[:-1]
    return [line[:_LINE_CHARS] for line in lines]
