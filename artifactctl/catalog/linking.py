"""What hangs on runs, inside of a transaction: steps under way, what they use and make, tags."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from artifactctl.catalog.engine.protocol import Transaction
from artifactctl.catalog.entries import find_seq
from artifactctl.enums import StepStatus
from artifactctl.errors import ConflictError, NotFoundError


@dataclass(frozen=True, slots=True)
class OpenStep:
    """A step of a run that has not ended."""

    seq: int
    name: str
    run_seq: int
    run_id: str


def open_step(connection: Transaction, step_id: str) -> OpenStep:
    """The step of that ID.

    Raises `NotFoundError` when it is gone, or its run is; `ConflictError` when it has ended.
    """
    found = connection.row(
        "SELECT s.seq, s.name, r.seq, r.id, s.status FROM run_step s"
        " JOIN run r ON r.seq = s.run_seq WHERE s.id = :id",
        {"id": step_id},
    )
    if found is None:
        raise NotFoundError(f"step {step_id} is gone, or its run was deleted")
    *step, status = found
    if status != StepStatus.RUNNING:
        raise ConflictError(f"step {step[1]!r} has ended already, as {status}")
    return OpenStep(*step)


def link(
    connection: Transaction,
    step_seq: int,
    direction: str,
    versions: Iterable[tuple[str, int]],
) -> None:
    """Note versions, by name and seq, that a step used (`input`) or made (`output`)."""
    connection.execute_many(
        "INSERT INTO step_version (step_seq, direction, name, version_seq)"
        " VALUES (:step_seq, :direction, :name, :version_seq) ON CONFLICT DO NOTHING",
        [
            {"step_seq": step_seq, "direction": direction, "name": name, "version_seq": seq}
            for name, seq in versions
        ],
    )


def put_inputs(connection: Transaction, version_seq: int, version_ids: Sequence[str]) -> bool:
    """Note what a version was made from; whether any of it is new. It is not made from itself.

    Raises `NotFoundError` for a version that never was.
    """
    count = 0
    for version_id in version_ids:
        seq = known_seq(connection, version_id)
        if seq is None:
            raise NotFoundError(f"version {version_id} does not exist")
        if seq != version_seq:
            count += connection.execute(
                "INSERT INTO version_input (version_seq, input_seq) VALUES (:seq, :input)"
                " ON CONFLICT DO NOTHING",
                {"seq": version_seq, "input": seq},
            )
    return count > 0


def count_change(connection: Transaction, run_seq: int) -> str:
    """Count a change of a run or of what hangs on it; return the run's ID."""
    (run_id,) = connection.one(
        "UPDATE run SET revision = revision + 1 WHERE seq = :seq RETURNING id", {"seq": run_seq}
    )
    return str(run_id)


def forget_run(connection: Transaction, run_seq: int) -> None:
    """Remove a run with all that hangs on it; the versions that it made stay."""
    steps = "SELECT s.seq FROM run_step s WHERE s.run_seq = :seq"
    for table in ("step_version", "step_metadata", "step_metadata_leaf"):
        connection.execute(f"DELETE FROM {table} WHERE step_seq IN ({steps})", {"seq": run_seq})
    for table in ("run_tag", "run_metadata", "run_metadata_leaf", "run_step"):
        connection.execute(f"DELETE FROM {table} WHERE run_seq = :seq", {"seq": run_seq})
    connection.execute("DELETE FROM run WHERE seq = :seq", {"seq": run_seq})


def known_seq(connection: Transaction, version_id: str) -> int | None:
    """The seq of a version, of a deleted one too: it was used all the same."""
    for table in ("artifact_version", "deleted_version"):
        seq = find_seq(connection, table, "id", version_id)
        if seq is not None:
            return seq
    return None
