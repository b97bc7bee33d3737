"""Frames and series of polars: Parquet where it gives the same back, else an Arrow file."""

from pathlib import Path
from typing import Any, ClassVar

import polars as pl

from artifactctl.enums import ArtifactType, VisualizationType
from artifactctl.errors import CannotHoldError
from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.drawing import has_small_files, write_visuals
from artifactctl.materializers.facts import MAX_COLUMNS, Statistics, finite, table_facts
from artifactctl.materializers.parts import read_json, write_json
from artifactctl.visuals import SAMPLE_COLUMNS, SAMPLE_ROWS, Visual, sample_csv

_PARQUET = "data.parquet"
_ARROW = "data.arrow"
_FACTS = "frame.json"
_HINT = "give materializer='cloudpickle', or convert the column first"


class PolarsMaterializer(BaseMaterializer):
    """A DataFrame or Series; a LazyFrame is a plan, which holds no data."""

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (pl.DataFrame, pl.Series)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA
    EXACT: ClassVar[bool] = True

    def save(self, data: pl.DataFrame | pl.Series) -> None:
        """Write it; raises `CannotHoldError` for what does not come back the same."""
        series = isinstance(data, pl.Series)
        frame = data.to_frame() if isinstance(data, pl.Series) else data
        if pl.Object in frame.dtypes:
            raise CannotHoldError("Parquet cannot hold columns of Python objects", hint=_HINT)
        folder = Path(self.uri)
        if not _is_written(frame, folder / _PARQUET):
            (folder / _PARQUET).unlink(missing_ok=True)
            if not _is_written(frame, folder / _ARROW):
                raise CannotHoldError(
                    "neither Parquet nor Arrow gives the frame back unchanged", hint=_HINT
                )
        write_json(folder / _FACTS, {"kind": "series" if series else "frame"})

    def load(self, data_type: type) -> pl.DataFrame | pl.Series:  # noqa: ARG002 - the data says it
        """Read it whole."""
        folder = Path(self.uri)
        frame = _read(folder / (_ARROW if (folder / _ARROW).exists() else _PARQUET))
        series = read_json(folder / _FACTS)["kind"] == "series"
        return frame.to_series() if series else frame

    def load_sample(self, data_type: type) -> pl.DataFrame | pl.Series:
        """It; of a large one, the first rows."""
        folder = Path(self.uri)
        if has_small_files(folder):
            return self.load(data_type)
        if (folder / _ARROW).exists():
            with open(folder / _ARROW, "rb") as file:
                return pl.read_ipc(file, n_rows=SAMPLE_ROWS)
        return pl.read_parquet(folder / _PARQUET, n_rows=SAMPLE_ROWS, glob=False)

    def save_visualizations(self, data: pl.DataFrame | pl.Series) -> dict[str, VisualizationType]:
        """`describe.csv` and `sample.csv`: statistics by column, and the first rows."""
        frame = data.to_frame() if isinstance(data, pl.Series) else data
        frame = frame.select(frame.columns[:SAMPLE_COLUMNS])
        tables = {"sample.csv": frame.head(SAMPLE_ROWS)}
        if frame.columns:
            tables = {"describe.csv": frame.describe(), **tables}
        visuals = (
            Visual(name, VisualizationType.CSV, sample_csv(table.columns, table.rows()))
            for name, table in tables.items()
        )
        return write_visuals(self.uri, visuals)

    def extract_metadata(self, data: pl.DataFrame | pl.Series) -> dict[str, Any]:
        """`shape`, `dtype` and, of numbers, `mean std min max`; by column for a frame."""
        if isinstance(data, pl.Series):
            return {"shape": list(data.shape), "dtype": str(data.dtype), **_statistics(data)}
        columns = data.get_columns()[:MAX_COLUMNS]
        described = [(column.name, column.dtype, _statistics(column)) for column in columns]
        return table_facts(data.shape, described)


def _is_written(frame: pl.DataFrame, path: Path) -> bool:
    """Whether the file gives back the same types, and the same values of nested columns."""
    nested = [name for name, kind in frame.schema.items() if not _is_certain(kind)]
    try:
        if path.name == _ARROW:
            frame.write_ipc(path, compression="zstd")
            again = _read(path)
            return again.schema == frame.schema and again.equals(frame)
        frame.write_parquet(path)
        if pl.read_parquet_schema(path) != frame.schema:
            return False
        return not nested or _read(path, nested).equals(frame.select(nested))
    except pl.exceptions.PolarsError:
        return False


def _read(path: Path, columns: list[str] | None = None) -> pl.DataFrame:
    if path.name == _ARROW:
        with open(path, "rb") as file:  # by its path it would be mapped into memory
            return pl.read_ipc(file, columns=columns)
    return pl.read_parquet(path, columns=columns, glob=False)


def _is_certain(kind: pl.DataType) -> bool:
    """Whether Parquet gives back every value of the type: scalars, and lists of numbers."""
    return not kind.is_nested() or (isinstance(kind, pl.List) and kind.inner.is_numeric())


def _statistics(column: pl.Series) -> Statistics:
    """The statistics of polars: missing values do not count, and `std` is that of a sample."""
    if not column.dtype.is_integer() and not column.dtype.is_float():
        return {}
    found = {"mean": column.mean(), "std": column.std(), "min": column.min(), "max": column.max()}
    return {name: finite(value) for name, value in found.items()}
