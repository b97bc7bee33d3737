"""Cells, names and attributes of pandas as JSON, and back; and whether what came back is the same.

`encoding` writes most values. What only frames have in their cells, such as arrays, stands where
other values have their parts: `{"$part": {"array": ...}}`.
"""

import base64
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from artifactctl.errors import CannotHoldError, InvalidInputError
from artifactctl.materializers.class_names import required_class
from artifactctl.materializers.encoding import Decoder, Encoder
from artifactctl.materializers.python_scalars import SCALAR_TYPES
from artifactctl.materializers.sameness import is_same
from artifactctl.materializers.statistics import Array

Step: TypeAlias = dict[str, Any]
"""How one column was changed so that the file holds it, as JSON: `{"as": "codes", ...}`.

It describes a type by its parts, not by the name that pandas prints. A step with `then` was
followed by that one: both are undone in turn.
"""
Load: TypeAlias = Callable[[str], pd.Index]
"""Gives the index that was saved in a folder of that name."""

HINT = "give materializer='cloudpickle', or convert it first"
_MAX_NESTED_ARRAYS = 30
_BYTES = (bytes, bytearray)  # longer than those that `encoding` writes itself
_NUMBERS = "biufcmMSU"
_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


@dataclass(frozen=True)
class Target:
    """Where columns are written: to a CSV file, which holds numbers and texts, or to Parquet.

    `save_index` saves an index in a folder of that name.
    """

    is_csv: bool
    save_index: Callable[[pd.Index, str], None]


def named(column: pd.Series) -> str:
    """The name of a column in errors."""
    return f"column {str(column.name)[:80]!r}"


def cannot_hold(column: pd.Series) -> CannotHoldError:
    """The error for a column of a type that no file holds."""
    kind = str(column.dtype)[:80]
    return CannotHoldError(f"{named(column)} of type {kind!r} cannot be saved", hint=HINT)


def encoded(value: Any, what: str) -> Any:
    """`value` as JSON, decoded once as a proof; raises `CannotHoldError` if it comes back changed.

    `what` is what the error calls the value.
    """
    content = _encode(value, what, 0)
    if type(value) in SCALAR_TYPES:
        return content
    try:
        same = is_same(decoded(content), value)
    except (InvalidInputError, ValueError, TypeError, KeyError, RecursionError):
        same = False
    if not same:
        kind = type(value).__qualname__
        raise CannotHoldError(f"{what}: an object of {kind!r} would not load unchanged", hint=HINT)
    return content


def decoded(content: Any) -> Any:
    """The value that `encoded` wrote."""
    return _DECODER.decode(content)


def cells_to_texts(cells: Iterable[Any], what: str) -> list[str]:
    """Each cell as JSON text; raises `CannotHoldError`."""
    return [_JSON.encode(encoded(cell, what)) for cell in cells]


def cells_of_texts(texts: Iterable[str]) -> Array:
    """An array of the cells that `cells_to_texts` wrote."""
    return array_of([decoded(json.loads(text)) for text in texts])


def array_of(items: list[Any]) -> Array:
    """A flat array of objects, even of lists, which NumPy would take for one more dimension."""
    array: Array = np.empty(len(items), dtype=object)
    for place, item in enumerate(items):
        array[place] = item
    return array


def plain_dtype(name: Any) -> np.dtype:
    """The NumPy type of that name; raises `InvalidInputError` for one of objects."""
    dtype: np.dtype = np.dtype(str(name))
    if dtype.hasobject:
        raise InvalidInputError(f"the data has a column of type {name!r}")
    return dtype


def _encode(value: Any, what: str, depth: int) -> Any:
    def special(part: Any) -> Any:
        kind = type(part)
        if kind is np.ndarray and depth < _MAX_NESTED_ARRAYS:
            return {"$part": {"array": _array_content(part, what, depth + 1)}}
        if kind in _BYTES:
            return {"$part": {kind.__name__: base64.b64encode(part).decode("ascii")}}
        if kind is pd.Period:
            return {"$part": {"period": [part.ordinal, part.freqstr]}}
        if kind is pd.Interval:
            ends = [_encode(end, what, depth) for end in (part.left, part.right)]
            return {"$part": {"interval": [*ends, part.closed]}}
        raise CannotHoldError(
            f"{what}: an object of {kind.__qualname__!r} cannot be saved", hint=HINT
        )

    return Encoder(special).encode(value)


def _array_content(array: Array, what: str, depth: int) -> dict[str, Any]:
    """Its type, shape and order in memory, and its items in that order."""
    order: Any = "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"
    facts = {"dtype": array.dtype.str, "shape": list(array.shape), "order": order}
    if array.dtype == object:
        items = array.ravel(order=order).tolist()
        return {**facts, "items": _encode(items, what, depth)}
    if array.dtype.kind not in _NUMBERS or np.dtype(array.dtype.str) != array.dtype:
        kind = str(array.dtype)[:80]
        raise CannotHoldError(f"{what}: an array of type {kind!r} cannot be saved", hint=HINT)
    return {**facts, "data": base64.b64encode(array.tobytes(order)).decode("ascii")}


def _read_special(content: Any) -> Any:
    if not isinstance(content, dict) or len(content) != 1:
        raise InvalidInputError(f"the data has no part {content!r}")
    kind, held = next(iter(content.items()))
    if kind == "array":
        return _read_array(held)
    if kind in ("bytes", "bytearray"):
        content = base64.b64decode(held, validate=True)
        return content if kind == "bytes" else bytearray(content)
    if kind == "period":
        return pd.Period(ordinal=int(held[0]), freq=str(held[1]))
    if kind == "interval":
        return pd.Interval(decoded(held[0]), decoded(held[1]), closed=str(held[2]))
    raise InvalidInputError(f"the data has no part {kind!r}")


def _read_array(held: dict[str, Any]) -> Array:
    dtype: np.dtype = np.dtype(str(held["dtype"]))
    if "items" in held:
        array = array_of(decoded(held["items"]))
    else:
        if dtype.kind not in _NUMBERS:
            raise InvalidInputError(f"the data has an array of type {str(dtype)[:80]!r}")
        array = np.frombuffer(base64.b64decode(held["data"], validate=True), dtype).copy()
    return array.reshape(held["shape"], order=held["order"])


_DECODER = Decoder(partial(required_class, importing=False), _read_special)


def same_columns(one: pd.Series, other: pd.Series) -> bool:
    """Whether two series have the same values of the same type; their labels do not matter."""
    return _same_types(one.dtype, other.dtype) and _same_arrays(one.array, other.array)


def same_indexes(one: pd.Index, other: pd.Index) -> bool:
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
        if one.dtype.kind in "fc":  # NaN has many bit patterns, and files keep one
            return bool(np.array_equal(one.to_numpy(), other.to_numpy(), equal_nan=True))
        return is_same(one.to_numpy(), other.to_numpy())
    if isinstance(one, pd.arrays.SparseArray):
        return one.kind == other.kind and _same_arrays(
            pd.array(one.to_dense()), pd.array(other.to_dense())
        )
    if isinstance(one, pd.arrays.ArrowExtensionArray) and not one.equals(other):
        return is_same(one.__arrow_array__().to_pylist(), other.__arrow_array__().to_pylist())
    return bool(one.equals(other))
