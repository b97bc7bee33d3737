"""Adding versions, each in one transaction that allocates its number.

The write lock is taken first, so what is read here stays true until the commit. `recorded` are
rows whose records are known to be written (see `queries.list_unrecorded`).
"""

import sqlite3
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from artifactctl.catalog.entries import (
    change_tags,
    note_recorded,
    now,
    put_metadata,
    take_from_others,
    touch,
)
from artifactctl.catalog.facts import facts_of
from artifactctl.catalog.finding import taken
from artifactctl.catalog.rows import NewVersion, Unrecorded
from artifactctl.catalog.sqlite import Database
from artifactctl.errors import BytesGoneError, InvalidInputError
from artifactctl.refs import MAX_NUMBER, version_number


@dataclass(frozen=True, slots=True)
class Added:
    """The version that has the content now; `is_new` is False when it had been there before.

    `others` are the IDs of versions that lost a tag to it.
    """

    id: str
    is_new: bool
    others: Sequence[str]


def add_version(db: Database, new: NewVersion, recorded: Sequence[Unrecorded] = ()) -> Added:
    """Add a version, allocating its number.

    Raises `ConflictError` when the version exists, `InvalidInputError` when the numbers are used
    up, `BytesGoneError` when bytes went missing meanwhile.
    """
    with db.transaction() as connection:
        note_recorded(connection, recorded)
        artifact_seq, artifact_id, last_number = _need_artifact(connection, new.artifact)
        if new.if_changed and (same := _same_latest(connection, artifact_seq, new)):
            seq, version_id = same
            if _label(connection, seq, new):
                touch(connection, "artifact_version", seq)
            return Added(version_id, False, take_from_others(connection, seq, new.exclusive_tags))
        version, number = _allocate(connection, artifact_seq, last_number, new)
        if new.find_missing():
            raise BytesGoneError(
                f"bytes of {new.artifact!r} were removed while it was registered", hint="try again"
            )
        seq = _insert(connection, artifact_seq, artifact_id, version, number, new)
        _label(connection, seq, new)
        return Added(new.id, True, take_from_others(connection, seq, new.exclusive_tags))


def _need_artifact(connection: sqlite3.Connection, name: str) -> tuple[int, str, int]:
    """The artifact's seq, ID and last number; it is made when it is new."""
    select = "SELECT seq, id, last_number, deleted FROM artifact WHERE name = :name"
    found = connection.execute(select, {"name": name}).fetchone()
    if found is not None and found[3] is not None:
        _revive(connection, found[0])
    if found is None:
        connection.execute(
            "INSERT INTO artifact (id, name, has_custom_name, last_number, created, updated,"
            " revision, recorded) VALUES (:id, :name, :custom, 0, :now, :now, 0, 0)",
            {"id": str(uuid.uuid4()), "name": name, "custom": True, "now": now()},
        )
        found = connection.execute(select, {"name": name}).fetchone()
    seq, artifact_id, last_number, _ = found
    return seq, artifact_id, last_number


def _revive(connection: sqlite3.Connection, seq: int) -> None:
    """Have a deleted artifact again: without what it had, but with the numbers it has used up."""
    connection.execute(
        "UPDATE artifact SET deleted = NULL, created = :now, updated = :now,"
        " revision = revision + 1 WHERE seq = :seq",
        {"now": now(), "seq": seq},
    )


def _same_latest(
    connection: sqlite3.Connection, artifact_seq: int, new: NewVersion
) -> tuple[int, str] | None:
    """The latest version's seq and ID, when it has this content, and in the same place."""
    found = connection.execute(
        "SELECT seq, id, digest, link, data_deleted FROM artifact_version"
        " WHERE artifact_seq = :artifact_seq ORDER BY seq DESC LIMIT 1",
        {"artifact_seq": artifact_seq},
    ).fetchone()
    if found is None or new.digest is None or found[2:] != (new.digest, new.link, None):
        return None
    seq, version_id, *_ = found
    return seq, version_id


def _label(connection: sqlite3.Connection, seq: int, new: NewVersion) -> bool:
    """Give a version its tags and metadata; whether any is new to it."""
    tags = (*new.tags, *new.exclusive_tags)
    has_new_tags = change_tags(connection, "version", seq, tags, ())
    return put_metadata(connection, seq, new.metadata) or has_new_tags


def _allocate(
    connection: sqlite3.Connection, artifact_seq: int, last_number: int, new: NewVersion
) -> tuple[str, int | None]:
    """The version to use and its number, having noted that the number is used."""
    if new.version is None:
        if last_number >= MAX_NUMBER:
            raise InvalidInputError(
                f"artifact {new.artifact!r} has used up its numbers", hint="give a --version"
            )
        version, number = str(last_number + 1), last_number + 1
    else:
        version, number = new.version, version_number(new.version) or 0
        for table in ("artifact_version", "deleted_version"):
            if connection.execute(
                f"SELECT 1 FROM {table} WHERE artifact_seq = :seq AND version = :version",
                {"seq": artifact_seq, "version": version},
            ).fetchone():
                raise taken(new.artifact, version, is_deleted=table == "deleted_version")
    if number > last_number:
        connection.execute(
            "UPDATE artifact SET last_number = :number WHERE seq = :seq",
            {"number": number, "seq": artifact_seq},
        )
    return version, number or None


def _insert(
    connection: sqlite3.Connection,
    artifact_seq: int,
    artifact_id: str,
    version: str,
    number: int | None,
    new: NewVersion,
) -> int:
    created = now()
    row = {
        "id": new.id,
        "artifact_seq": artifact_seq,
        "version": version,
        "number": number,
        "type": new.type,
        "kind": new.kind,
        "digest": new.digest,
        "source_checksum": new.source_checksum,
        "manifest": new.manifest,
        "link": new.link,
        "size_bytes": new.size_bytes,
        "file_count": new.file_count,
        "created": created,
        "updated": created,
        "revision": 1,
        "recorded": 0,
    }
    row["facts"] = facts_of({**row, "artifact_id": artifact_id})
    columns = ", ".join(row)
    places = ", ".join(f":{column}" for column in row)
    cursor = connection.execute(
        f"INSERT INTO artifact_version ({columns}) VALUES ({places}) RETURNING seq", row
    )
    (seq,) = cursor.fetchone()
    return int(seq)
