"""How many rows and which columns a file has, where its format tells that cheaply.

What streams is read in pieces, so that memory does not grow with the file; the rest is read whole
and therefore has to be smaller. Nothing here ever interprets a pickle.
"""

import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO, cast

from artifactctl.tabular.separated import CSV_RECORD_CHARS, read_separated
from artifactctl.tabular.table import Table

__all__ = [
    "CSV_RECORD_CHARS",
    "MAX_COLUMNS",
    "STREAMED_BYTES",
    "WHOLE_JSON_BYTES",
    "Table",
    "is_table",
    "read_table",
]

STREAMED_BYTES = 64 << 20
WHOLE_JSON_BYTES = 16 << 20
MAX_COLUMNS = 10_000

# Older ones unpickle what a Parquet file's schema may hold (CVE-2023-47248).
_SAFE_PYARROW = 15


@dataclass(frozen=True, slots=True)
class _Format:
    limit_bytes: int
    read: Callable[[BinaryIO], Table | None]


def is_table(path: str, size_bytes: int) -> bool:
    """Whether `read_table` may be asked: by the ending of the name, and the size."""
    ending = _ending(path)
    if ending not in _FORMATS or size_bytes > _FORMATS[ending].limit_bytes:
        return False
    return ending != "parquet" or _pyarrow() is not None


def read_table(path: str, stream: BinaryIO) -> Table | None:
    """The shape of the table that `stream` gives, or None when it is not what its name says.

    Of CSV and the like, only what is certain is said. `stream` need not be read to its end.
    """
    try:
        return _FORMATS[_ending(path)].read(stream)
    except (ValueError, RecursionError):
        return None


def _ending(path: str) -> str:
    return path.rpartition(".")[2].lower()


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


def _table_of(records: Iterable[Any]) -> Table:
    """The shape of a list of objects; what are no objects have rows and no columns."""
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
    pyarrow = _pyarrow()
    assert pyarrow is not None
    content = pyarrow.BufferReader(stream.read())
    try:
        file = pyarrow.parquet.ParquetFile(content)
        return Table(file.metadata.num_rows, tuple(file.schema_arrow.names))
    except (pyarrow.ArrowException, OSError) as error:  # an unreadable footer is an OSError
        raise ValueError(str(error)) from error


def _pyarrow() -> Any:
    """The module pyarrow, or None when there is none that can be used."""
    try:
        # It takes a third of a second to load, and only Parquet needs it.
        import pyarrow.parquet  # noqa: PLC0415
    except ImportError:
        return None
    return pyarrow if int(pyarrow.__version__.partition(".")[0]) >= _SAFE_PYARROW else None


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
