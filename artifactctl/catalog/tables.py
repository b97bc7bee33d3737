"""The catalog's tables as SQLModel classes: the only definition, for SQLite and PostgreSQL.

`seq` is the order of allocation and never used twice, deleted rows included: "latest" means the
highest. `revision` counts the changes of a row, and `recorded` says up to which of them the
store's copy of it (its record) is known to be written.

Times are RFC 3339 text in UTC with microseconds, so that their order as text is their order in
time.

A class with `table=True` takes anything in its constructor. What comes from outside is given to
`model_validate`, which holds each cell to the rules of `cells`.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationInfo, field_validator
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
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

# The order of text must be that of its bytes: ranges of IDs and of times are compared so. TEXT,
# since PostgreSQL holds VARCHAR(n) to its length, and SQLite does not.
_TEXT = Text().with_variant(Text(collation="C"), "postgresql")
# SQLite counts rows without gaps or repeats only for INTEGER; PostgreSQL needs BIGINT.
_SEQ = BigInteger().with_variant(Integer(), "sqlite")
_UNRECORDED = "recorded < revision"
_NEVER_REUSED: dict[str, Any] = {"sqlite_autoincrement": True}


def _seq() -> Any:
    """The order of allocation, which the database counts."""
    return Field(default=None, primary_key=True, sa_type=_SEQ, sa_column_args=(Identity(),))


def _text(**arguments: Any) -> Any:
    return Field(sa_type=_TEXT, **arguments)


def _whole(**arguments: Any) -> Any:
    return Field(sa_type=BigInteger, **arguments)


def _seq_of(column: str, **arguments: Any) -> Any:
    """A row of another table; who puts rows back has it checked at the commit."""
    reference = ForeignKey(column, deferrable=True)
    return Field(sa_type=BigInteger, sa_column_args=(reference,), **arguments)


def _partial(name: str, *columns: str | TextClause, where: str) -> Index:
    """An index over the rows of which `where` holds."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


def _comparable(table: str, seq: str) -> tuple[Any, ...]:
    """The key of a table of metadata, and the indexes that find it by key and value.

    PostgreSQL's indexes hold no more than 2,704 bytes of a row, so that they have only the start
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
    """What all tables have in common: their own metadata, apart from a program's other tables."""

    @field_validator("*", mode="before")
    @classmethod
    def _is_as_written(cls, value: Any, info: ValidationInfo) -> Any:
        """Hold a cell to the rules by which it was written."""
        assert info.field_name is not None
        # A row that is not in its table yet has no place in the order of allocation.
        is_new = info.field_name == "seq" and value is None
        if not is_new and not CELLS[str(cls.__tablename__)][info.field_name](value):
            raise ValueError("it holds what artifactctl does not write")
        return value


METADATA = Table.metadata


class CatalogRow(Table, table=True):
    """The one row that says which catalog this is, wherever it is moved.

    `incarnation` changes when versions are there again that were gone: from a backup, or from
    records.
    """

    __tablename__ = "catalog"

    id: str = _text(primary_key=True)
    schema_version: int = _whole()
    incarnation: int = _whole()


class ArtifactRow(Table, table=True):
    """A name under which versions are kept, and the highest number it ever used."""

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


class VersionRow(Table, table=True):
    """One artifact version. What `facts` hashes never changes."""

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


class DeletedVersionRow(Table, table=True):
    """What is left of a deleted version: the name and the number that it has used up."""

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


class VersionInputRow(Table, table=True):
    """A version that another one was made from, as whoever registered that one said.

    It may have been deleted since.
    """

    __tablename__ = "version_input"
    __table_args__ = (Index("version_input_input", "input_seq"),)

    version_seq: int = _seq_of("artifact_version.seq", primary_key=True)
    input_seq: int = _whole(primary_key=True)


class TagRow(Table, table=True):
    """What is true of a tag wherever it is given: an `exclusive` one moves. Others have no row."""

    __tablename__ = "tag"
    __table_args__ = (_partial("tag_unrecorded", "seq", where=_UNRECORDED), _NEVER_REUSED)

    seq: int | None = _seq()
    id: str = _text(unique=True)
    name: str = _text(unique=True)
    exclusive: bool
    created: str = _text()
    updated: str = _text()
    revision: int = _whole()
    recorded: int = _whole()


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
    """A value inside of an object of metadata, by the keys on the way to it; made from that one.

    Values are compared by `number` or by `text` (see `typed`).
    """

    key: str = _text()
    number: float | None = Field(sa_type=Numeric)
    text: str | None = _text()


class _Entry(_Leaf):
    """One key of metadata; `value` is JSON."""

    value: str = _text()


class VersionMetadataRow(_Entry, table=True):
    """One key of a version's metadata; `value` is JSON, `number` or `text` what it compares by."""

    __tablename__ = "version_metadata"
    __table_args__ = _comparable("version_metadata", "version_seq")

    version_seq: int = _seq_of("artifact_version.seq")


class VersionMetadataLeafRow(_Leaf, table=True):
    """A value inside of an object of a version's metadata, by the keys on the way to it."""

    __tablename__ = "version_metadata_leaf"
    __table_args__ = _comparable("version_metadata_leaf", "version_seq")

    version_seq: int = _seq_of("artifact_version.seq")


class RunRow(Table, table=True):
    """One execution of a pipeline; `details` is a JSON object."""

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


class DeletedRunRow(Table, table=True):
    """What is left of a deleted run: enough that no record can bring it back."""

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
    """One step of a run; `details` is a JSON object, `log` the digest of what it printed."""

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
    """A version that a step used or made. It may have been deleted since, by force."""

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


class RunMetadataRow(_Entry, table=True):
    """One key of a run's metadata, as `VersionMetadataRow`."""

    __tablename__ = "run_metadata"
    __table_args__ = _comparable("run_metadata", "run_seq")

    run_seq: int = _seq_of("run.seq")


class RunMetadataLeafRow(_Leaf, table=True):
    """A value inside of an object of a run's metadata, as `VersionMetadataLeafRow`."""

    __tablename__ = "run_metadata_leaf"
    __table_args__ = _comparable("run_metadata_leaf", "run_seq")

    run_seq: int = _seq_of("run.seq")


class StepMetadataRow(_Entry, table=True):
    """One key of a step's metadata, as `VersionMetadataRow`."""

    __tablename__ = "step_metadata"
    __table_args__ = _comparable("step_metadata", "step_seq")

    step_seq: int = _seq_of("run_step.seq")


class StepMetadataLeafRow(_Leaf, table=True):
    """A value inside of an object of a step's metadata, as `VersionMetadataLeafRow`."""

    __tablename__ = "step_metadata_leaf"
    __table_args__ = _comparable("step_metadata_leaf", "step_seq")

    step_seq: int = _seq_of("run_step.seq")


MODELS: Mapping[str, type[Table]] = {
    str(mapper.class_.__tablename__): mapper.class_ for mapper in _REGISTRY.mappers
}
"""The classes by the names of their tables."""
