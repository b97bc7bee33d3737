"""The types of the fields of results: times, copies, and values with attributes of ZenML.

Scripts written for older ZenML read `run_metadata["rows"].value`, `tag.name` and `artifact.name`,
where values are plain here. These types support both: Python, JSON, YAML and pickle treat them as
plain values.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Generic, NoReturn, Self, TypeVar, cast, overload
from uuid import UUID

from artifactctl.catalog.cells import is_time
from artifactctl.catalog.moments import as_catalog
from artifactctl.catalog.rows import TagOn
from artifactctl.enums import ColorVariants, ExecutionStatus
from artifactctl.errors import IntegrityError, WrongUsageError
from artifactctl.home import Origin
from artifactctl.refs import is_id, tag_id
from artifactctl.tags import color_of

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


class SourceName(str, metaclass=_Plain):
    """The name of a class, such as `pandas.DataFrame`: a text that also has its parts.

    For a built-in materializer it is a word, such as `json`.
    """

    __slots__ = ()

    @property
    def import_path(self) -> str:
        """The module and the class, separated by a dot."""
        return self.replace(":", ".")

    @property
    def module(self) -> str:
        """The module that defines the class; empty when the name is a word."""
        return self.import_path.rpartition(".")[0]

    @property
    def attribute(self) -> str:
        """The name of the class in its module."""
        return self.import_path.rpartition(".")[2]

    def __reduce__(self) -> _Reduced:
        return type(self), (str(self),)


def maybe_source(kept: str | None) -> SourceName | None:
    """Return the name of a class, or None for None."""
    return None if kept is None else SourceName(kept)


class Linked(Name):
    """A name that also has the attributes of the result that it names, looked up on access."""

    __slots__ = ("_id", "_origin")

    FIND: ClassVar[str]
    """The method of the answerer that finds the result by its ID, or else by its name."""

    _id: str | None
    _origin: Origin | None

    def __new__(  # noqa: D102 (a magic method)
        cls, name: str, found_id: str | None = None, origin: Origin | None = None
    ) -> Self:
        made = super().__new__(cls, name)
        made._id, made._origin = found_id, origin
        return made

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # asked for by protocols such as that of copying
            raise AttributeError(name)
        if self._origin is None:
            raise WrongUsageError(f"{self!r} belongs to no home", hint="get it from a Client")
        find = getattr(self._origin.answerer(), self.FIND)
        return getattr(find(self._id or self.name), name)

    def __reduce__(self) -> _Reduced:
        return type(self), (str(self), self._id, self._origin)


class ArtifactName(Linked):
    """The name of a version's artifact: a text that also has the attributes of the artifact."""

    __slots__ = ()

    FIND = "find_artifact"

    @property
    def id(self) -> UUID:
        """The artifact's ID."""
        return identifier(self._id or "")


class PipelineName(Linked):
    """The name of a run's pipeline: a text that also has the attributes of the pipeline."""

    __slots__ = ()

    FIND = "get_pipeline"


class TagName(Linked):
    """The name of a tag: a text that also has the tag's `id`, `color` and `exclusive`.

    Its other attributes, such as `tagged_count`, are looked up on access.
    """

    __slots__ = ("_color", "_is_exclusive")

    FIND = "get_tag"

    _color: str | None
    _is_exclusive: int | None

    def __new__(  # noqa: D102 (a magic method)
        cls,
        name: str,
        found_id: str | None = None,
        origin: Origin | None = None,
        color: str | None = None,
        exclusive: int | None = None,
    ) -> Self:
        made = super().__new__(cls, name, found_id, origin)
        made._color, made._is_exclusive = color, exclusive
        return made

    @classmethod
    def of(cls, tag: str, origin: Origin) -> Self:
        """Return a tag made from that of a row of the catalog."""
        if isinstance(tag, TagOn):
            return cls(str(tag), tag.id, origin, tag.color, tag.exclusive)
        return cls(tag, None, origin)

    @property
    def id(self) -> UUID:
        """The tag's ID."""
        return identifier(self._id or tag_id(self))

    @property
    def color(self) -> ColorVariants:
        """The tag's colour."""
        return color_in(self._color) if self._color else color_of(self)

    @property
    def exclusive(self) -> bool:
        """Whether one version of an artifact, and one run of a pipeline, has it at a time."""
        return bool(self._is_exclusive)

    def __reduce__(self) -> _Reduced:
        kept = (self._id, self._origin, self._color, self._is_exclusive)
        return type(self), (str(self), *kept)


def color_in(kept: str) -> ColorVariants:
    """Return a colour of the catalog; that of a damaged row is one that its text always gives."""
    try:
        return ColorVariants.parse(kept)
    except WrongUsageError:
        return color_of(kept)


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
