"""Files whose digests are known, because they have not changed since they were hashed.

A file is known by its file system, inode, size, mtime and ctime. The kernel sets the ctime to the
present whenever a file's bytes change, and no program can set it. Three rules make sure that no
change goes unseen:

- Only file systems count on which that holds (see `file_systems`).
- A ctime has a grain, so a second change within it leaves it as it is. The digest of a file is kept
  only if its ctime and mtime are well before the moment in which it was hashed.
- A program that has mapped a file into its memory changes bytes without a new ctime as long as the
  pages are dirty, and a long write has a new ctime only when it starts. So the digest is kept only
  if nobody had the file open for writing at a moment before it was read: a lease tells that.
"""

import fcntl
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from blake3 import blake3

from artifactctl import drafts
from artifactctl.digests import PREFIX
from artifactctl.regular_files import open_regular
from artifactctl.store import Source
from artifactctl.transfer.file_systems import file_system_of
from artifactctl.transfer.known_table import NewFiles, Stamp, Table, open_table, pieces_of
from artifactctl.transfer.source_files import SourceFiles

GRAIN_NS = 2_000_000_000
"""More than the grain of every clock of a file system, and the steps by which clocks are set."""

# Small files cost as much as this many bytes of a big one, roughly.
_FILE_BYTES = 32 << 10
# Reading so much costs less than a table of so many times that size, or than any table.
_SHARE, _LITTLE_BYTES = 8, 1 << 20
_CONTEXT = "artifactctl 2026 key of the table of known files"
_DAY_S = 86_400
_LAST_DAY = (1 << 16) - 1
_UNASKED = -1  # in the place of the number of a file system
_OLD_DAYS = 7  # the day of the last use is written again after so many


class KnownFiles:
    """The files that one user has hashed, in a table at `path`.

    `secret` gives what authenticates the table, or None where there is to be none. Without
    `is_asked` no file is known, but what is read is noted. Nothing raises an error of the table:
    then no file is known, and none is noted.
    """

    def __init__(
        self,
        path: str,
        secret: Callable[[], str | None],
        *,
        is_asked: bool = True,
        grain_ns: int = GRAIN_NS,
    ) -> None:
        self._path = path
        self._secret = secret
        self._is_asked = is_asked
        self._grain_ns = grain_ns
        self._file_systems: dict[int, int | None] = {}
        self._table: Table | None = None
        self._is_open = False
        self._new = NewFiles()
        self._new_bytes = 0
        self._is_worn = False

    def pays(self, count: int, size_bytes: int) -> bool:
        """Whether reading so many files costs more than looking them up."""
        return self._is_much(count * _FILE_BYTES + size_bytes)

    def digest_of(self, source: Source) -> str | None:
        """The digest of a file as it was found; None when it must be read."""
        stamp = self._stamp_of(source) if self._opened() else None
        found = None if stamp is None else self._look_up(source.inode, stamp, _today())
        return None if found is None else PREFIX + found.hex()

    def digests_of(self, files: SourceFiles, places: range) -> dict[int, bytes]:
        """The digests, as bytes, of those of many files that need not be read, by their places."""
        found: dict[int, bytes] = {}
        if not self._opened():
            return found
        inodes, devices, ctimes = files.inodes, files.devices, files.ctimes
        sizes, mtime_ns, today = files.columns.sizes, files.columns.mtime_ns, _today()
        for place in places:
            file_system = self._file_systems.get(devices[place], _UNASKED)
            if file_system == _UNASKED:
                source = files[place].source
                file_system = None if source is None else self._file_system_of(source)
            if file_system is None:
                continue
            stamp = (file_system, sizes[place], mtime_ns(place), ctimes[place])
            digest = self._look_up(inodes[place], stamp, today)
            if digest is not None:
                found[place] = digest
        return found

    def may_note(self, source: Source) -> bool:
        """Whether the digest of a file may be noted if it is read from now on."""
        newest = max(source.mtime_ns, source.ctime_ns)
        is_old = source.ctime_ns > 0 and newest + self._grain_ns < time.time_ns()
        return is_old and self._stamp_of(source) is not None and _has_no_writer(source.path)

    def note(self, source: Source, digest: str) -> None:
        """Note what was read after `may_note`, unless the file has changed since it was found."""
        stamp = self._stamp_of(source)
        with suppress(OSError):
            found = os.stat(source.path, follow_symlinks=False)
            now = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
            then = (source.device, source.inode, *(stamp or (0,))[1:])
            if stamp is not None and now == then:
                self._new.add(source.inode, stamp, bytes.fromhex(digest.removeprefix(PREFIX)))
                self._new_bytes += _FILE_BYTES + source.size_bytes

    def save(self) -> None:
        """Write the table with what was noted, unless it is little to read again.

        Another process may do so at the same time.
        """
        key = self._key() if self._is_worn or self._is_much(self._new_bytes) else None
        if key is not None:
            # What another process has written meanwhile is kept, except for its days.
            old = self._table if self._is_current() else open_table(self._path, key)
            with suppress(OSError):
                drafts.replace(Path(self._path), pieces_of(old, self._new, key, _today()))
            if old is not None:
                old.close()
        self._new, self._new_bytes, self._is_worn = NewFiles(), 0, False
        self.close()

    def close(self) -> None:
        """Close the table; the next use opens it again."""
        self._drop()
        self._is_open = False

    def _look_up(self, inode: int, stamp: Stamp, today: int) -> bytes | None:
        table = self._table
        if table is None:
            return None
        try:
            found = table.find(inode, stamp)
        except OSError:
            self._drop()
            return None
        if found is None:
            return None
        place, digest = found
        if table.days[place] != today:
            self._is_worn = self._is_worn or table.days[place] + _OLD_DAYS < today
            table.days[place] = today
        return digest

    def _drop(self) -> None:
        """Know nothing more of a table that cannot be read."""
        if self._table is not None:
            self._table.close()
        self._table = None

    def _opened(self) -> Table | None:
        if not self._is_open:
            key = self._key() if self._is_asked and os.path.lexists(self._path) else None
            self._table = None if key is None else open_table(self._path, key)
            self._is_open = True
        return self._table

    def _is_much(self, size_bytes: int) -> bool:
        table_bytes = 0
        with suppress(OSError):
            table_bytes = os.lstat(self._path).st_size
        return size_bytes >= max(table_bytes // _SHARE, _LITTLE_BYTES)

    def _is_current(self) -> bool:
        with suppress(OSError):
            return self._table is not None and self._table.is_at(self._path)
        return False

    def _key(self) -> bytes | None:
        secret = self._secret()
        if secret is None:
            return None
        return blake3(secret.encode(), derive_key_context=_CONTEXT).digest()

    def _stamp_of(self, source: Source) -> Stamp | None:
        """What the file is, but for its inode; None on a file system that is not trusted."""
        file_system = self._file_system_of(source)
        if file_system is None:
            return None
        return file_system, source.size_bytes, source.mtime_ns, source.ctime_ns

    def _file_system_of(self, source: Source) -> int | None:
        device = source.device
        if device not in self._file_systems:
            self._file_systems[device] = file_system_of(source.path, device)
        return self._file_systems[device]


def _has_no_writer(path: str) -> bool:
    """Whether no program has a file open for writing, or mapped; False where that is not known.

    A lease for reading is granted only then, and only to the file's owner.
    """
    try:
        descriptor = open_regular(path)
    except OSError:
        return False
    try:
        # Who opens it for writing in this instant would else end this process with SIGIO.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except (OSError, AttributeError):  # no leases in this file system, or on this system
        return False
    finally:
        os.close(descriptor)
    return True


def _today() -> int:
    return min(int(time.time() // _DAY_S), _LAST_DAY)
