"""Rows and columns of tables, as `tabular` reads them, within tighter limits."""

import io
from typing import Any, BinaryIO

from artifactctl.tabular import Table, endings, is_table, read_table

_WHOLE_BYTES = 8 << 20  # a tenth of a second
_LINE_BYTES = 1 << 20  # a line of JSON may take thirty times its size in memory
_FOOTER_BYTES = 8 << 20
_COLUMNS = 256
_NAME_CHARS = 16 << 10  # of all names of columns together

_PARQUET = b"PAR1"
_LINES = {
    "csv": "csv",
    "tsv": "tsv",
    "tab": "tsv",
    "psv": "psv",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
}


def read_lines(ending: str, stream: BinaryIO, size_bytes: int) -> dict[str, Any]:
    """Tables of lines: `csv`, `tsv`, `psv` or `jsonl`; of one that is big nothing is said."""
    if size_bytes > _WHOLE_BYTES:
        return {}
    data = stream.read(_WHOLE_BYTES)
    if ending == "jsonl" and max(map(len, data.split(b"\n"))) > _LINE_BYTES:
        return {}
    return _facts_of(read_table(f"table.{ending}", io.BytesIO(data)))


def read_packed(packing: str, name: str, stream: BinaryIO, size_bytes: int) -> dict[str, Any]:
    """A compressed table of lines, by its name without the last ending, as if it were plain."""
    ending = _LINES.get(endings(name)[0])
    if ending is None or not endings(name)[1] or size_bytes > _WHOLE_BYTES:
        return {}
    # Not every Python has all of the modules that this needs.
    from artifactctl.tabular.packed import unpacked  # noqa: PLC0415

    with unpacked(packing, stream, _WHOLE_BYTES) as plain:
        data = plain.read()
    return read_lines(ending, io.BytesIO(data), len(data))


def read_parquet(stream: BinaryIO, size_bytes: int) -> dict[str, Any]:
    """What the footer of a Parquet file says, where pyarrow is installed; nothing else is read."""
    stream.seek(max(size_bytes - 8, 0))
    end = stream.read(8)
    length = int.from_bytes(end[:4], "little")
    if end[4:] != _PARQUET or length > min(_FOOTER_BYTES, size_bytes - 12):
        return {}
    stream.seek(size_bytes - 8 - length)
    # To whoever wants nothing but the footer, this is a whole file.
    footer = b"".join((_PARQUET, stream.read(length), end))
    if not is_table("table.parquet", len(footer)):
        return {}
    return _facts_of(read_table("table.parquet", io.BytesIO(footer)))


def _facts_of(table: Table | None) -> dict[str, Any]:
    if table is None or (table.rows or 0) < 0:
        return {}
    facts: dict[str, Any] = {} if table.rows is None else {"rows": table.rows}
    names = (table.columns or ())[:_COLUMNS]
    is_kept = sum(map(len, names)) <= _NAME_CHARS and not any(map(_is_broken, names))
    if table.columns is not None and is_kept:
        facts["columns"] = list(names)
    return facts if table.column_count is None else facts | {"column_count": table.column_count}


def _is_broken(name: str) -> bool:
    """Whether not every database keeps a name: a NUL, half of a pair of surrogates."""
    return any(char == "\x00" or "\ud800" <= char <= "\udfff" for char in name)
