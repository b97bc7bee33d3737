"""What the fields of results hold: times, copies, and values that answer more than plain ones.

Scripts written for older ZenML read `run_metadata["rows"].value`, `tag.name`, `artifact.name`,
where there are plain values here. These are both: to Python, JSON, YAML and pickle they are plain.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Generic, NoReturn, Self, TypeVar, overload

from artifactctl.catalog.cells import is_time
from artifactctl.catalog.moments import as_catalog
from artifactctl.errors import IntegrityError

T = TypeVar("T")


class Converted(Generic[T]):
    """A field of a dataclass that keeps what the catalog gave, and converts it when it is read.

    A listing prints what is kept, and does not pay for times that nobody reads. What is read of
    metadata is a copy, so that no result changes by accident.
    """

    def __init__(self, convert: Callable[[Any], T]) -> None:
        self._convert = convert

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, result: None, owner: type) -> NoReturn: ...
    @overload
    def __get__(self, result: object, owner: type) -> T: ...
    def __get__(self, result: object | None, owner: type) -> T:
        if result is None:
            raise AttributeError(self._name)  # tells `dataclass` that there is no default
        return self._convert(vars(result)[self._name])

    def __set__(self, result: object, given: T | str) -> None:
        kept = as_catalog(given) if isinstance(given, datetime) else given
        vars(result)[self._name] = kept


def moment(kept: str) -> datetime:
    """A time of the catalog, in UTC; raises `IntegrityError` for a text that is none."""
    if not is_time(kept):
        raise IntegrityError(f"{kept!r} in the catalog is not a time: its row was changed")
    return datetime.fromisoformat(kept)


def maybe_moment(kept: str | None) -> datetime | None:
    """The same, of a time that may be absent."""
    return None if kept is None else moment(kept)


def copied(value: Any) -> Any:
    """A copy of a JSON value, as deep as it goes."""
    if isinstance(value, Mapping):
        return {key: copied(item) for key, item in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value


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
