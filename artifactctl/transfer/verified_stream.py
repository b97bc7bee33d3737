"""A file's bytes, verified while they are read, without a copy on disk."""

import io
from collections.abc import Iterator
from typing import BinaryIO

from blake3 import blake3

from artifactctl.digests import PREFIX
from artifactctl.errors import IntegrityError
from artifactctl.manifest import Entry, Manifest
from artifactctl.store import Advance, Store, no_progress
from artifactctl.store.links import open_linked
from artifactctl.transfer.parts import check_digest

WHOLE_BYTES = 32 << 20
"""A file of up to this size is verified before its first byte is given away."""

_PIECE_BYTES = 1 << 20


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
        while self._take(_PIECE_BYTES):
            pass

    def _take(self, count: int) -> bytes:
        data = self._source.read(min(count, self._entry.size_bytes - self._size + 1))
        self._hasher.update(data)
        self._size += len(data)
        self._advance(len(data))
        if not data or self._size > self._entry.size_bytes:
            check_digest(self._entry, PREFIX + self._hasher.hexdigest(), self._size)
        return data


def verified_pieces(manifest: Manifest, entry: Entry, store: Store) -> Iterator[bytes]:
    """Yield a file's bytes in pieces; raises `IntegrityError` unless they are the entry's.

    Of a file of up to `WHOLE_BYTES` nothing comes before all of it is verified. A bigger one would
    have to be read twice for that, or kept; instead its last piece is held back until all of it is
    verified, so that no caller gets the whole of a damaged file.
    """
    if entry.size_bytes > WHOLE_BYTES:
        yield from _held_back(manifest, entry, store)
        return
    try:
        content = _whole(manifest, entry, store)
    except IntegrityError:
        content = _whole(manifest, entry, store)  # a bit may have been flipped on the way
    yield from (content[at : at + _PIECE_BYTES] for at in range(0, len(content), _PIECE_BYTES))


def _whole(manifest: Manifest, entry: Entry, store: Store) -> bytes:
    linked = manifest.link is not None
    with (
        open_linked(manifest, entry, store) if linked else store.open(entry.digest or "") as source
    ):
        stream = VerifiedStream(source, entry)
        return b"".join(iter(lambda: stream.read(_PIECE_BYTES), b""))


def _held_back(manifest: Manifest, entry: Entry, store: Store) -> Iterator[bytes]:
    linked = manifest.link is not None
    opened = open_linked(manifest, entry, store) if linked else store.open_parts(entry.digest or "")
    with opened as source:
        stream = VerifiedStream(source, entry)
        held = stream.read(_PIECE_BYTES)
        while piece := stream.read(_PIECE_BYTES):
            yield held
            held = piece
        yield held
