"""The types of the fields of results: times, copies, and values with attributes of ZenML.

Scripts written for older ZenML read `run_metadata["rows"].value`, `tag.name` and `artifact.name`,
where values are plain here. These types support both: Python, JSON, YAML and pickle treat them as
plain values.
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
    """A descriptor of a dataclass field that stores the catalog's value and converts it on access.

    A listing prints the stored values, and so does not parse times. Metadata is copied on access,
    so that a result cannot be changed by accident.
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
    """Return a time of the catalog in UTC.

    Raises `IntegrityError` for a text that is not a time.
    """
    if not is_time(kept):
        raise IntegrityError(f"{kept!r} in the catalog is not a time: its row was changed")
    return datetime.fromisoformat(kept)


def maybe_moment(kept: str | None) -> datetime | None:
    """Return a time of the catalog in UTC, or None for None."""
    return None if kept is None else moment(kept)


def copied(value: object) -> Any:
    """Return a deep copy of a JSON value."""
    if isinstance(value, Mapping):
        return {key: copied(item) for key, item in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value


_Reduced = tuple[Any, ...]


class _Plain(type):
    """The metaclass of types that leave themselves out of the method resolution order.

    PyYAML's safe dumpers look at the first class in `__mro__` and accept only types that they know.
    """

    @property
    def __mro__(cls) -> tuple[type, ...]:
        return tuple(kind for kind in super().__mro__ if not isinstance(kind, _Plain))


def _answering(plain: type) -> type:
    """Return a subclass of `plain` whose values also have `.value`; pickled they are plain."""

    def value(self: object) -> Any:
        return plain(self)

    def reduce(self: object, _protocol: int) -> _Reduced:
        return plain, (plain(self),)

    members = {
        "__slots__": (),
        "__reduce_ex__": reduce,
        "value": property(value, doc=f"The same as a plain {plain.__name__}."),
    }
    return _Plain(f"{plain.__name__.title()}Value", (plain,), members)


_KINDS: Mapping[type, type] = {kind: _answering(kind) for kind in (int, float, str, list, dict)}


def with_value(value: object) -> Any:
    """Return a JSON value with the property `.value`; booleans and None are returned unchanged."""
    kind = _KINDS.get(type(value))
    return value if kind is None else kind(value)


def with_values(metadata: Mapping[str, object]) -> dict[str, Any]:
    """Return a copy of metadata in which each value has the property `.value`."""
    return {key: with_value(value) for key, value in metadata.items()}


class Name(str, metaclass=_Plain):
    """The name of a tag, a pipeline or an artifact: a text that also has the property `.name`."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """The name as a plain text."""
        return str(self)

    def __reduce__(self) -> _Reduced:
        return type(self), (str(self),)

    def __deepcopy__(self, _memo: object) -> "Name":
        return self


class ArtifactName(Name):
    """The name of a version's artifact: a text that also has the attribute `.id`."""

    __slots__ = ("id",)

    id: str

    def __new__(cls, name: str, artifact_id: str) -> Self:  # noqa: D102 (a magic method)
        made = super().__new__(cls, name)
        made.id = artifact_id
        return made

    def __reduce__(self) -> _Reduced:
        return type(self), (str(self), self.id)


class RunMetadata(dict[str, Any]):
    """The metadata of a run and of its steps.

    A key that occurs twice is `step::key` for a step's value. Every value of a step can be looked
    up as `step::key`.
    """

    def __init__(
        self, own: Mapping[str, object], steps: Mapping[str, Mapping[str, object]]
    ) -> None:
        super().__init__(own)
        counts = Counter([*own, *(key for metadata in steps.values() for key in metadata)])
        self._of_steps: dict[str, Any] = {}
        for step, metadata in steps.items():
            for key, value in metadata.items():
                self._of_steps[f"{step}::{key}"] = value
                self[key if counts[key] == 1 else f"{step}::{key}"] = value

    def __missing__(self, key: str) -> Any:
        return self._of_steps[key]
