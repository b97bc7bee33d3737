"""Rebuilding: inserting the rows of records that the catalog does not have.

Every record of a version contains a copy of its artifact's row; the copy with the highest revision
is used.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from artifactctl.catalog.engine.protocol import Database, Row, Transaction
from artifactctl.catalog.facts import facts_of
from artifactctl.catalog.outside_rows import add_row, free_seq, seq_if_free, use_up
from artifactctl.catalog.rebuilding_runs import (
    link_series,
    link_versions,
    note_inputs,
    note_links,
    put_chunk,
    put_run,
    put_run_deletion,
)
from artifactctl.catalog.rebuilding_tags import is_tag_needed, put_pipeline, put_tag
from artifactctl.catalog.records import (
    ARTIFACT_COLUMNS,
    DELETION_COLUMNS,
    VERSION_COLUMNS,
    Record,
    read_records,
    row_of,
)
from artifactctl.catalog.writing.entries import find_seq
from artifactctl.catalog.writing.metadata import put_metadata
from artifactctl.catalog.writing.row_tags import change_tags
from artifactctl.catalog.writing.tagging import make_missing
from artifactctl.errors import ArtifactctlError, ConflictError
from artifactctl.refs import version_number

_FACTS = f"""
    SELECT {", ".join(f"v.{column}" for column in VERSION_COLUMNS)}, a.id FROM artifact_version v
    JOIN artifact a ON a.seq = v.artifact_seq WHERE v.id = :id
"""

Stored = Callable[[], Iterable[tuple[str, bytes]]]
"""Returns all records of the store, as pairs of ID and content; it is called more than once."""


@dataclass
class Rebuilt:
    """The numbers of rows that were inserted, and a message for each record that failed.

    `repaired` counts the versions whose immutable columns had been changed. `kept` is the path or
    schema of a catalog that was set aside.
    """

    versions: int = 0
    repaired: int = 0
    artifacts: int = 0
    deletions: int = 0
    runs: int = 0
    problems: list[str] = field(default_factory=list)
    kept: str | None = None


def bring_back(connection: Transaction, stored: Stored) -> Rebuilt:
    """Insert the rows of all records that the catalog lacks, inside of the caller's transaction.

    Afterwards every number that a record has used stays used, and the revision of each artifact is
    at least that of its records.
    """
    connection.defer_foreign_keys()
    done = Rebuilt()
    # Twice through the records: a version needs its artifact, whose newest copy may come last.
    artifacts: dict[str, Record] = {}
    for record, _ in read_records(stored(), done.problems):
        _note_artifact(artifacts, record)
    for artifact in artifacts.values():
        with _whole(connection, artifact, done.problems):
            done.artifacts += _put_artifact(connection, artifact)
    note_links(connection)
    for record, _ in read_records(stored(), []):
        with _whole(connection, record, done.problems):
            _put(connection, record, done)
    link_versions(connection)
    # A crash between the records of one deletion may leave a deleted artifact with versions, so
    # that an artifact with versions is not deleted.
    connection.execute(
        "UPDATE artifact SET deleted = NULL WHERE deleted IS NOT NULL"
        " AND EXISTS (SELECT 1 FROM artifact_version v WHERE v.artifact_seq = artifact.seq)"
    )
    make_missing(connection)
    link_series(connection)
    use_up(connection)
    return done


@contextmanager
def _whole(connection: Transaction, record: Record, problems: list[str]) -> Iterator[None]:
    """Insert a record as a whole or not at all; an error is added to `problems`."""
    try:
        with connection.savepoint():
            yield
    except ArtifactctlError as error:
        problems.append(f"record {record['id']}: {error.message}")


def _note_artifact(artifacts: dict[str, Record], record: Record) -> None:
    """Remember the artifact of a record: its newest copy, with the highest number of all."""
    if record["record"] in ("run", "run_deletion", "tag", "pipeline", "series"):
        return
    said = record if record["record"] == "artifact" else record["artifact"]
    known = artifacts.get(said["id"], said)
    number = max(said["last_number"], known["last_number"], _number(record))
    newest = said if said["revision"] > known["revision"] else known
    artifacts[said["id"]] = {**newest, "last_number": number}


def _number(record: Record) -> int:
    """The number of a version's record; 0 for others, and for a version with a name."""
    return version_number(record["version"]) or 0 if "version" in record else 0


def _put_artifact(connection: Transaction, said: Record) -> bool:
    """Insert or update an artifact and the numbers it has used; return whether it is new."""
    row = {**row_of(said, ARTIFACT_COLUMNS), "recorded": said["revision"]}
    known = find_seq(connection, "artifact", "id", said["id"])
    if known is not None:
        # CASE, since the greater of two values is MAX in SQLite, and GREATEST in PostgreSQL.
        connection.execute(
            "UPDATE artifact SET last_number = CASE WHEN last_number < :last_number"
            " THEN :last_number ELSE last_number END,"
            " revision = CASE WHEN revision < :revision THEN :revision + 1 ELSE revision END"
            " WHERE id = :id",
            row,
        )
        return False
    if find_seq(connection, "artifact", "name", said["name"]) is not None:
        # Another artifact took the name after this record was written. Both are kept, this one
        # under a name with its ID.
        row["name"] = f"{said['name'][:240].rstrip(':')}-{said['id'][:8]}"
    row["seq"] = seq_if_free(connection, "artifact", row["seq"])
    seq = add_row(connection, "artifact", row)
    change_tags(connection, "artifact", seq, said["tags"], (), is_new=True)
    return True


def _put(connection: Transaction, record: Record, done: Rebuilt) -> None:
    """Insert the row of a record, unless the catalog has it, and count it in `done`."""
    kind, known = record["record"], find_seq(connection, "deleted_version", "id", record["id"])
    if kind == "artifact" or known is not None:
        return
    if kind == "run":
        done.runs += put_run(connection, record)
    elif kind == "run_deletion":
        done.deletions += put_run_deletion(connection, record)
    elif kind == "tag":
        put_tag(connection, record)
    elif kind == "pipeline":
        put_pipeline(connection, record)
    elif kind == "series":
        put_chunk(connection, record)
    elif find_seq(connection, "artifact_version", "id", record["id"]) is not None:
        done.repaired += kind == "version" and _repair(connection, record)
    elif kind == "version":
        _put_version(connection, record)
        done.versions += 1
    else:
        _put_row(connection, "deleted_version", record, DELETION_COLUMNS)
        done.deletions += 1


def _repair(connection: Transaction, record: Record) -> bool:
    """Restore a version's immutable columns from its record; return whether they had changed."""
    if not _is_changed(connection.one(_FACTS, {"id": record["id"]}), record):
        return False
    right = row_of(record, [column for column in VERSION_COLUMNS if column != "seq"])
    right["number"] = version_number(record["version"])
    connection.execute(
        f"UPDATE artifact_version SET {', '.join(f'{column} = :{column}' for column in right)},"
        " artifact_seq = (SELECT seq FROM artifact WHERE id = :artifact_id) WHERE id = :id",
        {**right, "artifact_id": record["artifact"]["id"]},
    )
    return True


def _put_version(connection: Transaction, record: Record) -> None:
    seq = _put_row(connection, "artifact_version", record, VERSION_COLUMNS)
    change_tags(connection, "version", seq, record["tags"], (), is_new=True)
    put_metadata(connection, seq, record["metadata"], is_new=True)
    note_inputs(connection, seq, record["inputs"])


def _put_row(connection: Transaction, table: str, record: Record, columns: tuple[str, ...]) -> int:
    """Insert a version or a deleted one; raises `ConflictError` if its name is taken."""
    owner = find_seq(connection, "artifact", "id", record["artifact"]["id"])
    for other in ("artifact_version", "deleted_version"):
        found = connection.row(
            f"SELECT id FROM {other} WHERE artifact_seq = :owner AND version = :version",
            {"owner": owner, "version": record["version"]},
        )
        if found is not None:
            name = f"{record['artifact']['name']}:{record['version']}"
            raise ConflictError(f"{name} is {found[0]} already")
    row = row_of(record, columns)
    row |= {"artifact_seq": owner, "recorded": record["revision"]}
    row["number"] = version_number(record["version"])
    row["seq"] = free_seq(connection, ("artifact_version", "deleted_version"), record["seq"])
    return add_row(connection, table, row)


def needed(
    db: Database, contents: Iterable[tuple[str, bytes]], problems: list[str]
) -> Iterator[tuple[str, bytes]]:
    """Yield the records that would change the catalog; add a message for each unreadable one."""
    for record, content in read_records(contents, problems):
        if _is_needed(db, record):
            yield record["id"], content


def _is_needed(db: Database, record: Record) -> bool:
    kind = record["record"]
    if kind in ("run", "series"):
        known = db.row(f"SELECT revision FROM {kind} WHERE id = :id", {"id": record["id"]})
        is_behind = known is None or known[0] < record["revision"]
        return is_behind and not (kind == "run" and _has(db, "deleted_run", record))
    if kind == "run_deletion":
        return not _has(db, "run", record) and not _has(db, "deleted_run", record)
    if kind == "tag":
        return is_tag_needed(db, record)
    if kind == "pipeline":
        return not _has(db, "pipeline", record)
    if _is_artifact_behind(db, record):
        return True
    if kind == "artifact" or _has(db, "deleted_version", record):
        return False
    row = db.row(_FACTS, {"id": record["id"]})
    return row is None or (kind == "version" and _is_changed(row, record))


def _is_artifact_behind(db: Database, record: Record) -> bool:
    said = record if record["record"] == "artifact" else record["artifact"]
    known = db.row("SELECT last_number, revision FROM artifact WHERE id = :id", {"id": said["id"]})
    return (
        known is None
        or known[0] < max(said["last_number"], _number(record))
        or known[1] < said["revision"]
    )


def _is_changed(row: Row, record: Record) -> bool:
    """Whether the immutable columns of a row differ from its record or from their digest."""
    *values, artifact_id = row
    found = dict(zip(VERSION_COLUMNS, values, strict=True))
    try:
        facts = facts_of({**found, "artifact_id": artifact_id})
    except (TypeError, ValueError):  # a cell that cannot be written as JSON, such as a blob
        return True
    return not facts == found["facts"] == record["facts"]


def _has(db: Database, table: str, record: Record) -> bool:
    return bool(db.rows(f"SELECT 1 FROM {table} WHERE id = :id", {"id": record["id"]}))
