"""Copies of a whole catalog: made while writers run, checked, and put back."""

import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from artifactctl.catalog.batching import batches
from artifactctl.catalog.facts import is_unchanged
from artifactctl.catalog.opening import JOURNALS, LOCK_TIMEOUT_S, identity
from artifactctl.catalog.queries import iterate_ids, iterate_versions
from artifactctl.catalog.rebuilding import Rebuilt, Stored, bring_back
from artifactctl.catalog.references import unknown_ids
from artifactctl.catalog.rows import Version
from artifactctl.catalog.sqlite import Database
from artifactctl.durable import part_name, rename_new, sync_folder, take_lock
from artifactctl.errors import (
    BusyError,
    CatalogDamagedError,
    CatalogUnusableError,
    ConflictError,
    InvalidInputError,
    NotFoundError,
)

_TABLES = (
    *("artifact", "artifact_tag", "artifact_version", "version_tag", "version_metadata"),
    *("version_metadata_leaf", "deleted_version", "run", "run_step", "step_version"),
    *("run_tag", "run_metadata", "run_metadata_leaf", "step_metadata", "step_metadata_leaf"),
    *("deleted_run", "version_input"),
)


def back_up(db: Database, path: Path, *, force: bool = False) -> None:
    """Copy the catalog into a new file, as it is at one moment, while others read and write.

    Raises `ConflictError` when the file exists, unless `force`; it appears whole or not at all.
    """
    if not db.rows("PRAGMA user_version"):
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
    with _part_of(path) as part:
        _copy(db, part)
        if force:
            os.replace(part, path)
        else:
            _link(part, path)
        sync_folder(str(path.parent))


@contextmanager
def _part_of(path: Path) -> Iterator[Path]:
    """An empty file beside `path`; one that a kill has left is used again.

    Raises `BusyError` when somebody else is writing it.
    """
    part = path.with_name(part_name(path.name))
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        # Whoever finished between the opening and the lock has made a backup of this file.
        is_ours = take_lock(descriptor) and identity(part) == identity(descriptor)
        if not is_ours or os.fstat(descriptor).st_nlink != 1:
            raise BusyError(f"another backup to {str(path)!r} is running", hint="try again")
        os.ftruncate(descriptor, 0)
        try:
            yield part
        finally:
            with suppress(FileNotFoundError):
                os.unlink(part)
    finally:
        os.close(descriptor)


@contextmanager
def checked_copy(db: Database, path: Path) -> Iterator[Database]:
    """A copy of a backup beside the catalog `db`, brought up to date, of which every row is sound.

    Raises `CatalogUnusableError` when it is no backup of a catalog, or a damaged one.
    """
    if not path.exists():
        raise NotFoundError(f"backup {str(path)!r} does not exist")
    # Whoever names a link means what it leads to.
    backup = Database(path.resolve(), path.parent, lambda: False, read_only=True)
    with db.draft() as draft:
        copy = Database(draft, draft.parent, lambda: False)
        try:
            _fill(copy, backup, path)
            yield copy
        finally:
            copy.close()


def _fill(copy: Database, backup: Database, path: Path) -> None:
    """Copy a backup; raises `CatalogUnusableError`, which names the backup, unless it is sound."""
    try:
        _copy(backup, copy.path)
        copy.check()
        for version in iterate_versions(copy):
            _check_facts(version, path)
    except CatalogDamagedError:
        raise CatalogUnusableError(
            f"backup {str(path)!r} is damaged, or not a backup",
            hint="use another backup, or 'artifactctl catalog rebuild'",
        ) from None
    finally:
        backup.close()


def put_back(
    db: Database,
    copy: Database,
    keep: Path,
    stored: Stored,
    record: Callable[[Iterable[str]], None],
    check: Callable[[Iterable[Version]], None] = lambda _versions: None,
) -> Rebuilt:
    """Make the rows of `copy` the catalog's, and bring back what only the store's records know.

    A catalog that is there is kept as the file `keep`. When nobody can change it any more,
    `record` writes the records of the rows (IDs) that the copy does not have, and `check` looks
    at the bytes of the versions that the catalog does not have, which nobody kept from being
    deleted until then.
    """
    done: list[Rebuilt] = []

    def fill(connection: sqlite3.Connection) -> None:
        record(_others(db, copy))
        check(version for version in iterate_versions(copy) if not _needs(connection, version))
        _replace_rows(connection, copy)
        done.append(bring_back(connection, stored))

    _put(db, keep, fill)
    return done[0]


def rebuild(db: Database, keep: Path, stored: Stored) -> Rebuilt:
    """Bring back what only the store's records know, in a new catalog when there is none.

    A catalog that is damaged is kept as the file `keep`; nothing of it is used.
    """
    done: list[Rebuilt] = []

    def fill(connection: sqlite3.Connection) -> None:
        done.append(bring_back(connection, stored))

    _put(db, keep, fill, keeps_rows=True)
    return done[0]


def _put(
    db: Database,
    keep: Path,
    fill: Callable[[sqlite3.Connection], None],
    *,
    keeps_rows: bool = False,
) -> None:
    """Change what there is, or make a catalog where there is none that can be used."""
    try:
        if db.exists():
            db.check()
    except CatalogDamagedError:
        db.close()
        _set_aside(db.path, keep)
    if not db.exists():
        if db.make(fill):
            return
        raise BusyError("another process has just made a catalog", hint="look, then try again")
    with db.transaction() as connection:
        if not keeps_rows:
            # Nobody else can write now, so this is what is replaced, to the last row.
            before = Database(db.path, keep.parent, lambda: False)
            try:
                _copy(before, keep)
            finally:
                before.close()
        # Whoever deletes bytes sees by this that versions may be there again (`incarnation`).
        connection.execute("CREATE TABLE put_back (seq INTEGER)")
        connection.execute("DROP TABLE put_back")
        fill(connection)


def _others(db: Database, copy: Database) -> Iterator[str]:
    """The IDs of the rows that only the catalog has, as far as there is one."""
    if not db.exists():
        return
    for batch in batches(iterate_ids(db)):
        yield from unknown_ids(copy, batch)


def _needs(connection: sqlite3.Connection, version: Version) -> bool:
    """Whether the catalog has this version, and so whoever deletes bytes spares its own."""
    return bool(
        connection.execute(
            "SELECT 1 FROM artifact_version WHERE id = :id AND data_deleted IS NULL",
            {"id": version.id},
        ).fetchone()
    )


def _replace_rows(connection: sqlite3.Connection, copy: Database) -> None:
    connection.execute("PRAGMA defer_foreign_keys = ON")
    for table in _TABLES:
        connection.execute(f"DELETE FROM {table}")
        columns = [f'"{row[1]}"' for row in copy.rows(f"PRAGMA table_info({table})")]
        connection.executemany(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
            copy.iterate(f"SELECT {', '.join(columns)} FROM {table}"),
        )


def _check_facts(version: Version, path: Path) -> None:
    if not is_unchanged(version):
        raise CatalogUnusableError(
            f"backup {str(path)!r} is damaged: {version.artifact}:{version.version} was changed",
            hint="use another backup, or 'artifactctl catalog rebuild'",
        )


def _copy(db: Database, target: Path) -> None:
    """Copy a database through SQLite's backup API, durably; a locked one is waited for."""
    limit = time.monotonic() + LOCK_TIMEOUT_S

    def watch(status: int, _remaining: int, _total: int) -> None:
        # Nothing is copied before it is no longer locked, and then all of it at once.
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > limit:
            raise BusyError(f"catalog {db.path} is locked by another process", hint="try again")

    os.close(os.open(target, os.O_WRONLY | os.O_CREAT, 0o600))
    db.copy_to(target, watch)
    descriptor = os.open(target, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(str(target.parent))


def _link(draft: Path, path: Path) -> None:
    try:
        rename_new(str(draft), str(path))
    except FileExistsError:
        raise ConflictError(f"{str(path)!r} exists", hint="name another file") from None


def _set_aside(path: Path, keep: Path) -> None:
    for end in ("", *JOURNALS):
        with suppress(FileNotFoundError):
            os.rename(f"{path}{end}", f"{keep}{end}")
    sync_folder(str(path.parent))
    sync_folder(str(keep.parent))
