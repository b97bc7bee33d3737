"""Receiving versions, runs and tags that are moved into a home.

Each step is one transaction of the target; what it adds relies on bytes that were put before.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from artifactctl.catalog.engine.protocol import Transaction
from artifactctl.catalog.reading.meeting import Meeting, check_ids_of_versions, meet
from artifactctl.catalog.reading.sending import runs_here
from artifactctl.catalog.reading.series import extents_of
from artifactctl.catalog.reading.statements import batches
from artifactctl.catalog.records import Record
from artifactctl.catalog.writing import extending, received_links, receiving
from artifactctl.catalog.writing.entries import known_seq
from artifactctl.catalog.writing.series import receive_series
from artifactctl.enums import MoveAction, RunStatus
from artifactctl.errors import ConflictError
from artifactctl.home import Home
from artifactctl.home.change import Change
from artifactctl.moving.carrying import cargo_of, carry
from artifactctl.moving.planning import PlannedMove, decide
from artifactctl.moving.senders import Sender
from artifactctl.results.reports import Progress
from artifactctl.verbs.publishing import check_kept, until_kept

_AT_ONCE = 100  # versions in one transaction


@dataclass(frozen=True, slots=True)
class MoveOptions:
    """How versions are moved.

    `labels`: versions that are there get tags and keys of metadata that they lack. `renumber`:
    those whose name is taken take the next number. `trust`: Python objects and links to addresses
    are taken from a foreign home, too. `jobs` is how many blobs are moved at the same time, by
    default as many as suit the stores.
    """

    labels: bool = False
    renumber: bool = False
    trust: bool = False
    dry_run: bool = False
    jobs: int | None = None


@dataclass(slots=True)
class Moved:
    """What was moved so far; `outcomes` are versions that did not end as planned, by ID."""

    size_bytes: int = 0
    runs: int = 0
    received: receiving.Received = field(default_factory=receiving.Received)
    outcomes: dict[str, PlannedMove] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)

    def add(self, step: "Moved") -> None:
        """Add what another transaction has done."""
        self.runs += step.runs
        self.received.add(step.received)
        self.outcomes |= step.outcomes

    def receive(self, change: Change, received: receiving.Received) -> None:
        """Have the records of received rows written, and note what was left out."""
        change.record(received.ids)
        self.received.kept_back += received.kept_back
        self.received.late += received.late
        self.received.different += received.different
        self.received.extended += received.extended

    def note_outcome(self, transaction: Transaction, move: PlannedMove, record: Record) -> None:
        """Note what a version is called there, if that is not as planned."""
        found = meet(transaction, record)
        is_new = move.action is MoveAction.NEW and found.action is MoveAction.PRESENT
        action = MoveAction.NEW if is_new else found.action
        if (action, found.ref) != (move.action, move.there):
            self.outcomes[move.id] = replace(move, action=action, there=found.ref)


@dataclass(frozen=True, slots=True)
class Receiver:
    """A move in progress."""

    sender: Sender
    target: Home
    options: MoveOptions
    progress: Progress
    done: Moved

    def is_to_do(self, move: PlannedMove) -> bool:
        """Whether something is to be done for a version."""
        is_there = move.action in (MoveAction.PRESENT, MoveAction.IDENTICAL)
        return move.action is MoveAction.NEW or (is_there and self.options.labels)

    def move_other_records(self, kinds: Sequence[str]) -> None:
        """Move the records of used-up numbers, runs and tags."""
        ended = filter(_is_no_running_run, self.sender.other_records(kinds))
        for records in batches(ended, _AT_ONCE):
            runs = [record for record in records if record["record"] == "run"]
            present = self._present(runs)
            self._publish((), runs, partial(self._others, records=records, runs=runs))
            self._extend(_owners_of(present))

    def _others(
        self, change: Change, done: Moved, *, records: Sequence[Record], runs: Sequence[Record]
    ) -> None:
        for record in records:
            received = receiving.receive_other(change.transaction, record, self.sender.tag)
            done.runs += record["record"] == "run" and record["id"] in received.ids
            done.receive(change, received)
            self._receive_series(change, record, received)
        self._connect(change, runs, ())

    def _receive_series(self, change: Change, record: Record, received: receiving.Received) -> None:
        """Move the series of a version or a run that was just added."""
        if record["id"] in received.ids:
            chunks = self.sender.series(receiving.owners_in(record))
            change.record(receive_series(change.transaction, chunks))

    def extend_present(self, moves: Sequence[PlannedMove]) -> None:
        """Move what is newer in the series of versions that are there, and of their runs."""
        names = {move.id: move.version for move in moves}
        if not self.sender.is_whole:
            found = (self.sender.find(move.id) for move in moves)
            ids = dict.fromkeys(record["producer_run"] for record in found if record is not None)
            runs = [run for run_id in ids if run_id and (run := self._run(run_id)) is not None]
            names |= _owners_of(self._present(runs))
        self._extend(names)

    def _present(self, runs: Sequence[Record]) -> list[Record]:
        """The runs that are there already."""
        there = runs_here(self.target.catalog, [run["id"] for run in runs])
        return [run for run in runs if run["id"] in there]

    def _extend(self, names: Mapping[str, str]) -> None:
        """Append what is newer in series, whose owners `names` gives as messages name them."""
        for owner in self._owners_with_others(list(names)):
            coming = extending.series_in(self.sender.series([owner]))
            self._publish((), (), partial(self._append, series=coming, name=names[owner]))

    def _owners_with_others(self, owners: Sequence[str]) -> list[str]:
        """The owners of series with another number of points, or another last step, than there."""
        coming: dict[tuple[str, str], tuple[int, int]] = {}
        for chunk in self.sender.series(owners):
            place = chunk["owner"], chunk["key"]
            count, last = coming.get(place, (0, 0))
            coming[place] = count + chunk["count"], max(last, chunk["last_step"])
        known = extents_of(self.target.catalog, list(dict.fromkeys(owner for owner, _ in coming)))
        there = {
            (owner, key): (extent.count, extent.last_step)
            for owner, extents in known.items()
            for key, extent in extents.items()
        }
        found = (place for place, size in coming.items() if there.get(place) != size)
        return list(dict.fromkeys(owner for owner, _ in found))

    @staticmethod
    def _append(change: Change, done: Moved, *, series: extending.Series, name: str) -> None:
        extended = extending.extend_series(change.transaction, series)
        different = [(name, key) for _, key in extended.different]
        done.receive(
            change, receiving.Received(extended.ids, different=different, extended=extended.count)
        )

    def move_versions(self, plan: Sequence[PlannedMove]) -> None:
        """Move some versions with the runs that made them, in one transaction."""
        found = ((move, self.sender.find(move.id)) for move in plan)
        versions = {move: record for move, record in found if record is not None}
        new = [record for move, record in versions.items() if move.action is MoveAction.NEW]
        ids = dict.fromkeys(record["producer_run"] for record in new)
        runs = [run for run_id in ids if run_id and (run := self._run(run_id)) is not None]
        present = self._present(runs)
        self._publish(new, runs, partial(self._versions, versions=versions, runs=runs))
        self._extend(_owners_of(present))

    def _run(self, run_id: str) -> Record | None:
        run = self.sender.find(run_id)
        return run if run is not None and run["record"] == "run" else None

    def _publish(
        self,
        versions: Sequence[Record],
        runs: Sequence[Record],
        add: Callable[[Change, Moved], None],
    ) -> None:
        """Carry the bytes, and add the rows in one transaction, unless `gc` condemned the bytes.

        In that case both are repeated once they are deleted (see `condemning`).
        """
        cargo = cargo_of(self.sender, versions, runs)

        def attempt(since: int) -> None:
            self.done.size_bytes += carry(
                self.sender, self.target.store, cargo, self.progress.advance, self.options.jobs
            )
            step, change = self.target.changed(partial(self._step, add, cargo.digests, since))
            self.done.add(step)
            self.done.notes |= dict.fromkeys(change.notes)

        until_kept(self.target, attempt, cargo.digests)

    @staticmethod
    def _step(
        add: Callable[[Change, Moved], None], digests: Sequence[str], since: int, change: Change
    ) -> Moved:
        """One transaction; what it did counts only when it is committed."""
        done = Moved()
        add(change, done)
        check_kept(change, digests, since, "bytes that were moved")
        return done

    def _versions(
        self,
        change: Change,
        done: Moved,
        *,
        versions: dict[PlannedMove, Record],
        runs: Sequence[Record],
    ) -> None:
        for run in runs:
            received = receiving.receive_run(change.transaction, run, self.sender.tag)
            done.runs += run["id"] in received.ids
            done.receive(change, received)
            self._receive_series(change, run, received)
        check_ids_of_versions(change.transaction, [record["id"] for record in versions.values()])
        added = []
        for move, record in versions.items():
            meeting = decide(record, change.transaction, renumber=self.options.renumber)
            received = self._version(change, move, record, meeting)
            done.receive(change, received)
            if meeting.action is MoveAction.NEW:
                added.append(record)
                self._receive_series(change, record, received)
            done.note_outcome(change.transaction, move, record)
        self._connect(change, runs, added)

    def _version(
        self, change: Change, move: PlannedMove, record: Record, meeting: Meeting
    ) -> receiving.Received:
        """Add a version, or labels to the one that is there by now."""
        transaction, tag_of = change.transaction, self.sender.tag
        if meeting.action is MoveAction.CONFLICT:
            raise ConflictError(f"{move.version}: {meeting.reason}", hint="try again")
        if meeting.action is MoveAction.NEW:
            return receiving.receive_version(
                transaction, record, tag_of, renumber=meeting.may_renumber
            )
        if self.options.labels:
            return receiving.add_labels(transaction, record, meeting.there, tag_of)
        return receiving.Received()

    def _connect(self, change: Change, runs: Iterable[Record], versions: Sequence[Record]) -> None:
        """Link runs and versions where both are there, whichever of them came first."""
        transaction = change.transaction
        here = _here(self.sender, transaction)
        ids = [record["id"] for record in versions]
        uses = [use for run in runs for use in receiving.uses_in(run)]
        change.record(received_links.connect(transaction, [*uses, *self.sender.uses(ids)], here))
        pairs = [
            (record["id"], source) for record in versions for source in record.get("inputs", ())
        ]
        pairs += self.sender.made_from(ids)
        change.record(received_links.connect_inputs(transaction, pairs, here))
        for record in versions:
            change.record(received_links.check_produced(transaction, record))


def _owners_of(runs: Sequence[Record]) -> dict[str, str]:
    """The owners of the series of runs, with the names of the runs for messages."""
    return {owner: f"run {run['name']}" for run in runs for owner in receiving.owners_in(run)}


def _is_no_running_run(record: Record) -> bool:
    """Whether a record may be moved: whoever has a running run there would take it for dead."""
    return bool(record["record"] != "run" or record["status"] != RunStatus.RUNNING)


def _here(sender: Sender, transaction: Transaction) -> Callable[[str], str | None]:
    """Finds the ID under which a version of the sender is in this catalog, or None."""
    known: dict[str, str | None] = {}

    def look(version_id: str) -> str | None:
        if known_seq(transaction, version_id) is not None:
            return version_id
        record = sender.find(version_id)
        if record is None or record["record"] != "version":
            return None
        meeting = meet(transaction, record)
        return meeting.there if meeting.action is MoveAction.IDENTICAL else None

    def here(version_id: str) -> str | None:
        if version_id not in known:
            known[version_id] = look(version_id)
        return known[version_id]

    return here
