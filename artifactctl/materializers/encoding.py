"""Nested values as strict JSON.

Lists, and dictionaries whose keys are text, are themselves. Everything else is an object with one
key, its mark: `{"$tuple": [1, 2]}`. A dictionary with a key that could be taken for a mark is
written as `{"$dict": [[key, value], ...]}`, so that no value is ever mistaken for another.
"""

import json
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable
from typing import Any

from artifactctl.errors import CannotHoldError
from artifactctl.materializers.classes import is_model, mark_of, parts_of
from artifactctl.materializers.scalars import is_atom, is_plain_text, mark_scalar
from artifactctl.materializers.state_dicts import is_state_dict
from artifactctl.materializers.type_names import remember

MAX_DEPTH = 100
# A value that refers to the same lists over and over is small in memory and endless as text.
_MAX_EXPANDED = 10_000_000
_MAX_BLOW_UP = 100

CONTAINER_TYPES = (
    list, tuple, dict, set, frozenset, OrderedDict, defaultdict, Counter, deque,
)  # fmt: skip
"""The exact types whose objects are containers here."""

FACTORIES = {
    kind.__name__: kind
    for kind in (int, float, str, list, dict, set, tuple, bool, OrderedDict, Counter, deque)
}
"""What a `defaultdict` may make of a missing key; anything else is code."""


class Encoder:
    """Turns one value into JSON values; what JSON cannot hold goes to `leaf`, which may raise."""

    def __init__(self, leaf: Callable[[Any], Any]) -> None:
        self._leaf = leaf
        # Of each container by identity: its JSON value and how many values that has when written
        # out; None while it is being encoded.
        self._known: dict[int, tuple[Any, int] | None] = {}
        self._distinct = 0

    def encode(self, value: Any) -> Any:
        """The JSON value; raises `CannotHoldError` for what contains itself or is too deep."""
        encoded, size = self._encode(value, 0)
        if size > _MAX_EXPANDED and size > _MAX_BLOW_UP * self._distinct:
            raise CannotHoldError(
                f"the {type(value).__name__} to save refers to the same parts so often that it "
                f"would have {size} parts as a file"
            )
        return encoded

    def _encode(self, value: Any, depth: int) -> tuple[Any, int]:
        if is_atom(value):
            return value, 1
        if (marked := mark_scalar(value)) is not None:
            return {marked[0]: marked[1]}, 1
        if is_state_dict(value) and depth:
            return self._leaf(value), 1  # one file that others can read
        if type(value) in CONTAINER_TYPES or mark_of(value) or is_model(type(value)):
            return self._container(value, depth)
        return self._leaf(value), 1

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
        if kind in (list, tuple, deque):
            items, size = self._items(value, depth)
            return _sequence(value, items), size
        if kind in (set, frozenset):
            items, size = self._items(value, depth)
            return {f"${kind.__name__}": sorted(items, key=json.dumps)}, size
        if kind in CONTAINER_TYPES:
            return self._mapping(value, depth)
        return self._object(value, depth)

    def _items(self, values: Iterable[Any], depth: int) -> tuple[list[Any], int]:
        items, total = [], 1
        for value in values:
            if is_atom(value):
                items.append(value)
                total += 1
            else:
                item, size = self._encode(value, depth)
                items.append(item)
                total += size
        self._distinct += len(items) + 1
        return items, total

    def _mapping(self, value: Any, depth: int) -> tuple[Any, int]:
        if not has_plain_factory(value):
            return self._leaf(value), 1
        values, size = self._items(value.values(), depth)
        if all(is_plain_key(key) for key in value):
            content: Any = dict(zip(value, values, strict=True))
            pairs = False
        else:
            keys, more = self._items(value, depth)
            content, pairs = [list(pair) for pair in zip(keys, values, strict=True)], True
            size += more
        return _mapping(value, content, pairs=pairs), size

    def _object(self, value: Any, depth: int) -> tuple[Any, int]:
        name, mark = remember(type(value)), mark_of(value)
        if mark is None:
            mark, parts = "$model", model_parts(value)
        else:
            parts = parts_of(mark, value)
        # Not a container of the user's: it is made here, and its identity means nothing.
        encoded, size = (
            self._contents(parts, depth) if type(parts) is dict else self._encode(parts, depth)
        )
        return {mark: [name, encoded]}, size


def is_plain_key(key: Any) -> bool:
    """Whether a dictionary's key is one in JSON, and no mark."""
    return type(key) is str and not key.startswith("$") and is_plain_text(key)


def model_parts(model: Any) -> dict[str, Any]:
    """A pydantic model's fields with extra ones; what is private there is no part of its data."""
    return {**model.__dict__, **(model.__pydantic_extra__ or {})}


def has_plain_factory(value: Any) -> bool:
    """Whether it makes up for missing keys without code: any container but some `defaultdict`."""
    factory = getattr(value, "default_factory", None)
    return factory is None or factory in FACTORIES.values()


def _sequence(value: Any, items: list[Any]) -> Any:
    if type(value) is list:
        return items
    if type(value) is tuple:
        return {"$tuple": items}
    return {"$deque": [value.maxlen, items]}


def _mapping(value: Any, content: Any, *, pairs: bool) -> Any:
    if type(value) is defaultdict:
        factory = value.default_factory
        return {"$defaultdict": [factory and factory.__name__, content]}
    if type(value) is dict:
        return {"$dict": content} if pairs else content
    return {f"${type(value).__name__}": content}
