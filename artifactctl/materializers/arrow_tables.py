"""Tables of pyarrow: Parquet where that gives the same schema back, else Arrow's own file."""

from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from artifactctl.enums import ArtifactType
from artifactctl.errors import InvalidInputError
from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.messages import one_line

_PARQUET = "data.parquet"
_ARROW = "data.arrow"


class ArrowMaterializer(BaseMaterializer):
    """A Table, or a RecordBatch as a table of one."""

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (pa.Table, pa.RecordBatch)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA

    def save(self, data: Any) -> None:
        """Write it; what Parquet would change goes into an Arrow file."""
        table = pa.Table.from_batches([data]) if isinstance(data, pa.RecordBatch) else data
        path = Path(self.uri, _PARQUET)
        if table.num_columns and _parquet_holds(table.schema):
            pq.write_table(table, path)
            return
        with pa.OSFile(str(Path(self.uri, _ARROW)), "wb") as file:
            options = pa.ipc.IpcWriteOptions(compression="zstd")
            with pa.ipc.new_file(file, table.schema, options=options) as writer:
                writer.write_table(table)

    def load(self, data_type: type[Any]) -> Any:
        """Read it whole."""
        table = self._read()
        if not issubclass(data_type, pa.RecordBatch):
            return table
        batches = table.combine_chunks().to_batches()
        return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=table.schema)

    def extract_metadata(self, data: Any) -> dict[str, Any]:
        """`shape`, and `dtype` by column."""
        types = {field.name: str(field.type) for field in data.schema}
        return {"shape": [data.num_rows, data.num_columns], "dtype": types}

    def _read(self) -> Any:
        if not Path(self.uri, _ARROW).exists():
            return pq.ParquetFile(Path(self.uri, _PARQUET)).read()
        with pa.OSFile(str(Path(self.uri, _ARROW))) as file:
            table = pa.ipc.open_file(file).read_all()
        try:
            table.validate(full=True)  # offsets of a stranger's file may lead anywhere
        except pa.ArrowInvalid as error:
            raise InvalidInputError(f"{_ARROW!r} is damaged: {one_line(error)}") from error
        return table


def _parquet_holds(schema: Any) -> bool:
    """Whether an empty table comes back with the same schema."""
    sink = pa.BufferOutputStream()
    try:
        pq.write_table(schema.empty_table(), sink)
    except (pa.ArrowException, NotImplementedError):
        return False
    again = pq.read_schema(pa.BufferReader(sink.getvalue()))
    return bool(again.equals(schema, check_metadata=True))
