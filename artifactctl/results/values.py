"""Values of metadata, and texts, that answer a little more than plain ones.

Scripts written for older ZenML read `run_metadata["rows"].value`, `tag.name`, `artifact.name`,
where there are plain values here. These are both: to Python, JSON, YAML and pickle they are plain.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Self

_Reduced = tuple[Any, ...]


class _Plain(type):
    """The type of what is to be taken for its plain ancestor.

    PyYAML's safe dumpers write only what has one of the types they know as its first ancestor.
    """

    @property
    def __mro__(cls) -> tuple[type, ...]:
        return tuple(kind for kind in super().__mro__ if not isinstance(kind, _Plain))


class IntValue(int, metaclass=_Plain):
    """A whole number."""

    __slots__ = ()

    @property
    def value(self) -> int:
        """The plain number."""
        return int(self)

    def __reduce__(self) -> _Reduced:
        return int, (int(self),)


class FloatValue(float, metaclass=_Plain):
    """A number."""

    __slots__ = ()

    @property
    def value(self) -> float:
        """The plain number."""
        return float(self)

    def __reduce__(self) -> _Reduced:
        return float, (float(self),)


class TextValue(str, metaclass=_Plain):
    """A text."""

    __slots__ = ()

    @property
    def value(self) -> str:
        """The plain text."""
        return str(self)

    def __reduce__(self) -> _Reduced:
        return str, (str(self),)


class ListValue(list[Any], metaclass=_Plain):
    """A list of plain values."""

    __slots__ = ()

    @property
    def value(self) -> list[Any]:
        """The plain list."""
        return list(self)

    def __reduce__(self) -> _Reduced:
        return list, (list(self),)

    def __reduce_ex__(self, _protocol: Any, /) -> _Reduced:
        return self.__reduce__()


class DictValue(dict[str, Any], metaclass=_Plain):
    """An object of plain values."""

    __slots__ = ()

    @property
    def value(self) -> dict[str, Any]:
        """The plain object."""
        return dict(self)

    def __reduce__(self) -> _Reduced:
        return dict, (dict(self),)

    def __reduce_ex__(self, _protocol: Any, /) -> _Reduced:
        return self.__reduce__()


_KINDS: Mapping[type, type] = {
    int: IntValue,
    float: FloatValue,
    str: TextValue,
    list: ListValue,
    dict: DictValue,
}


def with_value(value: Any) -> Any:
    """A JSON value that answers `.value`; true, false and null cannot, and stay as they are."""
    kind = _KINDS.get(type(value))
    return value if kind is None else kind(value)


def with_values(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of some metadata, each of its values answering `.value`."""
    return {key: with_value(value) for key, value in metadata.items()}


class Name(str, metaclass=_Plain):
    """The name of a tag, a pipeline or an artifact, which also answers `.name`."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """The plain text."""
        return str(self)

    def __reduce__(self) -> _Reduced:
        return type(self), (str(self),)

    def __deepcopy__(self, _memo: Any) -> "Name":
        return self


class ArtifactName(Name):
    """The name of the artifact that a version is of, which also answers `.id`."""

    __slots__ = ("id",)

    id: str

    def __new__(cls, name: str, artifact_id: str) -> Self:  # noqa: D102 (a magic method)
        made = super().__new__(cls, name)
        made.id = artifact_id
        return made

    def __reduce__(self) -> _Reduced:
        return type(self), (str(self), self.id)


class RunMetadata(dict[str, Any]):
    """Metadata of a run and of its steps.

    A key that several have is `step::key` where it is a step's. All of a step's are found so.
    """

    def __init__(self, own: Mapping[str, Any], steps: Mapping[str, Mapping[str, Any]]) -> None:
        super().__init__(own)
        counts = Counter([*own, *(key for metadata in steps.values() for key in metadata)])
        self._of_steps: dict[str, Any] = {}
        for step, metadata in steps.items():
            for key, value in metadata.items():
                self._of_steps[f"{step}::{key}"] = value
                self[key if counts[key] == 1 else f"{step}::{key}"] = value

    def __missing__(self, key: str) -> Any:
        return self._of_steps[key]
