"""Seekable readers of a file in a version, verified before they give anything away.

A digest is over the whole of a file, and BLAKE3's tree of hashes, with which parts could be checked
one by one, is not kept. So a verified reader needs the whole file first: one on this machine is
hashed where it is, one that is elsewhere is fetched. For a small part of a huge file, a caller can
choose an unverified reader.
"""

import io
import os
import tempfile
from typing import Any, cast

from artifactctl.copying import hash_file, no_progress
from artifactctl.manifest import Entry, Manifest, damaged
from artifactctl.store import Store
from artifactctl.store.links import open_linked
from artifactctl.transfer.parts import check_digest, opener_for, write_verified

_BUFFER_BYTES = 1 << 20


def open_verified(manifest: Manifest, entry: Entry, store: Store) -> io.BufferedReader:
    """Open a file after all of it was verified.

    What is on this machine (in the store, its cache, or linked) is read from there, and a read
    raises `IntegrityError` when the file was changed in the meantime. Anything else is fetched into
    the cache, or a temporary file without a name. Raises `IntegrityError` for bytes that are not
    those that were registered, and `OSError` when there is no room for them.
    """
    opener = opener_for(manifest, store)
    with opener(entry) as source:
        try:
            number = os.dup(source.fileno())
        except OSError:  # a remote file has none
            number = -1
    if number < 0:
        with tempfile.TemporaryFile() as file:
            write_verified(entry, file.fileno(), opener, no_progress)
            number = os.dup(file.fileno())
    elif entry.digest is not None:
        try:
            check_digest(entry, *hash_file(number))
        except BaseException:
            os.close(number)
            raise
    os.lseek(number, 0, os.SEEK_SET)
    return io.BufferedReader(_Unchanged(number, entry), _BUFFER_BYTES)


def open_unverified(manifest: Manifest, entry: Entry, store: Store) -> io.BufferedReader:
    """Open a file of which only the size is checked; parts of a remote one come by range."""
    if manifest.link is None:
        source = store.open_parts(entry.digest or "")
    else:
        source = open_linked(manifest, entry, store)
        if not source.seekable():
            source.close()
            return open_verified(manifest, entry, store)
    if source.seek(0, os.SEEK_END) != entry.size_bytes:
        source.close()
        raise damaged(entry)
    source.seek(0)
    return _Reader(cast("io.RawIOBase", source), _BUFFER_BYTES)


class _Unchanged(io.FileIO):
    """An open file that was verified; reading raises `IntegrityError` once it is changed."""

    def __init__(self, descriptor: int, entry: Entry) -> None:
        super().__init__(descriptor)
        self._entry = entry
        self._stamp = _stamp(descriptor)

    def readinto(self, buffer: Any, /) -> int:
        """Fill `buffer` from the file."""
        count = super().readinto(buffer)
        self._check()
        return count or 0

    def readall(self) -> bytes:
        """Read to the end of the file."""
        data = super().readall()
        self._check()
        return data or b""

    def _check(self) -> None:
        if _stamp(self.fileno()) != self._stamp:
            raise damaged(self._entry)


class _Reader(io.BufferedReader):
    """A buffer before a stream that gives little at a time, unless it is told what is wanted."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read `size` bytes, fewer only at the end."""
        raw: Any = self.raw
        if hasattr(raw, "wanted"):
            raw.wanted = 0 if size is None or size < 0 else size
        return super().read(size)


def _stamp(descriptor: int) -> tuple[int, int, int]:
    found = os.fstat(descriptor)
    return found.st_size, found.st_mtime_ns, found.st_ino
