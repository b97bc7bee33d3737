"""The verbs that verify a home, and back up, restore and rebuild its catalog."""

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from artifactctl.catalog import backups
from artifactctl.catalog.engine.sqlite import SqliteDatabase
from artifactctl.catalog.outside_rows import bad_rows
from artifactctl.catalog.reading.finding import fault_of_version, find_version
from artifactctl.catalog.reading.versions import iterate_versions
from artifactctl.catalog.rebuilding import Rebuilt, Stored
from artifactctl.catalog.rows import Version
from artifactctl.catalog.writing import deleting
from artifactctl.enums import ProblemKind
from artifactctl.errors import ArtifactctlError, IntegrityError, NotFoundError
from artifactctl.home import Home, access, opening
from artifactctl.home.trusting import survey as survey
from artifactctl.home.trusting import trust_home as trust_home
from artifactctl.own_data import check_not_own_data
from artifactctl.refs import Ref
from artifactctl.results.maintenance import Backup, Rebuilding, Verification
from artifactctl.results.reports import SILENT, Progress
from artifactctl.upkeep import mending, verifying

ROW = ProblemKind.ROW
_INSTEAD = (
    "use pg_dump and pg_restore for the schema;"
    " 'artifactctl catalog rebuild' makes the catalog from the store's records"
)


def verify(home: Home, refs: Sequence[Ref], quick: bool, progress: Progress | None) -> Verification:
    """Verify some versions; without `refs` all versions, rows and blobs."""
    # A home that cannot be written, or must not be, can still be verified.
    with contextlib.suppress(OSError, *verifying.NOT_TO_BE_CHANGED):
        mending.mend_records(home.catalog, home.store)
        if not refs and not quick:
            mending.mend_all_records(home.catalog, home.store)
    rows = [find_version(home.catalog, ref) for ref in refs]
    versions = rows if refs else iterate_versions(home.catalog)
    usable = (version for version in versions if fault_of_version(version) is None)
    unanswered: list[ArtifactctlError] = []
    advance = (progress or SILENT).advance
    problems = verifying.verify(
        usable, home.store, quick=quick, advance=advance, unanswered=unanswered
    )
    problems = [problem for problem in problems if _is_still_there(home, problem)]
    if not refs:
        named = {problem.id for problem in problems}
        problems += [problem for problem in _wrong_rows(home) if problem.id not in named]
    if unanswered and not problems:
        raise unanswered[0]
    foreign = () if refs else tuple(verifying.list_foreign(home.catalog, home.store))
    notes = [error.message for error in unanswered]
    if home.is_cached and not quick:
        notes.append("what the cache holds was not read from the store; --no-cache reads all")
    return Verification(problems, foreign, tuple(notes))


def _is_still_there(home: Home, problem: verifying.Problem) -> bool:
    """Return whether the version of a problem still exists.

    It may be deleted while it is verified.
    """
    try:
        row = find_version(home.catalog, Ref(problem.id))
    except NotFoundError:
        return False
    except IntegrityError:
        return True
    return row.data_deleted is None or problem.path is None


def _wrong_rows(home: Home) -> Iterator[verifying.Problem]:
    """Yield a problem for each row with a value that artifactctl never writes."""
    if not home.catalog.exists():
        return
    named = set()
    for version in iterate_versions(home.catalog):
        fault = fault_of_version(version)
        if fault is not None:
            named.add(version.id)
            problem = f"its row cannot be right: {fault}"
            yield verifying.Problem(
                version.artifact, version.version, version.id, None, problem, ROW
            )
    for bad in bad_rows(home.catalog):
        problem = f"its row cannot be right: {bad.column}"
        if bad.name in named:
            continue
        yield verifying.Problem(bad.table, bad.name, bad.name, None, problem, ROW)


def back_up(home: Home, path: Path, *, force: bool) -> Backup:
    """Copy the catalog into a file."""
    target = Path(os.path.abspath(path))
    check_not_own_data(target, home.own_paths())
    catalog = opening.need_file(home.catalog, _INSTEAD)
    backups.back_up(catalog, target, force=force)
    return Backup(str(target), target.stat().st_size)


def restore(home: Home, path: Path, *, force: bool) -> Rebuilding:
    """Restore a backup after verifying it and the bytes of its versions."""
    access.check_writable(home.settings)
    catalog = opening.need_file(home.catalog, _INSTEAD)
    with backups.checked_copy(catalog, path) as copy:

        def check(versions: Iterable[Version]) -> None:
            _check_bytes(home, copy, path, versions, force=force)

        check(iterate_versions(copy))
        keep = home.place_for_replaced()
        done = backups.put_back(
            catalog,
            copy,
            keep,
            _stored(home),
            lambda row_ids: mending.write_records(home.catalog, home.store, row_ids),
            check,
        )
    mending.mend_all_records(home.catalog, home.store)
    return _rebuilding(done, keep)


def rebuild(home: Home) -> Rebuilding:
    """Restore the rows that the store's records contain and the catalog lacks."""
    access.check_writable(home.settings)
    keep = home.place_for_replaced()

    def save() -> None:
        mending.mend_all_records(home.catalog, home.store)

    done = backups.rebuild(home.catalog, keep, _stored(home), save)
    mending.mend_all_records(home.catalog, home.store)
    return _rebuilding(done, keep)


def schema_sql(home: Home, role: str) -> str:
    """Return the SQL with which an administrator creates a catalog on PostgreSQL."""
    access.check_usable(home.settings)
    return opening.server_schema_sql(home.settings, role)


def _check_bytes(
    home: Home, copy: SqliteDatabase, path: Path, versions: Iterable[Version], *, force: bool
) -> None:
    """Raise `IntegrityError` for a backup of versions whose bytes are gone.

    With `force` these versions are restored as versions with deleted data.
    """
    stored = (version for version in versions if version.link is None)
    problems = verifying.verify(stored, home.store, quick=True)
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


def _stored(home: Home) -> Stored:
    def read_all() -> Iterator[tuple[str, bytes]]:
        for record_id in home.store.list_records():
            content = home.store.get_record(record_id)
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
        kept=str(keep) if keep.exists() else done.kept,
    )
