"""Moving versions between homes, and into and out of bundles.

Blobs come before manifests, manifests before rows, rows before records, as in a registration. There
is no journal: what the target has is the state, so that the same command again goes on where an
interrupted one stopped.
"""

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, cast

from artifactctl.catalog.engine.temporary import kept
from artifactctl.catalog.reading.finding import find_version
from artifactctl.catalog.reading.statements import batches
from artifactctl.catalog.rows import Version
from artifactctl.catalog.writing import receiving
from artifactctl.drafts import locked_part
from artifactctl.durable import rename_new, sync_folder
from artifactctl.enums import MoveAction
from artifactctl.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    UnsafeError,
    WrongUsageError,
)
from artifactctl.home import Home, access
from artifactctl.moving.bundles import BundleSender, open_bundle, write_bundle
from artifactctl.moving.planning import PlannedMove, plan_moves
from artifactctl.moving.senders import HomeSender, Sender
from artifactctl.own_data import check_not_own_data
from artifactctl.refs import Ref
from artifactctl.results.moving import Exported, Moving
from artifactctl.results.reports import SILENT, Progress
from artifactctl.url_text import without_secrets
from artifactctl.verbs.downloading import check_data
from artifactctl.verbs.receiving import Moved, Receiver
from artifactctl.verbs.receiving import MoveOptions as MoveOptions
from artifactctl.verbs.registering import buffer_of

_AT_ONCE = 100  # versions in one transaction
_NAMED = 20  # versions and tags that a message names
STDOUT = "-"


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
        try:
            bundle = BundleSender(descriptor)
        except InvalidInputError as error:
            raise error.about(repr(path)) from None
        yield bundle
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
    done = Moved()
    mover = Receiver(sender, target, options, progress, done)
    mover.move_other_records(receiving.BEFORE)
    # Those that take the next number come last, so that they take nobody's.
    for is_named in (True, False):
        moves = (move for move in plan if (move.there is not None) is is_named)
        for some in batches(filter(mover.is_to_do, moves), _AT_ONCE):
            mover.move_versions(some)
    for some in batches((move for move in plan if move.action is MoveAction.PRESENT), _AT_ONCE):
        mover.extend_present(some)
    mover.move_other_records(receiving.AFTER)
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
