"""What is worth knowing of a pandas frame, at a fraction of the cost of writing it."""

from typing import Any

import numpy as np
import pandas as pd

from artifactctl.materializers.array_facts import finite
from artifactctl.materializers.column_names import column_names

MAX_COLUMNS = 1000
"""Of how many columns there are facts at most; `shape` says how many there are."""

# Rows are taken in pieces of so many numbers: they stay in the processor's cache.
_PIECE = 1 << 16


def describe_frame(frame: Any) -> dict[str, Any]:
    """`shape`, and by column `dtype` and, of numbers, `mean std min max`."""
    shown = frame.iloc[:, :MAX_COLUMNS]
    names = column_names(shown.columns)
    kinds = list(map(str, shown.dtypes))
    facts: dict[str, Any] = {
        "shape": list(frame.shape),
        "dtype": dict(zip(names, kinds, strict=True)),
    }
    numbers: dict[int, dict[str, Any]] = {}
    for kind in dict.fromkeys(kinds):
        places = [place for place, name in enumerate(kinds) if name == kind]
        if _is_number(shown.dtypes.iloc[places[0]]):
            numbers |= zip(places, _columns_facts(shown.iloc[:, places]), strict=True)
    for place in sorted(numbers):
        for statistic, value in numbers[place].items():
            facts.setdefault(statistic, {})[names[place]] = value
    return facts


def describe_series(series: Any) -> dict[str, Any]:
    """`shape`, `dtype` and, of numbers, `mean std min max`."""
    facts = {"shape": list(series.shape), "dtype": str(series.dtype)}
    if not _is_number(series.dtype):
        return facts
    return {**facts, **_columns_facts(series.to_frame())[0]}


def _is_number(dtype: Any) -> bool:
    try:
        return bool(pd.api.types.is_numeric_dtype(dtype)) and dtype.kind in "iuf"
    except NotImplementedError:  # of Arrow's types pandas does not know all
        return False


def _columns_facts(frame: Any) -> list[dict[str, Any]]:
    """The statistics of columns of one type; missing values do not count, as in pandas."""
    if isinstance(frame.dtypes.iloc[0], np.dtype):
        return _block_facts(frame.to_numpy())
    present = [frame.iloc[:, place].dropna() for place in range(frame.shape[1])]
    kind = {"f": "float64", "i": "int64", "u": "uint64"}[frame.dtypes.iloc[0].kind]
    return [_block_facts(column.to_numpy(dtype=kind)[:, np.newaxis])[0] for column in present]


def _block_facts(block: Any) -> list[dict[str, Any]]:
    """Of each column of a matrix, in one pass over memory; `std` is that of a sample."""
    rows, columns = block.shape
    count, mean, squares = np.zeros(columns), np.zeros(columns), np.zeros(columns)
    least: list[Any] = []
    most: list[Any] = []
    step = max(1, _PIECE // max(1, columns))
    with np.errstate(all="ignore"):
        for start in range(0, rows, step):
            piece = block[start : start + step]
            least.append(np.fmin.reduce(piece, axis=0))
            most.append(np.fmax.reduce(piece, axis=0))
            size, part_mean, part_squares = _moments(piece)
            # Chan's way of joining means and sums of squares loses no digits to large means.
            total, gap = np.maximum(count + size, 1), part_mean - mean
            squares += part_squares + gap * (gap * count * size / total)
            mean += gap * size / total
            count += size
        std = np.sqrt(squares / (count - 1))
    if not rows:
        return [{} for _ in range(columns)]
    lowest, highest = np.fmin.reduce(least), np.fmax.reduce(most)
    return [
        _facts(mean[place], std[place], lowest[place], highest[place], count[place])
        for place in range(columns)
    ]


def _moments(piece: Any) -> tuple[Any, Any, Any]:
    """How many numbers each column has, their mean, and their squared distances from it."""
    wide = piece.astype(np.float64)
    total = wide.sum(axis=0)
    missing = np.isnan(wide) if np.isnan(total).any() else None
    if missing is None:
        size = np.full(wide.shape[1], float(wide.shape[0]))
    else:
        wide[missing] = 0
        size, total = wide.shape[0] - missing.sum(axis=0), wide.sum(axis=0)
    mean = total / np.maximum(size, 1)
    wide -= mean
    if missing is not None:
        wide[missing] = 0
    return size, mean, np.einsum("ij,ij->j", wide, wide)


def _facts(mean: Any, std: Any, least: Any, most: Any, count: Any) -> dict[str, Any]:
    return {
        "mean": finite(mean) if count else None,
        "std": finite(std) if count > 1 else None,
        "min": finite(least),
        "max": finite(most),
    }
