"""What would be moved, decided for each version before anything is moved."""

from collections.abc import Iterator
from dataclasses import dataclass

from artifactctl.catalog.engine.protocol import Queries
from artifactctl.catalog.reading.meeting import Meeting, meet
from artifactctl.catalog.records import Record
from artifactctl.enums import MoveAction, RunStatus
from artifactctl.moving.senders import Sender
from artifactctl.settings import LOCAL


@dataclass(frozen=True, slots=True)
class PlannedMove:
    """A version and what becomes of it.

    `version` is its NAME:VERSION where it comes from, `there` what it is called where it goes;
    None, when it takes the next number. `reason` says why it is a conflict. `needs_trust`: it is a
    Python object, or linked remote data, from a home or bundle that is not this user's own.
    """

    id: str
    version: str
    there: str | None
    action: MoveAction
    size_bytes: int
    reason: str = ""
    needs_trust: bool = False


def plan_moves(sender: Sender, there: Queries, *, renumber: bool) -> Iterator[PlannedMove]:
    """Yield a plan for each version of the sender; with `renumber` taken names are no conflict."""
    running: dict[str, bool] = {}
    for record in sender.versions():
        meeting = decide(record, there, renumber=renumber)
        run_id = record["producer_run"]
        if meeting.action is MoveAction.NEW and run_id is not None:
            if run_id not in running:
                running[run_id] = _is_running(sender.find(run_id))
            if running[run_id]:
                meeting = Meeting(
                    MoveAction.CONFLICT, meeting.ref, reason="the run that made it is still running"
                )
        needs_trust = not sender.is_trusted and _may_run_code(record)
        yield _planned(record, meeting, needs_trust=needs_trust)


def decide(record: Record, there: Queries, *, renumber: bool) -> Meeting:
    """What becomes of a version: what it meets, except that a taken name may be no obstacle."""
    meeting = meet(there, record)
    if renumber and meeting.may_renumber:
        return Meeting(MoveAction.NEW, "", may_renumber=True)
    return meeting


def _planned(record: Record, meeting: Meeting, *, needs_trust: bool) -> PlannedMove:
    return PlannedMove(
        record["id"],
        f"{record['artifact']['name']}:{record['version']}",
        meeting.ref or None,
        meeting.action,
        record["size_bytes"],
        meeting.reason,
        needs_trust and meeting.action is MoveAction.NEW,
    )


def _may_run_code(record: Record) -> bool:
    """Whether a home of one's own would run code, or ask an address, that the version names."""
    link = record["link"]
    return record["materializer"] is not None or (link is not None and not link.startswith(LOCAL))


def _is_running(run: Record | None) -> bool:
    return run is not None and run["status"] == RunStatus.RUNNING
