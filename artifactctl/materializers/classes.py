"""Objects of users' classes as their parts, and back: dataclasses, enums, named tuples, models.

Only classes whose objects are nothing but their fields are taken apart; any other may keep state
elsewhere that would be lost.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from artifactctl.errors import InvalidInputError
from artifactctl.materializers.messages import one_line

_ROOTS = frozenset({"builtins"})
_HARMLESS_BASES = frozenset({"object"})


def mark_of(value: Any) -> str | None:
    """What kind of object `value` is taken apart as, or None when it is not."""
    mark = _mark_of_kind(type(value))
    if mark == "$dataclass" and _has_more_than_fields(value):
        return None
    return mark


def parts_of(mark: str, value: Any) -> Any:
    """The fields by name, an enum's names, or a named tuple's items."""
    if mark == "$dataclass":
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if mark == "$enum":
        return _enum_name(value)
    return dict(zip(type(value)._fields, value, strict=True))


def rebuild(mark: str, kind: type, parts: Any) -> Any:
    """The object of `kind` that has these parts; raises `InvalidInputError` when it cannot."""
    if _mark_of_kind(kind) != mark:
        raise InvalidInputError(f"{kind.__qualname__!r} is no {mark[1:]} any more")
    return _REBUILDERS[mark](kind, parts)


def _mark_of_kind(kind: type) -> str | None:
    if issubclass(kind, Enum):
        return "$enum"
    if "_fields" in vars(kind) and kind.__bases__ == (tuple,):
        return "$namedtuple"
    if "__dataclass_fields__" in vars(kind) and is_dataclass(kind) and not _has_roots(kind):
        return "$dataclass"
    return None


def _has_roots(kind: type) -> bool:
    """Whether it derives from a built-in type, whose content is in no field."""
    return any(
        base.__module__ in _ROOTS and base.__name__ not in _HARMLESS_BASES for base in kind.__mro__
    )


def _has_more_than_fields(value: Any) -> bool:
    names = {field.name for field in fields(value)}
    held = getattr(value, "__dict__", {})
    return not held.keys() <= names or not all(hasattr(value, name) for name in names)


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
    return kind(**parts)


def _rebuild_dataclass(kind: type, parts: Mapping[str, Any]) -> Any:
    declared = {field.name: field for field in fields(kind)}
    _check_names(kind, parts, set(declared))
    given = {name: value for name, value in parts.items() if declared[name].init}
    try:
        made = kind(**given)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(
            f"{kind.__qualname__!r} does not take these: {one_line(error)}"
        ) from error
    # What __post_init__ derives is there already, and may not be derived twice.
    for name, value in parts.items():
        object.__setattr__(made, name, value)
    return made


def _check_names(kind: type, parts: Mapping[str, Any], known: set[str]) -> None:
    if unknown := sorted(parts.keys() - known):
        raise InvalidInputError(
            f"{kind.__qualname__!r} has no field {unknown[0]!r}: the class is not what it was"
        )


def is_model(kind: type) -> bool:
    """Whether it is a class of pydantic models; pydantic is not imported to find that out."""
    pydantic = sys.modules.get("pydantic")
    return pydantic is not None and issubclass(kind, pydantic.BaseModel)


_REBUILDERS: Mapping[str, Callable[[Any, Any], Any]] = {
    "$dataclass": _rebuild_dataclass,
    "$enum": _rebuild_enum,
    "$namedtuple": _rebuild_namedtuple,
}
