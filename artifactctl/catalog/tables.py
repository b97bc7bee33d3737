"""The catalog's tables as SQLModel classes: the definition that the migrations lead to.

`seq` is the order of allocation and never used twice, deleted rows included: "latest" means the
highest. `revision` counts the changes of a row, and `recorded` says up to which of them the
store's copy of it (its record) is known to be written.

Times are RFC 3339 text in UTC with microseconds, so that their order as text is their order in
time.
"""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Numeric, Text, text
from sqlmodel import Field, SQLModel

from artifactctl.catalog.columns import (
    NEVER_REUSED,
    UNRECORDED,
    big_number,
    comparable,
    partial,
    seq_key,
)


class CatalogRow(SQLModel, table=True):
    """The one row that says which catalog this is, wherever its file is moved."""

    __tablename__ = "catalog"

    id: str = Field(primary_key=True, max_length=36)


class ArtifactRow(SQLModel, table=True):
    """A name under which versions are kept, and the highest number it ever used."""

    __tablename__ = "artifact"
    __table_args__ = (
        Index("artifact_created", "created"),
        Index("artifact_updated", "updated"),
        partial("artifact_living", "seq", where="deleted IS NULL"),
        partial("artifact_unrecorded", "seq", where=UNRECORDED),
        NEVER_REUSED,
    )

    seq: int | None = seq_key()
    id: str = Field(unique=True, max_length=36)
    name: str = Field(unique=True, max_length=255)
    has_custom_name: bool
    last_number: int = big_number(nullable=False, server_default=text("0"))
    created: str
    updated: str
    revision: int = big_number(nullable=False)
    recorded: int = big_number(nullable=False)
    deleted: str | None


class VersionRow(SQLModel, table=True):
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
        partial("artifact_version_unrecorded", "seq", where=UNRECORDED),
        CheckConstraint("kind IN ('file', 'folder')"),
        NEVER_REUSED,
    )

    seq: int | None = seq_key()
    id: str = Field(unique=True, max_length=36)
    artifact_seq: int = Field(foreign_key="artifact.seq")
    version: str = Field(max_length=255)
    number: int | None = big_number(nullable=True)
    type: str
    kind: str
    digest: str | None
    source_checksum: str | None
    manifest: str
    link: str | None = Field(sa_column=Column(Text))
    size_bytes: int = big_number(nullable=False)
    file_count: int = big_number(nullable=False)
    created: str
    updated: str
    facts: str
    revision: int = big_number(nullable=False)
    recorded: int = big_number(nullable=False)
    data_type: str | None
    materializer: str | None
    producer_run: str | None = Field(max_length=36)
    producer_step: str | None = Field(max_length=255)
    data_deleted: str | None
    save_type: str | None


class DeletedVersionRow(SQLModel, table=True):
    """What is left of a deleted version: the name and the number that it has used up."""

    __tablename__ = "deleted_version"
    __table_args__ = (
        Index("deleted_version_name", "artifact_seq", "version", unique=True),
        partial("deleted_version_unrecorded", "seq", where=UNRECORDED),
    )

    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    id: str = Field(unique=True, max_length=36)
    artifact_seq: int = Field(foreign_key="artifact.seq")
    version: str = Field(max_length=255)
    number: int | None = big_number(nullable=True)
    created: str
    deleted: str
    revision: int = big_number(nullable=False)
    recorded: int = big_number(nullable=False)


class VersionInputRow(SQLModel, table=True):
    """A version that another one was made from, by word of whoever registered that.

    It may have been deleted since.
    """

    __tablename__ = "version_input"
    __table_args__ = (Index("version_input_input", "input_seq"),)

    version_seq: int = Field(foreign_key="artifact_version.seq", primary_key=True)
    input_seq: int = Field(sa_column=Column(BigInteger, primary_key=True))


class TagRow(SQLModel, table=True):
    """What is said of a tag, wherever it is given: an `exclusive` one moves. Others have no row."""

    __tablename__ = "tag"
    __table_args__ = (
        partial("tag_unrecorded", "seq", where=UNRECORDED),
        NEVER_REUSED,
    )

    seq: int | None = seq_key()
    id: str = Field(unique=True, max_length=36)
    name: str = Field(unique=True, max_length=255)
    exclusive: bool
    created: str
    updated: str
    revision: int = big_number(nullable=False)
    recorded: int = big_number(nullable=False)


class ArtifactTagRow(SQLModel, table=True):
    """A label on an artifact."""

    __tablename__ = "artifact_tag"
    __table_args__ = (Index("artifact_tag_tag", "tag", "artifact_seq"),)

    artifact_seq: int = Field(foreign_key="artifact.seq", primary_key=True)
    tag: str = Field(primary_key=True, max_length=255)


class VersionTagRow(SQLModel, table=True):
    """A label on an artifact version."""

    __tablename__ = "version_tag"
    __table_args__ = (Index("version_tag_tag", "tag", "version_seq"),)

    version_seq: int = Field(foreign_key="artifact_version.seq", primary_key=True)
    tag: str = Field(primary_key=True, max_length=255)


class VersionMetadataRow(SQLModel, table=True):
    """One key of a version's metadata; `value` is JSON, `number` or `text` what it compares by."""

    __tablename__ = "version_metadata"
    __table_args__ = comparable("version_metadata", "version_seq")

    version_seq: int = Field(foreign_key="artifact_version.seq", primary_key=True)
    key: str = Field(primary_key=True, max_length=255)
    value: str = Field(sa_column=Column(Text, nullable=False))
    number: float | None = Field(sa_column=Column(Numeric))
    text: str | None = Field(sa_column=Column(Text))


class VersionMetadataLeafRow(SQLModel, table=True):
    """A value inside of an object, by the keys on the way to it; made from that object."""

    __tablename__ = "version_metadata_leaf"
    __table_args__ = comparable("version_metadata_leaf", "version_seq")

    version_seq: int = Field(foreign_key="artifact_version.seq", primary_key=True)
    key: str = Field(sa_column=Column(Text, primary_key=True))
    number: float | None = Field(sa_column=Column(Numeric))
    text: str | None = Field(sa_column=Column(Text))
