"""Whether an object that was loaded equals the one that was saved, in types and values."""

import sys
from collections.abc import Callable, Iterable, Mapping
from itertools import zip_longest
from types import MethodType
from typing import Any

_MISSING = object()


def is_same(one: Any, other: Any) -> bool:
    """Whether two objects have the same type and the same parts, all the way down.

    The parts are those that `copy` and `pickle` use, so that classes without `==` are compared too.
    """
    return _Comparison().same(one, other)


class _Comparison:
    def __init__(self) -> None:
        # Pairs being compared count as equal, since objects may refer to each other in cycles. The
        # objects are kept alive: an identity is unique only while its object lives.
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
        return repr(one) == repr(other)  # tells 0.0 from -0.0, and NaN equals itself

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
        if one.dtype.names is not None:  # the bytes between fields have no meaning
            return all(self.same(one[name], other[name]) for name in one.dtype.names)
        if one.dtype.hasobject:
            return self.same(one.tolist(), other.tolist())
        return bool(one.tobytes() == other.tobytes())

    def masked(self, one: Any, other: Any) -> bool:
        # The fill value is made on first use, so the attributes do not always have it.
        parts = [(a.data, a.mask, a.hardmask, a.fill_value) for a in (one, other)]
        return self.sequences(*parts)

    def seeds(self, one: Any, other: Any) -> bool:  # noqa: ARG002 - neither matters
        """The seed that a generator was made from does not decide the numbers to come."""
        return True

    def _by_state(self, one: Any, other: Any) -> bool:
        if callable(one) and hasattr(one, "__qualname__"):
            return bool(one == other)  # functions and classes
        if _is_sparse(one):
            return self.dicts(_without_caches(one), _without_caches(other))
        try:
            parts, others = one.__reduce_ex__(4), other.__reduce_ex__(4)
        except TypeError:  # it has no parts that could be compared
            return bool(one == other)
        if isinstance(parts, str):
            return bool(one == other)
        return self.sequences(map(_as_list, parts), map(_as_list, others))


def _name_of(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _is_sparse(value: Any) -> bool:
    sparse = sys.modules.get("scipy.sparse")
    return sparse is not None and bool(sparse.issparse(value))


def _without_caches(matrix: Any) -> dict[str, Any]:
    """A sparse matrix without what it has cached about itself, such as whether it is sorted."""
    return {name: part for name, part in vars(matrix).items() if not name.startswith("_has_")}


def _as_list(part: Any) -> Any:
    """Parts that are an iterator as a list."""
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
