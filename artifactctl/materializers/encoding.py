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
from artifactctl.materializers.class_words import class_words
from artifactctl.materializers.classes import is_model, mark_of, parts_of
from artifactctl.materializers.model_state import is_its_state, state_of
from artifactctl.materializers.scalar_texts import is_plain_text
from artifactctl.materializers.scalars import is_atom, mark_scalar
from artifactctl.materializers.state_dicts import is_state_dict

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
        self._alive: list[Any] = []  # made here: an identity is one only while its object lives
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
        if _is_taken_apart(value):
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
        name, mark = class_words(type(value)), mark_of(value)
        if mark is None:
            mark, parts = "$pydantic", state_of(value)
            self._alive.append(parts)
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


def is_its_items(value: Any) -> bool:
    """Whether a container is nothing else.

    Not one that makes up for missing keys by code, nor one that somebody gave attributes.
    """
    factory = getattr(value, "default_factory", None)
    is_plain = factory is None or factory in FACTORIES.values()
    return is_plain and not getattr(value, "__dict__", None)


def _is_taken_apart(value: Any) -> bool:
    kind = type(value)
    if kind in CONTAINER_TYPES:
        return is_its_items(value)
    return mark_of(value) is not None or (is_model(kind) and is_its_state(value))


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
