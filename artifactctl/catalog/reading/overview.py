"""All rows of a catalog, or of a part of it, as few statements with few cells give them.

Long texts are cut by the database. Rows come newest first, those of related tables in any order.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from artifactctl.catalog.engine.protocol import Database, Row
from artifactctl.catalog.reading.statements import rows_among
from artifactctl.catalog.shown_cells import as_shown
from artifactctl.metadata import SERIES

MOST_CHARS = 2000
"""The longest value of metadata that is read whole."""

_MOST_DETAILS = 1 << 16  # characters of a step's details, beyond which its parameters are left out
_VALUE = (
    f"m.key, CASE WHEN length(m.value) <= {MOST_CHARS} THEN m.value"
    f" ELSE substr(m.value, 1, {MOST_CHARS // 4}) END, length(m.value)"
)


class ArtifactLine(NamedTuple):
    """An artifact; a long description is cut."""

    seq: int
    id: str
    name: str
    created: str
    description: str | None


class VersionLine(NamedTuple):
    """A version; `link` and `data_deleted` are None where there is none."""

    seq: int
    id: str
    artifact_seq: int
    version: str
    type: str
    manifest: str
    digest: str | None
    link: str | None
    size_bytes: int
    file_count: int
    created: str
    data_type: str | None
    materializer: str | None
    producer_run: str | None
    producer_step: str | None
    data_deleted: str | None
    description: str | None


class RunLine(NamedTuple):
    """A run."""

    seq: int
    id: str
    name: str
    pipeline: str
    status: str
    started: str
    ended: str | None
    description: str | None


class StepLine(NamedTuple):
    """A step of a run; `details` are JSON text, empty where they are long."""

    seq: int
    run_seq: int
    id: str
    name: str
    status: str
    started: str | None
    ended: str | None
    details: str


class Label(NamedTuple):
    """A tag on the row with a seq."""

    seq: int
    tag: str


class Value(NamedTuple):
    """A key of metadata: JSON text, cut where it is longer than `MOST_CHARS`; its whole length."""

    seq: int
    key: str
    text: str
    length: int


class StepUse(NamedTuple):
    """An input or output of a step."""

    step_seq: int
    direction: str
    name: str
    version_seq: int


@dataclass(frozen=True, slots=True)
class Seqs:
    """Rows of a table: those of `some` seqs, or all from `least` on."""

    least: int = 0
    some: tuple[int, ...] | None = None

    def read(self, db: Database, sql: str, column: str, rest: str = "") -> Iterator[Row]:
        """Yield the rows of a statement, whose WHERE is made for a column with seqs."""
        if self.some is None:
            return db.iterate(f"{sql} WHERE {column} >= :least {rest}", {"least": self.least})
        return rows_among(db, f"{sql} WHERE {column} IN ({{}}) {rest}", self.some)


def _columns(line: type[ArtifactLine | VersionLine | RunLine], table: str) -> str:
    cut = f"substr({table}.description, 1, {MOST_CHARS})"
    return ", ".join([*(f"{table}.{name}" for name in line._fields[:-1]), cut])


def newest(db: Database, table: str, most: int) -> tuple[Seqs, int]:
    """The newest rows of a table, at most so many, and how many there are in all."""
    (total,) = db.one(f"SELECT COUNT(*) FROM {table}")
    row = db.row(f"SELECT seq FROM {table} ORDER BY seq DESC LIMIT 1 OFFSET {most - 1}")
    return Seqs(0 if row is None else row[0]), total


def versions_of(db: Database, artifacts: Sequence[int], most: int) -> tuple[int, ...]:
    """The seqs of the newest versions of artifacts, newest first."""
    found: list[int] = []
    for seq in artifacts:
        sql = "SELECT seq FROM artifact_version WHERE artifact_seq = :seq ORDER BY seq DESC"
        found += [row[0] for row in db.rows(f"{sql} LIMIT {most}", {"seq": seq})]
    return tuple(sorted(found, reverse=True)[:most])


def size_of(db: Database, artifact_id: str) -> int:
    """The bytes of all versions of an artifact together, each counted as if it shared none."""
    (found,) = db.one(
        "SELECT CAST(COALESCE(SUM(v.size_bytes), 0) AS BIGINT) FROM artifact_version v"
        " WHERE v.artifact_seq = (SELECT a.seq FROM artifact a WHERE a.id = :id)",
        {"id": artifact_id},
    )
    return int(found)


def seqs_of_ids(db: Database, table: str, ids: Sequence[str]) -> tuple[int, ...]:
    """The seqs of the rows with these IDs."""
    rows = rows_among(db, f"SELECT seq FROM {table} WHERE id IN ({{}})", ids)
    return tuple(sorted((seq for (seq,) in rows), reverse=True))


def runs_with(db: Database, versions: Seqs) -> tuple[int, ...]:
    """The seqs of the runs that made or used these versions, newest first."""
    sql = "SELECT DISTINCT s.run_seq FROM step_version u JOIN run_step s ON s.seq = u.step_seq"
    return tuple(sorted({row[0] for row in versions.read(db, sql, "u.version_seq")}, reverse=True))


def artifacts(db: Database, versions: Seqs) -> Iterator[ArtifactLine]:
    """The artifacts, of which those without any of these versions count only among all."""
    sql = f"SELECT {_columns(ArtifactLine, 'a')} FROM artifact a"
    if versions.some is None:
        found = db.iterate(f"{sql} WHERE a.deleted IS NULL ORDER BY a.seq DESC")
    else:
        of_these = "SELECT DISTINCT v.artifact_seq FROM artifact_version v"
        seqs = {row[0] for row in versions.read(db, of_these, "v.seq")}
        found = Seqs(some=tuple(sorted(seqs, reverse=True))).read(db, sql, "a.seq")
    return (ArtifactLine(*as_shown("ittt?", row)) for row in found)


def versions(db: Database, wanted: Seqs) -> Iterator[VersionLine]:
    """The versions, newest first."""
    columns = _columns(VersionLine, "v")
    found = wanted.read(
        db, f"SELECT {columns} FROM artifact_version v", "v.seq", "ORDER BY v.seq DESC"
    )
    return (VersionLine(*as_shown("itittt??iit??????", row)) for row in found)


def runs(db: Database, wanted: Seqs) -> Iterator[RunLine]:
    """The runs, newest first."""
    columns = _columns(RunLine, "r")
    found = wanted.read(db, f"SELECT {columns} FROM run r", "r.seq", "ORDER BY r.seq DESC")
    return (RunLine(*as_shown("ittttt??", row)) for row in found)


def steps(db: Database, wanted: Seqs) -> Iterator[StepLine]:
    """The steps of these runs, oldest first."""
    details = f"CASE WHEN length(s.details) <= {_MOST_DETAILS} THEN s.details ELSE '' END"
    columns = ", ".join(f"s.{name}" for name in StepLine._fields[:-1])
    sql = f"SELECT {columns}, {details} FROM run_step s"
    found = wanted.read(db, sql, "s.run_seq", "ORDER BY s.seq")
    return (StepLine(*as_shown("iittt??t", row)) for row in found)


def uses(db: Database, wanted: Seqs) -> Iterator[StepUse]:
    """The inputs and outputs of the steps of these runs."""
    sql = (
        "SELECT u.step_seq, u.direction, u.name, u.version_seq FROM step_version u"
        " JOIN run_step s ON s.seq = u.step_seq"
    )
    found = wanted.read(db, sql, "s.run_seq", "ORDER BY u.step_seq, u.version_seq")
    return (StepUse(*as_shown("itti", row)) for row in found)


def inputs(db: Database, wanted: Seqs) -> Iterator[tuple[int, int]]:
    """The versions that these were registered with as inputs, as pairs: version, input."""
    sql = "SELECT i.version_seq, i.input_seq FROM version_input i"
    return ((row[0], row[1]) for row in wanted.read(db, sql, "i.version_seq"))


def labels(db: Database, owner: str, wanted: Seqs) -> Iterator[Label]:
    """The tags on an `artifact`, `version` or `run`, in the order of the tags."""
    found = wanted.read(db, f"SELECT t.{owner}_seq, t.tag FROM {owner}_tag t", f"t.{owner}_seq")
    return (Label(*as_shown("it", row)) for row in found)


def values(db: Database, owner: str, wanted: Seqs) -> Iterator[Value]:
    """The metadata of versions (`version`) or runs (`run`), without series."""
    sql = f"SELECT m.{owner}_seq, {_VALUE} FROM {owner}_metadata m"
    found = wanted.read(db, sql, f"m.{owner}_seq", f"AND m.key <> '{SERIES}'")
    return (Value(*as_shown("itti", row)) for row in found)


def values_of_steps(db: Database, wanted: Seqs) -> Iterator[Value]:
    """The metadata of the steps of these runs, by the seqs of the steps, without series."""
    sql = f"SELECT m.step_seq, {_VALUE} FROM step_metadata m JOIN run_step s ON s.seq = m.step_seq"
    found = wanted.read(db, sql, "s.run_seq", f"AND m.key <> '{SERIES}'")
    return (Value(*as_shown("itti", row)) for row in found)
