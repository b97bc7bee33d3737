"""What would be moved, decided for each version before anything is moved."""

from collections.abc import Iterator
from dataclasses import dataclass

from artifactctl.catalog.engine.protocol import Queries
from artifactctl.catalog.reading.meeting import Meeting, meet, meet_all
from artifactctl.catalog.reading.statements import batches
from artifactctl.catalog.records import Record
from artifactctl.enums import MoveAction, RunStatus
from artifactctl.moving.senders import Sender
from artifactctl.url_text import LOCAL

_AT_ONCE = 100  # versions for which the same questions are asked together


@dataclass(frozen=True, slots=True)
class PlannedMove:
    """A version and what becomes of it.

    `version` is its NAME:VERSION at the source, `there` the one at the target, or None when it
    takes the next number. `reason` says why it is a conflict. `needs_trust`: it is a
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

    def is_running(run_id: str | None) -> bool:
        if run_id is not None and run_id not in running:
            running[run_id] = _is_running(sender.find(run_id))
        return run_id is not None and running[run_id]

    for records in batches(sender.versions(), _AT_ONCE):
        for record, meeting in zip(records, meet_all(there, records), strict=True):
            found = _renumbered(meeting) if renumber else meeting
            if found.action is MoveAction.NEW and is_running(record["producer_run"]):
                reason = "the run that made it is still running"
                found = Meeting(MoveAction.CONFLICT, meeting.ref, reason=reason)
            needs_trust = not sender.is_trusted and _may_run_code(record)
            yield _planned(record, found, needs_trust=needs_trust)


def decide(record: Record, there: Queries, *, renumber: bool) -> Meeting:
    """What becomes of a version at the target; with `renumber` a taken name is no conflict."""
    meeting = meet(there, record)
    return _renumbered(meeting) if renumber else meeting


def _renumbered(meeting: Meeting) -> Meeting:
    is_new = meeting.may_renumber
    return Meeting(MoveAction.NEW, "", may_renumber=True) if is_new else meeting


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
