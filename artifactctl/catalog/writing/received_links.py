"""Linking received versions to the steps that used or made them, and to their inputs."""

from collections.abc import Callable, Iterable

from artifactctl.catalog.engine.protocol import Transaction
from artifactctl.catalog.reading.sending import Use
from artifactctl.catalog.records import Record
from artifactctl.catalog.writing.adding import link
from artifactctl.catalog.writing.entries import find_seq, known_seq, touch
from artifactctl.errors import IntegrityError


def connect(
    transaction: Transaction, uses: Iterable[Use], here: Callable[[str], str | None]
) -> list[str]:
    """Link versions to the steps that used or made them, where both are here.

    `here` gives the ID under which a version is in this catalog. Returns the IDs of the runs.
    """
    runs: dict[int, str] = {}
    for use in dict.fromkeys(uses):
        step = transaction.row("SELECT seq, run_seq FROM run_step WHERE id = :step_id", _of(use))
        version_id = here(use.version_id) if step is not None else None
        seq = None if version_id is None else known_seq(transaction, version_id)
        if step is None or seq is None or _has_link(transaction, step[0], use, seq):
            continue
        link(transaction, step[0], use.direction, [(use.name, seq)])
        if step[1] not in runs:
            runs[step[1]] = touch(transaction, "run", step[1])
    return list(runs.values())


def _has_link(transaction: Transaction, step_seq: int, use: Use, seq: int) -> bool:
    found = transaction.row(
        "SELECT 1 FROM step_version WHERE step_seq = :step_seq AND direction = :direction"
        " AND name = :name AND version_seq = :seq",
        {**_of(use), "step_seq": step_seq, "seq": seq},
    )
    return found is not None


def connect_inputs(
    transaction: Transaction,
    pairs: Iterable[tuple[str, str]],
    here: Callable[[str], str | None],
) -> list[str]:
    """Note which versions were made from which, where both are here; return the changed IDs.

    `pairs` are the ID of a version and the ID of an input that it was registered with.
    """
    changed: dict[str, None] = {}
    for made, source in pairs:
        made_id, source_id = here(made), here(source)
        if made_id is None or source_id is None or made_id == source_id:
            continue
        seq = find_seq(transaction, "artifact_version", "id", made_id)
        input_seq = known_seq(transaction, source_id)
        if seq is not None and input_seq is not None and _add_input(transaction, seq, input_seq):
            changed[touch(transaction, "artifact_version", seq)] = None
    return list(changed)


def _add_input(transaction: Transaction, seq: int, input_seq: int) -> bool:
    added = transaction.execute(
        "INSERT INTO version_input (version_seq, input_seq) VALUES (:seq, :input)"
        " ON CONFLICT DO NOTHING",
        {"seq": seq, "input": input_seq},
    )
    return added > 0


def check_produced(transaction: Transaction, record: Record) -> list[str]:
    """Let the run that a version names as its producer know of it, if the run is here.

    Returns the IDs of changed runs. Raises `IntegrityError` when the run has no such step.
    """
    step_name = record["producer_step"]
    run = transaction.row("SELECT seq FROM run WHERE id = :producer_run", record)
    if run is None or step_name is None:
        return []
    step = transaction.row(
        "SELECT id FROM run_step WHERE run_seq = :seq AND name = :name",
        {"seq": run[0], "name": step_name},
    )
    if step is None:
        name = f"{record['artifact']['name']}:{record['version']}"
        raise IntegrityError(
            f"{name} names step {step_name!r} as its producer, but its run has none"
        )
    linked = transaction.row(
        "SELECT 1 FROM step_version u JOIN artifact_version v ON v.seq = u.version_seq"
        " JOIN run_step s ON s.seq = u.step_seq"
        " WHERE v.id = :version_id AND s.id = :step_id AND u.direction = 'output'",
        {"version_id": record["id"], "step_id": step[0]},
    )
    use = Use(record["id"], step[0], "output", record["artifact"]["name"])
    return [] if linked else connect(transaction, [use], lambda version_id: version_id)


def _of(use: Use) -> dict[str, str]:
    return {"step_id": use.step_id, "direction": use.direction, "name": use.name}
