"""Reading parts of an object: by range where a reader jumps, as one stream where it reads on."""

import io

from artifactctl.store.remote.objects import Objects
from artifactctl.store.remote.resuming import ResumingStream

FIRST_BYTES = 256 << 10
"""What one read gives at most after a jump; it doubles while the reader reads on."""

MOST_BYTES = 8 << 20


class PartsStream(io.RawIOBase):
    """The bytes of an object of known size; the caller verifies them, if it can.

    A read may give less than was asked for, and `wanted` is how much its caller needs in any case.
    A table's reader jumps from column to column: an open connection would send what it skips. One
    that reads on from there gets a connection, which spares it the wait for each answer.
    """

    wanted = 0

    def __init__(self, objects: Objects, key: str, size_bytes: int) -> None:
        self._objects, self._key, self._size_bytes = objects, key, size_bytes
        self._position, self._window = 0, FIRST_BYTES
        self._stream: ResumingStream | None = None

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True; going to another position costs nothing until the next read."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a position from the start, from here, or from the end."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size_bytes}[whence]
        if base + offset < 0:
            raise ValueError(f"negative seek position {base + offset}")
        if base + offset != self._position:
            self._position, self._window = base + offset, FIRST_BYTES
            self._disconnect()
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def readinto(self, buffer: "memoryview | bytearray", /) -> int:  # type: ignore[override]
        """Fill the start of `buffer`."""
        data = self._take(min(len(buffer), max(self._size_bytes - self._position, 0)))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def close(self) -> None:
        """Close the connection."""
        if not self.closed:
            self._disconnect()
        super().close()

    def _take(self, most: int) -> bytes:
        if not most:
            return b""
        if self._stream is None and self._window <= MOST_BYTES:
            some = min(most, max(self._window, self.wanted))
            self._window *= 2
            if (data := self._objects.part(self._key, self._position, some)) is not None:
                return data
        if self._stream is None:
            self._stream = ResumingStream(self._objects, self._key, self._position)
        return self._stream.read(most)

    def _disconnect(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None
