"""Changes of runs and steps while they are executed.

The outputs of a step are added in the same transaction as its end. Ending a run also ends its
running steps. Unless they say otherwise, functions return the IDs of the changed rows.
"""

import json
from collections.abc import Mapping, Sequence

from artifactctl.catalog.cells import read_json
from artifactctl.catalog.engine.protocol import Transaction
from artifactctl.catalog.reading.statements import cells
from artifactctl.catalog.run_rows import NewRun, NewStep, RunContent, StepEnd
from artifactctl.catalog.writing.adding import Added, OpenStep, add_output, link, open_step
from artifactctl.catalog.writing.entries import (
    find_seq,
    known_seq,
    living_version,
    now,
    run_row,
    touch,
)
from artifactctl.catalog.writing.leasing import drop_lease
from artifactctl.catalog.writing.metadata import put_metadata
from artifactctl.catalog.writing.row_tags import give_tags
from artifactctl.catalog.writing.series import copy_series, put_series
from artifactctl.enums import RunStatus, StepStatus
from artifactctl.errors import ConflictError, EntityExistsError, NotFoundError, StaleCacheError


def begin_run(transaction: Transaction, new: NewRun) -> list[str]:
    """Insert a running run; return its ID, and those of runs and tags that changed with it."""
    row = {
        **cells(new, RunContent),
        "details": _as_json(new.details),
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
    """Insert a running step into a running run; return a list of the run's ID.

    Raises `NotFoundError` if the run or an input is gone, `ConflictError` if the run has ended or
    has a step with this name.
    """
    run_seq = _running_run(transaction, new.run_id)
    if transaction.row(
        "SELECT 1 FROM run_step WHERE run_seq = :run_seq AND name = :name",
        {"run_seq": run_seq, "name": new.name},
    ):
        raise EntityExistsError(f"the run has a step {new.name!r} already")
    row = {
        "id": new.id,
        "run_seq": run_seq,
        "name": new.name,
        "status": StepStatus.RUNNING.value,
        "details": _as_json(new.details),
        "started": now(),
        "cache_key": new.cache_key,
    }
    seq = transaction.insert("run_step", row)
    inputs = [(name, living_version(transaction, version_id)) for name, version_id in new.inputs]
    link(transaction, seq, "input", inputs)
    return [touch(transaction, "run", run_seq, new.run_id)]


def end_step(transaction: Transaction, end: StepEnd) -> tuple[list[Added], list[str]]:
    """Add a step's outputs and note its end; return the added versions and all changed IDs.

    Raises `NotFoundError` if the step is gone, `ConflictError` if it has ended already or a version
    exists, `StaleCacheError` if a version to reuse has no bytes any more. The caller must check,
    inside of the same transaction, that the store has the bytes of the new versions and of the log.
    """
    step = open_step(transaction, end.id)
    changed = _reuse(transaction, step, end)
    added = [add_output(transaction, new, step, name) for name, new in end.outputs]
    inputs = [(name, _known(transaction, version_id)) for name, version_id in end.inputs]
    link(transaction, step.seq, "input", inputs)
    _note_end(transaction, "run_step", step.seq, StepStatus(end.status).value, end.details)
    transaction.later(
        "UPDATE run_step SET log = :log, log_bytes = :log_bytes WHERE seq = :seq",
        {"log": end.log, "log_bytes": end.log_bytes, "seq": step.seq},
    )
    if end.copied_from is not None:
        changed += _copy_measured(transaction, step.seq, end)
    put_metadata(transaction, step.seq, end.metadata, "step")
    if end.series:
        changed += put_series(transaction, "step", end.id, end.series)
    changed += [row_id for item in added for row_id in (item.id, *item.others)]
    changed.append(touch(transaction, "run", step.run_seq, step.run_id))
    return added, list(dict.fromkeys(changed))


def serve_step(transaction: Transaction, new: NewStep, end: StepEnd) -> list[str]:
    """Insert a step that reuses earlier outputs, and so has ended; return all changed IDs.

    Raises what `begin_step` and `end_step` raise.
    """
    begin_step(transaction, new)
    return end_step(transaction, end)[1]


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
        {"details": _merged(known, {"cache_expires_after": expires_after_s}), "seq": seq},
    )
    return touch(transaction, "run", run_seq)


def end_run(
    transaction: Transaction, run_id: str, status: str, details: Mapping[str, object]
) -> list[str]:
    """Note that a run has ended, with its running steps; return a list of its ID.

    `details` are merged into those of the run. Raises `NotFoundError` if the run is gone,
    `ConflictError` if it has ended already.
    """
    return [_end_run(transaction, _running_run(transaction, run_id), RunStatus(status), details)]


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
            changed.append(_end_run(transaction, found[0], RunStatus.FAILED, details, details))
    return changed


def _end_run(
    transaction: Transaction,
    seq: int,
    status: RunStatus,
    details: Mapping[str, object],
    of_steps: Mapping[str, object] | None = None,
) -> str:
    """End a run and its running steps; return the run's ID."""
    _note_end(transaction, "run", seq, status.value, details)
    steps = transaction.rows(
        "SELECT seq FROM run_step WHERE run_seq = :seq AND status = 'running'", {"seq": seq}
    )
    is_cancelled = status == RunStatus.CANCELLED
    step_status = StepStatus.CANCELLED if is_cancelled else StepStatus.FAILED
    for (step,) in steps:
        _note_end(transaction, "run_step", step, step_status.value, of_steps or {})
    run_id = touch(transaction, "run", seq)
    drop_lease(transaction, run_id)
    return run_id


def _note_end(
    transaction: Transaction, table: str, seq: int, status: str, details: Mapping[str, object]
) -> None:
    """Set the status and the end of a run or a step; merge `details` into those that it has."""
    (known,) = transaction.one(f"SELECT details FROM {table} WHERE seq = :seq", {"seq": seq})
    transaction.later(
        f"UPDATE {table} SET status = :status, ended = :now, details = :details WHERE seq = :seq",
        {"status": status, "now": now(), "details": _merged(known, details), "seq": seq},
    )


def _running_run(transaction: Transaction, run_id: str) -> int:
    """The seq of a running run; raises `ConflictError` if it has ended."""
    seq, name, status = run_row(transaction, run_id)
    if status != RunStatus.RUNNING:
        raise ConflictError(f"run {name!r} has ended already, as {status}")
    return seq


def _known(transaction: Transaction, version_id: str) -> int:
    """The seq of an input, which may be deleted by now; raises `NotFoundError` for another ID."""
    seq = known_seq(transaction, version_id)
    return living_version(transaction, version_id) if seq is None else seq


def _reuse(transaction: Transaction, step: OpenStep, end: StepEnd) -> list[str]:
    """Link versions of an earlier step as this step's outputs; return the IDs of changed rows.

    Raises `StaleCacheError` if a version or its bytes were deleted meanwhile.
    """
    changed = []
    for name, version_id in end.reused:
        found = transaction.row(
            "SELECT seq FROM artifact_version WHERE id = :id AND data_deleted IS NULL",
            {"id": version_id},
        )
        if found is None:
            raise StaleCacheError(
                f"version {version_id}, output {name!r} of an earlier run, was deleted meanwhile",
                hint="run again",
            )
        link(transaction, step.seq, "output", [(name, found[0])])
        given = give_tags(transaction, "version", found[0], end.reused_tags)
        changed += given.others
        if given.is_new:
            changed.append(touch(transaction, "artifact_version", found[0], version_id))
    return changed


def _copy_measured(transaction: Transaction, step_seq: int, end: StepEnd) -> list[str]:
    """Copy the metadata and series of the step that made the reused outputs to this step.

    Returns the changed IDs. Raises `StaleCacheError` if that step was deleted meanwhile.
    """
    source_id = end.copied_from or ""
    source = find_seq(transaction, "run_step", "id", source_id)
    if source is None:
        raise StaleCacheError(
            f"step {source_id} of an earlier run was deleted meanwhile", hint="run again"
        )
    for table, columns in (
        ("step_metadata", "key, value, number, text"),
        ("step_metadata_leaf", "key, number, text"),
    ):
        transaction.later(
            f"INSERT INTO {table} (step_seq, {columns})"
            f" SELECT :seq, {columns} FROM {table} WHERE step_seq = :source",
            {"seq": step_seq, "source": source},
        )
    return copy_series(transaction, source_id, end.id)


def _merged(known: str, details: Mapping[str, object]) -> str:
    """The JSON text of known details, with `details` merged into them."""
    before = read_json(known)
    return _as_json({**(before if isinstance(before, dict) else {}), **details})


def _as_json(details: Mapping[str, object]) -> str:
    """The JSON text of details, as it is stored."""
    return json.dumps(dict(details), ensure_ascii=False, allow_nan=False)
