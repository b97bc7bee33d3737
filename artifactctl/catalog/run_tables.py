"""The tables of runs, their steps, and what these used and made, defined as those in `tables`."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Numeric, Text
from sqlmodel import Field, SQLModel

from artifactctl.catalog.columns import (
    NEVER_REUSED,
    UNRECORDED,
    big_number,
    comparable,
    partial,
    seq_key,
)


class RunRow(SQLModel, table=True):
    """One execution of a pipeline; `details` is a JSON object."""

    __tablename__ = "run"
    __table_args__ = (
        Index("run_name", "name"),
        Index("run_pipeline", "pipeline"),
        Index("run_started", "started"),
        partial("run_running", "seq", where="status = 'running'"),
        partial("run_unrecorded", "seq", where=UNRECORDED),
        NEVER_REUSED,
    )

    seq: int | None = seq_key()
    id: str = Field(unique=True, max_length=36)
    name: str = Field(max_length=255)
    pipeline: str = Field(max_length=255)
    status: str
    started: str
    ended: str | None
    details: str = Field(sa_column=Column(Text, nullable=False))
    revision: int = big_number(nullable=False)
    recorded: int = big_number(nullable=False)


class DeletedRunRow(SQLModel, table=True):
    """What is left of a deleted run: so much that no record can bring it back."""

    __tablename__ = "deleted_run"
    __table_args__ = (partial("deleted_run_unrecorded", "seq", where=UNRECORDED),)

    seq: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    id: str = Field(unique=True, max_length=36)
    name: str = Field(max_length=255)
    pipeline: str = Field(max_length=255)
    started: str
    deleted: str
    revision: int = big_number(nullable=False)
    recorded: int = big_number(nullable=False)


class StepRow(SQLModel, table=True):
    """One step of a run; `log` is the digest of what it printed."""

    __tablename__ = "run_step"
    __table_args__ = (
        Index("run_step_name", "run_seq", "name", unique=True),
        partial("run_step_cache_key", "cache_key", "seq", where="cache_key IS NOT NULL"),
        partial("run_step_log", "log", where="log IS NOT NULL"),
        NEVER_REUSED,
    )

    seq: int | None = seq_key()
    id: str = Field(unique=True, max_length=36)
    run_seq: int = Field(foreign_key="run.seq")
    name: str = Field(max_length=255)
    status: str
    details: str = Field(sa_column=Column(Text, nullable=False))
    started: str | None
    ended: str | None
    cache_key: str | None
    log: str | None
    log_bytes: int | None = big_number(nullable=True)


class StepVersionRow(SQLModel, table=True):
    """A version that a step used or made. It may have been deleted since, by force."""

    __tablename__ = "step_version"
    __table_args__ = (
        Index("step_version_version", "version_seq"),
        CheckConstraint("direction IN ('input', 'output')"),
    )

    step_seq: int = Field(foreign_key="run_step.seq", primary_key=True)
    direction: str = Field(primary_key=True)
    name: str = Field(primary_key=True, max_length=255)
    version_seq: int = Field(sa_column=Column(BigInteger, primary_key=True))


class RunTagRow(SQLModel, table=True):
    """A label on a run."""

    __tablename__ = "run_tag"
    __table_args__ = (Index("run_tag_tag", "tag", "run_seq"),)

    run_seq: int = Field(foreign_key="run.seq", primary_key=True)
    tag: str = Field(primary_key=True, max_length=255)


class RunMetadataRow(SQLModel, table=True):
    """One key of a run's metadata, as `VersionMetadataRow`."""

    __tablename__ = "run_metadata"
    __table_args__ = comparable("run_metadata", "run_seq")

    run_seq: int = Field(foreign_key="run.seq", primary_key=True)
    key: str = Field(primary_key=True, max_length=255)
    value: str = Field(sa_column=Column(Text, nullable=False))
    number: float | None = Field(sa_column=Column(Numeric))
    text: str | None = Field(sa_column=Column(Text))


class RunMetadataLeafRow(SQLModel, table=True):
    """A value inside of an object of a run's metadata, as `VersionMetadataLeafRow`."""

    __tablename__ = "run_metadata_leaf"
    __table_args__ = comparable("run_metadata_leaf", "run_seq")

    run_seq: int = Field(foreign_key="run.seq", primary_key=True)
    key: str = Field(sa_column=Column(Text, primary_key=True))
    number: float | None = Field(sa_column=Column(Numeric))
    text: str | None = Field(sa_column=Column(Text))


class StepMetadataRow(SQLModel, table=True):
    """One key of a step's metadata, as `VersionMetadataRow`."""

    __tablename__ = "step_metadata"
    __table_args__ = comparable("step_metadata", "step_seq")

    step_seq: int = Field(foreign_key="run_step.seq", primary_key=True)
    key: str = Field(primary_key=True, max_length=255)
    value: str = Field(sa_column=Column(Text, nullable=False))
    number: float | None = Field(sa_column=Column(Numeric))
    text: str | None = Field(sa_column=Column(Text))


class StepMetadataLeafRow(SQLModel, table=True):
    """A value inside of an object of a step's metadata, as `VersionMetadataLeafRow`."""

    __tablename__ = "step_metadata_leaf"
    __table_args__ = comparable("step_metadata_leaf", "step_seq")

    step_seq: int = Field(foreign_key="run_step.seq", primary_key=True)
    key: str = Field(sa_column=Column(Text, primary_key=True))
    number: float | None = Field(sa_column=Column(Numeric))
    text: str | None = Field(sa_column=Column(Text))
