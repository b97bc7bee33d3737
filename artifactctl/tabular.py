"""How many rows and which columns a file has, where its format tells that cheaply.

What streams is read in pieces, so that memory does not grow with the file; the rest is read whole
and therefore has to be smaller. Nothing here ever interprets a pickle.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO, cast

STREAMED_BYTES = 64 << 20
WHOLE_JSON_BYTES = 16 << 20
CSV_RECORD_CHARS = 1 << 20
MAX_COLUMNS = 10_000

# Older ones unpickle what a Parquet file's schema may hold (CVE-2023-47248).
_SAFE_PYARROW = 15


@dataclass(frozen=True, slots=True)
class Table:
    """The shape of a table; None is what the format does not say.

    A JSON object counts as one record: it has columns (its keys) and no number of rows.
    """

    rows: int | None
    columns: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class _Format:
    limit_bytes: int
    read: Callable[[BinaryIO], Table]


def is_table(path: str, size_bytes: int) -> bool:
    """Whether `read_table` may be asked: by the ending of the name, and the size."""
    ending = _ending(path)
    if ending not in _FORMATS or size_bytes > _FORMATS[ending].limit_bytes:
        return False
    return ending != "parquet" or _pyarrow() is not None


def read_table(path: str, stream: BinaryIO) -> Table | None:
    """The shape of the table that `stream` gives, or None when it is not what its name says.

    The first line of CSV and TSV names the columns. `stream` need not be read to its end.
    """
    try:
        return _FORMATS[_ending(path)].read(stream)
    except (ValueError, csv.Error, RecursionError):
        return None


def _ending(path: str) -> str:
    return path.rpartition(".")[2].lower()


def _read_separated(separator: str, stream: BinaryIO) -> Table:
    records = _records(stream, separator)
    header = next(records, [])
    return Table(sum(1 for _ in records), tuple(header))


def _records(stream: BinaryIO, separator: str) -> Iterator[list[str]]:
    """The records of CSV without blank lines; a quote that nobody closes ends in an error."""
    text, left = _text(stream), CSV_RECORD_CHARS

    def lines() -> Iterator[str]:
        nonlocal left
        while line := text.readline(left + 1):
            left -= len(line)
            if left < 0:
                raise ValueError("a record is too long")
            yield line

    for record in csv.reader(lines(), delimiter=separator, strict=True):
        left = CSV_RECORD_CHARS
        if record:
            yield record


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
    "csv": _Format(STREAMED_BYTES, partial(_read_separated, ",")),
    "tsv": _Format(STREAMED_BYTES, partial(_read_separated, "\t")),
    "json": _Format(WHOLE_JSON_BYTES, _read_json),
    "jsonl": _Format(STREAMED_BYTES, _read_json_lines),
    "ndjson": _Format(STREAMED_BYTES, _read_json_lines),
    "parquet": _Format(STREAMED_BYTES, _read_parquet),
}
