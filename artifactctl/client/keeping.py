"""The verbs that check what is kept, throw away, back up, and bring back."""

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from artifactctl import upkeep
from artifactctl.catalog import backups, deleting
from artifactctl.catalog.engine.sqlite import SqliteDatabase
from artifactctl.catalog.outside_rows import bad_rows
from artifactctl.catalog.reading.finding import fault_of_version, find_version
from artifactctl.catalog.reading.versions import iterate_versions
from artifactctl.catalog.rebuilding import Rebuilt, Stored
from artifactctl.catalog.rows import Version
from artifactctl.client.moving import check_output
from artifactctl.durable import is_reached_by_link, make_folder
from artifactctl.enums import ProblemKind
from artifactctl.errors import ArtifactctlError, IntegrityError, NotFoundError
from artifactctl.home import access
from artifactctl.refs import Ref
from artifactctl.results.reports import SILENT, Backup, Progress, Rebuilding, Verification

if TYPE_CHECKING:
    from artifactctl.client import Client

ROW = ProblemKind.ROW


def verify(
    client: "Client", refs: Sequence[Ref], quick: bool, progress: Progress | None
) -> Verification:
    """Check some versions, or everything there is."""
    # A home that cannot or may not be written can still be verified.
    with contextlib.suppress(OSError, *upkeep.NOT_TO_BE_CHANGED):
        upkeep.mend_records(client.catalog, client.store)
        if not refs and not quick:
            upkeep.mend_all_records(client.catalog, client.store)
    rows = [find_version(client.catalog, ref) for ref in refs]
    versions = rows if refs else iterate_versions(client.catalog)
    usable = (version for version in versions if fault_of_version(version) is None)
    unanswered: list[ArtifactctlError] = []
    advance = (progress or SILENT).advance
    problems = upkeep.verify(
        usable, client.store, quick=quick, advance=advance, unanswered=unanswered
    )
    problems = [problem for problem in problems if _is_still_there(client, problem)]
    if not refs:
        named = {problem.id for problem in problems}
        problems += [problem for problem in _wrong_rows(client) if problem.id not in named]
    if unanswered and not problems:
        raise unanswered[0]
    foreign = () if refs else tuple(upkeep.list_foreign(client.catalog, client.store))
    return Verification(problems, foreign, tuple(error.message for error in unanswered))


def _is_still_there(client: "Client", problem: upkeep.Problem) -> bool:
    """Whether a version has not been deleted while it was looked at."""
    try:
        row = find_version(client.catalog, Ref(problem.id))
    except NotFoundError:
        return False
    except IntegrityError:
        return True
    return row.data_deleted is None or problem.path is None


def _wrong_rows(client: "Client") -> Iterator[upkeep.Problem]:
    """Rows of which a cell holds what nobody has put there."""
    if not client.catalog.exists():
        return
    named = set()
    for version in iterate_versions(client.catalog):
        fault = fault_of_version(version)
        if fault is not None:
            named.add(version.id)
            problem = f"its row cannot be right: {fault}"
            yield upkeep.Problem(version.artifact, version.version, version.id, None, problem, ROW)
    for bad in bad_rows(client.catalog):
        problem = f"its row cannot be right: {bad.column}"
        if bad.name in named:
            continue
        yield upkeep.Problem(bad.table, bad.name, bad.name, None, problem, ROW)


def back_up(client: "Client", path: Path, *, force: bool) -> Backup:
    """Copy the catalog."""
    target = Path(os.path.abspath(path))
    check_output(client, target)
    backups.back_up(client.catalog, target, force=force)
    return Backup(str(target), target.stat().st_size)


def restore(client: "Client", path: Path, *, force: bool) -> Rebuilding:
    """Put a backup back, once it and the bytes of its versions are there."""
    access.check_writable(client.settings)
    with backups.checked_copy(client.catalog, path) as copy:

        def check(versions: Iterable[Version]) -> None:
            _check_bytes(client, copy, path, versions, force=force)

        check(iterate_versions(copy))
        keep = _place_to_keep(client)
        done = backups.put_back(
            client.catalog,
            copy,
            keep,
            _stored(client),
            lambda row_ids: upkeep.write_records(client.catalog, client.store, row_ids),
            check,
        )
    upkeep.mend_all_records(client.catalog, client.store)
    return _rebuilding(done, keep)


def rebuild(client: "Client") -> Rebuilding:
    """Bring back what the records know."""
    access.check_writable(client.settings)
    keep = _place_to_keep(client)

    def save() -> None:
        upkeep.mend_all_records(client.catalog, client.store)

    done = backups.rebuild(client.catalog, keep, _stored(client), save)
    upkeep.mend_all_records(client.catalog, client.store)
    return _rebuilding(done, keep)


def _check_bytes(
    client: "Client", copy: SqliteDatabase, path: Path, versions: Iterable[Version], *, force: bool
) -> None:
    """Refuse a backup of versions that have no bytes any more, or have them come back without."""
    stored = (version for version in versions if version.link is None)
    problems = upkeep.verify(stored, client.store, quick=True)
    lost = list(dict.fromkeys(problem.id for problem in problems))
    if lost and not force:
        names = list(dict.fromkeys(f"{item.artifact}:{item.version}" for item in problems))
        raise IntegrityError(
            f"backup {str(path)!r} has versions whose bytes are gone: {', '.join(names[:10])}",
            hint="--force brings them back without their bytes",
        )
    if lost:
        empty = [find_version(copy, Ref(version_id)) for version_id in lost]
        with copy.transaction() as transaction:
            deleting.give_up_data(transaction, empty, include_runs=True)


def _stored(client: "Client") -> Stored:
    def read_all() -> Iterator[tuple[str, bytes]]:
        for record_id in client.store.list_records():
            content = client.store.get_record(record_id)
            if content is not None:
                yield record_id, content

    return read_all


def _rebuilding(done: Rebuilt, keep: Path) -> Rebuilding:
    return Rebuilding(
        versions=done.versions,
        repaired=done.repaired,
        artifacts=done.artifacts,
        deletions=done.deletions,
        runs=done.runs,
        problems=tuple(done.problems),
        kept=str(keep) if keep.exists() else None,
    )


def _place_to_keep(client: "Client") -> Path:
    """Where a catalog goes that is replaced: nothing is ever thrown away unasked.

    Raises `UnsafeError` in a home that may not be written.
    """
    access.check_writable(client.settings)
    name = f"catalog.db.{os.urandom(4).hex()}"
    folder = client.settings.home_path / "store" / "quarantine"
    beside = client.settings.catalog_path.parent
    if is_reached_by_link(str(folder)):
        return beside / name
    make_folder(str(folder))
    is_elsewhere = beside.exists() and beside.stat().st_dev != folder.stat().st_dev
    return (beside if is_elsewhere else folder) / name
