"""JSON values of `encoding` back into the values they were made of."""

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from artifactctl.errors import InvalidInputError
from artifactctl.materializers.class_words import class_of_words
from artifactctl.materializers.classes import is_model, rebuild
from artifactctl.materializers.encoding import FACTORIES, MAX_DEPTH
from artifactctl.materializers.messages import one_line
from artifactctl.materializers.model_state import restored
from artifactctl.materializers.scalars import is_scalar_mark, read_scalar

ClassOf: TypeAlias = Callable[[str], type]

CLASS_MARKS = frozenset({"$dataclass", "$enum", "$namedtuple", "$model", "$pydantic"})
_MODEL_MARKS = ("$model", "$pydantic")
# A marked container is up to three JSON containers: the object, its list, and what is in it.
_MAX_JSON_DEPTH = 3 * MAX_DEPTH + 8


class Decoder:
    """Turns JSON values back; `class_of` finds classes by name, `leaf` the parts by number."""

    def __init__(self, class_of: ClassOf, leaf: Callable[[Any], Any]) -> None:
        self._class_of = class_of
        self._leaf = leaf

    def decode(self, value: Any, depth: int = 0) -> Any:
        """The value; raises `InvalidInputError` for marks that nobody writes.

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

    def _marked(self, mark: str, content: Any, depth: int) -> Any:
        if is_scalar_mark(mark):
            return read_scalar(mark, content)
        if mark == "$part":
            return self._leaf(content)
        if mark in CLASS_MARKS:
            name, parts = content
            return self._object(mark, name, self.decode(parts, depth))
        if mark not in _CONTAINERS:
            raise InvalidInputError(f"the data has an unknown mark {mark!r}")
        return _CONTAINERS[mark](self, content, depth)

    def _object(self, mark: str, name: Any, parts: Any) -> Any:
        kind = class_of_words(name, self._class_of)
        if mark not in _MODEL_MARKS:
            return rebuild(mark, kind, parts)
        if not is_model(kind):
            raise InvalidInputError(f"{name!r} is no pydantic model any more")
        # Earlier versions wrote the values of fields alone, and validated them.
        return validated(kind, parts) if mark == "$model" else restored(kind, checked_dict(parts))

    def pairs(self, content: Any, depth: int) -> dict[Any, Any]:
        """A dictionary from an object, or from a list of pairs."""
        decoded = self.decode(content, depth)
        return dict(decoded) if isinstance(decoded, list) else checked_dict(decoded)


def validated(kind: Any, parts: dict[str, Any]) -> Any:
    """The pydantic model with these values, by the names of its fields."""
    try:
        return kind.model_validate(parts, by_alias=False, by_name=True)
    except ValueError as error:
        raise InvalidInputError(
            f"{kind.__qualname__!r} does not take the data: {one_line(error)}"
        ) from error


def checked_dict(value: Any) -> dict[Any, Any]:
    """`value`, which has to be a dictionary."""
    if not isinstance(value, dict):
        raise TypeError("the data has no dictionary where one belongs")
    return value


def _deque(decoder: Decoder, content: Any, depth: int) -> Any:
    longest, items = content
    return deque(decoder.decode(items, depth), longest)


def _defaultdict(decoder: Decoder, content: Any, depth: int) -> Any:
    factory, items = content
    return defaultdict(None if factory is None else FACTORIES[factory], decoder.pairs(items, depth))


_CONTAINERS: Mapping[str, Callable[[Decoder, Any, int], Any]] = {
    "$tuple": lambda decoder, content, depth: tuple(decoder.decode(content, depth)),
    "$set": lambda decoder, content, depth: set(decoder.decode(content, depth)),
    "$frozenset": lambda decoder, content, depth: frozenset(decoder.decode(content, depth)),
    "$dict": Decoder.pairs,
    "$OrderedDict": lambda decoder, content, depth: OrderedDict(decoder.pairs(content, depth)),
    "$Counter": lambda decoder, content, depth: Counter(decoder.pairs(content, depth)),
    "$defaultdict": _defaultdict,
    "$deque": _deque,
}
