"""Tables of pyarrow: Parquet where it gives the same table back, else Arrow's own file.

`write_table` and `read_table` also serve frames of pandas.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from artifactctl.enums import ArtifactType, VisualizationType
from artifactctl.errors import CannotHoldError, InvalidInputError, one_line
from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.drawing import has_small_files, write_visuals
from artifactctl.materializers.facts import Statistics, table_facts
from artifactctl.visuals import SAMPLE_COLUMNS, SAMPLE_ROWS, Visual, sample_csv
from artifactctl.visuals.files import head_of_parquet

_PARQUET = "data.parquet"
_ARROW = "data.arrow"
_STREAM = "data.arrows"
_FEW_CELLS = 20_000_000
_SAMPLED = 1024  # rows in a row
_SAMPLES = 4
_SAMPLE = "sample.csv"


class ArrowMaterializer(BaseMaterializer):
    """A Table, or a RecordBatch as a table of one batch."""

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (pa.Table, pa.RecordBatch)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA

    def save(self, data: pa.Table | pa.RecordBatch) -> None:
        """Write it; a table that Parquet would change is written as an Arrow file."""
        table = pa.Table.from_batches([data]) if isinstance(data, pa.RecordBatch) else data
        write_table(table, Path(self.uri))

    def load(self, data_type: type) -> pa.Table | pa.RecordBatch:
        """Read it whole."""
        table = read_table(Path(self.uri))
        if not issubclass(data_type, pa.RecordBatch):
            return table
        batches = table.combine_chunks().to_batches()
        return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=table.schema)

    def load_sample(self, data_type: type) -> pa.Table | pa.RecordBatch | None:  # noqa: ARG002 - as below
        """None: a Parquet file is shown from its file, and an Arrow file when it is small."""
        folder = Path(self.uri)
        if (folder / _PARQUET).exists():
            return None
        return read_table(folder) if has_small_files(folder) else None

    def save_visualizations(
        self, data: pa.Table | pa.RecordBatch | None
    ) -> dict[str, VisualizationType]:
        """`sample.csv`: the first rows."""
        path = Path(self.uri, _PARQUET)
        if data is None:
            return write_visuals(self.uri, show_start(path) if path.exists() else [])
        return write_visuals(self.uri, [_sample(data)])

    def extract_metadata(self, data: pa.Table | pa.RecordBatch) -> dict[str, Any]:
        """`shape`, and `dtype` by column."""
        nothing: Statistics = {}
        columns = [(field.name, field.type, nothing) for field in data.schema]
        return table_facts([data.num_rows, data.num_columns], columns)


def write_table(table: pa.Table, folder: Path) -> None:
    """Write it into `folder`; raises `CannotHoldError` if neither kind of file can hold it."""
    compliant = next((way for way in (True, False) if _parquet_holds(table.schema, way)), None)
    if table.num_columns and compliant is not None:
        if _write_parquet(table, folder / _PARQUET, compliant):
            return
        (folder / _PARQUET).unlink(missing_ok=True)
    try:
        _write_arrow(table, folder)
    except (pa.ArrowException, NotImplementedError) as error:
        raise CannotHoldError(
            f"an Arrow file cannot hold the table: {one_line(error)}",
            hint="give materializer='cloudpickle', or convert the column first",
        ) from error


def read_table(folder: Path, places: Sequence[int] | None = None) -> pa.Table:
    """The table that was written, or its columns at these places."""
    for name, open_file in ((_ARROW, pa.ipc.open_file), (_STREAM, pa.ipc.open_stream)):
        if (folder / name).exists():
            with pa.OSFile(str(folder / name)) as source:
                table = _validated(open_file(source).read_all(), name)
            return table if places is None else table.select(list(places))
    file = pq.ParquetFile(folder / _PARQUET)
    if places is None:
        return file.read()
    names = [file.schema_arrow.names[place] for place in places]
    return file.read(names).select(names)  # reading `a` gives `a.b` as well


def is_built_in(kind: pa.DataType) -> bool:
    """Whether it is Arrow's own type: a user's type may be unknown where the file is read."""
    if isinstance(kind, pa.ExtensionType):
        return False
    if pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        return is_built_in(kind.value_type)
    return all(is_built_in(kind.field(place).type) for place in range(kind.num_fields))


def _write_arrow(table: pa.Table, folder: Path) -> None:
    """Write an Arrow file, or a stream where chunks of a column have different dictionaries.

    A file has one dictionary for all chunks; but it can be read from anywhere.
    """
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    for path, make in ((folder / _ARROW, pa.ipc.new_file), (folder / _STREAM, pa.ipc.new_stream)):
        try:
            with (
                pa.OSFile(str(path), "wb") as file,
                make(file, table.schema, options=options) as writer,
            ):
                writer.write_table(table)
        except pa.ArrowInvalid:
            path.unlink()
            if path.name == _STREAM:
                raise
        else:
            return


def _validated(table: pa.Table, name: str) -> pa.Table:
    try:
        table.validate(full=True)  # in a hostile file offsets may lead outside of its memory
    except pa.ArrowInvalid as error:
        raise InvalidInputError(f"{name!r} is damaged: {one_line(error)}") from error
    return table


def _write_parquet(table: pa.Table, path: Path, compliant: bool) -> bool:
    """Whether it is written, and columns that Parquet takes apart come back as they were."""
    places = [place for place, field in enumerate(table.schema) if not _is_certain(field.type)]
    try:
        pq.write_table(
            table, path, use_compliant_nested_type=compliant, use_dictionary=_repeating(table)
        )
        again = pq.ParquetFile(path).read() if places else table
    except (pa.ArrowException, NotImplementedError):
        return False
    return all(again.column(place).equals(table.column(place)) for place in places)


def _repeating(table: pa.Table) -> list[str] | bool:
    """The columns whose values repeat, so that a dictionary of them makes the file smaller.

    Parquet gives a dictionary up once it is too large; until then it costs more time than writing
    the values (0.24 instead of 0.09 s of a processor for a million random floats in ten columns).
    """
    if any(pa.types.is_nested(kind) or _is_extension(kind) for kind in table.schema.types):
        return True  # Parquet has other names for the columns that it makes of such a one
    last = max(0, table.num_rows - _SAMPLED)
    starts = [last * part // (_SAMPLES - 1) for part in range(_SAMPLES)]
    samples = pa.concat_tables([table.slice(start, _SAMPLED) for start in dict.fromkeys(starts)])
    return [
        name
        for name, values in zip(table.column_names, samples.columns, strict=True)
        if not _is_certain(values.type) or _repeats(values)
    ]


def _repeats(values: pa.ChunkedArray) -> bool:
    """Whether at least half of the values are equal to earlier ones."""
    try:
        return 2 * len(values.unique()) <= len(values)
    except pa.ArrowNotImplementedError:  # a type whose values Arrow cannot compare
        return True


def _parquet_holds(schema: pa.Schema, compliant: bool) -> bool:
    """Whether an empty table comes back with the same schema.

    The items of a list are called `element` in Parquet (compliant) and `item` in Arrow.
    """
    sink = pa.BufferOutputStream()
    try:
        pq.write_table(schema.empty_table(), sink, use_compliant_nested_type=compliant)
    except (pa.ArrowException, NotImplementedError):
        return False
    again = pq.read_schema(pa.BufferReader(sink.getvalue()))
    return bool(again.equals(schema, check_metadata=True))


def _is_certain(kind: pa.DataType) -> bool:
    """Whether Parquet gives back every value of the type: plain ones, and lists of numbers."""
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return bool(pa.types.is_primitive(kind.value_type))
    is_plain = not pa.types.is_nested(kind) and not pa.types.is_dictionary(kind)
    return bool(is_plain) and not _is_extension(kind)


def _is_extension(kind: pa.DataType) -> bool:
    return isinstance(kind, pa.BaseExtensionType)


def has_few_cells(path: Path) -> bool:
    """Whether a Parquet file says that it has few: equal ones take next to no bytes."""
    facts = pq.read_metadata(path)
    return bool(facts.num_rows * max(facts.num_columns, 1) <= _FEW_CELLS)


def show_start(path: Path) -> list[Visual]:
    """The first rows of a Parquet file."""
    return [Visual(_SAMPLE, VisualizationType.CSV, head_of_parquet(pa, path))]


def _sample(table: pa.Table | pa.RecordBatch) -> Visual:
    part = table.slice(0, SAMPLE_ROWS).select(table.schema.names[:SAMPLE_COLUMNS])
    rows = list(zip(*(column.to_pylist() for column in part.columns), strict=True))
    return Visual(_SAMPLE, VisualizationType.CSV, sample_csv(part.schema.names, rows))
