"""The catalog's tables as SQLModel classes: the definition that the migrations lead to.

`seq` is the order of allocation and never used twice, deleted rows included: "latest" means the
highest. `revision` counts the changes of a row, and `recorded` says up to which of them the
store's copy of it (its record) is known to be written.

Times are RFC 3339 text in UTC with microseconds, so that their order as text is their order in
time.
"""

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Text, text
from sqlmodel import Field, SQLModel

# SQLite counts rows without gaps or repeats only for INTEGER; PostgreSQL needs BIGINT.
_SEQ = BigInteger().with_variant(Integer(), "sqlite")
_NEVER_REUSED: dict[str, Any] = {"sqlite_autoincrement": True}


def _seq() -> Any:
    return Field(default=None, sa_column=Column(_SEQ, primary_key=True, autoincrement=True))


def _number(**arguments: Any) -> Any:
    return Field(sa_column=Column(BigInteger, **arguments))


class ArtifactRow(SQLModel, table=True):
    """A name under which versions are kept, and the highest number it ever used."""

    __tablename__ = "artifact"
    __table_args__ = (
        Index("artifact_created", "created"),
        Index(
            "artifact_unrecorded",
            "seq",
            sqlite_where=text("recorded < revision"),
            postgresql_where=text("recorded < revision"),
        ),
        _NEVER_REUSED,
    )

    seq: int | None = _seq()
    id: str = Field(unique=True, max_length=36)
    name: str = Field(unique=True, max_length=255)
    has_custom_name: bool
    last_number: int = _number(nullable=False, server_default=text("0"))
    created: str
    updated: str
    revision: int = _number(nullable=False)
    recorded: int = _number(nullable=False)


class VersionRow(SQLModel, table=True):
    """One artifact version. What `facts` hashes never changes."""

    __tablename__ = "artifact_version"
    __table_args__ = (
        Index("artifact_version_name", "artifact_seq", "version", unique=True),
        Index("artifact_version_latest", "artifact_seq", "seq"),
        Index("artifact_version_created", "created"),
        Index("artifact_version_type", "type"),
        Index("artifact_version_version", "version"),
        Index(
            "artifact_version_unrecorded",
            "seq",
            sqlite_where=text("recorded < revision"),
            postgresql_where=text("recorded < revision"),
        ),
        CheckConstraint("kind IN ('file', 'folder')"),
        _NEVER_REUSED,
    )

    seq: int | None = _seq()
    id: str = Field(unique=True, max_length=36)
    artifact_seq: int = Field(foreign_key="artifact.seq")
    version: str = Field(max_length=255)
    number: int | None = _number(nullable=True)
    type: str
    kind: str
    digest: str | None
    source_checksum: str | None
    manifest: str
    link: str | None = Field(sa_column=Column(Text))
    size_bytes: int = _number(nullable=False)
    file_count: int = _number(nullable=False)
    created: str
    updated: str
    facts: str
    revision: int = _number(nullable=False)
    recorded: int = _number(nullable=False)


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
    """One key of a version's metadata; `value` is JSON."""

    __tablename__ = "version_metadata"

    version_seq: int = Field(foreign_key="artifact_version.seq", primary_key=True)
    key: str = Field(primary_key=True, max_length=255)
    value: str = Field(sa_column=Column(Text, nullable=False))
