"""Whether columns and indexes of pandas that came back are what was saved, in every respect."""

from typing import Any

import numpy as np
import pandas as pd

from artifactctl.materializers.sameness import is_same


def same_columns(one: Any, other: Any) -> bool:
    """Whether two series have the same values of the same type; their labels do not matter."""
    return _same_types(one.dtype, other.dtype) and _same_arrays(one.array, other.array)


def same_indexes(one: Any, other: Any) -> bool:
    """Whether labels, their types, names and frequencies are the same."""
    if type(one) is not type(other) or not is_same(list(one.names), list(other.names)):
        return False
    if isinstance(one, pd.RangeIndex):
        return (one.start, one.stop, one.step) == (other.start, other.stop, other.step)
    if isinstance(one, pd.MultiIndex):
        return one.nlevels == other.nlevels and all(
            same_indexes(one.levels[level].rename(None), other.levels[level].rename(None))
            and np.array_equal(one.codes[level], other.codes[level])
            for level in range(one.nlevels)
        )
    if getattr(one, "freq", None) != getattr(other, "freq", None):
        return False
    return _same_types(one.dtype, other.dtype) and _same_arrays(one.array, other.array)


def _same_types(one: Any, other: Any) -> bool:
    if type(one) is not type(other) or one != other:
        return False
    if isinstance(one, pd.CategoricalDtype):
        return one.ordered == other.ordered and same_indexes(one.categories, other.categories)
    return True


def _same_arrays(one: Any, other: Any) -> bool:
    if isinstance(one, pd.arrays.NumpyExtensionArray):
        if one.dtype.kind in "fc":  # there are many NaN, and files keep but one
            return bool(np.array_equal(one.to_numpy(), other.to_numpy(), equal_nan=True))
        return is_same(one.to_numpy(), other.to_numpy())
    if isinstance(one, pd.arrays.SparseArray):
        return one.kind == other.kind and _same_arrays(
            pd.array(one.to_dense()), pd.array(other.to_dense())
        )
    if isinstance(one, pd.arrays.ArrowExtensionArray) and not one.equals(other):
        return is_same(one.__arrow_array__().to_pylist(), other.__arrow_array__().to_pylist())
    return bool(one.equals(other))
