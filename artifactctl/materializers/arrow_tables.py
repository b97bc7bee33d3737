"""Tables of pyarrow: Parquet where that gives the same schema back, else Arrow's own file."""

from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa

from artifactctl.enums import ArtifactType
from artifactctl.materializers.arrow_files import read_table, write_table
from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.column_names import column_names


class ArrowMaterializer(BaseMaterializer):
    """A Table, or a RecordBatch as a table of one."""

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (pa.Table, pa.RecordBatch)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA

    def save(self, data: Any) -> None:
        """Write it; what Parquet would change goes into an Arrow file."""
        table = pa.Table.from_batches([data]) if isinstance(data, pa.RecordBatch) else data
        write_table(table, Path(self.uri))

    def load(self, data_type: type[Any]) -> Any:
        """Read it whole."""
        table = read_table(Path(self.uri))
        if not issubclass(data_type, pa.RecordBatch):
            return table
        batches = table.combine_chunks().to_batches()
        return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=table.schema)

    def extract_metadata(self, data: Any) -> dict[str, Any]:
        """`shape`, and `dtype` by column."""
        kinds = [str(field.type) for field in data.schema]
        types = dict(zip(column_names(data.schema.names), kinds, strict=True))
        return {"shape": [data.num_rows, data.num_columns], "dtype": types}
