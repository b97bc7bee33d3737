"""Parquet and Arrow files, through pyarrow: schema, statistics of the file itself, first rows."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from artifactctl.previews.arrow_messages import seek_messages, sizes_of_first
from artifactctl.previews.views import Column, Columns, Grid, Shown, cell
from artifactctl.tabular.arrow import usable_pyarrow

_COLUMNS = 100
_GROUPS = 200  # whose statistics are put together
# What one column of a row group may unpack to, before its rows are read to show the first of them.
_UNPACKED_BYTES = 256 << 20
_RATIO = 200
_BOMB = "its rows are not read: unpacked they are far larger than the file"

MISSING = "pyarrow shows columns and rows of this file: pip install 'artifactctl[data]'"


def show_parquet(stream: BinaryIO, rows: int) -> Shown:
    """The columns, the first rows, facts, and notes; raises `ValueError` for another file."""
    arrow = usable_pyarrow()
    if arrow is None:
        return [], {}, [MISSING]
    try:
        with arrow.parquet.ParquetFile(stream, pre_buffer=False) as file:
            about, schema = file.metadata, file.schema_arrow
            facts = {
                "rows": about.num_rows,
                "columns": len(schema),
                "row_groups": about.num_row_groups,
            }
            columns = Columns(list(_columns(about, schema)))
            if _is_bomb(about):
                return [columns], facts, [_BOMB]
            return [columns, _first_rows(file, schema, about.num_rows, rows)], facts, []
    except (arrow.ArrowException, OverflowError, NotImplementedError, OSError) as error:
        raise ValueError(f"no Parquet file: {error}") from error


def show_arrow(stream: BinaryIO, rows: int) -> Shown:
    """The same of an Arrow file or stream, whose batches are read until there are enough rows."""
    arrow = usable_pyarrow()
    if arrow is None:
        return [], {}, [MISSING]
    try:
        is_bomb = _is_more(*sizes_of_first(arrow, stream, rows))
        stream.seek(0)
        seek_messages(stream)
        reader = arrow.ipc.open_stream(stream)
        schema = reader.schema
        names = schema.names[:_COLUMNS]
        columns = Columns(
            [Column(name, _type(schema.field(at).type)) for at, name in enumerate(names)]
        )
        if is_bomb:
            return [columns], {"columns": len(schema)}, [_BOMB]
        lines: list[list[str]] = []
        left = rows
        for batch in reader:
            some = batch.slice(0, left).columns[:_COLUMNS]
            lines += _lines(some, len(names))
            left -= batch.num_rows
            if left <= 0:
                break
    except (arrow.ArrowException, OverflowError, NotImplementedError, OSError) as error:
        raise ValueError(f"no Arrow file: {error}") from error
    return [columns, Grid("rows", names, lines[:rows], None)], {"columns": len(schema)}, []


def _columns(about: Any, schema: Any) -> Iterator[Column]:
    """The columns with the statistics that their row groups have, where all have them."""
    found = _statistics(about) if about.num_columns == len(schema) else {}
    for at, name in enumerate(schema.names[:_COLUMNS]):
        missing, least, most = found.get(at, (None, None, None))
        yield Column(name, _type(schema.field(at).type), missing, None, least, None, most)


def _statistics(about: Any) -> dict[int, tuple[int | None, Any, Any]]:
    if about.num_row_groups > _GROUPS:
        return {}
    found = {}
    groups = [about.row_group(number) for number in range(about.num_row_groups)]
    for at in range(min(about.num_columns, _COLUMNS)):
        known = [group.column(at).statistics for group in groups]
        if not known or not all(known):
            continue
        nulls = [item.null_count for item in known if item.has_null_count]
        ends = [(item.min, item.max) for item in known if item.has_min_max]
        is_full = len(ends) == len(known)
        least, most = _ends(ends) if is_full else (None, None)
        found[at] = (sum(nulls) if len(nulls) == len(known) else None, least, most)
    return found


def _ends(ends: list[tuple[Any, Any]]) -> tuple[Any, Any]:
    try:
        return _shown(min(low for low, _ in ends)), _shown(max(high for _, high in ends))
    except TypeError:
        return None, None


def _shown(value: Any) -> Any:
    is_plain = isinstance(value, int | float) and value == value
    return value if is_plain else cell(value)[:40]


def _is_bomb(about: Any) -> bool:
    if not about.num_row_groups:
        return False
    group = about.row_group(0)
    columns = map(group.column, range(min(group.num_columns, _COLUMNS)))
    return any(_is_more(one.total_compressed_size, one.total_uncompressed_size) for one in columns)


def _is_more(packed_bytes: int, unpacked_bytes: int) -> bool:
    """Whether something unpacks to far more than what it looks like."""
    return unpacked_bytes > _UNPACKED_BYTES and unpacked_bytes > _RATIO * max(packed_bytes, 1)


def _first_rows(file: Any, schema: Any, total: int, rows: int) -> Grid:
    names = schema.names[:_COLUMNS]
    # pyarrow takes columns by name, and with one all that share its name.
    is_unique = len(set(schema.names)) == len(schema.names)
    batches = file.iter_batches(batch_size=max(rows, 1), columns=names if is_unique else None)
    first = next(batches, None)
    head = () if first is None else first.slice(0, rows).columns[:_COLUMNS]
    lines = _lines(head, len(names))
    return Grid("rows", names, lines, total)


def _lines(columns: Any, width: int) -> list[list[str]]:
    texts = [list(map(cell, column.to_pylist())) for column in columns]
    return [list(line) for line in zip(*texts, strict=True)] if width else []


def _type(kind: Any) -> str:
    return str(kind)[:60]
