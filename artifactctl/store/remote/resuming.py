"""Reading an object as a stream that goes on where a cut connection left it."""

import io
import time

from artifactctl.errors import ConflictError, RemoteUnavailableError
from artifactctl.store.remote.objects import Objects, Stream
from artifactctl.store.remote.patience import SILENT

_TRIES = 3


class ResumingStream(io.RawIOBase):
    """An object's bytes, from `start` on; the caller hashes them.

    A connection that is cut is opened again at the position, a few times without progress. The
    object must exist: `FileNotFoundError` otherwise. With `must_stay`, one that is replaced while
    it is read raises `ConflictError`; that of a blob is read on, since all its bytes are hashed.
    """

    def __init__(
        self, objects: Objects, key: str, start: int = 0, *, must_stay: bool = False
    ) -> None:
        self._objects = objects
        self._key = key
        self._position = start
        self._chunk: bytes | memoryview = b""
        self._taken = 0
        self._stream: Stream | None = objects.stream(key, start)
        self._size_bytes = self._stream.size_bytes
        self._tag = self._stream.tag if must_stay else None

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True: seeking drops the connection, and the next read opens another."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a position, counted from the start."""
        if whence != io.SEEK_SET:
            raise io.UnsupportedOperation("only positions from the start")
        if offset != self._position:
            self._disconnect()
            self._position, self._chunk, self._taken = offset, b"", 0
        return offset

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def read(self, size: int = -1, /) -> bytes:
        """Read `size` bytes, fewer only at the end."""
        left = self._size_bytes - self._position
        wanted = left if size < 0 else min(size, left)
        parts = []
        while wanted > 0 and (part := self._take(wanted)):
            parts.append(part)
            wanted -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def readinto(self, buffer: "memoryview | bytearray", /) -> int:  # type: ignore[override]
        """Fill `buffer`."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _take(self, most: int) -> bytes:
        if self._taken >= len(self._chunk):
            self._chunk, self._taken = self._next_chunk(), 0
        part = bytes(self._chunk[self._taken : self._taken + most])
        self._taken += len(part)
        self._position += len(part)
        return part

    def _next_chunk(self) -> bytes | memoryview:
        # After a silence, nothing is tried again: each try would wait as long.
        until = time.monotonic() + SILENT * self._objects.timeout_s
        for left in reversed(range(_TRIES)):
            try:
                if self._stream is None:
                    self._stream = self._again()
                chunk: bytes | memoryview = next(self._stream.chunks, b"")
            except RemoteUnavailableError:
                if not left or time.monotonic() >= until:
                    raise
                chunk = b""
            if chunk:
                return chunk
            self._disconnect()  # cut, since the end is not reached
        return b""

    def _again(self) -> Stream:
        stream = self._objects.stream(self._key, self._position)
        if self._tag not in (None, stream.tag):
            stream.chunks.close()
            raise ConflictError(f"{self._key!r} was replaced while it was read", hint="try again")
        return stream

    def close(self) -> None:
        """Close the connection."""
        if not self.closed:
            self._disconnect()
        super().close()

    def _disconnect(self) -> None:
        if self._stream is not None:
            self._stream.chunks.close()
            self._stream = None
