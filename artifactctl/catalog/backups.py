"""Backing up a catalog while it is in use, checking a backup, and restoring or rebuilding it."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from artifactctl.catalog.cells import CELLS
from artifactctl.catalog.engine.copies import copy_whole
from artifactctl.catalog.engine.making import differing_part
from artifactctl.catalog.engine.protocol import Database, Transaction
from artifactctl.catalog.engine.sqlite import SqliteDatabase
from artifactctl.catalog.engine.temporary import Spool
from artifactctl.catalog.facts import is_unchanged
from artifactctl.catalog.outside_rows import bad_rows, copy_table, use_up
from artifactctl.catalog.reading.recorded import record_of
from artifactctl.catalog.reading.statements import batches
from artifactctl.catalog.reading.versions import iterate_revisions, iterate_versions
from artifactctl.catalog.rebuilding import Rebuilt, Stored, bring_back, needed
from artifactctl.catalog.references import revisions_of
from artifactctl.catalog.rows import Version
from artifactctl.catalog.writing import condemning
from artifactctl.drafts import locked_part
from artifactctl.durable import rename_new, sync_folder
from artifactctl.errors import (
    BusyError,
    CatalogDamagedError,
    CatalogOutdatedError,
    CatalogUnusableError,
    ConflictError,
    InvalidInputError,
    NotFoundError,
)
from artifactctl.json_text import canonical_json

_DELETION_TIMEOUT_S = 60.0  # how long a restore waits for garbage collection to delete a batch


def back_up(db: SqliteDatabase, path: Path, *, force: bool = False) -> None:
    """Copy a snapshot of the catalog into the file `path`, atomically, while it is in use.

    Raises `ConflictError` if the file exists, unless `force`, `NotFoundError` if there is no
    catalog or folder, `InvalidInputError` for standard output and for the catalog itself, and
    `BusyError` if another backup to this file is running.
    """
    if not db.exists():
        raise NotFoundError("there is no catalog yet, so nothing to back up")
    if path.name == "-":
        raise InvalidInputError("a backup needs a file, not standard output")
    if path.is_dir():
        raise ConflictError(f"{str(path)!r} is a folder", hint="name a file in it")
    if path.exists() and not path.is_file():
        raise ConflictError(f"{str(path)!r} is no regular file", hint="name another file")
    if not path.parent.is_dir():
        raise NotFoundError(f"folder {str(path.parent)!r} does not exist", hint="make it first")
    if path.exists() and not force:
        raise ConflictError(f"{str(path)!r} exists", hint="name another file, or add --force")
    if path.exists() and path.samefile(db.path):
        raise InvalidInputError(f"{str(path)!r} is the catalog itself", hint="name another file")
    with locked_part(str(path)) as (part, _):
        copy_whole(db, Path(part))
        if force:
            os.replace(part, path)
        else:
            _link(Path(part), path)
        sync_folder(str(path.parent))


@contextmanager
def checked_copy(db: SqliteDatabase, path: Path) -> Iterator[SqliteDatabase]:
    """A migrated copy of the backup at `path`, beside the catalog `db`, with every row checked.

    Raises `NotFoundError` if there is no file, and `CatalogUnusableError` if it is not a backup of
    a catalog, or is damaged.
    """
    if not path.exists() or path.is_dir():
        raise NotFoundError(f"backup {str(path)!r} does not exist")
    # SQLite must not follow links (see `check_files`), so a link that the user named is resolved.
    backup = SqliteDatabase(path.resolve(), path.parent, lambda: False, read_only=True)
    with db.draft() as draft:
        copy = SqliteDatabase(draft, draft.parent, lambda: False)
        try:
            _fill(copy, backup, path)
            yield copy
        finally:
            copy.close()


def _fill(copy: SqliteDatabase, backup: SqliteDatabase, path: Path) -> None:
    """Copy a backup, migrate the copy and check it; raises what `checked_copy` does."""
    try:
        copy_whole(backup, copy.path)
        # Before it is read or migrated: expressions in a forged schema would run then.
        as_it_is = SqliteDatabase(copy.path, copy.path.parent, lambda: False, read_only=True)
        with closing(as_it_is):
            part = differing_part(as_it_is)
        if part is not None:
            raise _bad(path, f"is no catalog of artifactctl's: {part!r} in its schema differs")
        copy.check()
        for version in iterate_versions(copy):
            if not is_unchanged(version):
                raise _bad(path, f"is damaged: {version.artifact}:{version.version} was changed")
        for bad in bad_rows(copy):
            raise _bad(path, f"is damaged, or forged: {bad}")
    except CatalogDamagedError:
        raise _bad(path, "is damaged, or not a backup") from None
    finally:
        backup.close()


def _bad(path: Path, why: str) -> CatalogUnusableError:
    return CatalogUnusableError(
        f"backup {str(path)!r} {why}", hint="use another backup, or 'artifactctl catalog rebuild'"
    )


def put_back(
    db: SqliteDatabase,
    copy: SqliteDatabase,
    keep: Path,
    stored: Stored,
    record: Callable[[Iterable[str]], None],
    check: Callable[[Iterable[Version]], None] = lambda _versions: None,
) -> Rebuilt:
    """Replace the catalog's rows by those of `copy`, and add rows that only records have.

    An existing catalog is copied to the file `keep`. `record` writes the records of the rows (IDs)
    that the copy lacks. It is called again for later changes once the write lock is held. `check`
    then tests the bytes of the versions that the catalog lacks, since until then nothing prevented
    their deletion.
    """

    def fill(connection: Transaction, records: Stored) -> Rebuilt:
        check(one for one in iterate_versions(copy) if not _has_data(connection, one))
        _replace_rows(connection, copy)
        return bring_back(connection, records)

    if not (has_former := _is_usable(db)):
        return _make(
            db, None if has_former is None else keep, lambda connection: fill(connection, stored)
        )
    before = _later_than(db, copy)
    record(before)
    problems: list[str] = []
    with closing(Spool()) as spool:
        spool.add(needed(copy, stored(), problems))
        with _replacing(db) as connection:
            _keep_as(db, keep)
            later = _later_than(db, copy)
            changed = [row_id for row_id in later if before.get(row_id) != later[row_id]]
            record(changed)
            spool.add(_records_of(db, changed))
            done = fill(connection, spool)
    return replace(done, problems=[*problems, *done.problems])


def rebuild(
    db: Database, keep: Path, stored: Stored, save: Callable[[], None] = lambda: None
) -> Rebuilt:
    """Add the rows that only the store's records have, to a new catalog if there is none.

    A damaged catalog is renamed to `keep`, of which a schema has the last part as its name, and
    none of its rows are used. So is a catalog with invalid rows, but before that `save` is called,
    to write the records of its valid rows.
    """
    if not (has_former := _is_usable(db, save)):
        return _make(
            db,
            None if has_former is None else keep,
            lambda connection: bring_back(connection, stored),
        )
    problems: list[str] = []
    with closing(Spool()) as spool:
        spool.add(needed(db, stored(), problems))
        with _replacing(db) as connection:
            done = bring_back(connection, spool)
    return replace(done, problems=[*problems, *done.problems])


def _is_usable(db: Database, save: Callable[[], None] | None = None) -> bool | None:
    """Whether a catalog is sound; None when there is none.

    With `save`, a catalog with invalid rows counts as damaged, after `save` was called.
    """
    try:
        if not db.exists():
            return None
        db.check()
    except (CatalogDamagedError, CatalogOutdatedError):
        return False
    if save is not None and any(bad_rows(db)):
        save()
        return False
    return True


def _make(db: Database, keep: Path | None, fill: Callable[[Transaction], Rebuilt]) -> Rebuilt:
    """Fill a new catalog; the former one, if there is any, is kept as `keep`."""
    done: list[Rebuilt] = []
    aside = None if keep is None else str(keep) if isinstance(db, SqliteDatabase) else keep.name
    if not db.make(lambda connection: done.append(fill(connection)), aside):
        raise BusyError(
            "another process has just made a catalog", hint="look at it, then try again"
        )
    return replace(done[0], kept=aside)


@contextmanager
def _replacing(db: Database) -> Iterator[Transaction]:
    """A write transaction that may bring deleted versions back, while no bytes are deleted.

    Raises `BusyError` when garbage collection goes on deleting.
    """
    while True:
        condemning.wait_for_deletions(db, _DELETION_TIMEOUT_S)
        with db.transaction() as connection:
            if condemning.is_deleting(connection):  # it has begun since
                continue
            # Garbage collection checks the incarnation under the lock, so that it spares the bytes
            # of such versions.
            connection.execute("UPDATE catalog SET incarnation = incarnation + 1")
            yield connection
            return


def _keep_as(db: SqliteDatabase, keep: Path) -> None:
    """Copy the catalog before its rows are replaced; the write lock must be held."""
    with closing(SqliteDatabase(db.path, keep.parent, lambda: False)) as before:
        copy_whole(before, keep)


def _later_than(db: SqliteDatabase, copy: SqliteDatabase) -> dict[str, int]:
    """The revisions of rows that `copy` lacks, and of runs and series that changed after it."""
    found = {}
    for batch in batches(iterate_revisions(db)):
        known = revisions_of(copy, [row_id for _, row_id, _ in batch])
        for table, row_id, revision in batch:
            if row_id not in known or (table in ("run", "series") and known[row_id] < revision):
                found[row_id] = revision  # noqa: PERF403 (of batches)
    return found


def _records_of(db: Database, row_ids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    for row_id in row_ids:
        found = record_of(db, row_id)
        if found is not None:
            yield row_id, canonical_json(found[1])


def _has_data(connection: Transaction, version: Version) -> bool:
    """Whether the catalog has this version with its bytes, so that they are not deleted."""
    return bool(
        connection.row(
            "SELECT 1 FROM artifact_version WHERE id = :id AND data_deleted IS NULL",
            {"id": version.id},
        )
    )


# What is going on in this catalog now, of which an earlier state of it knows nothing.
_OF_NOW = {"catalog", "condemned", "lease"}


def _replace_rows(connection: Transaction, copy: SqliteDatabase) -> None:
    connection.defer_foreign_keys()
    for table in CELLS:
        if table not in _OF_NOW:
            copy_table(connection, table, copy)
    use_up(connection)


def _link(draft: Path, path: Path) -> None:
    try:
        rename_new(str(draft), str(path))
    except FileExistsError:
        raise ConflictError(f"{str(path)!r} exists", hint="name another file") from None
