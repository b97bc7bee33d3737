"""What can be listed, and by what it is filtered and sorted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from artifactctl.catalog.engine.protocol import Database
from artifactctl.catalog.reading.fields import (
    Among,
    Bound,
    Either,
    Field,
    Flag,
    Identifier,
    Place,
    Text,
    Time,
    Whole,
    read_status,
    read_type,
)
from artifactctl.catalog.reading.filters import is_text
from artifactctl.catalog.reading.metadata_fields import (
    Metadata,
    RunMetadata,
    runs_sorted_by,
    sorted_by,
)
from artifactctl.catalog.reading.runs import select_runs
from artifactctl.catalog.reading.versions import COUNT, LATEST, select_artifacts, select_versions
from artifactctl.catalog.rows import Artifact, Run, Version
from artifactctl.errors import InvalidInputError, WrongUsageError

T = TypeVar("T")

METADATA = "metadata."


@dataclass(frozen=True, slots=True)
class Order:
    """Columns to sort by; `source`: where rows come from in that order, along an index."""

    columns: Sequence[str]
    source: str = ""


_URI = (
    "COALESCE(v.link, :store || '/manifests/' || substr(v.manifest, 8, 2) || '/'"
    " || substr(v.manifest, 8) || '.json')"
)
_OF_ARTIFACT = Among(
    Text("a.name"),
    "v.artifact_seq",
    "SELECT a.seq FROM artifact a WHERE {}",
    one="v.artifact_seq = (SELECT a.seq FROM artifact a WHERE {})",
    identifier=Identifier("a.id"),
)


def _of_run(column: str) -> Among:
    return Among(Text(column), "v.producer_run", "SELECT r.id FROM run r WHERE {}")


_VERSION_FIELDS: dict[str, Field] = {
    "id": Identifier("v.id"),
    "artifact": _OF_ARTIFACT,
    "name": _OF_ARTIFACT,
    "tag": Among(
        Text("t.tag"),
        "v.seq",
        "SELECT t.version_seq FROM version_tag t WHERE {}",
        is_exact=True,
    ),
    "version": Text("v.version", number="v.number"),
    "version_number": Whole("v.number"),
    "type": Text("v.type", read=read_type),
    "data_type": Text("v.data_type"),
    "materializer": Text("v.materializer"),
    "uri": Place(_URI),
    "size_bytes": Whole("v.size_bytes"),
    "created": Time("v.created"),
    "updated": Time("v.updated"),
    "has_custom_name": Among(
        Flag("a.has_custom_name"), "v.artifact_seq", "SELECT a.seq FROM artifact a WHERE {}"
    ),
    # By its ID a run is found when it was deleted, too.
    "pipeline_run": Either(Identifier("v.producer_run"), _of_run("r.name")),
    "pipeline": _of_run("r.pipeline"),
    "step": Text("v.producer_step"),
    "only_unused": Flag("(v.seq NOT IN (SELECT u.version_seq FROM step_version u))"),
}
_ARTIFACT_FIELDS: dict[str, Field] = {
    "id": Identifier("a.id"),
    "name": Text("a.name"),
    "tag": Among(Text("t.tag"), "a.seq", "SELECT t.artifact_seq FROM artifact_tag t WHERE {}"),
    "created": Time("a.created"),
    "updated": Time("a.updated"),
    "has_custom_name": Flag("a.has_custom_name"),
}
_ALIASES = {"tags": "tag", "run_metadata": "metadata"}

# Numbers sort as numbers, before custom strings.
_BY_VERSION = ("(v.number IS NULL)", "v.number", "v.version")
_BY_ARTIFACT = Order(
    ("a.name",), "artifact a CROSS JOIN artifact_version v WHERE v.artifact_seq = a.seq AND "
)
_VERSION_ORDERS = {
    "id": Order(("v.id",)),
    "artifact": _BY_ARTIFACT,
    "name": _BY_ARTIFACT,
    "version": Order(_BY_VERSION),
    "version_number": Order(_BY_VERSION[:2]),
    "type": Order(("v.type",)),
    "tags": Order(("(SELECT MIN(t.tag) FROM version_tag t WHERE t.version_seq = v.seq)",)),
    "size": Order(("v.size_bytes",)),
    "size_bytes": Order(("v.size_bytes",)),
    "file_count": Order(("v.file_count",)),
    "created": Order(("v.created",)),
    "updated": Order(("v.updated",)),
}
_BY_LATEST = Order(
    tuple(LATEST.replace("SELECT v.version", f"SELECT {column}") for column in _BY_VERSION)
)
_ARTIFACT_ORDERS = {
    "id": Order(("a.id",)),
    "name": Order(("a.name",)),
    "latest_version_name": _BY_LATEST,
    "latest_version": _BY_LATEST,
    "version_count": Order((COUNT,)),
    "tags": Order(("(SELECT MIN(t.tag) FROM artifact_tag t WHERE t.artifact_seq = a.seq)",)),
    "created": Order(("a.created",)),
    "updated": Order(("a.updated",)),
}


_RUN_FIELDS: dict[str, Field] = {
    "id": Identifier("r.id"),
    "name": Text("r.name"),
    "pipeline": Text("r.pipeline"),
    "status": Text("r.status", read=read_status),
    "tag": Among(Text("t.tag"), "r.seq", "SELECT t.run_seq FROM run_tag t WHERE {}"),
    "created": Time("r.started"),
    "started": Time("r.started"),
    "ended": Time("r.ended"),
}
_RUN_ORDERS = {
    **{name: Order((f"r.{name}",)) for name in ("id", "name", "pipeline", "status")},
    "tags": Order(("(SELECT MIN(t.tag) FROM run_tag t WHERE t.run_seq = r.seq)",)),
    "created": Order(("r.started",)),
    "started": Order(("r.started",)),
    "ended": Order(("r.ended",)),
}


@dataclass(frozen=True, slots=True)
class MetadataFields:
    """How keys of metadata are filtered and sorted by."""

    field: Callable[[str], Field]
    sorted_by: Callable[[str, Bound], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """What is listed: where its rows are, their key, and how they are fetched by it."""

    source: str
    seq: str
    fields: Mapping[str, Field]
    orders: Mapping[str, Order]
    select: Callable[[Database, str, Mapping[str, Any]], list[T]]
    metadata: MetadataFields | None = None

    def field(self, name: str) -> Field:
        """What to filter by; raises `WrongUsageError` that names what there is."""
        key = self._metadata_key(name)
        if key is not None and self.metadata is not None:
            return self.metadata.field(key)
        name = name.replace("-", "_")
        field = self.fields.get(_ALIASES.get(name, name))
        if field is None:
            raise WrongUsageError(
                f"cannot filter by {name!r}", hint=f"use one of {self._known(self.fields)}"
            )
        return field

    def order(self, name: str, bound: Bound) -> Order:
        """What to sort by; raises `WrongUsageError` that names what there is."""
        key = self._metadata_key(name)
        if key is not None and self.metadata is not None:
            return Order(self.metadata.sorted_by(key, bound))
        name = name.replace("-", "_")
        if name not in self.orders:
            raise WrongUsageError(
                f"cannot sort by {name!r}",
                hint=f"write [asc:|desc:]FIELD with one of {self._known(self.orders)}",
            )
        return self.orders[name]

    def _metadata_key(self, name: str) -> str | None:
        """The key of `metadata.KEY` as it is; None for any other field."""
        key = name.removeprefix(METADATA)
        if self.metadata is None or key == name:
            return None
        if not is_text(key):
            raise InvalidInputError(f"key {key!r} of metadata is not valid Unicode")
        if not key:
            raise WrongUsageError(f"{key!r} is no key of metadata", hint=f"write {METADATA}KEY")
        return key

    def _known(self, names: Mapping[str, Any]) -> str:
        return ", ".join([*names, f"{METADATA}KEY"] if self.metadata is not None else names)


VERSIONS: Kind[Version] = Kind(
    "artifact_version v WHERE ",
    "v.seq",
    _VERSION_FIELDS,
    _VERSION_ORDERS,
    select_versions,
    MetadataFields(Metadata, sorted_by),
)
ARTIFACTS: Kind[Artifact] = Kind(
    "artifact a WHERE a.deleted IS NULL AND ",
    "a.seq",
    _ARTIFACT_FIELDS,
    _ARTIFACT_ORDERS,
    select_artifacts,
)
RUNS: Kind[Run] = Kind(
    "run r WHERE ",
    "r.seq",
    _RUN_FIELDS,
    _RUN_ORDERS,
    select_runs,
    MetadataFields(RunMetadata, runs_sorted_by),
)
