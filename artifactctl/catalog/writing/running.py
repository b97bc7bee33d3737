"""Changes of runs while they are executed; each function returns the IDs of the changed rows.

The outputs of a step are added in the same transaction as its end. Ending a run also ends its
running steps.
"""

from collections.abc import Mapping, Sequence

from artifactctl.catalog.engine.protocol import Transaction
from artifactctl.catalog.reading.statements import cells
from artifactctl.catalog.run_rows import NewRun, NewStep, RunContent, StepEnd
from artifactctl.catalog.writing.adding import Added
from artifactctl.catalog.writing.entries import now, touch
from artifactctl.catalog.writing.leasing import drop_lease
from artifactctl.catalog.writing.metadata import put_metadata
from artifactctl.catalog.writing.row_tags import give_tags
from artifactctl.catalog.writing.steps import (
    add_step,
    as_json,
    end_steps,
    finish_step,
    merged,
    running_run,
)
from artifactctl.enums import RunStatus, StepStatus
from artifactctl.errors import EntityExistsError, NotFoundError


def begin_run(transaction: Transaction, new: NewRun) -> list[str]:
    """Insert a running run; return its ID, and those of runs and tags that changed with it."""
    row = {
        **cells(new, RunContent),
        "details": as_json(new.details),
        "status": RunStatus.RUNNING.value,
        "started": now(),
        "revision": 1,
        "recorded": 0,
    }
    seq = transaction.insert("run", row)
    given = give_tags(transaction, "run", seq, new.tags, new.exclusive_tags, is_new_row=True)
    put_metadata(transaction, seq, new.metadata, "run", is_new=True)
    return [new.id, *given.others]


def check_run_name(transaction: Transaction, name: str) -> None:
    """Raise `EntityExistsError` if a run has this name."""
    if transaction.row("SELECT 1 FROM run WHERE name = :name LIMIT 1", {"name": name}):
        raise EntityExistsError(
            f"a run {name!r} already exists",
            hint="name it with {date} and {time}, leave out run_name, or delete that run",
        )


def begin_step(transaction: Transaction, new: NewStep) -> list[str]:
    """Insert a running step into a running run; return the run's ID.

    Raises `NotFoundError` if the run or an input is gone, `ConflictError` if the run has ended or
    has a step with this name.
    """
    return [add_step(transaction, new)]


def end_step(transaction: Transaction, end: StepEnd) -> tuple[list[Added], list[str]]:
    """Add a step's outputs and note its end; return the added versions and all changed IDs.

    Raises `NotFoundError` if the step is gone, `ConflictError` if it has ended already or a version
    exists, `StaleCacheError` if a version to reuse has no bytes any more. The caller must check,
    inside of the same transaction, that the store has the bytes of the new versions and of the log.
    """
    return finish_step(transaction, end)


def serve_step(transaction: Transaction, new: NewStep, end: StepEnd) -> list[str]:
    """Insert a step that reuses earlier outputs, and so has ended; return all changed IDs.

    Raises what `begin_step` and `end_step` raise.
    """
    add_step(transaction, new)
    return finish_step(transaction, end)[1]


def limit_cache(transaction: Transaction, step_id: str, expires_after_s: float | None) -> str:
    """Set how long after its end a step's outputs are reused, None for ever; return its run's ID.

    Raises `NotFoundError` if the step is gone.
    """
    found = transaction.row(
        "SELECT seq, run_seq, details FROM run_step WHERE id = :id", {"id": step_id}
    )
    if found is None:
        raise NotFoundError(f"step {step_id} is gone, or its run was deleted")
    seq, run_seq, known = found
    transaction.later(
        "UPDATE run_step SET details = :details WHERE seq = :seq",
        {"details": merged(known, {"cache_expires_after": expires_after_s}), "seq": seq},
    )
    return touch(transaction, "run", run_seq)


def end_run(
    transaction: Transaction, run_id: str, status: str, details: Mapping[str, object]
) -> list[str]:
    """Note that a run has ended, with its running steps; return a list of its ID.

    `details` are merged into those of the run. Raises `NotFoundError` if the run is gone,
    `ConflictError` if it has ended already.
    """
    return [_end(transaction, running_run(transaction, run_id), RunStatus(status), details)]


def abandon_runs(
    transaction: Transaction, run_ids: Sequence[str], details: Mapping[str, object]
) -> list[str]:
    """Set the runs among these that are still running to failed; return their IDs.

    `details` are merged into those of each run and of its running steps.
    """
    changed = []
    for run_id in run_ids:
        found = transaction.row(
            "SELECT seq FROM run WHERE id = :id AND status = 'running'", {"id": run_id}
        )
        if found is not None:
            changed.append(_end(transaction, found[0], RunStatus.FAILED, details, details))
    return changed


def _end(
    transaction: Transaction,
    seq: int,
    status: RunStatus,
    details: Mapping[str, object],
    of_steps: Mapping[str, object] | None = None,
) -> str:
    """End a run and its running steps; return the run's ID."""
    (known,) = transaction.one("SELECT details FROM run WHERE seq = :seq", {"seq": seq})
    transaction.later(
        "UPDATE run SET status = :status, ended = :now, details = :details WHERE seq = :seq",
        {"status": status.value, "now": now(), "details": merged(known, details), "seq": seq},
    )
    steps = transaction.rows(
        "SELECT seq FROM run_step WHERE run_seq = :seq AND status = 'running'", {"seq": seq}
    )
    is_cancelled = status == RunStatus.CANCELLED
    step_status = StepStatus.CANCELLED if is_cancelled else StepStatus.FAILED
    end_steps(transaction, (step for (step,) in steps), step_status, of_steps or {})
    run_id = touch(transaction, "run", seq)
    drop_lease(transaction, run_id)
    return run_id
