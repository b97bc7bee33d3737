"""Columns of Python objects: texts, bytes, dates, arrays of numbers as such, others as JSON texts.

So are those of plain types that the file has no word for.
"""

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from artifactctl.materializers.frame_cells import (
    array_of,
    cells_of_texts,
    cells_to_texts,
    plain_dtype,
)
from artifactctl.materializers.frame_steps import Load, Step, Ways, cannot_hold, named
from artifactctl.materializers.scalar_texts import is_plain_text

_MISSING = {"None": None, "nan": np.nan}
_VECTORS_OF = "biuf"
# Arrow's words for types of Python all whose values it has, and gives back as they were.
_WORDS = {dt.date: "date32", bytes: "large_binary", bool: "bool"}


def write_objects(column: Any, place: int, ways: Ways) -> tuple[Any, Step]:
    """The column as text, or as lists of numbers."""
    if not ways.simple:
        if (missing := _missing_beside(str, column)) and all(map(_is_fine, column)):
            return column, {"as": "text", "missing": missing}
        if (missing := _missing_beside(np.ndarray, column)) and _are_vectors(column):
            return _vectors(column, missing)
        for kind, words in _WORDS.items():
            if (missing := _missing_beside(kind, column)) is not None:
                return _as_arrow(column, words), {"as": "values", "missing": missing}
    return write_json(column, place, ways)


def write_json(column: Any, _place: int, _ways: Ways) -> tuple[Any, Step]:
    """The cells as JSON; the type has to be one without parameters, or object."""
    name = str(column.dtype)
    if not _is_named(column.dtype, name):
        raise cannot_hold(column)
    texts = cells_to_texts(column, named(column))
    return pd.Series(texts, dtype="str"), {"as": "json", "dtype": name}


def read_text(column: Any, step: Step, _load: Load) -> Any:
    """Texts with the missing values that they had."""
    return column.to_numpy(dtype=object, na_value=_MISSING[step["missing"]])


def read_json(column: Any, step: Step, _load: Load) -> Any:
    """The cells; those of a plain type as such."""
    cells = cells_of_texts(column)
    return cells if step["dtype"] == "object" else pd.Series(cells, dtype=step["dtype"]).array


def read_vectors(column: Any, step: Step, _load: Load) -> Any:
    """Arrays; what was written before types of vectors were, pandas has made arrays of."""
    if "dtype" not in step:
        return column.to_numpy(dtype=object)
    dtype = plain_dtype(step["dtype"])
    cells: list[Any] = []
    for chunk in column.array.__arrow_array__().chunks:
        numbers = chunk.values.to_numpy(zero_copy_only=False).astype(dtype)
        ends = chunk.offsets.to_numpy()
        present = chunk.is_valid().to_numpy(zero_copy_only=False)
        cells += [
            numbers[ends[row] : ends[row + 1]] if present[row] else _MISSING[step["missing"]]
            for row in range(len(chunk))
        ]
    return array_of(cells)


def read_values(column: Any, step: Step, _load: Load) -> Any:
    """The values of Python that Arrow makes of its own."""
    missing = _MISSING[step["missing"]]
    values = column.array.__arrow_array__().to_pylist()
    return array_of([missing if value is None else value for value in values])


def _missing_beside(kind: type, column: Any) -> str | None:
    """What stands for the missing ones of a kind: `None` or `nan`; None if others are there."""
    kinds = set(map(type, column)) - {kind}
    if len(kinds) > 1 or not kinds <= {type(None), float}:
        return None
    if float in kinds and any(item == item for item in column if type(item) is float):
        return None
    return "nan" if float in kinds else "None"


def _is_fine(item: Any) -> bool:
    """Whether UTF-8 can hold it, if it is a text."""
    return type(item) is not str or is_plain_text(item)


def _are_vectors(column: Any) -> bool:
    """Whether all arrays are of numbers of one type: embeddings, say."""
    arrays = [item for item in column if type(item) is np.ndarray]
    types = {item.dtype for item in arrays}
    return (
        len(types) == 1
        and all(item.ndim == 1 for item in arrays)
        and all(dtype.kind in _VECTORS_OF and dtype.isnative for dtype in types)
        and all(dtype.itemsize <= 8 for dtype in types)
    )


def _vectors(column: Any, missing: str) -> tuple[Any, Step]:
    """All numbers in one array, and where each vector begins."""
    import pyarrow as pa  # noqa: PLC0415 - it may be missing, and then nobody comes here

    absent = np.array([type(item) is not np.ndarray for item in column], dtype=bool)
    arrays = [item for item in column if type(item) is np.ndarray]
    lengths = np.array([0 if type(item) is not np.ndarray else len(item) for item in column])
    ends = np.concatenate([[0], np.cumsum(lengths)]).astype("int64")
    numbers = pa.array(np.concatenate(arrays))
    lists = pa.LargeListArray.from_arrays(pa.array(ends), numbers, mask=pa.array(absent))
    values = pd.arrays.ArrowExtensionArray(pa.chunked_array([lists]))
    step = {"as": "vectors", "dtype": arrays[0].dtype.str, "missing": missing}
    return pd.Series(values), step


def _as_arrow(column: Any, words: str) -> Any:
    import pyarrow as pa  # noqa: PLC0415 - it may be missing, and then nobody comes here

    values = pa.chunked_array([pa.array(column, words, from_pandas=True)])
    return pd.Series(pd.arrays.ArrowExtensionArray(values))


def _is_named(dtype: Any, name: str) -> bool:
    try:
        return bool(pd.api.types.pandas_dtype(name) == dtype)
    except (TypeError, NotImplementedError):
        return False
