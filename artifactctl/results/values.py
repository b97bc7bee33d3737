"""The types of the fields of results: times, copies, and values that also have `.value`.

Scripts written for older ZenML read `run_metadata["rows"].value`, where values are plain here.
These types support both: Python, JSON, YAML and pickle treat them as plain values.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Generic, NoReturn, TypeVar, cast, overload
from uuid import UUID

from artifactctl.catalog.cells import is_time
from artifactctl.catalog.moments import as_catalog
from artifactctl.enums import ExecutionStatus
from artifactctl.errors import IntegrityError
from artifactctl.refs import is_id

T = TypeVar("T")


class Converted(Generic[T]):
    """A descriptor of a dataclass field that stores the catalog's value and converts it on access.

    A listing prints the stored values, and so parses neither times nor IDs. Metadata is copied on
    access, so that a result cannot be changed by accident.
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
        vars(result)[self._name] = stored(given)


def stored(given: object) -> object:
    """Return a value in the catalog's form: times and IDs are texts."""
    if isinstance(given, datetime):
        return as_catalog(given)
    if isinstance(given, tuple):
        return tuple(map(stored, given))
    return str(given) if isinstance(given, UUID) else given


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


def identifier(kept: str) -> UUID:
    """Return an ID of the catalog.

    Raises `IntegrityError` for a text that is not an ID.
    """
    if not is_id(kept):
        raise IntegrityError(f"{kept!r} in the catalog is not an ID: its row was changed")
    return UUID(kept)


def maybe_identifier(kept: str | None) -> UUID | None:
    """Return an ID of the catalog, or None for None."""
    return None if kept is None else identifier(kept)


_STATUSES = {member.value: member for member in ExecutionStatus}


def status_of(kept: str) -> ExecutionStatus:
    """Return the status of a run or a step; of a damaged row the text that it contains."""
    return _STATUSES.get(kept, cast("ExecutionStatus", kept))


def copied(value: object) -> Any:
    """Return a deep copy of a JSON value."""
    if isinstance(value, Mapping):
        return {key: copied(item) for key, item in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value


Reduced = tuple[Any, ...]


class Plain(type):
    """The metaclass of types that leave themselves out of the method resolution order.

    PyYAML's safe dumpers look at the first class in `__mro__` and accept only types that they know.
    """

    @property
    def __mro__(cls) -> tuple[type, ...]:
        return tuple(kind for kind in super().__mro__ if not isinstance(kind, Plain))


def _answering(plain: type) -> type:
    """Return a subclass of `plain` whose values also have `.value`; pickled they are plain."""

    def value(self: object) -> Any:
        return plain(self)

    def reduce(self: object, _protocol: int) -> Reduced:
        return plain, (plain(self),)

    members = {
        "__slots__": (),
        "__reduce_ex__": reduce,
        "value": property(value, doc=f"The same as a plain {plain.__name__}."),
    }
    return Plain(f"{plain.__name__.title()}Value", (plain,), members)


_KINDS: Mapping[type, type] = {kind: _answering(kind) for kind in (int, float, str, list, dict)}


def with_value(value: object) -> Any:
    """Return a JSON value with the property `.value`; booleans and None are returned unchanged."""
    kind = _KINDS.get(type(value))
    return value if kind is None else kind(value)


def with_values(metadata: Mapping[str, object]) -> dict[str, Any]:
    """Return a copy of metadata in which each value has the property `.value`."""
    return {key: with_value(value) for key, value in metadata.items()}


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

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or key in self._of_steps

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of a key, of `step::key` too; `default` when there is none."""
        try:
            return self[key]
        except KeyError:
            return default
