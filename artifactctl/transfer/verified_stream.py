"""A stream that is verified while it is read, without a copy on disk."""

import io
from typing import BinaryIO

from blake3 import blake3

from artifactctl.digests import PREFIX
from artifactctl.manifest import Entry
from artifactctl.store import Advance, no_progress
from artifactctl.transfer.parts import check_digest

_READ_BYTES = 1 << 20


class VerifiedStream(io.RawIOBase):
    """A file's bytes, hashed while they are read.

    The read that reaches the end raises `IntegrityError` unless all bytes were the entry's. A
    reader that stops earlier calls `finish`. A longer source is read to one byte too many only.
    """

    def __init__(self, source: BinaryIO, entry: Entry, advance: Advance = no_progress) -> None:
        self._source = source
        self._entry = entry
        self._advance = advance
        self._hasher = blake3()
        self._size = 0

    def readable(self) -> bool:
        """Return True; the stream cannot seek."""
        return True

    def readinto(self, buffer: "memoryview | bytearray", /) -> int:  # type: ignore[override]
        """Fill `buffer` from one read of the source."""
        data = self._take(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def finish(self) -> None:
        """Read and check the rest, even after this stream was closed."""
        while self._take(_READ_BYTES):
            pass

    def _take(self, count: int) -> bytes:
        data = self._source.read(min(count, self._entry.size_bytes - self._size + 1))
        self._hasher.update(data)
        self._size += len(data)
        self._advance(len(data))
        if not data or self._size > self._entry.size_bytes:
            check_digest(self._entry, PREFIX + self._hasher.hexdigest(), self._size)
        return data
