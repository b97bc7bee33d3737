"""How a result asks its home for more: through the protocol `Answerer`, not the client's class."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import Field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, Self, TypeVar
from uuid import UUID

from artifactctl import plain_text
from artifactctl.errors import WrongUsageError
from artifactctl.home import Origin as Origin
from artifactctl.results.pages import Listed, Page

if TYPE_CHECKING:
    from artifactctl.results.series import Series
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

    def find_artifact_version(self, name_id_or_prefix: str | UUID, version: str | None = None) -> V:
        """Return the version with that name or ID; raises `NotFoundError` when there is none."""

    def list_artifact_versions(self, *, size: int, artifact: str) -> Page[V]:
        """Return one page of versions, oldest first; `artifact` is a filter."""

    def get_pipeline_run(self, name_id_or_prefix: str | UUID) -> R:
        """Return the run with that name or ID; raises `NotFoundError` when there is none."""

    def list_pipeline_runs(self, *, size: int, pipeline: str, status: str | None) -> Page[R]:
        """Return one page of runs, newest first; `pipeline` and `status` are filters."""

    def index_of_run(self, run_id: str | UUID) -> int:
        """Return the place of a run among all runs of its pipeline, from 1."""

    def list_series(self, owner_ids: Sequence[str]) -> "Mapping[str, Mapping[str, Series]]":
        """Return the series of runs, steps and versions, by the owner's ID and then by key."""

    def load(
        self,
        name_id_or_prefix: str | UUID,
        *,
        allow_pickle: bool,
        materializer: object,
        wanted: type | None,
    ) -> Any:
        """Return the Python object of a version."""

    def open(
        self,
        ref: str | UUID,
        path: str | None,
        mode: Any,
        encoding: str,
        errors: str,
        newline: str | None,
        *,
        verify: bool,
    ) -> Any:
        """Open one file of a version."""

    def visualize(self, name_id_or_prefix: str | UUID) -> "Shown":
        """Return the visualizations of a version."""

    def download_zip(self, ref: str | UUID, path: str | Path, *, overwrite: bool) -> object:
        """Write a version's files into a zip file."""


class Result:
    """The base of all results: it holds the origin, and the row that the result was made from.

    Results are frozen dataclasses with an `id`; those of one class are equal when their IDs are.
    Origin and row are not fields, and not shown. Methods such as `__eq__` are written here once,
    because generating them for each dataclass would add a millisecond to every listing.
    """

    user = user_id = project = project_id = None
    """ZenML's owner and project of a result, which do not exist here."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    _origin: Origin | None = None
    _row: Any = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Result):
            return False
        is_one_kind = isinstance(other, type(self)) or isinstance(self, type(other))
        return is_one_kind and other.id_text == self.id_text

    def __hash__(self) -> int:
        return hash(self.id_text)

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

    @property
    def id_text(self) -> str:
        """The ID as the catalog has it."""
        return str(self.kept("id"))

    def kept(self, name: str) -> Any:
        """Return a field in the catalog's form: an ID is text, a time RFC 3339 text in UTC."""
        return vars(self)[name]

    def shown(self, names: Iterable[str]) -> dict[str, Any]:
        """Return fields in the catalog's form, and properties, by name, for the output."""
        kept = vars(self)
        return {name: kept[name] if name in kept else getattr(self, name) for name in names}

    def as_json(self) -> dict[str, Any]:
        """Return the fields as JSON values, all of them copies."""
        shown = self.shown(field.name for field in fields(self))
        return {name: _as_json(value) for name, value in shown.items()}

    def model_dump(self, *, mode: Literal["python", "json"] = "python") -> dict[str, Any]:
        """Return the fields by name: Python values (`UUID`, `datetime`), or JSON values."""
        if mode == "json":
            plain: dict[str, Any] = json.loads(self.model_dump_json())
            return plain
        return {field.name: _dumped(getattr(self, field.name)) for field in fields(self)}

    def model_dump_json(self, *, indent: int | None = None) -> str:
        """Return the fields as JSON text."""
        return json.dumps(self.as_json(), indent=indent, ensure_ascii=False, default=list)

    def get_hydrated_version(self) -> Self:
        """Return this result: it is always complete, so there is nothing more to fetch."""
        return self

    def _time(self, name: str) -> str:
        """Return a time as people read it; the text itself when the row is damaged."""
        return plain_text.moment(self.kept(name) or "")

    def _repr_html_(self) -> str:
        # Imported on first use: only notebooks need it.
        from artifactctl.visuals.notebook import table_of_facts  # noqa: PLC0415

        return table_of_facts(self.facts())


def bind(value: Some, origin: Origin | None, row: object = None) -> Some:
    """Attach the origin and the row to `value`, and return it."""
    vars(value).update(_origin=origin, _row=row)
    return value


def altered(value: Some, **fields: Any) -> Some:
    """Return a copy with other values in some fields, and with the same origin and row."""
    return bind(replace(value, **fields), value._origin, value._row)


def _dumped(value: object) -> object:
    if isinstance(value, Result):
        return value.model_dump()
    if isinstance(value, Mapping):
        return {key: _dumped(item) for key, item in value.items()}
    return value


def _as_json(value: object) -> object:
    if isinstance(value, Result):
        return value.as_json()
    if isinstance(value, Mapping):
        return {key: _as_json(item) for key, item in value.items()}
    return list(map(_as_json, value)) if isinstance(value, list) else value
