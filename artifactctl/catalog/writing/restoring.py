"""Restoring deleted versions, from what their deletions keep."""

from collections.abc import Sequence
from dataclasses import dataclass

from artifactctl.catalog.engine.protocol import Transaction
from artifactctl.catalog.reading.deleted import Deleted, former_of, select_deleted
from artifactctl.catalog.records import VERSION_COLUMNS, Record
from artifactctl.catalog.writing.emptying import forget_series
from artifactctl.catalog.writing.entries import known_seqs, now, touch
from artifactctl.catalog.writing.metadata import put_extremes, put_metadata
from artifactctl.catalog.writing.row_tags import give_free_tags
from artifactctl.errors import ConflictError
from artifactctl.refs import version_number
from artifactctl.tags import Tag


@dataclass(frozen=True, slots=True)
class Restored:
    """The IDs of all changed rows, and the tags that stay where they are."""

    ids: Sequence[str]
    kept_back: Sequence[str]


def restore_version(transaction: Transaction, version_id: str) -> Restored:
    """Make a deleted version again: ID, number, tags, metadata, series, and its artifact.

    The caller must check, inside of the same transaction, that the store has its bytes. Raises
    `ConflictError` when it is no longer deleted, and what `former_of` does.
    """
    found = select_deleted(transaction, "WHERE d.id = :id", {"id": version_id})
    if not found:
        raise ConflictError(f"version {version_id} was restored meanwhile")
    (deleted,) = found
    former = former_of(deleted)
    changed, kept_back = _revive_artifact(transaction, deleted, former)
    transaction.execute("DELETE FROM deleted_version WHERE seq = :seq", {"seq": deleted.seq})
    row = {column: former[column] for column in VERSION_COLUMNS}
    row |= {"seq": deleted.seq, "artifact_seq": deleted.artifact_seq, "updated": now()}
    row["number"] = version_number(deleted.version)
    row |= {"revision": deleted.revision + 1, "recorded": 0}
    transaction.insert("artifact_version", row)
    put_metadata(transaction, deleted.seq, former["metadata"], is_new=True)
    put_extremes(transaction, "version", deleted.seq)  # of its series, which are still here
    _link_inputs(transaction, deleted.seq, former["inputs"])
    wanted = [Tag(name) for name in former["tags"]]
    given, held = give_free_tags(transaction, "version", deleted.seq, wanted)
    # Garbage collection looks only at versions with a higher seq, unless this changes.
    transaction.execute("UPDATE catalog SET incarnation = incarnation + 1")
    return Restored([version_id, *given.others, *changed], [*held, *kept_back])


def _revive_artifact(
    transaction: Transaction, deleted: Deleted, former: Record
) -> tuple[list[str], list[str]]:
    """Bring a deleted artifact back with its tags; return changed IDs, and the tags it lacks."""
    if deleted.artifact_deleted is None:
        return [], []
    seq = deleted.artifact_seq
    transaction.execute("UPDATE artifact SET deleted = NULL WHERE seq = :seq", {"seq": seq})
    wanted = [Tag(name) for name in former["artifact_tags"]]
    given, held = give_free_tags(transaction, "artifact", seq, wanted)
    return [*given.others, touch(transaction, "artifact", seq)], held


def _link_inputs(transaction: Transaction, seq: int, input_ids: Sequence[str]) -> None:
    transaction.execute_many(
        "INSERT INTO version_input (version_seq, input_seq) VALUES (:seq, :input)"
        " ON CONFLICT DO NOTHING",
        [{"seq": seq, "input": known} for known in known_seqs(transaction, input_ids).values()],
    )


def forget_former(transaction: Transaction, version_ids: Sequence[str]) -> list[str]:
    """Forget what deletions keep of versions whose bytes are gone; return the changed IDs.

    One that was restored meanwhile, since its bytes came back, keeps everything.
    """
    forgotten: list[str] = []
    for version_id in version_ids:
        count = transaction.execute(
            "UPDATE deleted_version SET former = NULL, revision = revision + 1"
            " WHERE id = :id AND former IS NOT NULL",
            {"id": version_id},
        )
        forgotten += [version_id] * count
    return [*forgotten, *forget_series(transaction, forgotten)]
