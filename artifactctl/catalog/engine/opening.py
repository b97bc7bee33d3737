"""Opening SQLite files: which journal is safe where, and what its errors mean."""

import errno
import os
import sqlite3
import stat
from pathlib import Path
from urllib.parse import quote

from artifactctl.durable import rename_new
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

# A database begins so, and at this place says whose it is (https://sqlite.org/fileformat.html).
_SQLITE = b"SQLite format 3\0"
_HEADER_BYTES = 100
_MARK = 68
JOURNALS = ("-journal", "-wal", "-shm")
"""What SQLite puts beside a database, behind its name."""

_JOURNAL_MAGIC = bytes.fromhex("d9d505f920a163d7")
# Lines of SQLite to which the correction of WAL was taken back (https://sqlite.org/wal.html).
_BACK_PORTS = (((3, 44, 6), (3, 45)), ((3, 50, 7), (3, 51)))

# What the system says of a name that nothing can have.
_NOTHING = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}

_NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "lustre", "ceph"}


def identity(file: Path | int) -> tuple[int, ...]:
    """What tells a file, or an open one, from another of its name; empty when there is none."""
    try:
        status = os.stat(file)
    except FileNotFoundError:
        return ()
    return status.st_dev, status.st_ino


def is_there(path: Path) -> bool:
    """Whether anything has that name, a link that leads nowhere too."""
    try:
        os.lstat(path)
    except OSError as error:
        if error.errno in _NOTHING:
            return False
        raise
    return True


def is_marked(path: Path) -> bool:
    """Whether the header of a file says that it is a catalog of artifactctl."""
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
    """Have a finished file appear under its name; whether no other process was first."""
    try:
        rename_new(str(draft), str(path))
    except FileExistsError:
        return False
    return True


def journal_mode(version: tuple[int, ...], path: Path) -> str:
    """`WAL` where it is safe, else `DELETE`.

    Before SQLite 3.51.3 a writing and a checkpointing connection can damage a WAL database
    (https://sqlite.org/wal.html, "The WAL-reset bug"), and over a network its shared memory does
    not work at all.
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


def connect(path: Path, mode: str, timeout_s: float | None = None) -> sqlite3.Connection:
    """A connection that begins no transactions by itself, to a file that is safe to open.

    Raises what `check_files` does.
    """
    check_files(path)
    connection = sqlite3.connect(
        f"file:{quote(os.fsencode(path))}?mode={mode}",
        uri=True,
        timeout=LOCK_TIMEOUT_S if timeout_s is None else timeout_s,
        isolation_level=None,
        check_same_thread=False,
    )
    # What a schema calls may then be no more than a calculation.
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


class Undecodable(str):
    """Text of the catalog that is not UTF-8, with what is not as escapes."""

    __slots__ = ()


def decode(raw: bytes) -> str:
    """Text as SQLite gives it, whatever is in it."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return Undecodable(raw.decode("utf-8", "backslashreplace"))


def check_files(path: Path) -> None:
    """Raise `CatalogUnusableError` for a catalog that SQLite must not even look at.

    To open a database is to apply the journal that lies beside it; what that names as its
    super-journal, SQLite deletes. It also waits for ever for the other end of a FIFO, and follows
    links. A catalog that is not there yet is fine.
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
            hint="artifactctl never writes such a one: find out who did, and only then remove"
            f" {path}-journal",
        )


def _check_regular(path: Path) -> None:
    try:
        mode = os.lstat(path).st_mode
    except OSError as error:
        if error.errno in _NOTHING:  # a journal comes and goes with each transaction
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
    """Whether a rollback journal ends as one does that names a super-journal.

    What SQLite reads there, a name with its length and checksum, is not looked at: no journal of
    ours has the magic at its end (https://sqlite.org/fileformat.html, "The Rollback Journal").
    """
    try:
        descriptor = open_regular(journal)
    except IrregularFileError:  # it has become one since it was looked at
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
    """Whether a file could not be opened because nothing may be written beside it."""
    code = error.sqlite_errorcode & 0xFF if isinstance(error, sqlite3.OperationalError) else 0
    return code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)


def translate(error: sqlite3.Error, path: Path) -> ArtifactctlError:
    """What SQLite raised, as one of artifactctl's errors."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return BusyError(
            f"catalog {path} is locked by another process", hint="try again in a moment"
        )
    # A statement that makes no sense to the database: its tables are not what they were.
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR) or not code:
        return CatalogDamagedError(
            f"catalog {path} is damaged ({error})",
            hint="put it back from a backup, or run 'artifactctl catalog rebuild'",
        )
    return InputOutputError(f"catalog {path} cannot be used: {error}")
