"""Runs as they happen: each function is one transaction, and says which records changed with it.

What a step made appears together with its end, or not at all. A run that has ended has no step
that is still running. `recorded` are rows whose records are known to be written (see
`queries.list_unrecorded`).
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from artifactctl.catalog.adding import Added, add_in_transaction
from artifactctl.catalog.entries import (
    change_tags,
    insert,
    note_recorded,
    now,
    put_metadata,
    touch,
)
from artifactctl.catalog.labelling import Labels
from artifactctl.catalog.linking import (
    OpenStep,
    count_change,
    known_seq,
    link,
    open_step,
    take_from_other_runs,
)
from artifactctl.catalog.rows import NewRun, NewStep, StepEnd, Unrecorded
from artifactctl.catalog.sqlite import Database
from artifactctl.enums import RunStatus, StepStatus
from artifactctl.errors import BytesGoneError, ConflictError, NotFoundError, StaleCacheError


def begin_run(db: Database, new: NewRun, recorded: Sequence[Unrecorded] = ()) -> list[str]:
    """Add a run that is running; return its ID, and those of runs that lost a tag to it."""
    with db.transaction() as connection:
        note_recorded(connection, recorded)
        row = {
            "id": new.id,
            "name": new.name,
            "pipeline": new.pipeline,
            "status": RunStatus.RUNNING.value,
            "started": now(),
            "details": _json(new.details),
            "revision": 1,
            "recorded": 0,
        }
        seq = insert(connection, "run", row)
        change_tags(connection, "run", seq, (*new.tags, *new.exclusive_tags), ())
        put_metadata(connection, seq, new.metadata, "run")
        return [new.id, *take_from_other_runs(connection, seq, new.exclusive_tags)]


def begin_step(db: Database, new: NewStep, recorded: Sequence[Unrecorded] = ()) -> list[str]:
    """Add a step that is running to a run that is; return the run's ID.

    Raises `NotFoundError` when the run or an input is gone, `ConflictError` when the run has
    ended or has a step of that name.
    """
    with db.transaction() as connection:
        note_recorded(connection, recorded)
        run_seq = _running(connection, new.run_id)
        if connection.execute(
            "SELECT 1 FROM run_step WHERE run_seq = :run_seq AND name = :name",
            {"run_seq": run_seq, "name": new.name},
        ).fetchone():
            raise ConflictError(f"the run has a step {new.name!r} already")
        row = {
            "id": new.id,
            "run_seq": run_seq,
            "name": new.name,
            "status": StepStatus.RUNNING.value,
            "details": _json(new.details),
            "started": now(),
            "cache_key": new.cache_key,
        }
        seq = insert(connection, "run_step", row)
        inputs = [(name, _living(connection, version_id)) for name, version_id in new.inputs]
        link(connection, seq, "input", inputs)
        return [count_change(connection, run_seq)]


def end_step(
    db: Database, end: StepEnd, recorded: Sequence[Unrecorded] = ()
) -> tuple[list[Added], list[str]]:
    """Add all that a step made and note its end; return what was added, and all changed IDs.

    Raises `NotFoundError` when the step is gone, `ConflictError` when it has ended already or a
    version exists, `StaleCacheError` when a version to be reused has no bytes any more, and
    `BytesGoneError` when bytes of a version or of the log went missing meanwhile.
    """
    with db.transaction() as connection:
        note_recorded(connection, recorded)
        step = open_step(connection, end.id)
        changed = _reuse(connection, step, end)
        added = []
        for name, new in end.outputs:
            added.append(add_in_transaction(connection, new, step, name))
        inputs = [(name, _known(connection, version_id)) for name, version_id in end.inputs]
        link(connection, step.seq, "input", inputs)
        if end.log is not None and end.find_missing():
            raise BytesGoneError(f"the log of step {step.name!r} was removed", hint="try again")
        _end_steps(connection, [step.seq], StepStatus(end.status), end.details)
        connection.execute(
            "UPDATE run_step SET log = :log, log_bytes = :log_bytes WHERE seq = :seq",
            {"log": end.log, "log_bytes": end.log_bytes, "seq": step.seq},
        )
        put_metadata(connection, step.seq, end.metadata, "step")
        changed += [row_id for item in added for row_id in (item.id, *item.others)]
        return added, _unique([*changed, count_change(connection, step.run_seq)])


def end_run(
    db: Database,
    run_id: str,
    status: str,
    details: Mapping[str, Any],
    recorded: Sequence[Unrecorded] = (),
) -> list[str]:
    """Note that a run has ended, and its steps that are running with it; return its ID.

    `details` are merged over what was there. Raises `NotFoundError` when the run is gone,
    `ConflictError` when it has ended already.
    """
    with db.transaction() as connection:
        note_recorded(connection, recorded)
        return [_end(connection, _running(connection, run_id), RunStatus(status), details)]


def abandon_runs(
    db: Database,
    run_ids: Sequence[str],
    details: Mapping[str, Any],
    recorded: Sequence[Unrecorded] = (),
) -> list[str]:
    """Note that those of the runs have failed that are running still; return their IDs.

    `details` are merged over what there was of each run and of its steps that were running.
    """
    with db.transaction() as connection:
        note_recorded(connection, recorded)
        changed = []
        for run_id in run_ids:
            found = connection.execute(
                "SELECT seq FROM run WHERE id = :id AND status = 'running'", {"id": run_id}
            ).fetchone()
            if found is not None:
                changed.append(_end(connection, found[0], RunStatus.FAILED, details, details))
        return changed


def put_run_metadata(
    db: Database, run_id: str, metadata: Mapping[str, Any], recorded: Sequence[Unrecorded] = ()
) -> list[str]:
    """Set keys of a run's metadata; return its ID when this changed anything."""
    with db.transaction() as connection:
        note_recorded(connection, recorded)
        seq = _run(connection, run_id)[0]
        has_changed = put_metadata(connection, seq, metadata, "run")
        return [count_change(connection, seq)] if has_changed else []


def put_step_metadata(
    db: Database, step_id: str, metadata: Mapping[str, Any], recorded: Sequence[Unrecorded] = ()
) -> list[str]:
    """Set keys of a step's metadata, ended or not; return its run's ID when this changed any."""
    with db.transaction() as connection:
        note_recorded(connection, recorded)
        found = connection.execute(
            "SELECT seq, run_seq FROM run_step WHERE id = :id", {"id": step_id}
        ).fetchone()
        if found is None:
            raise NotFoundError(f"step {step_id} is gone, or its run was deleted")
        seq, run_seq = found
        has_changed = put_metadata(connection, seq, metadata, "step")
        return [count_change(connection, run_seq)] if has_changed else []


def change_run_tags(
    db: Database, run_id: str, labels: Labels, recorded: Sequence[Unrecorded] = ()
) -> list[str]:
    """Add and remove labels of a run; return the IDs of all runs that this changed.

    Exclusive ones are taken from the other runs of the pipeline. `expected` means nothing here.
    """
    with db.transaction() as connection:
        note_recorded(connection, recorded)
        seq = _run(connection, run_id)[0]
        changed = take_from_other_runs(connection, seq, labels.exclusive)
        if change_tags(connection, "run", seq, labels.all, labels.remove):
            changed.append(count_change(connection, seq))
        return changed


def _run(connection: sqlite3.Connection, run_id: str) -> tuple[int, str, str]:
    """A run's seq, name and status; raises `NotFoundError`."""
    found = connection.execute(
        "SELECT seq, name, status FROM run WHERE id = :id", {"id": run_id}
    ).fetchone()
    if found is None:
        raise NotFoundError(f"run {run_id} was deleted meanwhile")
    seq, name, status = found
    return int(seq), name, status


def _running(connection: sqlite3.Connection, run_id: str) -> int:
    seq, name, status = _run(connection, run_id)
    if status != RunStatus.RUNNING:
        raise ConflictError(f"run {name!r} has ended already, as {status}")
    return seq


def _living(connection: sqlite3.Connection, version_id: str) -> int:
    found = connection.execute(
        "SELECT seq FROM artifact_version WHERE id = :id", {"id": version_id}
    ).fetchone()
    if found is None:
        raise NotFoundError(f"version {version_id} was deleted meanwhile")
    return int(found[0])


def _known(connection: sqlite3.Connection, version_id: str) -> int:
    """The seq of a version, deleted ones included: a step has used it all the same."""
    seq = known_seq(connection, version_id)
    return _living(connection, version_id) if seq is None else seq


def _reuse(connection: sqlite3.Connection, step: OpenStep, end: StepEnd) -> list[str]:
    """Have versions stand for outputs; return the IDs of those that this gave a tag."""
    changed = []
    for name, version_id in end.reused:
        found = connection.execute(
            "SELECT seq FROM artifact_version WHERE id = :id AND data_deleted IS NULL",
            {"id": version_id},
        ).fetchone()
        if found is None:
            raise StaleCacheError(
                f"version {version_id}, output {name!r} of an earlier run, was deleted meanwhile",
                hint="run again",
            )
        link(connection, step.seq, "output", [(name, found[0])])
        if change_tags(connection, "version", found[0], end.reused_tags, ()):
            changed.append(touch(connection, "artifact_version", found[0]))
    return changed


def _end(
    connection: sqlite3.Connection,
    seq: int,
    status: RunStatus,
    details: Mapping[str, Any],
    of_steps: Mapping[str, Any] | None = None,
) -> str:
    """End a run and its steps that are running; return its ID."""
    (known,) = connection.execute("SELECT details FROM run WHERE seq = ?", (seq,)).fetchone()
    connection.execute(
        "UPDATE run SET status = :status, ended = :now, details = :details WHERE seq = :seq",
        {"status": status.value, "now": now(), "details": _merged(known, details), "seq": seq},
    )
    steps = connection.execute(
        "SELECT seq FROM run_step WHERE run_seq = ? AND status = 'running'", (seq,)
    ).fetchall()
    is_cancelled = status == RunStatus.CANCELLED
    step_status = StepStatus.CANCELLED if is_cancelled else StepStatus.FAILED
    _end_steps(connection, (step for (step,) in steps), step_status, of_steps or {})
    return count_change(connection, seq)


def _end_steps(
    connection: sqlite3.Connection,
    seqs: Iterable[int],
    status: StepStatus,
    details: Mapping[str, Any],
) -> None:
    for seq in seqs:
        (known,) = connection.execute(
            "SELECT details FROM run_step WHERE seq = ?", (seq,)
        ).fetchone()
        connection.execute(
            "UPDATE run_step SET status = :status, ended = :now, details = :details"
            " WHERE seq = :seq",
            {"status": status.value, "now": now(), "details": _merged(known, details), "seq": seq},
        )


def _merged(known: str, details: Mapping[str, Any]) -> str:
    return _json({**json.loads(known), **details})


def _json(details: Mapping[str, Any]) -> str:
    return json.dumps(dict(details), ensure_ascii=False, allow_nan=False)


def _unique(row_ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(row_ids))
