"""Reading bytes as they come, and still noticing that they are not what was registered."""

import io
from typing import BinaryIO

from blake3 import blake3

from artifactctl.digests import PREFIX
from artifactctl.manifest import Entry
from artifactctl.store import Advance, ignore
from artifactctl.transfer.parts import check_digest

_READ_BYTES = 1 << 20


class VerifiedStream(io.RawIOBase):
    """A file's bytes, hashed on the way.

    The read that reaches the end raises `IntegrityError` unless all bytes were the entry's. Who
    stops earlier calls `finish`. However much `source` has, one byte too many ends the reading.
    """

    def __init__(self, source: BinaryIO, entry: Entry, advance: Advance = ignore) -> None:
        self._source = source
        self._entry = entry
        self._advance = advance
        self._hasher = blake3()
        self._size = 0

    def readable(self) -> bool:
        """It can be read; it cannot seek."""
        return True

    def readinto(self, buffer: "memoryview | bytearray", /) -> int:  # type: ignore[override]
        """Fill `buffer` as far as one read of the source goes."""
        data = self._take(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def finish(self) -> None:
        """Read and check what is left, also when somebody has closed this stream."""
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
