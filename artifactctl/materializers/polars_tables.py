"""Frames and series of polars: Parquet, if that gives the same types back."""

from pathlib import Path
from typing import Any, ClassVar

import polars as pl

from artifactctl.enums import ArtifactType
from artifactctl.errors import InvalidInputError
from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.messages import one_line
from artifactctl.materializers.parts import read_json, write_json

MAX_COLUMNS = 1000
"""Of how many columns there are facts at most; `shape` says how many there are."""

_PARQUET = "data.parquet"
_FACTS = "frame.json"
_HINT = "give materializer='cloudpickle', or convert the column first"


class PolarsMaterializer(BaseMaterializer):
    """A DataFrame or Series; a LazyFrame is a plan rather than data."""

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (pl.DataFrame, pl.Series)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA
    EXACT: ClassVar[bool] = True

    def save(self, data: pl.DataFrame | pl.Series) -> None:
        """Write it; raises `InvalidInputError` for columns of Python objects."""
        series = isinstance(data, pl.Series)
        frame = data.to_frame() if isinstance(data, pl.Series) else data
        path = Path(self.uri, _PARQUET)
        try:
            frame.write_parquet(path)
            same = pl.read_parquet_schema(path) == frame.schema
        except pl.exceptions.PolarsError as error:
            raise InvalidInputError(
                f"Parquet cannot hold the frame: {one_line(error)}", hint=_HINT
            ) from error
        if not same:
            raise InvalidInputError("Parquet changes the types of the frame", hint=_HINT)
        write_json(Path(self.uri, _FACTS), {"kind": "series" if series else "frame"})

    def load(self, data_type: type[Any]) -> Any:  # noqa: ARG002 - the data says it
        """Read it whole."""
        frame = pl.read_parquet(Path(self.uri, _PARQUET), glob=False)
        series = read_json(Path(self.uri, _FACTS))["kind"] == "series"
        return frame.to_series() if series else frame

    def extract_metadata(self, data: pl.DataFrame | pl.Series) -> dict[str, Any]:
        """`shape`, `dtype` and, of numbers, `mean std min max`; by column for a frame."""
        if isinstance(data, pl.Series):
            return {"shape": list(data.shape), "dtype": str(data.dtype), **_numbers(data)}
        facts: dict[str, Any] = {"shape": list(data.shape), "dtype": {}}
        for column in data.get_columns()[:MAX_COLUMNS]:
            facts["dtype"][column.name] = str(column.dtype)
            for statistic, value in _numbers(column).items():
                facts.setdefault(statistic, {})[column.name] = value
        return facts


def _numbers(column: pl.Series) -> dict[str, Any]:
    """As polars has them: missing values do not count, and `std` is that of a sample."""
    if not column.dtype.is_integer() and not column.dtype.is_float():
        return {}
    found = {"mean": column.mean(), "std": column.std(), "min": column.min(), "max": column.max()}
    return {name: _finite(value) for name, value in found.items()}


def _finite(value: Any) -> Any:
    return None if value is None or value - value != 0 else value  # NaN and infinities
