"""Opening SQLite files safely, choosing the journal mode, and translating SQLite's errors."""

import errno
import os
import sqlite3
import stat
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from artifactctl.catalog.engine.protocol import REPAIR
from artifactctl.durable import rename_new, sync_folder
from artifactctl.errors import (
    ArtifactctlError,
    BusyError,
    CatalogDamagedError,
    CatalogUnusableError,
    InputOutputError,
)
from artifactctl.regular_files import IrregularFileError, open_regular

LOCK_TIMEOUT_S = 20.0

APPLICATION_ID = 0x41525443  # "ARTC"

# The first bytes of a database, and the offset of its application ID in the header
# (https://sqlite.org/fileformat.html).
_SQLITE = b"SQLite format 3\0"
_HEADER_BYTES = 100
_MARK = 68
JOURNALS = ("-journal", "-wal", "-shm")
"""The endings of the files that SQLite creates beside a database."""

_JOURNAL_MAGIC = bytes.fromhex("d9d505f920a163d7")
# Older release lines of SQLite with the fix of the WAL-reset bug (https://sqlite.org/wal.html):
# the first fixed version, and the first version of the next line.
_BACK_PORTS = (((3, 44, 6), (3, 45)), ((3, 50, 7), (3, 51)))

# The errors for a path at which there is nothing.
_NOTHING = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}

_NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "lustre", "ceph"}


def identity(file: Path | int) -> tuple[int, ...]:
    """The device and inode number of a path or descriptor; empty if the file does not exist."""
    try:
        status = os.stat(file)
    except FileNotFoundError:
        return ()
    return status.st_dev, status.st_ino


def is_there(path: Path) -> bool:
    """Whether anything has this name, including a dangling link."""
    try:
        os.lstat(path)
    except OSError as error:
        if error.errno in _NOTHING:
            return False
        raise
    return True


def is_marked(path: Path) -> bool:
    """Whether the header of a file has artifactctl's application ID."""
    try:
        descriptor = open_regular(path)
    except OSError:
        return False
    try:
        header = os.pread(descriptor, _HEADER_BYTES, 0)
    finally:
        os.close(descriptor)
    mark = APPLICATION_ID.to_bytes(4, "big")
    return header.startswith(_SQLITE) and header[_MARK : _MARK + len(mark)] == mark


def give_name(draft: Path, path: Path) -> bool:
    """Rename a finished file to its name; return False if that name exists already."""
    try:
        rename_new(str(draft), str(path))
    except FileExistsError:
        return False
    return True


def set_aside(path: Path, keep: Path) -> None:
    """Rename a catalog with its journals, and fsync both folders."""
    for end in ("", *JOURNALS):
        with suppress(FileNotFoundError):
            os.rename(f"{path}{end}", f"{keep}{end}")
    sync_folder(str(path.parent))
    sync_folder(str(keep.parent))


def remove_files(path: Path) -> None:
    """Delete a database with its journals, as far as they exist."""
    for end in ("", *JOURNALS):
        with suppress(FileNotFoundError):
            os.unlink(f"{path}{end}")


def journal_mode(version: tuple[int, ...], path: Path) -> str:
    """The journal mode for a catalog at `path`: `WAL` where it is safe, else `DELETE`.

    Before SQLite 3.51.3 a writing and a checkpointing connection can damage a WAL database
    (https://sqlite.org/wal.html, "The WAL-reset bug"). On a network file system WAL does not work,
    since it needs shared memory.
    """
    is_fixed = version >= (3, 51, 3) or any(
        first <= version < behind for first, behind in _BACK_PORTS
    )
    return "WAL" if is_fixed and _file_system(path) not in _NETWORK_FILE_SYSTEMS else "DELETE"


def _file_system(path: Path) -> str:
    """The type of the file system that `path` is on, as Linux names it, or an empty string."""
    best, found = "", ""
    try:
        lines = Path("/proc/self/mountinfo").read_text().splitlines()
    except OSError:
        return ""
    resolved = str(path.resolve())
    for line in lines:
        fields, _, rest = line.partition(" - ")
        point = fields.split()[4].replace("\\040", " ")
        inside = resolved == point or resolved.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, found = point, rest.split()[0]
    return found


def connect(
    path: Path, mode: str, timeout_s: float | None = None, *, detect_types: int = 0
) -> sqlite3.Connection:
    """Open a connection in autocommit mode, after checking that the file is safe to open.

    `detect_types` is that of `sqlite3.connect`. Raises what `check_files` does.
    """
    check_files(path)
    connection = sqlite3.connect(
        f"file:{quote(os.fsencode(path))}?mode={mode}",
        uri=True,
        timeout=LOCK_TIMEOUT_S if timeout_s is None else timeout_s,
        isolation_level=None,
        check_same_thread=False,
        detect_types=detect_types,
    )
    # A forged schema may then only call functions without side effects.
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


class Undecodable(str):
    """A text cell that is not valid UTF-8, with its invalid bytes as backslash escapes.

    The rules in `cells` refuse it, since they want a plain `str`.
    """

    __slots__ = ()


def decode(raw: bytes) -> str:
    """Decode a text cell of SQLite, which may contain invalid UTF-8 (see `Undecodable`)."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return Undecodable(raw.decode("utf-8", "backslashreplace"))


def check_files(path: Path) -> None:
    """Raise `CatalogUnusableError` for a catalog that SQLite must not open.

    When SQLite opens a database, it applies the journal beside it, and deletes the file that the
    journal names as its super-journal. It also follows links, and waits forever for the other end
    of a FIFO. A catalog that does not exist yet is fine.
    """
    try:
        for end in ("", *JOURNALS):
            _check_regular(Path(f"{path}{end}"))
        names_another = _names_super_journal(Path(f"{path}-journal"))
    except OSError as error:
        raise InputOutputError(f"catalog {path} cannot be used: {error.strerror}") from error
    if names_another:
        raise CatalogUnusableError(
            f"catalog {path} has a journal that would have SQLite delete another file",
            hint="artifactctl never writes such a journal: find out what did, and only then remove"
            f" {path}-journal",
        )


def _check_regular(path: Path) -> None:
    try:
        mode = os.lstat(path).st_mode
    except OSError as error:
        if error.errno in _NOTHING:  # a journal exists only during a transaction
            return
        raise
    if not stat.S_ISREG(mode):
        raise CatalogUnusableError(
            f"{path} is a {_kind(mode)}; a catalog is made of regular files",
            hint="move it away, or name the catalog's file itself (catalog: in config.yaml, or"
            " ARTIFACTCTL_CATALOG)",
        )


def _kind(mode: int) -> str:
    kinds = {stat.S_IFLNK: "link", stat.S_IFDIR: "folder", stat.S_IFIFO: "FIFO"}
    return {**kinds, stat.S_IFSOCK: "socket"}.get(stat.S_IFMT(mode), "device")


def _names_super_journal(journal: Path) -> bool:
    """Whether a rollback journal ends with the magic bytes that follow the name of a super-journal.

    The name itself, its length and checksum are not read: artifactctl's journals never end with
    these bytes (https://sqlite.org/fileformat.html, "The Rollback Journal").
    """
    try:
        descriptor = open_regular(journal)
    except IrregularFileError:  # it was replaced after `check_files` looked at it
        return True
    except OSError as error:
        if error.errno in _NOTHING:
            return False
        raise
    try:
        size_bytes = os.fstat(descriptor).st_size
        first = max(0, size_bytes - len(_JOURNAL_MAGIC))
        return os.pread(descriptor, len(_JOURNAL_MAGIC), first) == _JOURNAL_MAGIC
    finally:
        os.close(descriptor)


def needs_writing_to_read(error: BaseException) -> bool:
    """Whether SQLite failed because it would have to write before it can read a database."""
    code = error.sqlite_errorcode & 0xFF if isinstance(error, sqlite3.OperationalError) else 0
    return code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)


def translate(error: sqlite3.Error, path: Path) -> ArtifactctlError:
    """The error of artifactctl for an error of SQLite on the catalog at `path`."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return BusyError(
            f"catalog {path} is locked by another process", hint="try again in a moment"
        )
    # SQLITE_ERROR means that a statement does not fit the tables, so that they were changed.
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR) or not code:
        return CatalogDamagedError(
            f"catalog {path} is damaged ({error})",
            hint=REPAIR,
        )
    return InputOutputError(f"catalog {path} cannot be used: {error}")
