"""How a result asks its home for more: of what its origin gives, never of the client's class."""

from collections.abc import Iterable, Mapping
from dataclasses import Field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, TypeVar

from artifactctl import plain_text
from artifactctl.errors import WrongUsageError
from artifactctl.home import Origin as Origin
from artifactctl.results.pages import Listed, Page, table_of_facts

if TYPE_CHECKING:
    from artifactctl.store import Store

V = TypeVar("V", bound=Listed)
R = TypeVar("R", bound=Listed)
Some = TypeVar("Some", bound="Result")


class Answerer(Protocol[V, R]):
    """What results ask for: versions (`V`), runs (`R`), objects and bytes.

    The client answers. The two types are parameters because they are defined on top of this module.
    """

    @property
    def store(self) -> "Store":
        """Where the bytes are."""

    def find_artifact_version(self, name_id_or_prefix: str, version: str | None = None) -> V:
        """The version called so, or with that ID; raises `NotFoundError` without one."""

    def list_artifact_versions(self, *, size: int, artifact: str) -> Page[V]:
        """One page of versions, newest first; `artifact` is a filter."""

    def get_pipeline_run(self, name_id_or_prefix: str) -> R:
        """The run with that ID; raises `NotFoundError` without one."""

    def list_pipeline_runs(self, *, size: int, pipeline: str, status: str | None) -> Page[R]:
        """One page of runs, newest first; `pipeline` and `status` are filters."""

    def load(
        self, name_id_or_prefix: str, *, allow_pickle: bool, materializer: Any, wanted: type | None
    ) -> Any:
        """The Python object that a version keeps."""

    def download_zip(self, ref: str, path: str | Path, *, overwrite: bool) -> object:
        """Write a version's files into a zip file."""


class Result:
    """What is true of all results: they know their origin, and the row that they were made of.

    Results are frozen dataclasses. Origin and row are no fields: neither shown nor compared. What
    dataclasses would be given each, such as `__eq__`, stands here once: made anew for each class,
    it takes a millisecond of every listing.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    _origin: Origin | None = None
    _row: Any = None

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and _fields_of(other) == _fields_of(self)

    def __hash__(self) -> int:
        return hash(_fields_of(self))

    @property
    def _asked(self) -> object:
        """Who answers for the origin."""
        if self._origin is None:
            raise WrongUsageError(
                f"{self!r} belongs to no home: it was made by hand", hint="get it from a Client"
            )
        return self._origin.answerer()

    def facts(self) -> Mapping[str, Any]:
        """What a notebook shows of it, by name."""
        raise NotImplementedError

    def kept(self, name: str) -> Any:
        """A field as the catalog gave it: a time is RFC 3339 text, in UTC."""
        return vars(self)[name]

    def shown(self, names: Iterable[str]) -> dict[str, Any]:
        """Fields as the catalog gave them, and properties, by name: what output has of it."""
        kept = vars(self)
        return {name: kept[name] if name in kept else getattr(self, name) for name in names}

    def as_json(self) -> dict[str, Any]:
        """Its fields as JSON output has them; nothing of it is shared with the result."""
        shown = self.shown(field.name for field in fields(self))
        return {name: _as_json(value) for name, value in shown.items()}

    def get_hydrated_version(self) -> Self:
        """Itself: nothing is left out here that would have to be asked for again."""
        return self

    def _time(self, name: str) -> str:
        """A time for people; of a damaged row what it says instead."""
        return plain_text.moment(self.kept(name) or "")

    def _repr_html_(self) -> str:
        return table_of_facts(self.facts())


def bind(value: Some, origin: Origin | None, row: Any = None) -> Some:
    """`value`, which now knows where it came from."""
    vars(value).update(_origin=origin, _row=row)
    return value


def altered(value: Some, **fields: Any) -> Some:
    """The same with other values in some fields."""
    return bind(replace(value, **fields), value._origin, value._row)


def _fields_of(value: Result) -> tuple[Any, ...]:
    return tuple(value.kept(field.name) for field in fields(value))


def _as_json(value: Any) -> Any:
    if isinstance(value, Result):
        return value.as_json()
    if isinstance(value, Mapping):
        return {key: _as_json(item) for key, item in value.items()}
    return list(map(_as_json, value)) if isinstance(value, list) else value
