"""The one file of a pandas frame's columns: Parquet or Arrow, or CSV where pyarrow is missing.

The types of Arrow columns (`pandas.ArrowDtype`) are in the schema of the file, and not in what
pandas adds to it: pandas has no names for most of them.
"""

import csv
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from artifactctl.errors import CannotHoldError, InvalidInputError, NotFoundError, one_line
from artifactctl.materializers.drawing import has_small_files
from artifactctl.materializers.parts import read_json, write_json
from artifactctl.tabular.arrow import SAFE_VERSION, usable_pyarrow
from artifactctl.visuals import Visual

pyarrow = usable_pyarrow()
if pyarrow is not None:
    from artifactctl.materializers import arrow_tables as arrow_tables

_PARQUET = "data.parquet"
_ARROW = ("data.arrow", "data.arrows")
_CSV = "data.csv"
_TYPES = "data.types.json"


def is_csv() -> bool:
    """Whether frames are written as CSV, which holds columns of numbers and texts only."""
    return pyarrow is None


def write(frame: pd.DataFrame, folder: Path) -> None:
    """Write a frame whose columns have different texts as labels, and whose rows are counted."""
    if not frame.shape[1]:
        return
    if frame.attrs:
        frame = frame.copy(deep=False)
        frame.attrs = {}
    if is_csv():
        write_json(folder / _TYPES, {label: str(kind) for label, kind in frame.dtypes.items()})
        frame.to_csv(folder / _CSV, index=False, quoting=csv.QUOTE_NONNUMERIC)
        return
    try:
        table = _table(frame)
    except (ValueError, TypeError, NotImplementedError) as error:  # those of pyarrow too
        raise CannotHoldError(
            f"Parquet cannot hold the frame: {one_line(error)}",
            hint="give materializer='cloudpickle', or convert the column first",
        ) from error
    arrow_tables.write_table(table, folder)


def read(
    folder: Path, rows: int, arrow: Collection[int] = (), only: Sequence[int] | None = None
) -> pd.DataFrame:
    """The frame that was written, or the columns at the places `only` without their index.

    Columns at the places `arrow` keep the file's types. `rows` is for a frame without columns.
    """
    if (folder / _CSV).exists():
        frame = _read_csv(folder)
        return frame if only is None else frame.iloc[:, only]
    is_of_arrow = any((folder / name).exists() for name in _ARROW)
    if not (folder / _PARQUET).exists() and not is_of_arrow:
        return pd.DataFrame(index=pd.RangeIndex(rows))
    if is_csv():
        raise NotFoundError(
            f"reading Parquet needs pyarrow {SAFE_VERSION} or newer, which is not installed",
            hint="pip install 'artifactctl[data]'",
        )
    if not arrow and only is None and not is_of_arrow:
        return pd.read_parquet(folder / _PARQUET, engine="pyarrow")
    return _frame(arrow_tables.read_table(folder, only), arrow if only is None else ())


def is_small(folder: Path) -> bool:
    """Whether the frame can be loaded to show it: it has few bytes and few cells."""
    is_counted = (folder / _PARQUET).exists() and not is_csv()
    return has_small_files(folder) and (
        not is_counted or arrow_tables.has_few_cells(folder / _PARQUET)
    )


def show_start(folder: Path) -> list[Visual]:
    """The first rows of a frame in Parquet; nothing of other files."""
    if not (folder / _PARQUET).exists() or is_csv():
        return []
    return arrow_tables.show_start(folder / _PARQUET)


def _table(frame: pd.DataFrame) -> Any:
    """The table; what pandas adds to its schema is about columns that are not Arrow's own."""
    is_arrow = [isinstance(kind, pd.ArrowDtype) for kind in frame.dtypes]
    if not any(is_arrow):
        return pyarrow.Table.from_pandas(frame)
    table = pyarrow.Table.from_pandas(frame.loc[:, [not own for own in is_arrow]])
    columns = [(name, table.column(name)) for name in table.column_names]
    for place, (label, column) in enumerate(frame.items()):
        if is_arrow[place]:
            columns.insert(place, (label, pyarrow.array(column.array)))
    fields = [pyarrow.field(name, values.type) for name, values in columns]
    schema = pyarrow.schema(fields, metadata=table.schema.metadata)
    return pyarrow.Table.from_arrays([values for _, values in columns], schema=schema)


def _frame(table: Any, arrow: Collection[int]) -> pd.DataFrame:
    names = table.column_names
    own = {names[place] for place in arrow}
    plain = table.drop_columns(list(own)).to_pandas()
    if not plain.shape[1] and isinstance(plain.index, pd.RangeIndex):
        plain.index = pd.RangeIndex(table.num_rows)
    columns = {}
    for name in names:
        if name in own:
            values = pd.arrays.ArrowExtensionArray(table.column(name))
            columns[name] = pd.Series(values, index=plain.index)
        elif name in plain:  # and not the index, which pandas has put among the file's columns
            columns[name] = plain[name]
    return pd.DataFrame(columns, index=plain.index, copy=False)


def _read_csv(folder: Path) -> pd.DataFrame:
    """Every column is read as text first: pandas does not read all numbers exactly."""
    types = read_json(folder / _TYPES)
    texts = pd.read_csv(
        folder / _CSV, dtype=str, keep_default_na=False, header=0, names=list(types)
    )
    columns = {label: _as_type(texts[label], types[label]) for label in texts.columns}
    return pd.DataFrame(columns, index=texts.index)


def _as_type(texts: pd.Series, kind: str) -> pd.Series:
    if kind == "str":
        return texts
    if kind == "bool":
        return texts == "True"
    if not kind.startswith(("int", "uint", "float")):
        raise InvalidInputError(f"{_TYPES!r} has {kind!r}, a type that artifactctl does not write")
    values = np.array([text or "nan" for text in texts], dtype=str).astype(kind)
    return pd.Series(values, index=texts.index)
