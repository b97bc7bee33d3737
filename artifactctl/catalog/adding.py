"""Adding versions, inside of a write transaction, which allocates their numbers.

The transaction holds the write lock, so what is read here stays true until the commit.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from artifactctl.catalog.engine.protocol import Transaction
from artifactctl.catalog.entries import (
    now,
    put_metadata,
    touch,
)
from artifactctl.catalog.facts import facts_of
from artifactctl.catalog.linking import OpenStep, count_change, link, open_step, put_inputs
from artifactctl.catalog.reading.finding import taken
from artifactctl.catalog.rows import NewVersion
from artifactctl.catalog.tagging import Given, give_tags
from artifactctl.errors import InvalidInputError
from artifactctl.refs import MAX_NUMBER, version_number


@dataclass(frozen=True, slots=True)
class Added:
    """The version that has the content now; `is_new` is False when it had been there before.

    `others` are the IDs of other rows that changed with it: versions that lost a tag to it (with
    the tag in `taken`), its artifact, and the run that made it.
    """

    id: str
    is_new: bool
    others: Sequence[str]
    taken: Sequence[tuple[str, str]] = ()


def add_version(
    connection: Transaction,
    new: NewVersion,
    *,
    step_id: str | None = None,
    output_name: str | None = None,
) -> Added:
    """Add a version, allocating its number; with `step_id` as an output of a step that is running.

    Raises `ConflictError` when the version exists or the step has ended, `NotFoundError` when
    the step is gone, `InvalidInputError` when the numbers are used up. The output's name is the
    artifact's unless it is given. Whether the store still has the bytes is the caller's to ask,
    inside of the same transaction.
    """
    if step_id is None:
        return _add(connection, new)[1]
    step = open_step(connection, step_id)
    added = add_in_transaction(connection, new, step, output_name or new.artifact)
    run_id = count_change(connection, step.run_seq)
    return replace(added, others=(*added.others, run_id))


def add_in_transaction(
    connection: Transaction, new: NewVersion, step: OpenStep, output_name: str
) -> Added:
    """Add a version as an output of a step, as `add_version` does; the run counts it itself."""
    if new.producer_run is None:
        new = replace(new, producer_run=step.run_id, producer_step=step.name)
    seq, added = _add(connection, new)
    link(connection, step.seq, "output", [(output_name, seq)])
    return added


def _add(connection: Transaction, new: NewVersion) -> tuple[int, Added]:
    """The version's seq, and what came of it."""
    owner = _need_artifact(connection, new)
    if new.if_changed and (same := _same_latest(connection, owner.seq, new)):
        seq, version_id = same
        is_changed, given = _label(connection, seq, new)
        if is_changed:
            touch(connection, "artifact_version", seq)
        return seq, Added(version_id, False, _others(owner, given), given.taken)
    version, number = _allocate(connection, owner, new)
    seq = _insert(connection, owner, version, number, new)
    _, given = _label(connection, seq, new)
    return seq, Added(new.id, True, _others(owner, given), given.taken)


@dataclass(frozen=True, slots=True)
class _Owner:
    """The artifact of a version that is added; `has_changed`: its name counts as chosen now."""

    seq: int
    id: str
    last_number: int
    has_changed: bool


def _need_artifact(connection: Transaction, new: NewVersion) -> _Owner:
    """The artifact of that name; it is made when it is new."""
    found = connection.row(
        "SELECT seq, id, last_number, deleted, has_custom_name FROM artifact WHERE name = :name",
        {"name": new.artifact},
    )
    if found is None:
        artifact_id, created = str(uuid.uuid4()), now()
        row = {"id": artifact_id, "name": new.artifact, "has_custom_name": new.has_custom_name}
        row |= {"last_number": 0, "created": created, "updated": created}
        seq = connection.insert("artifact", {**row, "revision": 0, "recorded": 0})
        return _Owner(seq, artifact_id, 0, has_changed=False)
    seq, artifact_id, last_number, deleted, has_custom_name = found
    if deleted is not None:
        _revive(connection, seq)
    is_chosen_now = new.has_custom_name and not has_custom_name
    if is_chosen_now:  # and stays so, whatever comes
        connection.execute(
            "UPDATE artifact SET has_custom_name = :yes WHERE seq = :seq", {"yes": True, "seq": seq}
        )
        touch(connection, "artifact", seq)
    return _Owner(seq, artifact_id, last_number, is_chosen_now)


def _revive(connection: Transaction, seq: int) -> None:
    """Have a deleted artifact again: without what it had, but with the numbers it has used up."""
    connection.execute(
        "UPDATE artifact SET deleted = NULL, created = :now, updated = :now,"
        " revision = revision + 1 WHERE seq = :seq",
        {"now": now(), "seq": seq},
    )


def _same_latest(
    connection: Transaction, artifact_seq: int, new: NewVersion
) -> tuple[int, str] | None:
    """The latest version's seq and ID, when it has this content, and in the same place."""
    found = connection.row(
        "SELECT seq, id, digest, link, data_deleted FROM artifact_version"
        " WHERE artifact_seq = :artifact_seq ORDER BY seq DESC LIMIT 1",
        {"artifact_seq": artifact_seq},
    )
    if found is None or new.digest is None or found[2:] != (new.digest, new.link, None):
        return None
    seq, version_id, *_ = found
    return seq, version_id


def _label(connection: Transaction, seq: int, new: NewVersion) -> tuple[bool, Given]:
    """Give a version its tags, metadata and inputs; whether any is new to it."""
    given = give_tags(connection, "version", seq, new.tags, new.exclusive_tags)
    has_new_inputs = put_inputs(connection, seq, new.inputs)
    has_new_metadata = put_metadata(connection, seq, new.metadata)
    return given.is_new or has_new_inputs or has_new_metadata, given


def _others(owner: _Owner, given: Given) -> list[str]:
    return [*given.others, owner.id] if owner.has_changed else given.others


def _allocate(connection: Transaction, owner: _Owner, new: NewVersion) -> tuple[str, int | None]:
    """The version to use and its number, having noted that the number is used."""
    if new.version is None:
        if owner.last_number >= MAX_NUMBER:
            raise InvalidInputError(
                f"artifact {new.artifact!r} has used up its numbers", hint="give a --version"
            )
        version, number = str(owner.last_number + 1), owner.last_number + 1
    else:
        version, number = new.version, version_number(new.version) or 0
        for table in ("artifact_version", "deleted_version"):
            if connection.row(
                f"SELECT 1 FROM {table} WHERE artifact_seq = :seq AND version = :version",
                {"seq": owner.seq, "version": version},
            ):
                raise taken(new.artifact, version, is_deleted=table == "deleted_version")
    if number > owner.last_number:
        connection.execute(
            "UPDATE artifact SET last_number = :number WHERE seq = :seq",
            {"number": number, "seq": owner.seq},
        )
    return version, number or None


def _insert(
    connection: Transaction,
    owner: _Owner,
    version: str,
    number: int | None,
    new: NewVersion,
) -> int:
    created = now()
    row = {
        "id": new.id,
        "artifact_seq": owner.seq,
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
        "data_type": new.data_type,
        "materializer": new.materializer,
        "producer_run": new.producer_run,
        "producer_step": new.producer_step,
        "save_type": new.save_type,
        "revision": 1,
        "recorded": 0,
    }
    row["facts"] = facts_of({**row, "artifact_id": owner.id})
    return connection.insert("artifact_version", row)
