"""Classes as JSON values, and back: a name, or for a generic model of pydantic what it is of.

`Page[int]` is `["app.Page", ["builtins.int"]]`: no module has a class of the name `Page[int]`
before somebody writes that.
"""

from collections.abc import Callable, Mapping
from functools import reduce
from operator import or_
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from artifactctl.errors import CannotHoldError, InvalidInputError
from artifactctl.materializers.type_names import find_class, is_importable, remember

_CONTAINERS = (list, dict, tuple, set, frozenset)
# `int | None` and `Optional[int]` are different things before Python 3.14.
_UNIONS: Mapping[str, Callable[[Any], Any]] = {
    "|": lambda inner: reduce(or_, inner),
    "Union": lambda inner: Union[inner],  # noqa: UP007
}


def class_words(kind: type) -> Any:
    """The words for a class; raises `CannotHoldError` for one that no other program finds."""
    words = _words(kind)
    if not isinstance(words, str) and class_of_words(words, find_class) is not kind:
        raise CannotHoldError(f"no other program finds the class {kind.__qualname__!r}")
    return words


def class_of_words(words: Any, class_named: Callable[[str], Any]) -> Any:
    """The class; `class_named` finds the ones that have a name."""
    if words is None:
        return NoneType
    if isinstance(words, str):
        return class_named(words)
    origin, args = words
    inner = tuple(class_of_words(arg, class_named) for arg in args)
    if isinstance(origin, str) and origin in _UNIONS:
        return _UNIONS[origin](inner)
    found = class_of_words(origin, class_named)
    if found not in _CONTAINERS and not hasattr(found, "__pydantic_generic_metadata__"):
        raise InvalidInputError(f"{origin!r} is no class that is of something")
    return found[inner]


def _words(kind: Any) -> Any:
    if kind is NoneType or kind is None:
        return None
    generic = getattr(kind, "__pydantic_generic_metadata__", None)
    if generic is not None and generic["origin"] is not None:
        return [_words(generic["origin"]), [_words(arg) for arg in generic["args"]]]
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        union = "Union" if origin is Union else "|"
        return [union, [_words(arg) for arg in get_args(kind)]]
    if origin in _CONTAINERS:
        return [_words(origin), [_words(arg) for arg in get_args(kind)]]
    if isinstance(kind, type) and is_importable(kind):
        return remember(kind)
    raise CannotHoldError(f"no other program finds the class {kind!r:.80}")
