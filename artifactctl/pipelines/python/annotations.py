"""Checks of values against annotations, without looking inside of the values.

As in ZenML, the elements of a collection are not checked, and classes are compared strictly: 1 is
not a `float`, but True is an `int`.
"""

import inspect
from types import UnionType
from typing import Annotated, Any, Literal, NewType, TypeVar, Union, get_args, get_origin


def is_of(value: object, annotation: object) -> bool:
    """Whether a value may be of the annotated type; True where that cannot be decided."""
    annotation = _bare(annotation)
    origin, inner = get_origin(annotation) or annotation, get_args(annotation)
    if annotation is Any:
        return True
    if annotation is None:
        return value is None
    if isinstance(annotation, TypeVar):
        inner = annotation.__constraints__ or (annotation.__bound__ or Any,)
    if origin in (Union, UnionType) or isinstance(annotation, TypeVar):
        return any(is_of(value, one) for one in inner)
    if origin is Literal:
        return any(type(value) is type(one) and value == one for one in inner)
    return _is_instance(value, origin)


def is_plainly_of(value: object, annotation: object) -> bool:
    """Whether a value needs no conversion: it is of the annotated class, or one of a union."""
    if annotation is Any or annotation is inspect.Parameter.empty:
        return True
    if get_origin(annotation) in (Union, UnionType):
        return type(value) in get_args(annotation)
    kind = class_of(annotation)
    return kind is not None and isinstance(value, kind)


def classes_of(annotation: Any) -> list[type]:
    """The classes in an annotation; those of a union in its order."""
    annotation = _bare(annotation)
    if get_origin(annotation) in (Union, UnionType):
        return [kind for one in get_args(annotation) for kind in classes_of(one)]
    kind = get_origin(annotation) or annotation
    is_class = isinstance(kind, type) and kind is not Any and not _is_typed_dict(kind)
    return [kind] if is_class else []


def class_of(annotation: Any) -> type | None:
    """The class that an input is annotated with; None for protocols, `TypedDict` and the like."""
    is_class = isinstance(annotation, type) and annotation is not Any and not get_args(annotation)
    is_shape = getattr(annotation, "_is_protocol", False) or _is_typed_dict(annotation)
    return annotation if is_class and not is_shape else None


def written(annotation: object) -> str:
    """An annotation as it is written in code: `int`, `list[int]`, `pandas.DataFrame`."""
    bare = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    return "None" if bare in (None, type(None)) else inspect.formatannotation(bare)


def _bare(annotation: Any) -> Any:
    """The type behind aliases, `NewType` and `Annotated`."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif isinstance(annotation, NewType):
            annotation = annotation.__supertype__
        elif type(annotation).__name__ == "TypeAliasType":  # Python 3.12's `type` statement
            annotation = annotation.__value__
        else:
            return annotation


def _is_typed_dict(annotation: object) -> bool:
    return isinstance(annotation, type) and hasattr(annotation, "__total__")


def _is_instance(value: Any, kind: Any) -> bool:
    if _is_typed_dict(kind):
        return isinstance(value, dict)
    try:
        return isinstance(value, kind)
    except TypeError:  # a protocol without @runtime_checkable, or not a class
        return True
