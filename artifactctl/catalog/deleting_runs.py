"""Deleting runs: a row is left that says so, so that no record brings them back."""

from collections.abc import Sequence

from artifactctl.catalog.engine.protocol import Transaction
from artifactctl.catalog.entries import now
from artifactctl.catalog.linking import forget_run
from artifactctl.catalog.run_steps import run_row
from artifactctl.enums import RunStatus
from artifactctl.errors import ConflictError


def delete_runs(
    connection: Transaction, run_ids: Sequence[str], *, force: bool = False
) -> list[str]:
    """Delete runs with their steps, labels and metadata, all or none; return their IDs.

    The versions that they made stay. Raises `NotFoundError` when one is gone, `ConflictError` when
    one is running, unless `force`.
    """
    unique = list(dict.fromkeys(run_ids))
    for run_id in unique:
        _delete(connection, run_id, force=force)
    return unique


def _delete(connection: Transaction, run_id: str, *, force: bool) -> None:
    seq, name, status = run_row(connection, run_id)
    if status == RunStatus.RUNNING and not force:
        raise ConflictError(f"run {name!r} is running", hint="wait until it ends, or add --force")
    connection.execute(
        "INSERT INTO deleted_run (seq, id, name, pipeline, started, deleted, revision, recorded)"
        " SELECT seq, id, name, pipeline, started, :now, revision + 1, 0 FROM run WHERE seq = :seq",
        {"seq": seq, "now": now()},
    )
    forget_run(connection, seq)
