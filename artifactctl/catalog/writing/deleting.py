"""Deleting versions, artifacts and runs.

A deleted version leaves a row with its name and number, so that they are not used again, and with
what `restore` needs. A deleted run leaves a row, so that a rebuild does not bring it back from its
record. Bytes are not deleted here, but by garbage collection, once nothing refers to them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from artifactctl.catalog.cells import CELLS
from artifactctl.catalog.engine.protocol import Params, Query, Transaction
from artifactctl.catalog.reading.lineage import USES
from artifactctl.catalog.reading.statements import batches, numbered, rows_among
from artifactctl.catalog.rows import Version
from artifactctl.catalog.writing.emptying import forget_series
from artifactctl.catalog.writing.entries import (
    find_seq,
    living_artifact,
    now,
    query_of_seq,
    run_row,
    touch,
)
from artifactctl.catalog.writing.former import keep_former, queries_of_former
from artifactctl.catalog.writing.row_tags import check_carriers, query_of_carriers
from artifactctl.enums import RunStatus
from artifactctl.errors import ConflictError, InUseError, NotFoundError

_FEW = 20  # versions about which all is asked in one trip
_LABELS = ("version_tag", "version_metadata", "version_metadata_leaf", "version_input")


@dataclass(frozen=True, slots=True)
class Deletion:
    """The IDs of the versions and artifacts that were deleted.

    `kept` are the IDs of chosen versions that were not, since they had changed meanwhile. `series`
    are the IDs of chunks that were emptied.
    """

    versions: Sequence[str]
    artifacts: Sequence[str] = ()
    kept: Sequence[str] = ()
    series: Sequence[str] = ()

    @property
    def changed(self) -> list[str]:
        """The IDs of all rows whose records must be written."""
        return [*self.versions, *self.artifacts, *self.series]


def delete_versions(
    transaction: Transaction, versions: Sequence[Version], *, force: bool = False
) -> Deletion:
    """Delete versions, all or none.

    Raises `NotFoundError` if one was deleted meanwhile, and `ConflictError` if one has a protected
    tag, also `InUseError` if a run made or used one, unless `force`.
    """
    _foresee(transaction, versions, force=force)
    seqs = [_present(transaction, version) for version in versions]
    check_carriers(transaction, "version", seqs)
    if not force:
        _check_unused(transaction, seqs)
    emptied = _delete(transaction, seqs, now())
    return Deletion([version.id for version in versions], series=emptied)


def delete_artifact(transaction: Transaction, artifact_id: str, *, force: bool = False) -> Deletion:
    """Delete an artifact and all its versions; the numbers of its versions stay used.

    Raises `NotFoundError` if it was deleted meanwhile, and `ConflictError` if it or one of its
    versions has a protected tag, also `InUseError` if a run made or used one, unless `force`.
    """
    artifact_seq = living_artifact(transaction, artifact_id)
    rows = transaction.rows(
        "SELECT seq, id FROM artifact_version WHERE artifact_seq = :seq", {"seq": artifact_seq}
    )
    seqs = [seq for seq, _ in rows]
    check_carriers(transaction, "artifact", [artifact_seq])
    check_carriers(transaction, "version", seqs)
    if not force:
        _check_unused(transaction, seqs)
    # At the same time, by which `restore` finds the versions that went with it.
    deleted = now()
    emptied = _delete(transaction, seqs, deleted)
    _retire(transaction, artifact_seq, artifact_id, deleted)
    return Deletion([version_id for _, version_id in rows], [artifact_id], series=emptied)


def prune_versions(
    transaction: Transaction,
    chosen: Sequence[Version],
    *,
    include_runs: bool,
    keep_last: int = 0,
    only_versions: bool = False,
) -> Deletion:
    """Delete versions that an earlier query chose, if they still qualify.

    A version is kept if it has changed since, if it has a protected tag, if a run uses it (unless
    `include_runs`), or if it is among the newest `keep_last` of its artifact. Artifacts without
    versions are deleted too, unless `only_versions`.
    """
    going, kept = _unchanged(transaction, chosen, include_runs, keep_last)
    seqs = [] if only_versions else [version.seq for version in going]
    owners = _artifacts_of(transaction, seqs)
    deleted = now()
    series = _delete(transaction, [version.seq for version in going], deleted)
    emptied = [
        (seq, artifact_id)
        for seq, artifact_id in owners
        if not transaction.row(
            "SELECT 1 FROM artifact_version WHERE artifact_seq = :seq", {"seq": seq}
        )
    ]
    for seq, artifact_id in emptied:
        _retire(transaction, seq, artifact_id, deleted)
    return Deletion(
        [version.id for version in going],
        [artifact_id for _, artifact_id in emptied],
        kept,
        series,
    )


def give_up_data(
    transaction: Transaction, chosen: Sequence[Version], *, include_runs: bool, keep_last: int = 0
) -> Deletion:
    """Mark the data of versions as deleted, if they still qualify (see `prune_versions`).

    Their rows stay; garbage collection then deletes their bytes.
    """
    going, kept = _unchanged(transaction, chosen, include_runs, keep_last)
    for version in going:
        transaction.later(
            "UPDATE artifact_version SET data_deleted = :now WHERE seq = :seq",
            {"now": now(), "seq": version.seq},
        )
        touch(transaction, "artifact_version", version.seq, version.id)
    return Deletion([version.id for version in going], kept=kept)


def delete_runs(
    transaction: Transaction, run_ids: Sequence[str], *, force: bool = False
) -> list[str]:
    """Delete runs with their steps, tags and metadata, all or none; return all changed IDs.

    The versions that they made stay. Raises `NotFoundError` if one is gone, and `ConflictError` if
    one has a protected tag, or is running, unless `force`.
    """
    unique = list(dict.fromkeys(run_ids))
    changed = [_delete_run(transaction, run_id, force=force) for run_id in unique]
    return [*unique, *(row_id for ids in changed for row_id in ids)]


def delete_pipeline(
    transaction: Transaction, name: str, *, force: bool = False
) -> tuple[list[str], list[str]]:
    """Delete all runs of a pipeline, and its own tags; return the runs' IDs and all changed ones.

    Raises what `delete_runs` does, `NotFoundError` if it has no run, and `ConflictError` if it has
    a protected tag.
    """
    runs = transaction.rows(
        "SELECT id FROM run WHERE pipeline = :name ORDER BY seq", {"name": name}
    )
    if not runs:
        raise NotFoundError(f"pipeline {name!r} was deleted meanwhile")
    seq = find_seq(transaction, "pipeline", "name", name)
    others = []
    if seq is not None:
        check_carriers(transaction, "pipeline", [seq])
        transaction.later("DELETE FROM pipeline_tag WHERE pipeline_seq = :seq", {"seq": seq})
        others.append(touch(transaction, "pipeline", seq))
    ids = [run for (run,) in runs]
    return ids, [*delete_runs(transaction, ids, force=force), *others]


def _foresee(transaction: Transaction, versions: Sequence[Version], *, force: bool) -> None:
    """Foresee what is asked about a few versions before they are deleted."""
    if len(versions) > _FEW:
        return
    seqs = [version.seq for version in versions]
    queries = [query_of_seq("artifact_version", "id", version.id) for version in versions]
    queries.append(query_of_carriers("version", seqs))
    queries += queries_of_former(*numbered(seqs))
    transaction.foresee([*queries, *([] if force else [_query_of_use(seqs)])])


def _present(transaction: Transaction, version: Version) -> int:
    seq = find_seq(transaction, "artifact_version", "id", version.id)
    if seq is None:
        raise NotFoundError(f"{version.artifact}:{version.version} was deleted meanwhile")
    return seq


def _query_of_use(seqs: Sequence[int]) -> Query:
    places, params = numbered(seqs)
    return (
        "SELECT v.version, a.name, u.run, u.step, u.direction"
        f" FROM ({USES} WHERE u.version_seq IN ({places})) u"
        " JOIN artifact_version v ON v.seq = u.version_seq"
        " JOIN artifact a ON a.seq = v.artifact_seq LIMIT 1",
        params,
    )


def _check_unused(transaction: Transaction, seqs: Sequence[int]) -> None:
    for batch in batches(seqs):
        found = transaction.row(*_query_of_use(batch))
        if found is not None:
            version, artifact, run, step, direction = found
            verb = "made" if direction == "output" else "used"
            raise InUseError(
                f"{artifact}:{version} was {verb} by step {step!r} of run {run!r}",
                hint="add --force to delete it all the same",
            )


def _unchanged(
    transaction: Transaction, chosen: Sequence[Version], include_runs: bool, keep_last: int
) -> tuple[list[Version], list[str]]:
    """The chosen versions that may still be deleted, and the IDs of those to keep.

    Versions that were deleted meanwhile are in neither.
    """
    going, kept = [], []
    for version in chosen:
        found = transaction.row(
            "SELECT revision, EXISTS (SELECT 1 FROM step_version u WHERE u.version_seq = v.seq),"
            " (SELECT COUNT(*) FROM (SELECT 1 FROM artifact_version n WHERE n.artifact_seq ="
            "  v.artifact_seq AND n.seq > v.seq LIMIT :keep_last) newer),"
            " EXISTS (SELECT 1 FROM version_tag t JOIN tag g ON g.name = t.tag"
            "  WHERE t.version_seq = v.seq AND g.protected AND g.deleted IS NULL)"
            " FROM artifact_version v WHERE v.seq = :seq AND v.id = :id",
            {"seq": version.seq, "id": version.id, "keep_last": keep_last},
        )
        if found is None:
            continue
        revision, is_used, newer, is_protected = found
        is_spared = newer < keep_last or (is_used and not include_runs) or is_protected
        if revision == version.revision and not is_spared:
            going.append(version)
        else:
            kept.append(version.id)
    return going, kept


def _artifacts_of(transaction: Transaction, seqs: Sequence[int]) -> list[tuple[int, str]]:
    sql = (
        "SELECT a.seq, a.id FROM artifact a WHERE a.seq IN"
        " (SELECT v.artifact_seq FROM artifact_version v WHERE v.seq IN ({0}))"
    )
    return list(dict(rows_among(transaction, sql, seqs)).items())


def _delete(transaction: Transaction, seqs: Sequence[int], deleted: str) -> list[str]:
    """Replace versions by rows of deleted versions; remove their tags, metadata and inputs.

    Their series stay for `restore`, which finds them by the ID. Returns the IDs of the emptied
    chunks of those that cannot be restored.
    """
    emptied: list[str] = []
    for batch in batches(seqs):
        places, params = numbered(batch)
        former = keep_former(transaction, places, params)
        emptied += _empty_series(transaction, [seq for seq in batch if seq not in former])
        source = f"artifact_version o WHERE o.seq IN ({places})"
        _keep(transaction, "deleted_version", source, params, deleted)
        transaction.execute_many(
            "UPDATE deleted_version SET former = :former WHERE seq = :seq",
            [{"seq": seq, "former": text} for seq, text in former.items()],
        )
        # Before the versions, to which these rows refer: foreign keys are checked at once.
        for table in _LABELS:
            transaction.later(f"DELETE FROM {table} WHERE version_seq IN ({places})", params)
        transaction.later(f"DELETE FROM artifact_version WHERE seq IN ({places})", params)
    return emptied


def _empty_series(transaction: Transaction, seqs: Sequence[int]) -> list[str]:
    if not seqs:
        return []
    places, params = numbered(seqs)
    sql = f"SELECT id FROM artifact_version WHERE seq IN ({places}) ORDER BY seq"
    return forget_series(transaction, [row_id for (row_id,) in transaction.rows(sql, params)])


def _keep(transaction: Transaction, table: str, source: str, params: Params, deleted: str) -> None:
    """Insert what remains, in `table`, of versions or runs that are about to be deleted."""
    cells = {column: f"o.{column}" for column in CELLS[table] if column != "former"}
    # PostgreSQL takes a parameter in a SELECT list as text only with a cast.
    cells |= {"deleted": "CAST(:now AS TEXT)", "revision": "o.revision + 1", "recorded": "0"}
    columns, values = ", ".join(cells), ", ".join(cells.values())
    transaction.later(
        f"INSERT INTO {table} ({columns}) SELECT {values} FROM {source}",
        {**params, "now": deleted},
    )


def _retire(transaction: Transaction, artifact_seq: int, artifact_id: str, deleted: str) -> None:
    transaction.later("DELETE FROM artifact_tag WHERE artifact_seq = :seq", {"seq": artifact_seq})
    transaction.later(
        "UPDATE artifact SET deleted = :now WHERE seq = :seq", {"now": deleted, "seq": artifact_seq}
    )
    touch(transaction, "artifact", artifact_seq, artifact_id)


def _delete_run(transaction: Transaction, run_id: str, *, force: bool) -> list[str]:
    """Delete a run; return the IDs of the emptied chunks of its series, and of its steps'."""
    seq, name, status = run_row(transaction, run_id)
    if status == RunStatus.RUNNING and not force:
        raise ConflictError(f"run {name!r} is running", hint="wait until it ends, or add --force")
    check_carriers(transaction, "run", [seq])
    _keep(transaction, "deleted_run", "run o WHERE o.seq = :seq", {"seq": seq}, now())
    steps = transaction.rows("SELECT id FROM run_step WHERE run_seq = :seq", {"seq": seq})
    forget_run(transaction, seq)
    return forget_series(transaction, [run_id, *(step for (step,) in steps)])


def forget_run(transaction: Transaction, run_seq: int) -> None:
    """Delete the rows of a run, its steps, tags and metadata; the versions that it made stay."""
    transaction.later(
        "DELETE FROM lease WHERE id = (SELECT id FROM run WHERE seq = :seq)", {"seq": run_seq}
    )
    steps = "SELECT s.seq FROM run_step s WHERE s.run_seq = :seq"
    for table in ("step_version", "step_metadata", "step_metadata_leaf"):
        transaction.later(f"DELETE FROM {table} WHERE step_seq IN ({steps})", {"seq": run_seq})
    for table in ("run_tag", "run_metadata", "run_metadata_leaf", "run_step"):
        transaction.later(f"DELETE FROM {table} WHERE run_seq = :seq", {"seq": run_seq})
    transaction.later("DELETE FROM run WHERE seq = :seq", {"seq": run_seq})
