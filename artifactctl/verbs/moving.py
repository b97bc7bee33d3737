"""Moving versions between homes, and into and out of bundles.

Blobs come before manifests, manifests before rows, rows before records, as in a registration. There
is no journal: what the target has is the state, so that the same command again goes on where an
interrupted one stopped.
"""

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast

from artifactctl.catalog.engine.protocol import Transaction
from artifactctl.catalog.engine.temporary import kept
from artifactctl.catalog.reading.finding import find_version
from artifactctl.catalog.reading.meeting import Meeting, check_ids_of_versions, meet
from artifactctl.catalog.reading.sending import runs_here
from artifactctl.catalog.reading.series import extents_of
from artifactctl.catalog.reading.statements import batches
from artifactctl.catalog.records import Record
from artifactctl.catalog.rows import Version
from artifactctl.catalog.writing import extending, received_links, receiving
from artifactctl.catalog.writing.entries import known_seq
from artifactctl.catalog.writing.series import receive_series
from artifactctl.drafts import locked_part
from artifactctl.durable import rename_new, sync_folder
from artifactctl.enums import MoveAction, RunStatus
from artifactctl.errors import (
    ConflictError,
    NotFoundError,
    UnsafeError,
    WrongUsageError,
)
from artifactctl.home import Home, access
from artifactctl.home.change import Change
from artifactctl.moving.bundles import BundleSender, open_bundle, write_bundle
from artifactctl.moving.carrying import cargo_of, carry
from artifactctl.moving.planning import PlannedMove, decide, plan_moves
from artifactctl.moving.senders import HomeSender, Sender
from artifactctl.own_data import check_not_own_data
from artifactctl.refs import Ref
from artifactctl.results.moving import Exported, Moving
from artifactctl.results.reports import SILENT, Progress
from artifactctl.url_text import without_secrets
from artifactctl.verbs.downloading import check_data
from artifactctl.verbs.publishing import check_kept, until_kept
from artifactctl.verbs.registering import buffer_of

_AT_ONCE = 100  # versions in one transaction
_NAMED = 20  # versions and tags that a message names
STDOUT = "-"


@dataclass(frozen=True, slots=True)
class MoveOptions:
    """How versions are moved.

    `labels`: versions that are there get tags and keys of metadata that they lack. `renumber`:
    those whose name is taken take the next number. `trust`: Python objects and links to addresses
    are taken from a stranger, too. `jobs` is how many blobs are moved at the same time, by default
    as many as suit the stores.
    """

    labels: bool = False
    renumber: bool = False
    trust: bool = False
    dry_run: bool = False
    jobs: int | None = None


def move(
    source: Home,
    target: Home,
    refs: Sequence[Ref] | None,
    options: MoveOptions,
    progress: Progress | None = None,
) -> Moving:
    """Move versions from one home to another; without `refs` everything.

    Raises `ConflictError`, with all conflicts, before anything is moved; `UnsafeError` for objects
    of a home that is not this user's own.
    """
    if source.settings.catalog.value == target.settings.catalog.value:
        raise WrongUsageError(
            f"{_name(target)} is the home itself", hint="name another home with --home, --to"
        )
    sender = _sender(source, refs)
    return _move(sender, target, options, progress or SILENT, _name(source))


def export(
    home: Home,
    refs: Sequence[Ref] | None,
    path: str,
    progress: Progress | None = None,
    *,
    force: bool = False,
) -> Exported:
    """Write versions into a bundle; without `refs` everything. `-` is standard output."""
    progress = progress or SILENT
    sender = _sender(home, refs)
    found = [(record["id"], record["size_bytes"]) for record in sender.versions()]
    progress.expect(sum(size for _, size in found))
    if path == STDOUT:
        out = _Counting(buffer_of(sys.stdout, "standard output"))
        write_bundle(sender, cast("BinaryIO", out), progress.advance)
        return Exported(STDOUT, len(found), out.count)
    target = os.path.abspath(path)
    _check_place(home, target, force=force)
    with locked_part(target) as (part, descriptor):
        with open(descriptor, "wb", closefd=False) as file:
            write_bundle(sender, file, progress.advance)
            file.flush()
            os.fsync(descriptor)
        if force:
            os.replace(part, target)
        else:
            _rename(part, target)
        sync_folder(os.path.dirname(target))
    return Exported(target, len(found), os.stat(target).st_size)


def import_(
    home: Home, path: str, options: MoveOptions, progress: Progress | None = None
) -> Moving:
    """Add the versions of a bundle to a home; raises what `move` does.

    A bad bundle raises `InvalidInputError`, `IntegrityError` or `UnsafeError`.
    """
    access.check_usable(home.settings)
    shown = os.path.abspath(path)
    with _opened(path) as sender:
        return _move(sender, home, options, progress or SILENT, shown)


class _Counting:
    """A stream that counts what is written to it."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self.count = 0

    def write(self, data: bytes) -> int:
        self.count += len(data)
        return self._out.write(data)


def _sender(home: Home, refs: Sequence[Ref] | None) -> HomeSender:
    access.check_usable(home.settings)
    rows = None if refs is None else [find_version(home.catalog, ref) for ref in refs]
    for row in rows or ():
        check_data(row)
    return HomeSender(
        home.catalog,
        home.store,
        None if rows is None else _ids_in_order(rows),
        is_trusted=access.is_own_home(home.settings),
    )


def _ids_in_order(rows: Sequence[Version]) -> list[str]:
    """Each version once, in the order of creation, so that the latest stays the latest."""
    return list(dict.fromkeys(row.id for row in sorted(rows, key=lambda row: row.seq)))


def _name(home: Home) -> str:
    """A home as the user knows it: by its folder, or by its catalog when that is elsewhere."""
    settings = home.settings
    path = settings.catalog_path
    is_folder = path is not None and path.parent == settings.home_path
    return str(settings.home_path) if is_folder else without_secrets(settings.catalog.value)


@contextlib.contextmanager
def _opened(path: str) -> Iterator[BundleSender]:
    try:
        descriptor = open_bundle(path)
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError(f"bundle {path!r} does not exist", hint="check the spelling") from None
    try:
        yield BundleSender(descriptor)
    finally:
        os.close(descriptor)


def _check_place(home: Home, target: str, *, force: bool) -> None:
    check_not_own_data(Path(target), home.own_paths())
    if os.path.isdir(target):
        raise ConflictError(f"{target!r} is a folder", hint="name a file in it")
    if not os.path.isdir(os.path.dirname(target)):
        raise NotFoundError(f"folder {os.path.dirname(target)!r} does not exist", hint="make it")
    if os.path.lexists(target) and not force:
        raise ConflictError(f"{target!r} exists", hint="name another file, or add --force")


def _rename(part: str, target: str) -> None:
    try:
        rename_new(part, target)
    except FileExistsError:
        raise ConflictError(f"{target!r} exists", hint="name another file") from None


@dataclass(slots=True)
class _Done:
    """What was moved so far; `outcomes` are versions that did not end as planned, by ID."""

    size_bytes: int = 0
    runs: int = 0
    received: receiving.Received = field(default_factory=receiving.Received)
    outcomes: dict[str, PlannedMove] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)

    def add(self, step: "_Done") -> None:
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


def _move(
    sender: Sender, target: Home, options: MoveOptions, progress: Progress, source: str
) -> Moving:
    access.check_writable(target.settings)
    plan = kept(
        plan_moves(sender, target.catalog, renumber=options.renumber),
        _as_json,
        lambda values: PlannedMove(**{**values, "action": MoveAction(values["action"])}),
    )
    planned = Moving(source, _name(target), plan, is_dry_run=True)
    if options.dry_run:
        return planned
    check_conflicts(planned)
    if not options.trust:
        _check_trusted(planned)
    progress.expect(sum(move.size_bytes for move in plan if move.action is MoveAction.NEW))
    done = _Done()
    mover = _Mover(sender, target, options, progress, done)
    mover.move_beside(receiving.BEFORE)
    # Those that take the next number come last, so that they take nobody's.
    for is_named in (True, False):
        moves = (move for move in plan if (move.there is not None) is is_named)
        for some in batches(filter(mover.is_to_do, moves), _AT_ONCE):
            mover.move_versions(some)
    for some in batches((move for move in plan if move.action is MoveAction.PRESENT), _AT_ONCE):
        mover.extend_present(some)
    mover.move_beside(receiving.AFTER)
    ended = [done.outcomes.get(move.id, move) for move in plan] if done.outcomes else plan
    return Moving(
        *(source, planned.target, ended, done.runs, done.size_bytes),
        extended_series=done.received.extended,
        notes=(*done.notes, *_notes(done.received)),
    )


def _as_json(move: PlannedMove) -> dict[str, Any]:
    return asdict(move)


def check_conflicts(planned: Moving) -> None:
    """Raise `ConflictError` with all conflicts of a plan, if there are any."""
    found = planned.conflicts
    if found:
        raise ConflictError(
            f"{len(found)} of {len(planned.versions)} versions cannot be moved to"
            f" {planned.target}, and none was",
            hint="--renumber gives those whose name is taken the next number",
            details=[f"{move.version}: {move.reason}" for move in found],
        )


def _check_trusted(planned: Moving) -> None:
    names = [move.version for move in planned.versions if move.needs_trust]
    if names:
        raise UnsafeError(
            f"{planned.source} is not your own, and has Python objects or remote links,"
            f" which your own home would load without asking: {_some(names)}",
            hint="--trust takes them, if you trust whoever made them",
        )


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _notes(received: receiving.Received) -> Iterator[str]:
    for name, tag in received.kept_back[:_NAMED]:
        yield f"tag {tag!r} stays where it is there: {name} did not get it"
    if len(received.kept_back) > _NAMED:
        yield f"and {len(received.kept_back) - _NAMED} more tags stay where they are"
    for name, key in dict.fromkeys(received.different[:_NAMED]):
        yield f"series {key!r} of {name} has other points there, and stays as it is"
    if len(received.different) > _NAMED:
        yield f"and {len(received.different) - _NAMED} more series differ"
    if received.late:
        yield f"the latest version there is the one that came last: {_some(received.late[-1:])}"


@dataclass(frozen=True, slots=True)
class _Mover:
    """A move in progress."""

    sender: Sender
    target: Home
    options: MoveOptions
    progress: Progress
    done: _Done

    def is_to_do(self, move: PlannedMove) -> bool:
        """Whether something is to be done for a version."""
        is_there = move.action in (MoveAction.PRESENT, MoveAction.IDENTICAL)
        return move.action is MoveAction.NEW or (is_there and self.options.labels)

    def move_beside(self, kinds: Sequence[str]) -> None:
        """Move what is beside versions: numbers that are used up, runs, tags."""
        ended = filter(_is_no_running_run, self.sender.beside(kinds))
        for records in batches(ended, _AT_ONCE):
            runs = [record for record in records if record["record"] == "run"]
            present = self._present(runs)
            self._publish((), runs, partial(self._beside, records=records, runs=runs))
            self._extend(_owners_of(present))

    def _beside(
        self, change: Change, done: _Done, *, records: Sequence[Record], runs: Sequence[Record]
    ) -> None:
        for record in records:
            received = receiving.receive_beside(change.transaction, record, self.sender.tag)
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
    def _append(change: Change, done: _Done, *, series: extending.Series, name: str) -> None:
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
        add: Callable[[Change, _Done], None],
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
        add: Callable[[Change, _Done], None], digests: Sequence[str], since: int, change: Change
    ) -> _Done:
        """One transaction; what it did counts only when it is committed."""
        done = _Done()
        add(change, done)
        check_kept(change, digests, since, "bytes that were moved")
        return done

    def _versions(
        self,
        change: Change,
        done: _Done,
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
