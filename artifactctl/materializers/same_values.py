"""Whether a value that came back is what was saved: also in its type, and NaN is the same as NaN.

Equality does not say it: `1 == True`, and arrays have no one answer.
"""

import sys
from collections import defaultdict, deque
from typing import Any

from artifactctl.materializers.classes import is_model, mark_of, parts_of
from artifactctl.materializers.scalars import SCALAR_TYPES

_SEQUENCES = (list, tuple, deque)


def same_values(one: Any, other: Any) -> bool:
    """Whether nothing tells the two apart; what cannot be compared is not the same."""
    kind = type(one)
    if kind is not type(other):
        return False
    if one is other:
        return True
    if kind in SCALAR_TYPES:
        return bool(one == other) if kind in (int, str) else repr(one) == repr(other)
    if kind in _SEQUENCES:
        return _same_items(list(one), list(other)) and _bound(one) == _bound(other)
    if isinstance(one, dict):
        factories = isinstance(one, defaultdict) and one.default_factory != other.default_factory
        return not factories and _same_items(list(one.items()), list(other.items()))
    if _is_array(kind):
        return _same_arrays(one, other)
    return _same_objects(one, other)


def _same_items(one: list[Any], other: list[Any]) -> bool:
    return len(one) == len(other) and all(map(same_values, one, other))


def _bound(sequence: Any) -> Any:
    return getattr(sequence, "maxlen", None)


def _is_array(kind: type) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and kind is numpy.ndarray


def _same_arrays(one: Any, other: Any) -> bool:
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    if one.dtype.hasobject:
        return _same_items(one.ravel().tolist(), other.ravel().tolist())
    return bool(one.tobytes() == other.tobytes())


def _same_objects(one: Any, other: Any) -> bool:
    if is_model(type(one)):
        return same_values(vars(one), vars(other)) and _are_equal(one, other)
    mark = mark_of(one)
    if mark in ("$dataclass", "$namedtuple"):
        return same_values(parts_of(mark, one), parts_of(mark, other))
    if type(one).__module__ == "numpy":
        return repr(one) == repr(other)  # it may be NaN
    return _are_equal(one, other)


def _are_equal(one: Any, other: Any) -> bool:
    try:
        return bool(one == other)
    except (TypeError, ValueError):
        return False
