"""Copies of catalogs: for a home that must not be written, for a backup, and to set one aside.

Before SQLite reads a database, it rolls back the transaction of a killed writer, and it creates
files beside a database in WAL mode. In a home that must not be written, it does so to the copy.
"""

import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from artifactctl.catalog.engine.opening import (
    LOCK_TIMEOUT_S,
    check_files,
    connect,
    is_there,
    needs_writing_to_read,
    remove_files,
    translate,
)
from artifactctl.catalog.engine.sqlite import SqliteDatabase
from artifactctl.durable import sync_folder
from artifactctl.errors import BusyError, CatalogUnusableError
from artifactctl.regular_files import IrregularFileError, open_regular

_PAUSE_S = 0.05
_CHUNK_BYTES = 1 << 24
# The offset of the write version in the header, 2 for WAL (https://sqlite.org/fileformat.html).
_WRITE_VERSION = 18
_WAL = 2
# The bytes that SQLite locks to keep writers out of the file (os.h, "SHARED_FIRST").
_SHARED_FIRST = 0x40000002
_SHARED_BYTES = 510


def open_copy(path: Path, folder: Path, forbid: Callable[[], None]) -> SqliteDatabase:
    """A copy of the catalog at `path`, in `folder`, for reading; empty if there is no catalog.

    `forbid` is called before a change, and raises its error. Raises what `copy_privately` does.
    """
    with suppress(FileNotFoundError):
        copy_privately(path, folder)
    return SqliteDatabase(folder / "catalog.db", folder, lambda: False, forbid=forbid)


def copy_privately(path: Path, folder: Path) -> Path:
    """Copy a snapshot of the catalog at `path` into `folder`; return the copy's path.

    Journals that still have to be applied are copied too, and SQLite applies them to the copy. In
    the catalog's folder nothing is written, removed or locked for long, and no link is followed.
    Raises `FileNotFoundError` if there is no catalog, `CatalogUnusableError` if it must not be
    opened (see `check_files`), and `BusyError` if it is being written all the time.
    """
    target = folder / "catalog.db"
    limit = time.monotonic() + LOCK_TIMEOUT_S
    while True:
        check_files(path)
        if _copy_through_sqlite(path, target, limit) or _copy_files(path, target):
            return target
        remove_files(target)
        if time.monotonic() > limit:
            raise BusyError(f"catalog {path} is being written all the time", hint="try again")
        time.sleep(_PAUSE_S)


def _copy_through_sqlite(path: Path, target: Path, limit: float) -> bool:
    """Copy a catalog with SQLite; return False if SQLite would have to write before it reads."""
    if is_there(Path(f"{path}-journal")):
        return False  # as root, SQLite chowns a journal, even when it only reads
    if _is_wal(path):
        if not all(is_there(Path(f"{path}{end}")) for end in ("-wal", "-shm")):
            return False  # no process has it open
        mode = "ro&readonly_shm=1"
    else:
        mode = "ro"
    _make_empty(target)
    try:
        with (
            closing(connect(path, mode, max(0.0, limit - time.monotonic()))) as original,
            closing(connect(target, "rw")) as copy,
        ):
            copy.execute("PRAGMA journal_mode = OFF")
            original.execute("BEGIN")
            original.execute("SELECT 1 FROM sqlite_master").fetchone()
            original.backup(copy)
    except sqlite3.Error as error:
        if needs_writing_to_read(error):
            remove_files(target)
            return False
        raise translate(error, path) from error
    return True


def _copy_files(path: Path, target: Path) -> bool:
    """Copy the database file with its journals; return whether they did not change meanwhile."""
    with _opened(path) as database:
        try:
            # This is SQLite's own lock for reading: it keeps writers in rollback mode out.
            fcntl.lockf(database, fcntl.LOCK_SH | fcntl.LOCK_NB, _SHARED_BYTES, _SHARED_FIRST)
        except OSError:
            return False
        before = _states(path)
        _write_copy(database, target)
        # The "-shm" is not copied: SQLite makes it again from the "-wal".
        for end in ("-journal", "-wal"):
            with suppress(FileNotFoundError), _opened(Path(f"{path}{end}")) as journal:
                _write_copy(journal, Path(f"{target}{end}"))
        return _states(path) == before


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """A descriptor for reading; raises `CatalogUnusableError` for anything but a regular file."""
    try:
        descriptor = open_regular(path)
    except IrregularFileError:
        raise CatalogUnusableError(f"{path} is no regular file", hint="move it away") from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _states(path: Path) -> Sequence[tuple[int, ...]]:
    """The identity, size and times of each file, of which some change when it is written."""
    states: list[tuple[int, ...]] = []
    for end in ("", "-journal", "-wal"):
        try:
            found = os.lstat(f"{path}{end}")
        except FileNotFoundError:
            states.append((0,))
            continue
        states.append(
            (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        )
    return states


def _write_copy(source: int, target: Path) -> None:
    _make_empty(target)
    with open(target, "wb", buffering=0) as file:
        offset = 0
        while chunk := os.pread(source, _CHUNK_BYTES, offset):
            file.write(chunk)
            offset += len(chunk)


def _make_empty(target: Path) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    os.close(os.open(target, flags, 0o600))


def _is_wal(path: Path) -> bool:
    with _opened(path) as descriptor:
        return os.pread(descriptor, 1, _WRITE_VERSION) == bytes([_WAL])


def copy_whole(db: SqliteDatabase, target: Path) -> None:
    """Copy a database with SQLite's backup API and fsync it; waits at most 20 s for a lock.

    Raises `BusyError` when it stays locked.
    """
    limit = time.monotonic() + LOCK_TIMEOUT_S

    def watch(status: int, _remaining: int, _total: int) -> None:
        # The copy is one step: it fails as a whole while the database is locked.
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > limit:
            raise BusyError(f"catalog {db.path} is locked by another process", hint="try again")

    os.close(os.open(target, os.O_WRONLY | os.O_CREAT, 0o600))  # SQLite would let others read it
    db.copy_to(target, watch)
    descriptor = os.open(target, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(str(target.parent))
