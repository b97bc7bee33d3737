"""Opening SQLite files: which journal is safe where, and what its errors mean."""

import os
import sqlite3
from pathlib import Path
from urllib.parse import quote

from artifactctl.errors import (
    ArtifactctlError,
    BusyError,
    CatalogDamagedError,
    InputOutputError,
)

LOCK_TIMEOUT_S = 20.0

_NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "lustre", "ceph"}


def identity(file: Path | int) -> tuple[int, ...]:
    """What tells a file, or an open one, from another of its name; empty when there is none."""
    try:
        status = os.stat(file)
    except FileNotFoundError:
        return ()
    return status.st_dev, status.st_ino


def give_name(draft: Path, path: Path) -> bool:
    """Have a finished file appear under its name; whether no other process was first."""
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    return True


def journal_mode(version: tuple[int, ...], path: Path) -> str:
    """`WAL` where it is safe, else `DELETE`.

    Before SQLite 3.51.3 a writing and a checkpointing connection can damage a WAL database
    (https://sqlite.org/wal.html, "The WAL-reset bug"), and over a network its shared memory does
    not work at all.
    """
    is_fixed = version >= (3, 51, 3)
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
    """A connection that begins no transactions by itself."""
    return sqlite3.connect(
        f"file:{quote(os.fsencode(path))}?mode={mode}",
        uri=True,
        timeout=LOCK_TIMEOUT_S if timeout_s is None else timeout_s,
        isolation_level=None,
        check_same_thread=False,
    )


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
