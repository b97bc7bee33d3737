"""Rows and columns of a table's file, for formats that give them cheaply.

Formats of lines are read in pieces, so that memory does not grow with the file; other formats are
read whole, and only from smaller files. Pickles are never loaded.
"""

import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, cast

from artifactctl.tabular.arrow import usable_pyarrow
from artifactctl.tabular.separated import CSV_RECORD_CHARS, read_separated
from artifactctl.tabular.streams import PACKINGS, unpacked
from artifactctl.tabular.table import Table

__all__ = [
    "CSV_RECORD_CHARS",
    "MAX_COLUMNS",
    "STREAMED_BYTES",
    "WHOLE_JSON_BYTES",
    "Table",
    "endings",
    "is_table",
    "read_table",
    "unpacked",
]

STREAMED_BYTES = 64 << 20
WHOLE_JSON_BYTES = 16 << 20
MAX_COLUMNS = 10_000


@dataclass(frozen=True, slots=True)
class _Format:
    limit_bytes: int
    read: Callable[[BinaryIO], Table | None]


def is_table(path: str, size_bytes: int) -> bool:
    """Return whether `read_table` accepts a file, by the ending of its name and its size."""
    ending, packing = endings(path)
    if ending not in _FORMATS or size_bytes > _FORMATS[ending].limit_bytes:
        return False
    return ending != "parquet" or (not packing and usable_pyarrow() is not None)


def read_table(path: str, stream: BinaryIO, most_bytes: int | None = None) -> Table | None:
    """Return the shape of the table in `stream`, or None when its content does not match its name.

    For CSV and similar formats it contains only what is certain. At most `most_bytes` of a
    compressed file are unpacked, by default the limit of its format. `stream` is not always read to
    its end.
    """
    ending, packing = endings(path)
    form = _FORMATS[ending]
    try:
        if packing:
            stream = unpacked(packing, stream, most_bytes or form.limit_bytes)
        return form.read(stream)
    except (ValueError, RecursionError, ImportError):
        return None


def endings(path: str) -> tuple[str, str]:
    """Return the ending of a name and that of its compression: `("csv", "gz")`, `("csv", "")`."""
    stem, _, ending = path.lower().rpartition(".")
    return (stem.rpartition(".")[2], ending) if ending in PACKINGS else (ending, "")


def _read_json_lines(stream: BinaryIO) -> Table:
    text = _text(stream)
    lines = iter(lambda: text.readline(WHOLE_JSON_BYTES), "")
    return _table_of(json.loads(line) for line in lines if not line.isspace())


def _read_json(stream: BinaryIO) -> Table:
    value = json.loads(stream.read())
    if isinstance(value, dict):
        return Table(None, _table_of([value]).columns)
    if isinstance(value, list):
        return _table_of(value)
    raise ValueError("a lone value is no table")


def _table_of(records: Iterable[object]) -> Table:
    """Return the shape of a list of objects; a list of other values has rows and no columns."""
    columns: dict[str, None] | None = {}
    rows = 0
    for record in records:
        rows += 1
        if not isinstance(record, dict):
            columns = None
        elif columns is not None:
            columns.update(dict.fromkeys(record))
            if len(columns) > MAX_COLUMNS:
                columns = None
    return Table(rows, None if columns is None else tuple(columns))


def _read_parquet(stream: BinaryIO) -> Table:
    arrow = usable_pyarrow()
    assert arrow is not None
    content = arrow.BufferReader(stream.read())
    try:
        file = arrow.parquet.ParquetFile(content)
        return Table(file.metadata.num_rows, tuple(file.schema_arrow.names))
    except (arrow.ArrowException, OSError) as error:  # an unreadable footer is an OSError
        raise ValueError(str(error)) from error


def _text(stream: BinaryIO) -> io.TextIOWrapper:
    buffered = io.BufferedReader(cast("io.RawIOBase", stream), 1 << 20)
    return io.TextIOWrapper(buffered, encoding="utf-8-sig", newline="")


_FORMATS: Mapping[str, _Format] = {
    "csv": _Format(STREAMED_BYTES, partial(read_separated, "")),
    "tsv": _Format(STREAMED_BYTES, partial(read_separated, "\t")),
    "tab": _Format(STREAMED_BYTES, partial(read_separated, "\t")),
    "psv": _Format(STREAMED_BYTES, partial(read_separated, "|")),
    "json": _Format(WHOLE_JSON_BYTES, _read_json),
    "jsonl": _Format(STREAMED_BYTES, _read_json_lines),
    "ndjson": _Format(STREAMED_BYTES, _read_json_lines),
    "parquet": _Format(STREAMED_BYTES, _read_parquet),
}
