"""Objects of users' classes as their parts, and back: dataclasses, enums, named tuples.

Only classes whose objects are nothing but their fields are taken apart; any other may keep state
elsewhere that would be lost.
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

_PICKLING = (
    "__reduce__", "__reduce_ex__", "__getstate__", "__setstate__", "__getnewargs__",
    "__getnewargs_ex__",
)  # fmt: skip
# Dataclasses that are frozen and have slots, and models, get such methods for their fields.
_HARMLESS_MODULES = frozenset({"dataclasses", "pydantic.main", "pydantic.root_model"})
_CLASSES = 256  # that are looked at once: a list may have a million objects of one
_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: made by a class statement


def mark_of(value: Any) -> str | None:
    """What kind of object `value` is taken apart as, or None when it is not."""
    kind: Any = type(value)
    mark: str | None = _mark_of_kind(kind)
    if mark is None or not is_importable(kind):
        return None
    if mark == "$dataclass" and not _is_its_fields(value):
        return None
    return mark


def parts_of(mark: str, value: Any) -> Any:
    """The fields by name, an enum's names, or a named tuple's items."""
    if mark == "$dataclass":
        held = held_by(value)
        return {field.name: held[field.name] for field in fields(value) if field.name in held}
    if mark == "$enum":
        return _enum_name(value)
    return dict(zip(type(value)._fields, value, strict=True))


def held_by(value: Any) -> dict[str, Any]:
    """What an object's dictionary and slots hold, by name; properties are not asked."""
    kind: Any = type(value)
    held = dict(getattr(value, "__dict__", {}))
    for name, slot in _slots_of(kind).items():
        try:
            held[name] = slot.__get__(value)
        except AttributeError:
            continue
    return held


def blank(kind: type, held: Mapping[str, Any]) -> Any:
    """An object of `kind` that holds this and nothing else; none of the class's own code runs."""
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
    """Whether its objects decide themselves what is kept of them."""
    return any(
        name in vars(base) and getattr(vars(base)[name], "__module__", "") not in _HARMLESS_MODULES
        for base in kind.__mro__[:-1]
        for name in _PICKLING
    )


def rebuild(mark: str, kind: type, parts: Any) -> Any:
    """The object of `kind` that has these parts; raises `InvalidInputError` when it cannot."""
    if _mark_of_kind(kind) != mark:
        raise InvalidInputError(f"{kind.__qualname__!r} is no {mark[1:]} any more")
    return _REBUILDERS[mark](kind, parts)


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
    """Whether it derives from no class of C, whose content is in no attribute."""
    base: type | None = kind
    while base is not None and base.__flags__ & _HEAP_TYPE:
        base = base.__base__
    return base is object


def _is_its_fields(value: Any) -> bool:
    """Whether it holds its fields and no more; those not held are what the class says of them."""
    kind: Any = type(value)
    if pickles_itself(kind) or hasattr(kind, "__del__"):
        return False
    names, held = {field.name for field in fields(value)}, held_by(value).keys()
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
    # A combination of flags that has no name is known by its number.
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
        _check_default(kind, missing[0], has_default=missing[0] in defaults)
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
        else:
            _check_default(kind, name, has_default=_has_default(kind, name))
    return blank(kind, held)


def _is_missing(default: Any) -> bool:
    # By type: a class that came out of a pickle has a copy of the one object there should be.
    return type(default) is type(MISSING)


def _check_default(kind: type, name: str, *, has_default: bool) -> None:
    if not has_default:
        raise InvalidInputError(
            f"{kind.__qualname__!r} does not take these: they have no field {name!r}"
        )


def _check_names(kind: type, parts: Mapping[str, Any], known: set[str]) -> None:
    if unknown := sorted(parts.keys() - known):
        raise InvalidInputError(
            f"{kind.__qualname__!r} has no field {unknown[0]!r}: the class is not what it was"
        )


_REBUILDERS: Mapping[str, Callable[[Any, Any], Any]] = {
    "$dataclass": _rebuild_dataclass,
    "$enum": _rebuild_enum,
    "$namedtuple": _rebuild_namedtuple,
}
