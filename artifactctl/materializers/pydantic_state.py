"""Pydantic models as the values that they hold, and back, without running validators again.

A validator that changes values would change them twice, and one that refuses values would refuse
those that were assigned later. Nothing here imports pydantic.
"""

import sys
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from artifactctl.errors import CannotHoldError, InvalidInputError
from artifactctl.materializers.class_fields import (
    CLASS_CHANGED,
    attributes_of,
    lacks_field,
    made_of,
    pickles_itself,
)
from artifactctl.materializers.class_names import class_as_json

_FIELDS, _SET, _EXTRA, _PRIVATE = "fields", "set", "extra", "private"
# Where pydantic keeps what is not in a model's dictionary.
_SLOTS = {
    "__pydantic_fields_set__": _SET,
    "__pydantic_extra__": _EXTRA,
    "__pydantic_private__": _PRIVATE,
}


def is_its_state(model: Any) -> bool:
    """Whether `state_of` has all of a model."""
    try:
        check_state(model)
    except CannotHoldError:
        return False
    return True


def check_state(model: Any) -> None:
    """Raise `CannotHoldError` for a model that has more than `state_of` returns, or less."""
    kind: Any = type(model)
    class_as_json(kind)
    if pickles_itself(kind):
        raise CannotHoldError(
            f"{kind.__qualname__!r} defines how it is pickled: its fields may not be all of it"
        )
    held = attributes_of(model).keys() - _SLOTS.keys()
    known = kind.__pydantic_fields__.keys()
    if more := [name for name in held - known if not _is_cached(kind, name)]:
        raise CannotHoldError(
            f"an object of {kind.__qualname__!r} has an attribute {min(more)!r} that is not a field"
        )
    if missing := known - held:
        raise CannotHoldError(
            f"an object of {kind.__qualname__!r} has no value for its field {min(missing)!r}"
        )


def state_of(model: Any) -> dict[str, Any]:
    """Its fields with cached properties, which of them were set, extra and private values."""
    private = model.__pydantic_private__
    return {
        _FIELDS: dict(model.__dict__),
        _SET: sorted(model.__pydantic_fields_set__),
        _EXTRA: model.__pydantic_extra__,
        # Those without a value are left out.
        _PRIVATE: private and {name: private[name] for name in private if _has(private[name])},
    }


def restored(kind: Any, state: Mapping[str, Any]) -> Any:
    """The model with this state.

    A field that was added to the class since then has its default; one that was removed is treated
    as an extra one. Raises `InvalidInputError` where there is no default, or extra ones are
    forbidden.
    """
    fields, extra = _sorted_out(kind, state[_FIELDS], state[_EXTRA])
    return made_of(
        kind,
        {
            **fields,
            "__pydantic_fields_set__": {name for name in state[_SET] if type(name) is str},
            "__pydantic_extra__": extra,
            "__pydantic_private__": _private(kind, state[_PRIVATE] or {}),
        },
    )


def _sorted_out(
    kind: Any, held: Mapping[str, Any], extra: Mapping[str, Any] | None
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    declared = kind.__pydantic_fields__
    fields = {name: held[name] for name in held if name in declared or _is_cached(kind, name)}
    for name in declared.keys() - fields.keys():
        fields[name] = _default(kind, name, declared[name])
    lost = {name: value for name, value in held.items() if name not in fields}
    policy = kind.model_config.get("extra", "ignore")
    if policy == "forbid" and lost:
        _refuse(kind, lost, "has no field")
    return fields, {**lost, **(extra or {})} if policy == "allow" else None


def _private(kind: Any, held: Mapping[str, Any]) -> dict[str, Any] | None:
    declared = kind.__private_attributes__
    if lost := held.keys() - declared.keys():
        _refuse(kind, lost, "has no private attribute")
    defaults = {name: declared[name].get_default() for name in declared.keys() - held.keys()}
    made = {**held, **{name: value for name, value in defaults.items() if _has(value)}}
    return made if declared else None


def _default(kind: Any, name: str, field: Any) -> Any:
    if field.is_required():
        raise lacks_field(kind, name)
    return field.get_default(call_default_factory=True)


def _refuse(kind: Any, names: Iterable[str], what: str) -> None:
    raise InvalidInputError(f"{kind.__qualname__!r} {what} {min(names)!r}", hint=CLASS_CHANGED)


def _is_cached(kind: type, name: str) -> bool:
    found = next((vars(base)[name] for base in kind.__mro__ if name in vars(base)), None)
    found = getattr(found, "wrapped", found)  # a computed field is the property and its schema
    return isinstance(found, cached_property)


def _has(value: Any) -> bool:
    return value is not sys.modules["pydantic_core"].PydanticUndefined
