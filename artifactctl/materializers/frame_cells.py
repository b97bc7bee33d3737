"""Cells of a pandas frame that are Python objects, and names and attributes, as JSON and back.

`encoding` has the words for most. What only frames have in their cells stands where the parts of
an object do: `{"$part": {"array": ...}}`.
"""

import base64
import json
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from artifactctl.errors import CannotHoldError, InvalidInputError
from artifactctl.materializers.decoding import Decoder
from artifactctl.materializers.encoding import Encoder
from artifactctl.materializers.frame_steps import HINT
from artifactctl.materializers.sameness import is_same
from artifactctl.materializers.scalars import SCALAR_TYPES
from artifactctl.materializers.type_names import required_class

_MAX_NESTED_ARRAYS = 30
_BYTES = (bytes, bytearray)  # short ones have a word of their own
_NUMBERS = "biufcmMSU"
_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def encoded(value: Any, what: str) -> Any:
    """`value` as JSON, proved by decoding it; raises `CannotHoldError` for what changes by that.

    `what` says in the error what the value is.
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
        raise CannotHoldError(f"{what}: an object of {kind!r} does not come back", hint=HINT)
    return content


def decoded(content: Any) -> Any:
    """What `encoded` made JSON of."""
    return _DECODER.decode(content)


def cells_to_texts(cells: Iterable[Any], what: str) -> list[str]:
    """Each as a text of JSON; raises `CannotHoldError`."""
    return [_JSON.encode(encoded(cell, what)) for cell in cells]


def cells_of_texts(texts: Iterable[str]) -> Any:
    """An array of the cells that `cells_to_texts` wrote."""
    return array_of([decoded(json.loads(text)) for text in texts])


def array_of(items: list[Any]) -> Any:
    """A flat array of objects, also of objects that NumPy takes for a dimension more."""
    array = np.empty(len(items), dtype=object)
    for place, item in enumerate(items):
        array[place] = item
    return array


def plain_dtype(name: Any) -> Any:
    """The type of numbers of that name; raises `InvalidInputError` for one of objects."""
    dtype = np.dtype(str(name))
    if dtype.hasobject:
        raise InvalidInputError(f"the data has a column of type {name!r}")
    return dtype


def _imported_class(name: str) -> type:
    return required_class(name, importing=False)


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
            f"{what}: an object of {kind.__qualname__!r} cannot be kept", hint=HINT
        )

    return Encoder(special).encode(value)


def _array_content(array: Any, what: str, depth: int) -> dict[str, Any]:
    """Its type, shape and order in memory, and what is in it in that order."""
    order = "F" if array.flags.f_contiguous and not array.flags.c_contiguous else "C"
    facts = {"dtype": array.dtype.str, "shape": list(array.shape), "order": order}
    if array.dtype == object:
        items = array.ravel(order=order).tolist()
        return {**facts, "items": _encode(items, what, depth)}
    if array.dtype.kind not in _NUMBERS or np.dtype(array.dtype.str) != array.dtype:
        kind = str(array.dtype)[:80]
        raise CannotHoldError(f"{what}: an array of type {kind!r} cannot be kept", hint=HINT)
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


def _read_array(held: dict[str, Any]) -> Any:
    dtype = np.dtype(str(held["dtype"]))
    if "items" in held:
        array = array_of(decoded(held["items"]))
    else:
        if dtype.kind not in _NUMBERS:
            raise InvalidInputError(f"the data has an array of type {str(dtype)[:80]!r}")
        array = np.frombuffer(base64.b64decode(held["data"], validate=True), dtype).copy()
    return array.reshape(held["shape"], order=held["order"])


_DECODER = Decoder(_imported_class, _read_special)
