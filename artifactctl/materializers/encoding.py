"""Nested values as strict JSON, and back.

Lists, and dictionaries whose keys are texts, are themselves. Everything else is an object with one
key, its mark: `{"$tuple": [1, 2]}`. A dictionary with a key that could be taken for a mark is
written as `{"$dict": [[key, value], ...]}`, so that no value is mistaken for another.
"""

import json
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from artifactctl.errors import CannotHoldError, InvalidInputError, one_line
from artifactctl.materializers.class_fields import is_model, mark_of, parts_of, rebuild
from artifactctl.materializers.class_names import ClassNamed, class_as_json, class_from_json
from artifactctl.materializers.pydantic_state import is_its_state, restored, state_of
from artifactctl.materializers.python_scalars import is_plain_text
from artifactctl.materializers.scalars import (
    is_json_scalar,
    is_scalar_mark,
    mark_scalar,
    read_scalar,
)
from artifactctl.materializers.state_dicts import is_state_dict

MAX_DEPTH = 100
# A value that refers to the same lists over and over is small in memory and endless as text.
_MAX_EXPANDED = 10_000_000
_MAX_BLOW_UP = 100
# A marked container is up to three JSON containers: the object, its list, and what is in it.
_MAX_JSON_DEPTH = 3 * MAX_DEPTH + 8

CONTAINER_TYPES = (list, tuple, dict, set, frozenset, OrderedDict, defaultdict)
"""The exact types whose objects are containers here."""

_FACTORIES = {
    kind.__name__: kind
    for kind in (int, float, str, list, dict, set, tuple, bool, OrderedDict, Counter, deque)
}
"""The functions that a `defaultdict` may call for a missing key; others are a user's code."""

CLASS_MARKS = frozenset({"$dataclass", "$enum", "$namedtuple", "$model", "$pydantic"})
_MODEL_MARKS = ("$model", "$pydantic")


def is_its_items(value: Any) -> bool:
    """Whether a container has only items: no code for missing keys, and no attributes."""
    factory = getattr(value, "default_factory", None)
    is_plain = factory is None or factory in _FACTORIES.values()
    return is_plain and not getattr(value, "__dict__", None)


def is_plain_key(key: Any) -> bool:
    """Whether a dictionary's key is a key in JSON, and no mark."""
    return type(key) is str and not key.startswith("$") and is_plain_text(key)


class Encoder:
    """Turns one value into JSON values.

    A part that JSON cannot hold is given to `put_part`, which returns what stands for it or raises.
    """

    def __init__(self, put_part: Callable[[Any], Any]) -> None:
        self._put_part = put_part
        # For each container by identity: its JSON value and how many values that has when written
        # out; None while it is being encoded.
        self._known: dict[int, tuple[Any, int] | None] = {}
        self._alive: list[Any] = []  # made here; an identity is unique while its object lives
        self._class_names: dict[type, Any] = {}
        self._distinct = 0

    def encode(self, value: Any) -> Any:
        """The JSON value; raises `CannotHoldError` for one that contains itself or is too deep."""
        encoded, size = self._encode(value, 0)
        if size > _MAX_EXPANDED and size > _MAX_BLOW_UP * self._distinct:
            raise CannotHoldError(
                f"the {type(value).__name__} to save refers to the same parts so often that it "
                f"would have {size} parts as a file"
            )
        return encoded

    def _encode(self, value: Any, depth: int) -> tuple[Any, int]:
        """The JSON value, and how many values it has when written out."""
        if is_json_scalar(value):
            return value, 1
        if (marked := mark_scalar(value)) is not None:
            return {marked[0]: marked[1]}, 1
        if is_state_dict(value) and depth:
            return self._put_part(value), 1  # one file that other programs can read
        if _is_taken_apart(value):
            return self._container(value, depth)
        return self._put_part(value), 1

    def _container(self, value: Any, depth: int) -> tuple[Any, int]:
        if id(value) in self._known:
            known = self._known[id(value)]
            if known is None:
                raise CannotHoldError(
                    f"the {type(value).__name__} to save contains itself", whole=True
                )
            return known
        if depth >= MAX_DEPTH:
            raise CannotHoldError(f"the value to save is nested deeper than {MAX_DEPTH} levels")
        self._known[id(value)] = None
        known = self._contents(value, depth + 1)
        self._known[id(value)] = known
        return known

    def _contents(self, value: Any, depth: int) -> tuple[Any, int]:
        kind = type(value)
        if kind in (list, tuple):
            items, size = self._items(value, depth)
            return (items if kind is list else {"$tuple": items}), size
        if kind in (set, frozenset):
            items, size = self._items(value, depth)
            # The order of a set differs between processes; equal objects are to be equal files.
            return {f"${kind.__name__}": sorted(items, key=json.dumps)}, size
        if kind in CONTAINER_TYPES:
            return self._mapping(value, depth)
        return self._object(value, depth)

    def _items(self, values: Iterable[Any], depth: int) -> tuple[list[Any], int]:
        items, total = [], 1
        for value in values:
            if is_json_scalar(value):
                items.append(value)
                total += 1
            else:
                item, size = self._encode(value, depth)
                items.append(item)
                total += size
        self._distinct += len(items) + 1
        return items, total

    def _mapping(self, value: Any, depth: int) -> tuple[Any, int]:
        values, size = self._items(value.values(), depth)
        if all(is_plain_key(key) for key in value):
            content: Any = dict(zip(value, values, strict=True))
            return (content if type(value) is dict else _marked(value, content)), size
        keys, more = self._items(value, depth)
        pairs = [list(pair) for pair in zip(keys, values, strict=True)]
        return _marked(value, pairs), size + more

    def _object(self, value: Any, depth: int) -> tuple[Any, int]:
        name, mark = self._class_name(type(value)), mark_of(value)
        if mark is None:
            mark, parts = "$pydantic", state_of(value)
            self._alive.append(parts)
        else:
            parts = parts_of(mark, value)
        # A dictionary of parts is made here: no other value can refer to it.
        encoded, size = (
            self._contents(parts, depth) if type(parts) is dict else self._encode(parts, depth)
        )
        return {mark: [name, encoded]}, size

    def _class_name(self, kind: type) -> Any:
        if kind not in self._class_names:
            self._class_names[kind] = class_as_json(kind)
        return self._class_names[kind]


def _is_taken_apart(value: Any) -> bool:
    kind = type(value)
    if kind in CONTAINER_TYPES:
        return is_its_items(value)
    return mark_of(value) is not None or (is_model(kind) and is_its_state(value))


def _marked(value: Any, content: Any) -> dict[str, Any]:
    """The JSON of a dictionary that is not one of JSON itself."""
    if type(value) is defaultdict:
        factory = value.default_factory
        return {"$defaultdict": [factory and factory.__name__, content]}
    return {f"${type(value).__name__}": content}


class Decoder:
    """Turns JSON values back; `class_named` finds classes by name, `get_part` parts by number."""

    def __init__(self, class_named: ClassNamed, get_part: Callable[[Any], Any]) -> None:
        self._class_named = class_named
        self._get_part = get_part

    def decode(self, value: Any, depth: int = 0) -> Any:
        """The value; raises `InvalidInputError` for marks that `Encoder` does not write.

        What the constructors of plain types raise for wrong contents is passed on.
        """
        if depth > _MAX_JSON_DEPTH:
            raise InvalidInputError("the data is nested too deeply")
        if isinstance(value, list):
            return [self.decode(item, depth + 1) for item in value]
        if not isinstance(value, dict):
            return value
        mark = next(iter(value), "")
        if not mark.startswith("$"):
            return {key: self.decode(item, depth + 1) for key, item in value.items()}
        if len(value) != 1:
            raise InvalidInputError(f"the data has keys beside the mark {mark!r}")
        return self._marked(mark, value[mark], depth + 1)

    def pairs(self, content: Any, depth: int) -> dict[Any, Any]:
        """A dictionary from an object, or from a list of pairs."""
        decoded = self.decode(content, depth)
        return dict(decoded) if isinstance(decoded, list) else checked_dict(decoded)

    def _marked(self, mark: str, content: Any, depth: int) -> Any:
        if is_scalar_mark(mark):
            return read_scalar(mark, content)
        if mark == "$part":
            return self._get_part(content)
        if mark in CLASS_MARKS:
            name, parts = content
            return self._object(mark, name, self.decode(parts, depth))
        if mark not in _CONTAINERS:
            raise InvalidInputError(f"the data has an unknown mark {mark!r}")
        return _CONTAINERS[mark](self, content, depth)

    def _object(self, mark: str, name: Any, parts: Any) -> Any:
        kind = class_from_json(name, self._class_named)
        if mark not in _MODEL_MARKS:
            return rebuild(mark, kind, parts)
        if not is_model(kind):
            raise InvalidInputError(f"{name!r} is not a pydantic model any more")
        # Earlier versions wrote the values of fields alone, and validated them.
        return _validated(kind, parts) if mark == "$model" else restored(kind, checked_dict(parts))


def checked_dict(value: Any) -> dict[Any, Any]:
    """`value`, which has to be a dictionary."""
    if not isinstance(value, dict):
        raise TypeError("the data has something else in the place of a dictionary")
    return value


def _validated(kind: Any, parts: dict[str, Any]) -> Any:
    try:
        return kind.model_validate(parts, by_alias=False, by_name=True)
    except ValueError as error:
        raise InvalidInputError(
            f"{kind.__qualname__!r} does not accept the data: {one_line(error)}"
        ) from error


def _deque(decoder: Decoder, content: Any, depth: int) -> deque[Any]:
    longest, items = content
    return deque(decoder.decode(items, depth), longest)


def _defaultdict(decoder: Decoder, content: Any, depth: int) -> defaultdict[Any, Any]:
    factory, items = content
    known = None if factory is None else _FACTORIES[factory]
    return defaultdict(known, decoder.pairs(items, depth))


_CONTAINERS: Mapping[str, Callable[[Decoder, Any, int], Any]] = {
    "$tuple": lambda decoder, content, depth: tuple(decoder.decode(content, depth)),
    "$set": lambda decoder, content, depth: set(decoder.decode(content, depth)),
    "$frozenset": lambda decoder, content, depth: frozenset(decoder.decode(content, depth)),
    "$dict": Decoder.pairs,
    "$OrderedDict": lambda decoder, content, depth: OrderedDict(decoder.pairs(content, depth)),
    "$defaultdict": _defaultdict,
    # Earlier versions wrote these, which are pickled now.
    "$Counter": lambda decoder, content, depth: Counter(decoder.pairs(content, depth)),
    "$deque": _deque,
}
