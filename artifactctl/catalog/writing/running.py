"""Runs as they happen: each function says which records changed.

What a step made appears together with its end, or not at all. A run that has ended has no step
that is still running.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from artifactctl.catalog.engine.protocol import Transaction
from artifactctl.catalog.reading.statements import cells
from artifactctl.catalog.rows import NewRun, NewStep, RunContent, StepEnd
from artifactctl.catalog.writing.adding import Added
from artifactctl.catalog.writing.entries import now, put_metadata, touch
from artifactctl.catalog.writing.labelling import give_tags
from artifactctl.catalog.writing.steps import (
    add_step,
    as_json,
    end_steps,
    finish_step,
    merged,
    running_run,
)
from artifactctl.enums import RunStatus, StepStatus


def begin_run(transaction: Transaction, new: NewRun) -> list[str]:
    """Add a run that is running; return its ID, and those of runs that lost a tag to it."""
    row = {
        **cells(new, RunContent),
        "details": as_json(new.details),
        "status": RunStatus.RUNNING.value,
        "started": now(),
        "revision": 1,
        "recorded": 0,
    }
    seq = transaction.insert("run", row)
    given = give_tags(transaction, "run", seq, new.tags, new.exclusive_tags)
    put_metadata(transaction, seq, new.metadata, "run")
    return [new.id, *given.others]


def begin_step(transaction: Transaction, new: NewStep) -> list[str]:
    """Add a step that is running to a run that is; return the run's ID.

    Raises `NotFoundError` when the run or an input is gone, `ConflictError` when the run has
    ended or has a step of that name.
    """
    return [add_step(transaction, new)]


def end_step(transaction: Transaction, end: StepEnd) -> tuple[list[Added], list[str]]:
    """Add all that a step made and note its end; return what was added, and all changed IDs.

    Raises `NotFoundError` when the step is gone, `ConflictError` when it has ended already or a
    version exists, `StaleCacheError` when a version to be reused has no bytes any more. Whether
    the store still has the bytes of the others and of the log is the caller's to ask, inside of
    the same transaction.
    """
    return finish_step(transaction, end)


def serve_step(transaction: Transaction, new: NewStep, end: StepEnd) -> list[str]:
    """Add a step that ends as it begins, for other versions serve; return all changed IDs.

    Raises what `begin_step` and `end_step` raise; then there is no such step.
    """
    add_step(transaction, new)
    return finish_step(transaction, end)[1]


def end_run(
    transaction: Transaction, run_id: str, status: str, details: Mapping[str, Any]
) -> list[str]:
    """Note that a run has ended, and its steps that are running with it; return its ID.

    `details` are merged over what was there. Raises `NotFoundError` when the run is gone,
    `ConflictError` when it has ended already.
    """
    return [_end(transaction, running_run(transaction, run_id), RunStatus(status), details)]


def abandon_runs(
    transaction: Transaction, run_ids: Sequence[str], details: Mapping[str, Any]
) -> list[str]:
    """Note that those of the runs have failed that are running still; return their IDs.

    `details` are merged over what there was of each run and of its steps that were running.
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
    details: Mapping[str, Any],
    of_steps: Mapping[str, Any] | None = None,
) -> str:
    """End a run and its steps that are running; return its ID."""
    (known,) = transaction.one("SELECT details FROM run WHERE seq = :seq", {"seq": seq})
    transaction.execute(
        "UPDATE run SET status = :status, ended = :now, details = :details WHERE seq = :seq",
        {"status": status.value, "now": now(), "details": merged(known, details), "seq": seq},
    )
    steps = transaction.rows(
        "SELECT seq FROM run_step WHERE run_seq = :seq AND status = 'running'", {"seq": seq}
    )
    is_cancelled = status == RunStatus.CANCELLED
    step_status = StepStatus.CANCELLED if is_cancelled else StepStatus.FAILED
    end_steps(transaction, (step for (step,) in steps), step_status, of_steps or {})
    return touch(transaction, "run", seq)
