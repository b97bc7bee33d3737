"""Deleting versions and artifacts, inside of a write transaction.

A deleted version leaves a row that says which name and number it has used up. Bytes are none of
the catalog's business: they go when nothing refers to them any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from artifactctl.catalog.engine.protocol import Transaction
from artifactctl.catalog.entries import living_artifact, now, touch
from artifactctl.catalog.reading.lineage import USES
from artifactctl.catalog.reading.statements import batches, numbered
from artifactctl.catalog.rows import Version
from artifactctl.errors import ConflictError, NotFoundError

_LABELS = ("version_tag", "version_metadata", "version_metadata_leaf", "version_input")


@dataclass(frozen=True, slots=True)
class Deletion:
    """What one transaction threw away: the IDs of versions, and of artifacts with them.

    `kept` are versions that it left, because they had changed since they were chosen.
    """

    versions: Sequence[str]
    artifacts: Sequence[str] = ()
    kept: Sequence[str] = ()

    @property
    def changed(self) -> list[str]:
        """The IDs of all rows whose records must be written."""
        return [*self.versions, *self.artifacts]


def delete_versions(
    connection: Transaction, versions: Sequence[Version], *, force: bool = False
) -> Deletion:
    """Delete versions, all or none.

    Raises `ConflictError` when a run made or used one of them, unless `force`.
    """
    seqs = [_present(connection, version) for version in versions]
    if not force:
        _check_unused(connection, seqs)
    _delete(connection, seqs)
    return Deletion([version.id for version in versions])


def delete_artifact(connection: Transaction, artifact_id: str, *, force: bool = False) -> Deletion:
    """Delete an artifact and all its versions; its name keeps the numbers it has used up.

    Raises `ConflictError` when a run made or used one of them, unless `force`.
    """
    artifact_seq = living_artifact(connection, artifact_id)
    rows = connection.rows(
        "SELECT seq, id FROM artifact_version WHERE artifact_seq = :seq", {"seq": artifact_seq}
    )
    seqs = [seq for seq, _ in rows]
    if not force:
        _check_unused(connection, seqs)
    _delete(connection, seqs)
    _retire(connection, artifact_seq)
    return Deletion([version_id for _, version_id in rows], [artifact_id])


def prune_versions(
    connection: Transaction,
    chosen: Sequence[Version],
    *,
    include_runs: bool,
    keep_last: int = 0,
    only_versions: bool = False,
) -> Deletion:
    """Delete versions that were chosen by what they were.

    Artifacts left without any go too, but for `only_versions`. What has been changed since, is
    used by a run now, or is among its artifact's newest `keep_last` by now, is kept.
    """
    going, kept = _unchanged(connection, chosen, include_runs, keep_last)
    seqs = [] if only_versions else [version.seq for version in going]
    owners = _artifacts_of(connection, seqs)
    _delete(connection, [version.seq for version in going])
    emptied = [
        (seq, artifact_id)
        for seq, artifact_id in owners
        if not connection.row(
            "SELECT 1 FROM artifact_version WHERE artifact_seq = :seq", {"seq": seq}
        )
    ]
    for seq, _ in emptied:
        _retire(connection, seq)
    return Deletion(
        [version.id for version in going], [artifact_id for _, artifact_id in emptied], kept
    )


def give_up_data(
    connection: Transaction, chosen: Sequence[Version], *, include_runs: bool, keep_last: int = 0
) -> Deletion:
    """Note that versions have no bytes any more; everything else known of them stays."""
    going, kept = _unchanged(connection, chosen, include_runs, keep_last)
    for version in going:
        connection.execute(
            "UPDATE artifact_version SET data_deleted = :now WHERE seq = :seq",
            {"now": now(), "seq": version.seq},
        )
        touch(connection, "artifact_version", version.seq)
    return Deletion([version.id for version in going], kept=kept)


def _present(connection: Transaction, version: Version) -> int:
    found = connection.row("SELECT seq FROM artifact_version WHERE id = :id", {"id": version.id})
    if found is None:
        raise NotFoundError(f"{version.artifact}:{version.version} was deleted meanwhile")
    return int(found[0])


def _check_unused(connection: Transaction, seqs: Sequence[int]) -> None:
    for batch in batches(seqs):
        places, params = numbered(batch)
        found = connection.row(
            f"SELECT v.version, a.name, u.* FROM ({USES} WHERE u.version_seq IN ({places})) u"
            " JOIN artifact_version v ON v.seq = u.version_seq"
            " JOIN artifact a ON a.seq = v.artifact_seq LIMIT 1",
            params,
        )
        if found is not None:
            version, artifact, _, _, run, step, direction = found
            verb = "made" if direction == "output" else "used"
            raise ConflictError(
                f"{artifact}:{version} was {verb} by step {step!r} of run {run!r}",
                hint="add --force to delete it all the same",
            )


def _unchanged(
    connection: Transaction, chosen: Sequence[Version], include_runs: bool, keep_last: int
) -> tuple[list[Version], list[str]]:
    """Of the chosen versions those that are what they were, and the IDs of the others."""
    going, kept = [], []
    for version in chosen:
        found = connection.row(
            "SELECT revision, EXISTS (SELECT 1 FROM step_version u WHERE u.version_seq = v.seq),"
            " (SELECT COUNT(*) FROM (SELECT 1 FROM artifact_version n"
            "  WHERE n.artifact_seq = v.artifact_seq AND n.seq > v.seq LIMIT :keep_last))"
            " FROM artifact_version v WHERE v.seq = :seq AND v.id = :id",
            {"seq": version.seq, "id": version.id, "keep_last": keep_last},
        )
        if found is None:
            continue
        revision, is_used, newer = found
        is_spared = newer < keep_last or (is_used and not include_runs)
        if revision == version.revision and not is_spared:
            going.append(version)
        else:
            kept.append(version.id)
    return going, kept


def _artifacts_of(connection: Transaction, seqs: Sequence[int]) -> list[tuple[int, str]]:
    found: dict[int, str] = {}
    for batch in batches(seqs):
        places, params = numbered(batch)
        found |= connection.rows(
            "SELECT a.seq, a.id FROM artifact a WHERE a.seq IN"
            f" (SELECT v.artifact_seq FROM artifact_version v WHERE v.seq IN ({places}))",
            params,
        )
    return list(found.items())


def _delete(connection: Transaction, seqs: Sequence[int]) -> None:
    """Remove versions with all that hangs on them, and keep what they have used up."""
    for batch in batches(seqs):
        places, params = numbered(batch)
        connection.execute(
            "INSERT INTO deleted_version (seq, id, artifact_seq, version, number, created,"
            " deleted, revision, recorded) SELECT seq, id, artifact_seq, version, number, created,"
            f" :now, revision + 1, 0 FROM artifact_version WHERE seq IN ({places})",
            {**params, "now": now()},
        )
        for table in _LABELS:
            connection.execute(f"DELETE FROM {table} WHERE version_seq IN ({places})", params)
        connection.execute(f"DELETE FROM artifact_version WHERE seq IN ({places})", params)


def _retire(connection: Transaction, artifact_seq: int) -> None:
    connection.execute("DELETE FROM artifact_tag WHERE artifact_seq = :seq", {"seq": artifact_seq})
    connection.execute(
        "UPDATE artifact SET deleted = :now WHERE seq = :seq", {"now": now(), "seq": artifact_seq}
    )
    touch(connection, "artifact", artifact_seq)
