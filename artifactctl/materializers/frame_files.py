"""One file for the columns of a pandas frame: Parquet, or CSV where pyarrow is missing."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from artifactctl.errors import InvalidInputError, NotFoundError
from artifactctl.materializers.messages import one_line
from artifactctl.materializers.parts import read_json, write_json

try:
    import pyarrow
except ImportError:
    pyarrow = None

_PARQUET = "data.parquet"
_CSV = "data.csv"
_TYPES = "data.types.json"
# Older ones unpickle what a Parquet file's schema may hold (CVE-2023-47248).
_SAFE_PYARROW = 15


def is_simple() -> bool:
    """Whether there are only columns of numbers and texts, because it will be CSV."""
    return pyarrow is None or int(pyarrow.__version__.partition(".")[0]) < _SAFE_PYARROW


def write(frame: Any, folder: Path) -> None:
    """Write columns that are named by different texts; the index is a counting one."""
    if not frame.shape[1]:
        return
    if frame.attrs:
        frame = frame.copy(deep=False)
        frame.attrs = {}
    if is_simple():
        write_json(folder / _TYPES, {label: str(kind) for label, kind in frame.dtypes.items()})
        frame.to_csv(folder / _CSV, index=False, quoting=csv.QUOTE_NONNUMERIC)
        return
    try:
        frame.to_parquet(folder / _PARQUET, engine="pyarrow")
    except (ValueError, TypeError, NotImplementedError) as error:
        raise InvalidInputError(
            f"Parquet cannot hold the frame: {one_line(error)}",
            hint="give materializer='cloudpickle', or convert the column first",
        ) from error


def read(folder: Path, rows: int) -> Any:
    """The frame that was written; `rows` is for one without columns."""
    if (folder / _CSV).exists():
        return _read_csv(folder)
    if not (folder / _PARQUET).exists():
        return pd.DataFrame(index=pd.RangeIndex(rows))
    if is_simple():
        raise NotFoundError(
            f"reading Parquet needs pyarrow {_SAFE_PYARROW} or newer, which is not installed",
            hint="pip install 'artifactctl[data]'",
        )
    return pd.read_parquet(folder / _PARQUET, engine="pyarrow")


def _read_csv(folder: Path) -> Any:
    """Every column as text first: pandas' own way of reading numbers is not exact everywhere."""
    types = read_json(folder / _TYPES)
    texts = pd.read_csv(folder / _CSV, dtype=str, keep_default_na=False)
    columns = {label: _as_type(texts[label], types[label]) for label in texts.columns}
    return pd.DataFrame(columns, index=texts.index)


def _as_type(texts: Any, kind: str) -> Any:
    if kind == "str":
        return texts
    if kind == "bool":
        return texts == "True"
    if not kind.startswith(("int", "uint", "float")):
        raise InvalidInputError(f"{_TYPES!r} has {kind!r}, a type that is never written")
    values = np.array([text or "nan" for text in texts], dtype=str).astype(kind)
    return pd.Series(values, index=texts.index)
