"""Dataclasses, enums and named tuples as their fields, and back.

Only objects that have nothing but their fields are saved so: others may have state elsewhere, which
would be lost.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import lru_cache
from types import MemberDescriptorType
from typing import Any, Generic

from artifactctl.errors import InvalidInputError
from artifactctl.materializers.class_names import is_importable

CLASS_CHANGED = "the class has changed: load with the one that was saved"
"""The hint for data that does not fit its class."""

_PICKLING = (
    "__reduce__", "__reduce_ex__", "__getstate__", "__setstate__", "__getnewargs__",
    "__getnewargs_ex__",
)  # fmt: skip
# A frozen dataclass with slots and a pydantic model get such methods, which save their fields.
_HARMLESS_MODULES = frozenset({"dataclasses", "pydantic.main", "pydantic.root_model"})
_CLASSES = 256  # whose answers are cached: a list may have a million objects of one class
_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: made by a class statement


def mark_of(value: Any) -> str | None:
    """The mark under which the fields of `value` are saved, or None when they are not all of it."""
    kind: Any = type(value)
    mark: str | None = _mark_of_kind(kind)
    if mark is None or not is_importable(kind):
        return None
    if mark == "$dataclass" and not _is_its_fields(value):
        return None
    return mark


def parts_of(mark: str, value: Any) -> Any:
    """The fields of a dataclass or named tuple by name, or the name of an enum's member."""
    if mark == "$dataclass":
        held = attributes_of(value)
        return {field.name: held[field.name] for field in fields(value) if field.name in held}
    if mark == "$enum":
        return _enum_name(value)
    return dict(zip(type(value)._fields, value, strict=True))


def attributes_of(value: Any) -> dict[str, Any]:
    """The attributes in an object's dictionary and slots; no property is called."""
    kind: Any = type(value)
    held = dict(getattr(value, "__dict__", {}))
    for name, slot in _slots_of(kind).items():
        try:
            held[name] = slot.__get__(value)
        except AttributeError:
            continue
    return held


def made_of(kind: type, held: Mapping[str, Any]) -> Any:
    """An object of `kind` with these attributes; none of the class's code runs, not `__init__`."""
    made: Any = object.__new__(kind)
    slots = _slots_of(kind)
    for name, value in held.items():
        if name in slots:
            slots[name].__set__(made, value)
        else:
            made.__dict__[name] = value
    return made


@lru_cache(_CLASSES)
def pickles_itself(kind: Any) -> bool:
    """Whether the class defines how its objects are pickled: then its fields may not be all."""
    return any(
        name in vars(base) and getattr(vars(base)[name], "__module__", "") not in _HARMLESS_MODULES
        for base in kind.__mro__[:-1]
        for name in _PICKLING
    )


def rebuild(mark: str, kind: type, parts: Any) -> Any:
    """The object of `kind` with these parts; raises `InvalidInputError` when the class changed."""
    if _mark_of_kind(kind) != mark:
        raise InvalidInputError(f"{kind.__qualname__!r} is not a {mark[1:]} any more")
    return _REBUILDERS[mark](kind, parts)


def lacks_field(kind: type, name: str) -> InvalidInputError:
    """The error for data without a field that has no default."""
    return InvalidInputError(
        f"{kind.__qualname__!r} needs a field {name!r}, which the data does not have",
        hint=CLASS_CHANGED,
    )


def is_model(kind: type) -> bool:
    """Whether it is a class of pydantic models; pydantic is not imported to find that out."""
    pydantic = sys.modules.get("pydantic")
    return pydantic is not None and issubclass(kind, pydantic.BaseModel)


@lru_cache(_CLASSES)
def _mark_of_kind(kind: Any) -> str | None:
    if issubclass(kind, Enum):
        return "$enum"
    if _is_namedtuple(kind):
        return "$namedtuple"
    if "__dataclass_fields__" in vars(kind) and _is_of_python(kind) and is_dataclass(kind):
        return "$dataclass"
    return None


def _is_namedtuple(kind: type) -> bool:
    return (
        kind.__bases__ in ((tuple,), (tuple, Generic))
        and {"_fields", "_make", "__slots__"} <= vars(kind).keys()
    )


def _is_of_python(kind: type) -> bool:
    """Whether no base is written in C: the content of such a class is in no attribute."""
    base: type | None = kind
    while base is not None and base.__flags__ & _HEAP_TYPE:
        base = base.__base__
    return base is object


def _is_its_fields(value: Any) -> bool:
    """Whether its attributes are its fields; a missing one is the default that the class has."""
    kind: Any = type(value)
    if pickles_itself(kind) or hasattr(kind, "__del__"):
        return False
    names, held = {field.name for field in fields(value)}, attributes_of(value).keys()
    return held <= names and all(_has_default(kind, name) for name in names - held)


def _has_default(kind: type, name: str) -> bool:
    found = next((vars(base)[name] for base in kind.__mro__ if name in vars(base)), None)
    return found is not None and not hasattr(found, "__get__")


@lru_cache(_CLASSES)
def _slots_of(kind: Any) -> dict[str, MemberDescriptorType]:
    return {
        name: member
        for base in reversed(kind.__mro__)
        for name, member in vars(base).items()
        if isinstance(member, MemberDescriptorType)
    }


def _enum_name(value: Enum) -> Any:
    # A combination of flags without a name has a number.
    known = type(value).__members__
    name: Any = value._name_
    return name if name in known else value.value


def _rebuild_enum(kind: Any, name: Any) -> Any:
    if name in kind.__members__:
        return kind.__members__[name]
    try:
        return kind(name)
    except ValueError:
        raise InvalidInputError(f"{kind.__qualname__!r} has no member {name!r}") from None


def _rebuild_namedtuple(kind: Any, parts: Mapping[str, Any]) -> Any:
    _check_names(kind, parts, set(kind._fields))
    if missing := [name for name in kind._fields if name not in parts]:
        defaults = kind._field_defaults
        if missing[0] not in defaults:
            raise lacks_field(kind, missing[0])
        parts = {**defaults, **parts}
    return tuple.__new__(kind, [parts[name] for name in kind._fields])


def _rebuild_dataclass(kind: type, parts: Mapping[str, Any]) -> Any:
    """Its fields as they were: neither `__init__` nor `__post_init__` runs again.

    A field that the class has got since then has its default.
    """
    declared = {field.name: field for field in fields(kind)}
    _check_names(kind, parts, set(declared))
    held = dict(parts)
    for name in declared.keys() - parts.keys():
        field = declared[name]
        make: Any = field.default_factory
        if not _is_missing(make):
            held[name] = make()
        elif field.init and not _is_missing(field.default):
            held[name] = field.default
        elif not _has_default(kind, name):
            raise lacks_field(kind, name)
    return made_of(kind, held)


def _is_missing(default: Any) -> bool:
    # Compared by type: in a class from a pickle, MISSING is a copy.
    return type(default) is type(MISSING)


def _check_names(kind: type, parts: Mapping[str, Any], known: set[str]) -> None:
    if unknown := sorted(parts.keys() - known):
        raise InvalidInputError(
            f"{kind.__qualname__!r} has no field {unknown[0]!r}", hint=CLASS_CHANGED
        )


_REBUILDERS: Mapping[str, Callable[[Any, Any], Any]] = {
    "$dataclass": _rebuild_dataclass,
    "$enum": _rebuild_enum,
    "$namedtuple": _rebuild_namedtuple,
}
