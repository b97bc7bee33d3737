"""One file for a table of Arrow: Parquet where that gives the same back, else Arrow's own file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from artifactctl.errors import CannotHoldError, InvalidInputError
from artifactctl.materializers.messages import one_line

PARQUET = "data.parquet"
ARROW = "data.arrow"
STREAM = "data.arrows"


def write_table(table: Any, folder: Path) -> None:
    """Write it into `folder`; raises `CannotHoldError` for what neither file can hold."""
    compliant = next((way for way in (True, False) if _parquet_holds(table.schema, way)), None)
    if table.num_columns and compliant is not None:
        if _write_parquet(table, folder / PARQUET, compliant):
            return
        (folder / PARQUET).unlink(missing_ok=True)
    try:
        _write_arrow(table, folder)
    except (pa.ArrowException, NotImplementedError) as error:
        raise CannotHoldError(
            f"an Arrow file cannot hold the table: {one_line(error)}",
            hint="give materializer='cloudpickle', or convert the column first",
        ) from error


def read_table(folder: Path, places: Sequence[int] | None = None) -> Any:
    """The table that was written, or its columns at these places."""
    for name, open_one in ((ARROW, pa.ipc.open_file), (STREAM, pa.ipc.open_stream)):
        if (folder / name).exists():
            with pa.OSFile(str(folder / name)) as source:
                table = _validated(open_one(source).read_all(), name)
            return table if places is None else table.select(list(places))
    file = pq.ParquetFile(folder / PARQUET)
    if places is None:
        return file.read()
    names = [file.schema_arrow.names[place] for place in places]
    return file.read(names).select(names)  # `a` leads to `a.b` as well


def is_lasting(kind: Any) -> bool:
    """Whether every process makes the same type of what a file says: not of types of users'."""
    if isinstance(kind, pa.ExtensionType):
        return False
    if pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        return is_lasting(kind.value_type)
    return all(is_lasting(kind.field(place).type) for place in range(kind.num_fields))


def _write_arrow(table: Any, folder: Path) -> None:
    """A file that can be read from anywhere, or a stream where chunks have their own dictionaries.

    Such a file has one dictionary for all chunks of a column.
    """
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    for path, make in ((folder / ARROW, pa.ipc.new_file), (folder / STREAM, pa.ipc.new_stream)):
        try:
            with (
                pa.OSFile(str(path), "wb") as file,
                make(file, table.schema, options=options) as writer,
            ):
                writer.write_table(table)
        except pa.ArrowInvalid:
            path.unlink()
            if path.name == STREAM:
                raise
        else:
            return


def _validated(table: Any, name: str) -> Any:
    try:
        table.validate(full=True)  # offsets of a stranger's file may lead anywhere
    except pa.ArrowInvalid as error:
        raise InvalidInputError(f"{name!r} is damaged: {one_line(error)}") from error
    return table


def _write_parquet(table: Any, path: Path, compliant: bool) -> bool:
    """Whether it is written, and what Parquet takes apart is what it was; the rest always is."""
    places = [place for place, field in enumerate(table.schema) if not _is_certain(field.type)]
    try:
        pq.write_table(table, path, use_compliant_nested_type=compliant)
        again = pq.ParquetFile(path).read() if places else table
    except (pa.ArrowException, NotImplementedError):
        return False
    return all(again.column(place).equals(table.column(place)) for place in places)


def _parquet_holds(schema: Any, compliant: bool) -> bool:
    """Whether an empty table comes back with the same schema.

    Parquet's own name for the items of a list is `element`, Arrow's is `item`; not to be compliant
    is to keep the one that is there.
    """
    sink = pa.BufferOutputStream()
    try:
        pq.write_table(schema.empty_table(), sink, use_compliant_nested_type=compliant)
    except (pa.ArrowException, NotImplementedError):
        return False
    again = pq.read_schema(pa.BufferReader(sink.getvalue()))
    return bool(again.equals(schema, check_metadata=True))


def _is_certain(kind: Any) -> bool:
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return bool(pa.types.is_primitive(kind.value_type))
    is_plain = not pa.types.is_nested(kind) and not pa.types.is_dictionary(kind)
    return bool(is_plain) and not isinstance(kind, pa.BaseExtensionType)
