"""Runs as they happen, inside of a write transaction: each function says which records changed.

What a step made appears together with its end, or not at all. A run that has ended has no step
that is still running.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from artifactctl.catalog.adding import Added
from artifactctl.catalog.engine.protocol import Transaction
from artifactctl.catalog.entries import (
    now,
    put_metadata,
)
from artifactctl.catalog.labelling import Changed, Labels
from artifactctl.catalog.linking import (
    count_change,
)
from artifactctl.catalog.rows import NewRun, NewStep, StepEnd
from artifactctl.catalog.run_steps import (
    add_step,
    as_json,
    end_steps,
    finish_step,
    merged,
    run_row,
    running_run,
)
from artifactctl.catalog.tagging import give_tags
from artifactctl.enums import RunStatus, StepStatus
from artifactctl.errors import NotFoundError


def begin_run(connection: Transaction, new: NewRun) -> list[str]:
    """Add a run that is running; return its ID, and those of runs that lost a tag to it."""
    row = {
        "id": new.id,
        "name": new.name,
        "pipeline": new.pipeline,
        "status": RunStatus.RUNNING.value,
        "started": now(),
        "details": as_json(new.details),
        "revision": 1,
        "recorded": 0,
    }
    seq = connection.insert("run", row)
    given = give_tags(connection, "run", seq, new.tags, new.exclusive_tags)
    put_metadata(connection, seq, new.metadata, "run")
    return [new.id, *given.others]


def begin_step(connection: Transaction, new: NewStep) -> list[str]:
    """Add a step that is running to a run that is; return the run's ID.

    Raises `NotFoundError` when the run or an input is gone, `ConflictError` when the run has
    ended or has a step of that name.
    """
    return [add_step(connection, new)]


def end_step(connection: Transaction, end: StepEnd) -> tuple[list[Added], list[str]]:
    """Add all that a step made and note its end; return what was added, and all changed IDs.

    Raises `NotFoundError` when the step is gone, `ConflictError` when it has ended already or a
    version exists, `StaleCacheError` when a version to be reused has no bytes any more. Whether
    the store still has the bytes of the others and of the log is the caller's to ask, inside of
    the same transaction.
    """
    return finish_step(connection, end)


def serve_step(connection: Transaction, new: NewStep, end: StepEnd) -> list[str]:
    """Add a step that ends as it begins, for other versions serve; return all changed IDs.

    Raises what `begin_step` and `end_step` raise; then there is no such step.
    """
    add_step(connection, new)
    return finish_step(connection, end)[1]


def end_run(
    connection: Transaction, run_id: str, status: str, details: Mapping[str, Any]
) -> list[str]:
    """Note that a run has ended, and its steps that are running with it; return its ID.

    `details` are merged over what was there. Raises `NotFoundError` when the run is gone,
    `ConflictError` when it has ended already.
    """
    return [_end(connection, running_run(connection, run_id), RunStatus(status), details)]


def abandon_runs(
    connection: Transaction, run_ids: Sequence[str], details: Mapping[str, Any]
) -> list[str]:
    """Note that those of the runs have failed that are running still; return their IDs.

    `details` are merged over what there was of each run and of its steps that were running.
    """
    changed = []
    for run_id in run_ids:
        found = connection.row(
            "SELECT seq FROM run WHERE id = :id AND status = 'running'", {"id": run_id}
        )
        if found is not None:
            changed.append(_end(connection, found[0], RunStatus.FAILED, details, details))
    return changed


def put_run_metadata(
    connection: Transaction, run_id: str, metadata: Mapping[str, Any]
) -> list[str]:
    """Set keys of a run's metadata; return its ID when this changed anything."""
    seq = run_row(connection, run_id)[0]
    has_changed = put_metadata(connection, seq, metadata, "run")
    return [count_change(connection, seq)] if has_changed else []


def put_step_metadata(
    connection: Transaction, step_id: str, metadata: Mapping[str, Any]
) -> list[str]:
    """Set keys of a step's metadata, ended or not; return its run's ID when this changed any."""
    found = connection.row("SELECT seq, run_seq FROM run_step WHERE id = :id", {"id": step_id})
    if found is None:
        raise NotFoundError(f"step {step_id} is gone, or its run was deleted")
    seq, run_seq = found
    has_changed = put_metadata(connection, seq, metadata, "step")
    return [count_change(connection, run_seq)] if has_changed else []


def change_run_tags(connection: Transaction, run_id: str, labels: Labels) -> Changed:
    """Add and remove labels of a run, and say all that this changed.

    Exclusive ones are taken from the other runs of the pipeline. `expected` means nothing here.
    """
    seq = run_row(connection, run_id)[0]
    given = give_tags(connection, "run", seq, labels.add, labels.exclusive, labels.remove)
    own = [count_change(connection, seq)] if given.is_new else []
    return Changed([*given.others, *own], given.taken)


def _end(
    connection: Transaction,
    seq: int,
    status: RunStatus,
    details: Mapping[str, Any],
    of_steps: Mapping[str, Any] | None = None,
) -> str:
    """End a run and its steps that are running; return its ID."""
    (known,) = connection.one("SELECT details FROM run WHERE seq = :seq", {"seq": seq})
    connection.execute(
        "UPDATE run SET status = :status, ended = :now, details = :details WHERE seq = :seq",
        {"status": status.value, "now": now(), "details": merged(known, details), "seq": seq},
    )
    steps = connection.rows(
        "SELECT seq FROM run_step WHERE run_seq = :seq AND status = 'running'", {"seq": seq}
    )
    is_cancelled = status == RunStatus.CANCELLED
    step_status = StepStatus.CANCELLED if is_cancelled else StepStatus.FAILED
    end_steps(connection, (step for (step,) in steps), step_status, of_steps or {})
    return count_change(connection, seq)
