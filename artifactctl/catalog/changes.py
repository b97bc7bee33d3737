"""Everything that is written to the catalog; each function is one transaction.

The write lock is taken first, so what is read here stays true until the commit. `recorded` are
rows whose records are known to be written (see `queries.list_unrecorded`).
"""

import json
import sqlite3
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from artifactctl.catalog.rows import NewVersion, Unrecorded
from artifactctl.catalog.sqlite import Database
from artifactctl.digests import digest_of
from artifactctl.errors import BusyError, ConflictError, InvalidInputError
from artifactctl.json_text import canonical_json
from artifactctl.refs import MAX_NUMBER, version_number

FACTS = (
    "id",
    "artifact_id",
    "version",
    "type",
    "kind",
    "digest",
    "source_checksum",
    "manifest",
    "link",
    "size_bytes",
    "file_count",
    "created",
)
"""What never changes of a version; its hash is kept in its row, for `verify`."""


def now() -> str:
    """The time as the catalog keeps it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def facts_of(version: Mapping[str, Any]) -> str:
    """The hash over a version's `FACTS`."""
    return digest_of(canonical_json([version[fact] for fact in FACTS]))


def add_version(
    db: Database, new: NewVersion, recorded: Sequence[Unrecorded] = ()
) -> tuple[str, bool]:
    """Add a version, allocating its number; return its ID and whether it is new.

    Raises `ConflictError` when the version exists, `InvalidInputError` when the numbers are used
    up, `BusyError` when bytes went missing meanwhile.
    """
    with db.transaction() as connection:
        _note_recorded(connection, recorded)
        artifact_seq, artifact_id, last_number = _need_artifact(connection, new.artifact)
        if new.if_changed and (same := _same_latest(connection, artifact_seq, new)):
            _label(connection, *same, new)
            return same[1], False
        version, number = _allocate(connection, artifact_seq, last_number, new)
        if new.find_missing():
            raise BusyError(
                f"bytes of {new.artifact!r} were removed while it was registered", hint="try again"
            )
        seq = _insert(connection, artifact_seq, artifact_id, version, number, new)
        _put_tags(connection, "version", seq, new.tags)
        _put_metadata(connection, seq, new.metadata)
        return new.id, True


def change_version_tags(
    db: Database,
    version_seq: int,
    add: Sequence[str],
    remove: Sequence[str],
    *,
    exclusive: bool,
    recorded: Sequence[Unrecorded] = (),
) -> list[str]:
    """Add and remove labels of a version; return the IDs of all versions that this changed.

    With `exclusive`, the other versions of the same artifact lose what is added.
    """
    with db.transaction() as connection:
        _note_recorded(connection, recorded)
        changed = []
        if exclusive:
            changed += _take_from_others(connection, version_seq, add)
        if _change_tags(connection, "version", version_seq, add, remove):
            changed.append(_touch(connection, "artifact_version", version_seq))
        return changed


def change_artifact_tags(
    db: Database,
    artifact_seq: int,
    add: Sequence[str],
    remove: Sequence[str],
    recorded: Sequence[Unrecorded] = (),
) -> list[str]:
    """Add and remove labels of an artifact; return its ID when this changed anything."""
    with db.transaction() as connection:
        _note_recorded(connection, recorded)
        if not _change_tags(connection, "artifact", artifact_seq, add, remove):
            return []
        return [_touch(connection, "artifact", artifact_seq)]


def _note_recorded(connection: sqlite3.Connection, recorded: Sequence[Unrecorded]) -> None:
    for item in recorded:
        table = "artifact_version" if item.kind == "version" else "artifact"
        connection.execute(
            f"UPDATE {table} SET recorded = :revision WHERE id = :id AND recorded < :revision",
            {"id": item.id, "revision": item.revision},
        )


def _need_artifact(connection: sqlite3.Connection, name: str) -> tuple[int, str, int]:
    """The artifact's seq, ID and last number; it is made when it is new."""
    select = "SELECT seq, id, last_number FROM artifact WHERE name = :name"
    found = connection.execute(select, {"name": name}).fetchone()
    if found is None:
        connection.execute(
            "INSERT INTO artifact (id, name, has_custom_name, last_number, created, updated,"
            " revision, recorded) VALUES (:id, :name, :custom, 0, :now, :now, 0, 0)",
            {"id": str(uuid.uuid4()), "name": name, "custom": True, "now": now()},
        )
        found = connection.execute(select, {"name": name}).fetchone()
    seq, artifact_id, last_number = found
    return seq, artifact_id, last_number


def _same_latest(
    connection: sqlite3.Connection, artifact_seq: int, new: NewVersion
) -> tuple[int, str] | None:
    """The latest version's seq and ID, when it has this content, and in the same place."""
    found = connection.execute(
        "SELECT seq, id, digest, link FROM artifact_version WHERE artifact_seq = :artifact_seq"
        " ORDER BY seq DESC LIMIT 1",
        {"artifact_seq": artifact_seq},
    ).fetchone()
    if found is None or new.digest is None or found[2:] != (new.digest, new.link):
        return None
    seq, version_id, _, _ = found
    return seq, version_id


def _label(connection: sqlite3.Connection, seq: int, _id: str, new: NewVersion) -> None:
    has_new_tags = _change_tags(connection, "version", seq, new.tags, ())
    if _put_metadata(connection, seq, new.metadata) or has_new_tags:
        _touch(connection, "artifact_version", seq)


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
        if connection.execute(
            "SELECT 1 FROM artifact_version WHERE artifact_seq = :seq AND version = :version",
            {"seq": artifact_seq, "version": version},
        ).fetchone():
            raise exists_already(new.artifact, version)
    if number > last_number:
        connection.execute(
            "UPDATE artifact SET last_number = :number WHERE seq = :seq",
            {"number": number, "seq": artifact_seq},
        )
    return version, number or None


def exists_already(artifact: str, version: str) -> ConflictError:
    """The error for a version that is taken."""
    return ConflictError(
        f"version {version!r} of {artifact!r} exists already",
        hint="give another version, or none to count up",
    )


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


def _take_from_others(
    connection: sqlite3.Connection, version_seq: int, tags: Sequence[str]
) -> list[str]:
    """Remove tags from the other versions of the same artifact; return those versions' IDs."""
    changed = []
    for tag in tags:
        losers = connection.execute(
            "SELECT v.seq FROM artifact_version v JOIN version_tag t ON t.version_seq = v.seq"
            " WHERE t.tag = :tag AND v.seq <> :seq AND v.artifact_seq ="
            " (SELECT artifact_seq FROM artifact_version WHERE seq = :seq)",
            {"tag": tag, "seq": version_seq},
        ).fetchall()
        for (loser,) in losers:
            _change_tags(connection, "version", loser, (), (tag,))
            changed.append(_touch(connection, "artifact_version", loser))
    return list(dict.fromkeys(changed))


def _change_tags(
    connection: sqlite3.Connection,
    owner: str,
    seq: int,
    add: Sequence[str],
    remove: Sequence[str],
) -> bool:
    """Whether any label was added or removed."""
    count = 0
    for tag in remove:
        count += connection.execute(
            f"DELETE FROM {owner}_tag WHERE {owner}_seq = :seq AND tag = :tag",
            {"seq": seq, "tag": tag},
        ).rowcount
    return bool(_put_tags(connection, owner, seq, add) + count)


def _put_tags(connection: sqlite3.Connection, owner: str, seq: int, tags: Sequence[str]) -> int:
    return sum(
        connection.execute(
            f"INSERT INTO {owner}_tag ({owner}_seq, tag) VALUES (:seq, :tag)"
            " ON CONFLICT DO NOTHING",
            {"seq": seq, "tag": tag},
        ).rowcount
        for tag in tags
    )


def _put_metadata(connection: sqlite3.Connection, seq: int, metadata: Mapping[str, Any]) -> bool:
    """Set keys of a version's metadata; whether any value is new."""
    changed = 0
    for key, value in metadata.items():
        changed += connection.execute(
            "INSERT INTO version_metadata (version_seq, key, value) VALUES (:seq, :key, :value)"
            " ON CONFLICT (version_seq, key) DO UPDATE SET value = excluded.value"
            " WHERE version_metadata.value <> excluded.value",
            {"seq": seq, "key": key, "value": json.dumps(value, ensure_ascii=False)},
        ).rowcount
    return changed > 0


def _touch(connection: sqlite3.Connection, table: str, seq: int) -> str:
    """Count a change of a row; return its ID."""
    cursor = connection.execute(
        f"UPDATE {table} SET updated = :now, revision = revision + 1 WHERE seq = :seq RETURNING id",
        {"now": now(), "seq": seq},
    )
    (row_id,) = cursor.fetchone()
    return str(row_id)
