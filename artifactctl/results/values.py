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


def _answering(plain: type) -> type:
    """A class for values of the type `plain` that also answer `.value`; pickled they are plain."""

    def value(self: Any) -> Any:
        return plain(self)

    def reduce(self: Any, _protocol: int) -> _Reduced:
        return plain, (plain(self),)

    members = {
        "__slots__": (),
        "__reduce_ex__": reduce,
        "value": property(value, doc=f"The same as a plain {plain.__name__}."),
    }
    return _Plain(f"{plain.__name__.title()}Value", (plain,), members)


_KINDS: Mapping[type, type] = {kind: _answering(kind) for kind in (int, float, str, list, dict)}


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
