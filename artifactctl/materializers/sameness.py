"""Whether what was loaded is what was saved: the same types and values all the way down."""

import sys
from collections.abc import Callable, Iterable, Mapping
from itertools import zip_longest
from types import MethodType
from typing import Any

_MISSING = object()


def is_same(one: Any, other: Any) -> bool:
    """Whether two objects are alike in type and in all that they consist of.

    What an object consists of is what it tells `copy` and `pickle`, so that classes that never
    thought of `==` are compared as well.
    """
    return _Comparison().same(one, other)


class _Comparison:
    def __init__(self) -> None:
        # Pairs that are equal if all else is: objects may refer to each other in circles. What is
        # made while comparing has to live as long as its identity is in here.
        self._assumed: dict[tuple[int, int], tuple[Any, Any]] = {}

    def same(self, one: Any, other: Any) -> bool:
        if one is other:
            return True
        if type(one) is not type(other):
            return False
        if type(one) in _ATOMS:
            return bool(one == other)
        pair = (id(one), id(other))
        if pair in self._assumed:
            return True
        self._assumed[pair] = (one, other)
        return _COMPARED.get(_name_of(type(one)), _Comparison._by_state)(self, one, other)

    def floats(self, one: float, other: float) -> bool:
        return repr(one) == repr(other)  # tells 0.0 from -0.0, and NaN is itself

    def sequences(self, one: Iterable[Any], other: Iterable[Any]) -> bool:
        pairs = zip_longest(one, other, fillvalue=_MISSING)
        return all(self.same(left, right) for left, right in pairs)

    def dicts(self, one: Mapping[Any, Any], other: Mapping[Any, Any]) -> bool:
        return self.sequences(one.items(), other.items())

    def sets(self, one: Any, other: Any) -> bool:
        return bool(one == other)

    def methods(self, one: Any, other: Any) -> bool:
        return one.__func__ is other.__func__ and self.same(one.__self__, other.__self__)

    def arrays(self, one: Any, other: Any) -> bool:
        if (one.dtype, one.shape) != (other.dtype, other.shape):
            return False
        if one.dtype.names is not None:  # between fields there may be bytes that mean nothing
            return all(self.same(one[name], other[name]) for name in one.dtype.names)
        if one.dtype.hasobject:
            return self.same(one.tolist(), other.tolist())
        return bool(one.tobytes() == other.tobytes())

    def masked(self, one: Any, other: Any) -> bool:
        # The value to fill with is found out when somebody asks: what is held says less.
        parts = [(a.data, a.mask, a.hardmask, a.fill_value) for a in (one, other)]
        return self.sequences(*parts)

    def seeds(self, one: Any, other: Any) -> bool:  # noqa: ARG002 - it is about neither
        """What a generator was seeded with, once, says nothing of the numbers to come."""
        return True

    def _by_state(self, one: Any, other: Any) -> bool:
        if callable(one) and hasattr(one, "__qualname__"):
            return bool(one == other)  # functions and classes are what they are
        if _is_sparse(one):
            return self.dicts(_without_findings(one), _without_findings(other))
        try:
            parts, others = one.__reduce_ex__(4), other.__reduce_ex__(4)
        except TypeError:  # it cannot be taken apart
            return bool(one == other)
        if isinstance(parts, str):
            return bool(one == other)
        return self.sequences(map(_written_out, parts), map(_written_out, others))


def _name_of(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _is_sparse(value: Any) -> bool:
    sparse = sys.modules.get("scipy.sparse")
    return sparse is not None and bool(sparse.issparse(value))


def _without_findings(matrix: Any) -> dict[str, Any]:
    """A sparse matrix without what it has found out of itself, whether it is sorted say."""
    return {name: part for name, part in vars(matrix).items() if not name.startswith("_has_")}


def _written_out(part: Any) -> Any:
    """Items are told by an iterator; anything else is a part itself."""
    return list(part) if hasattr(part, "__next__") else part


_ATOMS = frozenset({int, bool, str, bytes, type(None), range})
_COMPARED: Mapping[str, Callable[[_Comparison, Any, Any], bool]] = {
    _name_of(float): _Comparison.floats,
    _name_of(complex): _Comparison.floats,
    _name_of(list): _Comparison.sequences,
    _name_of(tuple): _Comparison.sequences,
    _name_of(dict): _Comparison.dicts,
    _name_of(set): _Comparison.sets,
    _name_of(frozenset): _Comparison.sets,
    _name_of(MethodType): _Comparison.methods,
    "numpy.ndarray": _Comparison.arrays,
    "numpy.ma.MaskedArray": _Comparison.masked,
    "numpy.ma.core.MaskedArray": _Comparison.masked,  # before NumPy 2.1
    "numpy.random.bit_generator.SeedSequence": _Comparison.seeds,
}
