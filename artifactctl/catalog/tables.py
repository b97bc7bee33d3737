"""The catalog's tables as SQLModel classes: the only definition, for SQLite and PostgreSQL.

What it means for a new SQLite catalog is written out in `sqlite_tables`.

`seq` numbers the rows of a table in the order of their creation, and is never reused, not even
after a deletion; the latest row is the one with the highest. `revision` counts the changes of a
row. `recorded` is the revision of which the record in the store is known to be written.

Times are RFC 3339 text in UTC with microseconds, so that they sort as text.

SQLModel does not validate the arguments of a class with `table=True`. Rows from outside go through
`model_validate`, which checks each cell by the rules in `cells`.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationInfo, field_validator
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    Text,
    TextClause,
    text,
)
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from artifactctl.catalog.cells import CELLS

# Text must sort by its bytes, since ranges of IDs, times and prefixes are compared so: hence the
# collation "C" in PostgreSQL. TEXT has no length, which only PostgreSQL would enforce.
_TEXT = Text().with_variant(Text(collation="C"), "postgresql")
# SQLite's AUTOINCREMENT, which never reuses a number, requires INTEGER; PostgreSQL needs BIGINT.
_SEQ = BigInteger().with_variant(Integer(), "sqlite")
_UNRECORDED = "recorded < revision"
_NEVER_REUSED: dict[str, Any] = {"sqlite_autoincrement": True}


def _seq() -> Any:
    """The primary key `seq`, which the database allocates."""
    return Field(default=None, primary_key=True, sa_type=_SEQ, sa_column_args=(Identity(),))


def _text(**arguments: Any) -> Any:
    return Field(sa_type=_TEXT, **arguments)


def _whole(**arguments: Any) -> Any:
    return Field(sa_type=BigInteger, **arguments)


def _seq_of(column: str, **arguments: Any) -> Any:
    """A foreign key; it is deferrable, so that a restore can insert rows in any order."""
    reference = ForeignKey(column, deferrable=True)
    return Field(sa_type=BigInteger, sa_column_args=(reference,), **arguments)


def _partial(name: str, *columns: str | TextClause, where: str, unique: bool = False) -> Index:
    """A partial index over the rows for which `where` holds."""
    only = text(where)
    return Index(name, *columns, unique=unique, sqlite_where=only, postgresql_where=only)


def _comparable(table: str, seq: str) -> tuple[Any, ...]:
    """The primary key of a metadata table, and its indexes by key and value.

    An index row of PostgreSQL has at most 2,704 bytes, so that its index contains only the start
    of a text (see `engine.dialect`).
    """
    has_text, start = "text IS NOT NULL", text("left(text, 200)")
    in_sqlite = _partial(f"{table}_text", "key", "text", seq, where=has_text)
    in_postgres = _partial(f"{table}_text", "key", start, seq, where=has_text)
    return (
        PrimaryKeyConstraint(seq, "key"),
        _partial(f"{table}_number", "key", "number", seq, where="number IS NOT NULL"),
        in_sqlite.ddl_if(dialect="sqlite"),
        in_postgres.ddl_if(dialect="postgresql"),
    )


_REGISTRY = registry()


class Table(SQLModel, registry=_REGISTRY):
    """The base of all tables, whose SQLAlchemy metadata is apart from that of a user's tables."""

    @field_validator("*", mode="before")
    @classmethod
    def _is_as_written(cls, value: Any, info: ValidationInfo) -> Any:
        """Raise `ValueError` for a cell that breaks the rules in `cells`."""
        assert info.field_name is not None
        # A new row has no seq until the database allocates one.
        is_new = info.field_name == "seq" and value is None
        if not is_new and not CELLS[str(cls.__tablename__)][info.field_name](value):
            raise ValueError("it holds what artifactctl does not write")
        return value


METADATA = Table.metadata


class CatalogRow(Table, table=True):
    """The only row of its table, with the catalog's ID, which it keeps when it is moved.

    `incarnation` grows when a restore or a rebuild may have brought deleted versions back. `epoch`
    counts the times at which `gc` condemned digests or had deleted their bytes (see
    `writing.condemning`); digests condemned before the epoch `forgotten` have no row any more.
    """

    __tablename__ = "catalog"

    id: str = _text(primary_key=True)
    schema_version: int = _whole()
    incarnation: int = _whole()
    epoch: int = _whole()
    forgotten: int = _whole()


class CondemnedRow(Table, table=True):
    """A digest whose bytes `gc` deletes, while it is `pending`, or has deleted in the `epoch`.

    `lease_ends_ms` is when a pending deletion counts as done, since 1970 by the clock of the
    catalog's server; `condemned_by` is the ID of the collection that deletes.
    """

    __tablename__ = "condemned"
    __table_args__ = (
        Index("condemned_epoch", "epoch"),
        _partial("condemned_pending", "condemned_by", where="pending"),
    )

    digest: str = _text(primary_key=True)
    epoch: int = _whole()
    pending: bool
    lease_ends_ms: int = _whole()
    condemned_by: str = _text()


class LeaseRow(Table, table=True):
    """A sign of life of a process that executes a run; `id` is the run's.

    It is renewed until `ends_ms`, since 1970 by the clock of the catalog's server. `machine` tells
    the boot of the machine and the namespace in which `process` is its number and `birth` its
    start; both are None where the system does not tell.
    """

    __tablename__ = "lease"

    id: str = _text(primary_key=True)
    kind: str = _text()
    host: str = _text()
    machine: str | None = _text()
    process: int = _whole()
    birth: int | None = _whole()
    ends_ms: int = _whole()


class ArtifactRow(Table, table=True):
    """An artifact: a name for versions, with the highest number that was ever allocated."""

    __tablename__ = "artifact"
    __table_args__ = (
        Index("artifact_created", "created"),
        Index("artifact_updated", "updated"),
        _partial("artifact_living", "seq", where="deleted IS NULL"),
        _partial("artifact_unrecorded", "seq", where=_UNRECORDED),
        _NEVER_REUSED,
    )

    seq: int | None = _seq()
    id: str = _text(unique=True)
    name: str = _text(unique=True)
    has_custom_name: bool
    last_number: int = _whole(sa_column_kwargs={"server_default": text("0")})
    created: str = _text()
    updated: str = _text()
    revision: int = _whole()
    recorded: int = _whole()
    deleted: str | None = _text()
    description: str | None = _text()


class VersionRow(Table, table=True):
    """An artifact version; `facts` is the digest of the columns that never change."""

    __tablename__ = "artifact_version"
    __table_args__ = (
        Index("artifact_version_name", "artifact_seq", "version", unique=True),
        Index("artifact_version_latest", "artifact_seq", "seq"),
        Index("artifact_version_created", "created"),
        Index("artifact_version_type", "type"),
        Index("artifact_version_version", "version"),
        Index("artifact_version_updated", "updated"),
        Index("artifact_version_size", "size_bytes"),
        Index("artifact_version_order", text("(number IS NULL)"), "number", "version"),
        Index("artifact_version_manifest", "manifest"),
        Index("artifact_version_producer", "producer_run"),
        _partial("artifact_version_unrecorded", "seq", where=_UNRECORDED),
        CheckConstraint("kind IN ('file', 'folder')"),
        _NEVER_REUSED,
    )

    seq: int | None = _seq()
    id: str = _text(unique=True)
    artifact_seq: int = _seq_of("artifact.seq")
    version: str = _text()
    number: int | None = _whole()
    type: str = _text()
    kind: str = _text()
    digest: str | None = _text()
    source_checksum: str | None = _text()
    manifest: str = _text()
    link: str | None = _text()
    size_bytes: int = _whole()
    file_count: int = _whole()
    created: str = _text()
    updated: str = _text()
    facts: str = _text()
    revision: int = _whole()
    recorded: int = _whole()
    data_type: str | None = _text()
    materializer: str | None = _text()
    producer_run: str | None = _text()
    producer_step: str | None = _text()
    data_deleted: str | None = _text()
    save_type: str | None = _text()
    description: str | None = _text()


class DeletedVersionRow(Table, table=True):
    """What is left of a deleted version: its name and number, which are never used again.

    `former` is a JSON object of what its record said, of which `restore` makes the version again;
    None for one that was deleted by an earlier artifactctl.
    """

    __tablename__ = "deleted_version"
    __table_args__ = (
        Index("deleted_version_name", "artifact_seq", "version", unique=True),
        _partial("deleted_version_unrecorded", "seq", where=_UNRECORDED),
    )

    seq: int = _whole(primary_key=True, sa_column_kwargs={"autoincrement": False})
    id: str = _text(unique=True)
    artifact_seq: int = _seq_of("artifact.seq")
    version: str = _text()
    number: int | None = _whole()
    created: str = _text()
    deleted: str = _text()
    revision: int = _whole()
    recorded: int = _whole()
    former: str | None = _text()


class VersionInputRow(Table, table=True):
    """An input with which a version was registered; no foreign key, since it may be deleted."""

    __tablename__ = "version_input"
    __table_args__ = (Index("version_input_input", "input_seq"),)

    version_seq: int = _seq_of("artifact_version.seq", primary_key=True)
    input_seq: int = _whole(primary_key=True)


class TagRow(Table, table=True):
    """A tag itself; its carriers name it in `artifact_tag`, `version_tag` and the like.

    A deleted tag keeps its row, so that a rebuild does not bring it back from its record. Another
    tag may have its name.
    """

    __tablename__ = "tag"
    __table_args__ = (
        _partial("tag_living", "name", where="deleted IS NULL", unique=True),
        _partial("tag_unrecorded", "seq", where=_UNRECORDED),
        _NEVER_REUSED,
    )

    seq: int | None = _seq()
    id: str = _text(unique=True)
    name: str = _text()
    color: str = _text()
    exclusive: bool
    cascade: bool
    protected: bool
    created: str = _text()
    updated: str = _text()
    revision: int = _whole()
    recorded: int = _whole()
    deleted: str | None = _text()


class ArtifactTagRow(Table, table=True):
    """A tag on an artifact."""

    __tablename__ = "artifact_tag"
    __table_args__ = (Index("artifact_tag_tag", "tag", "artifact_seq"),)

    artifact_seq: int = _seq_of("artifact.seq", primary_key=True)
    tag: str = _text(primary_key=True)


class VersionTagRow(Table, table=True):
    """A tag on an artifact version."""

    __tablename__ = "version_tag"
    __table_args__ = (Index("version_tag_tag", "tag", "version_seq"),)

    version_seq: int = _seq_of("artifact_version.seq", primary_key=True)
    tag: str = _text(primary_key=True)


class _Leaf(Table):
    """A value inside of a metadata object, by its keys joined with `.`; derived from the object.

    `number` or `text` is its comparable form (see `typed`).
    """

    key: str = _text()
    number: float | None = Field(sa_type=Numeric)
    text: str | None = _text()


class _Entry(_Leaf):
    """A key of metadata and its value; `value` is JSON text."""

    value: str = _text()


class VersionMetadataRow(_Entry, table=True):
    """A key of a version's metadata; `value` is JSON, `number` or `text` its comparable form."""

    __tablename__ = "version_metadata"
    __table_args__ = _comparable("version_metadata", "version_seq")

    version_seq: int = _seq_of("artifact_version.seq")


class VersionMetadataLeafRow(_Leaf, table=True):
    """A value inside of an object of a version's metadata, by its keys joined with `.`."""

    __tablename__ = "version_metadata_leaf"
    __table_args__ = _comparable("version_metadata_leaf", "version_seq")

    version_seq: int = _seq_of("artifact_version.seq")


class RunRow(Table, table=True):
    """An execution of a pipeline; `details` is a JSON object."""

    __tablename__ = "run"
    __table_args__ = (
        Index("run_name", "name"),
        Index("run_pipeline", "pipeline"),
        Index("run_started", "started"),
        _partial("run_running", "seq", where="status = 'running'"),
        _partial("run_unrecorded", "seq", where=_UNRECORDED),
        _NEVER_REUSED,
    )

    seq: int | None = _seq()
    id: str = _text(unique=True)
    name: str = _text()
    pipeline: str = _text()
    status: str = _text()
    started: str = _text()
    ended: str | None = _text()
    details: str = _text()
    revision: int = _whole()
    recorded: int = _whole()
    description: str | None = _text()


class DeletedRunRow(Table, table=True):
    """What is left of a deleted run, so that a rebuild does not bring it back from its record."""

    __tablename__ = "deleted_run"
    __table_args__ = (_partial("deleted_run_unrecorded", "seq", where=_UNRECORDED),)

    seq: int = _whole(primary_key=True, sa_column_kwargs={"autoincrement": False})
    id: str = _text(unique=True)
    name: str = _text()
    pipeline: str = _text()
    started: str = _text()
    deleted: str = _text()
    revision: int = _whole()
    recorded: int = _whole()


class StepRow(Table, table=True):
    """One step of a run; `details` is a JSON object, `log` the digest of its output."""

    __tablename__ = "run_step"
    __table_args__ = (
        Index("run_step_name", "run_seq", "name", unique=True),
        _partial("run_step_cache_key", "cache_key", "seq", where="cache_key IS NOT NULL"),
        _partial("run_step_log", "log", where="log IS NOT NULL"),
        _NEVER_REUSED,
    )

    seq: int | None = _seq()
    id: str = _text(unique=True)
    run_seq: int = _seq_of("run.seq")
    name: str = _text()
    status: str = _text()
    details: str = _text()
    started: str | None = _text()
    ended: str | None = _text()
    cache_key: str | None = _text()
    log: str | None = _text()
    log_bytes: int | None = _whole()


class StepVersionRow(Table, table=True):
    """An input or output of a step; no foreign key, since `--force` may delete the version."""

    __tablename__ = "step_version"
    __table_args__ = (
        Index("step_version_version", "version_seq"),
        CheckConstraint("direction IN ('input', 'output')"),
    )

    step_seq: int = _seq_of("run_step.seq", primary_key=True)
    direction: str = _text(primary_key=True)
    name: str = _text(primary_key=True)
    version_seq: int = _whole(primary_key=True)


class RunTagRow(Table, table=True):
    """A tag on a run."""

    __tablename__ = "run_tag"
    __table_args__ = (Index("run_tag_tag", "tag", "run_seq"),)

    run_seq: int = _seq_of("run.seq", primary_key=True)
    tag: str = _text(primary_key=True)


class PipelineRow(Table, table=True):
    """What is known of a pipeline beside its runs: its tags. Only a tagged pipeline has a row."""

    __tablename__ = "pipeline"
    __table_args__ = (_partial("pipeline_unrecorded", "seq", where=_UNRECORDED), _NEVER_REUSED)

    seq: int | None = _seq()
    id: str = _text(unique=True)
    name: str = _text(unique=True)
    created: str = _text()
    updated: str = _text()
    revision: int = _whole()
    recorded: int = _whole()


class PipelineTagRow(Table, table=True):
    """A tag on a pipeline."""

    __tablename__ = "pipeline_tag"
    __table_args__ = (Index("pipeline_tag_tag", "tag", "pipeline_seq"),)

    pipeline_seq: int = _seq_of("pipeline.seq", primary_key=True)
    tag: str = _text(primary_key=True)


class RunMetadataRow(_Entry, table=True):
    """A key of a run's metadata, with the columns of `VersionMetadataRow`."""

    __tablename__ = "run_metadata"
    __table_args__ = _comparable("run_metadata", "run_seq")

    run_seq: int = _seq_of("run.seq")


class RunMetadataLeafRow(_Leaf, table=True):
    """A value inside of an object of a run's metadata; see `VersionMetadataLeafRow`."""

    __tablename__ = "run_metadata_leaf"
    __table_args__ = _comparable("run_metadata_leaf", "run_seq")

    run_seq: int = _seq_of("run.seq")


class StepMetadataRow(_Entry, table=True):
    """A key of a step's metadata, with the columns of `VersionMetadataRow`."""

    __tablename__ = "step_metadata"
    __table_args__ = _comparable("step_metadata", "step_seq")

    step_seq: int = _seq_of("run_step.seq")


class StepMetadataLeafRow(_Leaf, table=True):
    """A value inside of an object of a step's metadata; see `VersionMetadataLeafRow`."""

    __tablename__ = "step_metadata_leaf"
    __table_args__ = _comparable("step_metadata_leaf", "step_seq")

    step_seq: int = _seq_of("run_step.seq")


class SeriesRow(Table, table=True):
    """A chunk of a series: points of the `key` of a version, a run or a step (`owner`, its ID).

    The steps of a series' chunks do not overlap. An emptied chunk keeps its row with a `count` of
    0, so that a rebuild does not bring its points back from its record. `low`, `high` and `final`,
    the value at the last step, are None where no value is known. For `points` see `series`.
    """

    __tablename__ = "series"
    __table_args__ = (
        Index("series_owner", "owner", "key", "last_step"),
        _partial("series_unrecorded", "seq", where=_UNRECORDED),
        _NEVER_REUSED,
    )

    seq: int | None = _seq()
    id: str = _text(unique=True)
    owner: str = _text()
    key: str = _text()
    first_step: int = _whole()
    last_step: int = _whole()
    count: int = _whole()
    low: float | None = Field(sa_type=Double)
    high: float | None = Field(sa_type=Double)
    final: float | None = Field(sa_type=Double)
    revision: int = _whole()
    recorded: int = _whole()
    points: str = _text()


MODELS: Mapping[str, type[Table]] = {
    str(mapper.class_.__tablename__): mapper.class_ for mapper in _REGISTRY.mappers
}
"""The classes, by the names of their tables."""
