"""How a result asks its home for more: of what its origin gives, never of the client's class."""

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from artifactctl.catalog.rows import Page
from artifactctl.errors import WrongUsageError
from artifactctl.home import Origin as Origin

if TYPE_CHECKING:
    from artifactctl.store import Store

B = TypeVar("B", bound="Bound")
V = TypeVar("V")
R = TypeVar("R")


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


class Bound:
    """What a result has beside its fields: its origin, and the row that it was made of.

    They are no fields: neither shown nor compared nor printed.
    """

    __slots__ = ("_origin", "_row")

    _origin: Origin | None
    _row: Any

    @property
    def _asked(self) -> object:
        origin = getattr(self, "_origin", None)
        if origin is None:
            raise WrongUsageError(
                f"{self!r} belongs to no home: it was made by hand", hint="ask a Client for it"
            )
        return origin.answerer()

    def __reduce__(self) -> tuple[Any, ...]:
        values = {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
        extra = getattr(self, "_origin", None), getattr(self, "_row", None)
        return _restored, (type(self), values, *extra)


def bind(value: B, origin: Origin | None, row: Any = None) -> B:
    """`value`, which now knows where it came from."""
    object.__setattr__(value, "_origin", origin)
    object.__setattr__(value, "_row", row)
    return value


def altered(value: B, **fields: Any) -> B:
    """The same with other values in some fields."""
    return bind(replace(value, **fields), value._origin, value._row)  # type: ignore[type-var]


def _restored(kind: type[B], values: Mapping[str, Any], origin: Origin | None, row: Any) -> B:
    return bind(kind(**values), origin, row)
