"""How a result asks its home for more: through the protocol `Answerer`, not the client's class."""

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


class Shown(Protocol):
    """The visualizations of a version."""

    @property
    def items(self) -> Iterable[Any]:
        """Each `Visualization`."""


class Answerer(Protocol[V, R]):
    """The protocol through which results ask for versions (`V`), runs (`R`), objects and bytes.

    The client implements it. The two types are parameters because they are defined in modules that
    import this one.
    """

    @property
    def store(self) -> "Store":
        """The artifact store with the bytes."""

    def find_artifact_version(self, name_id_or_prefix: str, version: str | None = None) -> V:
        """Return the version with that name or ID; raises `NotFoundError` when there is none."""

    def list_artifact_versions(self, *, size: int, artifact: str) -> Page[V]:
        """Return one page of versions, newest first; `artifact` is a filter."""

    def get_pipeline_run(self, name_id_or_prefix: str) -> R:
        """Return the run with that name or ID; raises `NotFoundError` when there is none."""

    def list_pipeline_runs(self, *, size: int, pipeline: str, status: str | None) -> Page[R]:
        """Return one page of runs, newest first; `pipeline` and `status` are filters."""

    def load(
        self,
        name_id_or_prefix: str,
        *,
        allow_pickle: bool,
        materializer: object,
        wanted: type | None,
    ) -> Any:
        """Return the Python object of a version."""

    def visualize(self, name_id_or_prefix: str) -> "Shown":
        """Return the visualizations of a version."""

    def download_zip(self, ref: str, path: str | Path, *, overwrite: bool) -> object:
        """Write a version's files into a zip file."""


class Result:
    """The base of all results: it holds the origin, and the row that the result was made from.

    Results are frozen dataclasses. Origin and row are not fields: they are neither shown nor
    compared. Methods such as `__eq__` are written here once, because generating them for each
    dataclass would add a millisecond to every listing.
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
        """The answerer of the origin; raises `WrongUsageError` for a result without an origin."""
        if self._origin is None:
            raise WrongUsageError(
                f"{self!r} belongs to no home: it was made by hand", hint="get it from a Client"
            )
        return self._origin.answerer()

    def facts(self) -> Mapping[str, Any]:
        """Return the facts that a notebook shows, by name."""
        raise NotImplementedError

    def kept(self, name: str) -> Any:
        """Return a field in the catalog's form: a time is RFC 3339 text in UTC."""
        return vars(self)[name]

    def shown(self, names: Iterable[str]) -> dict[str, Any]:
        """Return fields in the catalog's form, and properties, by name, for the output."""
        kept = vars(self)
        return {name: kept[name] if name in kept else getattr(self, name) for name in names}

    def as_json(self) -> dict[str, Any]:
        """Return the fields as JSON values, all of them copies."""
        shown = self.shown(field.name for field in fields(self))
        return {name: _as_json(value) for name, value in shown.items()}

    def get_hydrated_version(self) -> Self:
        """Return this result: it is always complete, so there is nothing more to fetch."""
        return self

    def _time(self, name: str) -> str:
        """Return a time as people read it; the text itself when the row is damaged."""
        return plain_text.moment(self.kept(name) or "")

    def _repr_html_(self) -> str:
        return table_of_facts(self.facts())


def bind(value: Some, origin: Origin | None, row: object = None) -> Some:
    """Attach the origin and the row to `value`, and return it."""
    vars(value).update(_origin=origin, _row=row)
    return value


def altered(value: Some, **fields: Any) -> Some:
    """Return a copy with other values in some fields, and with the same origin and row."""
    return bind(replace(value, **fields), value._origin, value._row)


def _fields_of(value: Result) -> tuple[object, ...]:
    return tuple(value.kept(field.name) for field in fields(value))


def _as_json(value: object) -> object:
    if isinstance(value, Result):
        return value.as_json()
    if isinstance(value, Mapping):
        return {key: _as_json(item) for key, item in value.items()}
    return list(map(_as_json, value)) if isinstance(value, list) else value
