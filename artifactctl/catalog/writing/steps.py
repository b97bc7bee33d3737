"""Changes of steps: beginning a step, linking its inputs and outputs, and ending it."""

import json
from collections.abc import Iterable, Mapping

from artifactctl.catalog.cells import read_json
from artifactctl.catalog.engine.protocol import Transaction
from artifactctl.catalog.run_rows import NewStep, StepEnd
from artifactctl.catalog.writing.adding import Added, OpenStep, add_output, link, open_step
from artifactctl.catalog.writing.entries import (
    find_seq,
    known_seq,
    living_version,
    now,
    run_row,
    touch,
)
from artifactctl.catalog.writing.metadata import put_metadata
from artifactctl.catalog.writing.row_tags import give_tags
from artifactctl.catalog.writing.series import copy_series, put_series
from artifactctl.enums import RunStatus, StepStatus
from artifactctl.errors import ConflictError, EntityExistsError, StaleCacheError


def add_step(transaction: Transaction, new: NewStep) -> str:
    """Insert a running step; return its run's ID. Raises what `begin_step` does."""
    run_seq = running_run(transaction, new.run_id)
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
        "details": as_json(new.details),
        "started": now(),
        "cache_key": new.cache_key,
    }
    seq = transaction.insert("run_step", row)
    inputs = [(name, living_version(transaction, version_id)) for name, version_id in new.inputs]
    link(transaction, seq, "input", inputs)
    return touch(transaction, "run", run_seq, new.run_id)


def finish_step(transaction: Transaction, end: StepEnd) -> tuple[list[Added], list[str]]:
    """Add a step's outputs and note its end; return the added versions and all changed IDs."""
    step = open_step(transaction, end.id)
    changed = _reuse(transaction, step, end)
    added = []
    for name, new in end.outputs:
        added.append(add_output(transaction, new, step, name))
    inputs = [(name, _known(transaction, version_id)) for name, version_id in end.inputs]
    link(transaction, step.seq, "input", inputs)
    end_steps(transaction, [step.seq], StepStatus(end.status), end.details)
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
    return added, _unique([*changed, touch(transaction, "run", step.run_seq, step.run_id)])


def running_run(transaction: Transaction, run_id: str) -> int:
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


def end_steps(
    transaction: Transaction,
    seqs: Iterable[int],
    status: StepStatus,
    details: Mapping[str, object],
) -> None:
    """Set the status, the end and the details of steps; `details` are merged into the old ones."""
    for seq in seqs:
        (known,) = transaction.one("SELECT details FROM run_step WHERE seq = :seq", {"seq": seq})
        transaction.later(
            "UPDATE run_step SET status = :status, ended = :now, details = :details"
            " WHERE seq = :seq",
            {"status": status.value, "now": now(), "details": merged(known, details), "seq": seq},
        )


def merged(known: str, details: Mapping[str, object]) -> str:
    """The JSON text of known details, with `details` merged into them."""
    before = read_json(known)
    return as_json({**(before if isinstance(before, dict) else {}), **details})


def as_json(details: Mapping[str, object]) -> str:
    """The JSON text of details, as it is stored."""
    return json.dumps(dict(details), ensure_ascii=False, allow_nan=False)


def _unique(row_ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(row_ids))
