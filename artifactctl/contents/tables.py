"""Rows and columns of tables, read by `tabular` within stricter limits."""

import io
from typing import Any, BinaryIO

from artifactctl.tabular import Table, endings, is_table, read_table, unpacked

_WHOLE_BYTES = 8 << 20  # read in a tenth of a second
_LINE_BYTES = 1 << 20  # a line of JSON may need thirty times its size in memory
_FOOTER_BYTES = 8 << 20
_COLUMNS = 256
_NAME_CHARS = 16 << 10  # of all column names together

_PARQUET = b"PAR1"
_JSON_LINES = frozenset({"jsonl", "ndjson"})
_LINES = _JSON_LINES | {"csv", "tsv", "tab", "psv"}


def read_lines(packing: str, name: str, stream: BinaryIO, size_bytes: int) -> dict[str, object]:
    """Return the facts of a table of lines, compressed if `packing` is given; {} for a big one.

    The ending of the name gives the kind of table. A compressed table is read like a plain one.
    """
    ending, named_packing = endings(name)
    is_named = ending in _LINES and bool(packing) == bool(named_packing)
    if not is_named or size_bytes > _WHOLE_BYTES:
        return {}
    plain = unpacked(packing, stream, _WHOLE_BYTES) if packing else stream
    data = plain.read(_WHOLE_BYTES + 1)
    if ending in _JSON_LINES and max(map(len, data.split(b"\n"))) > _LINE_BYTES:
        return {}
    return _facts_of(read_table(f"table.{ending}", io.BytesIO(data)))


def read_parquet(stream: BinaryIO, size_bytes: int) -> dict[str, object]:
    """Return the facts in the footer of a Parquet file; {} without pyarrow.

    Nothing but the footer is read.
    """
    stream.seek(max(size_bytes - 8, 0))
    end = stream.read(8)
    length = int.from_bytes(end[:4], "little")
    if end[4:] != _PARQUET or length > min(_FOOTER_BYTES, size_bytes - 12):
        return {}
    stream.seek(size_bytes - 8 - length)
    # A reader that only uses the footer accepts this as a whole file.
    footer = b"".join((_PARQUET, stream.read(length), end))
    if not is_table("table.parquet", len(footer)):
        return {}
    return _facts_of(read_table("table.parquet", io.BytesIO(footer)))


def _facts_of(table: Table | None) -> dict[str, object]:
    if table is None or (table.rows or 0) < 0:
        return {}
    facts: dict[str, Any] = {} if table.rows is None else {"rows": table.rows}
    names = (table.columns or ())[:_COLUMNS]
    is_kept = sum(map(len, names)) <= _NAME_CHARS and not any(map(_is_broken, names))
    if table.columns is not None and is_kept:
        facts["columns"] = list(names)
    return facts if table.column_count is None else facts | {"column_count": table.column_count}


def _is_broken(name: str) -> bool:
    """Return whether some databases refuse a name: one with a NUL or a lone surrogate."""
    return any(char == "\x00" or "\ud800" <= char <= "\udfff" for char in name)
