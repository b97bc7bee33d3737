"""What is inside of a compressed file, read as a stream and only so far."""

import bz2
import io
import lzma
import zlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, BinaryIO, Protocol, cast

from artifactctl.tabular.arrow import usable_pyarrow

_CHUNK_BYTES = 16 << 10
_SLACK_BYTES = 1 << 20  # that may go in before as much has come out; a block of bzip2 has 900 kB
_MEMORY_BYTES = 128 << 20  # for the dictionary that a file asks for; `xz -9` asks for 64 MiB


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gunzip:
    """zlib's decompressor with the face of the others."""

    needs_input = True

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=31)  # with gzip's header and checksum

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        found = self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)
        self.needs_input = len(found) < max_length and not self._zlib.unconsumed_tail
        return found


class _Members:
    """What one compressed stream after the other holds, in pieces."""

    def __init__(self, source: BinaryIO, make: Callable[[], _Decompressor]) -> None:
        self._source, self._make = source, make
        self._decompressor = make()
        self._taken = self._given = 0

    def read(self, count: int) -> bytes:
        data = b""
        while not data:
            taken = b""
            if self._decompressor.eof:
                taken = self._decompressor.unused_data.lstrip(b"\0") or self._take()
                if not taken.strip(b"\0"):  # what fills a block on a tape
                    return b""
                self._decompressor = self._make()
            elif self._decompressor.needs_input and not (taken := self._take()):
                raise EOFError("it was cut short")
            data = self._decompressor.decompress(taken, count)
        self._given += len(data)
        return data

    def _take(self) -> bytes:
        data = self._source.read(_CHUNK_BYTES)
        self._taken += len(data)
        if self._taken > self._given + _SLACK_BYTES:
            raise ValueError("there is next to nothing in it")
        return data


class _Bounded(io.RawIOBase):
    """What `read` gives, with one kind of error, and no more than so many bytes."""

    def __init__(self, read: Callable[[int], bytes], most_bytes: int) -> None:
        self._read, self._left = read, most_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._read(len(buffer))
        except (zlib.error, lzma.LZMAError, OSError, EOFError) as error:
            raise ValueError(f"no sound compressed file: {error}") from error
        self._left -= len(data)
        if self._left < 0:
            raise ValueError("there is more in it than should be read")
        buffer[: len(data)] = data
        return len(data)


def unpacked(ending: str, stream: BinaryIO, most_bytes: int) -> BinaryIO:
    """The content of a compressed file, by the ending of its name.

    Reading it raises `ValueError` where it is damaged, and behind `most_bytes`.
    """
    return io.BufferedReader(_Bounded(_READERS[ending](stream), most_bytes), _CHUNK_BYTES)


def _zstd(stream: BinaryIO) -> Callable[[int], bytes]:
    """The reader of Python itself, which has one from 3.14 on, or that of pyarrow."""
    try:
        from compression import zstd  # type: ignore[import-not-found] # noqa: PLC0415
    except ImportError:
        arrow = usable_pyarrow()
        if arrow is None:
            raise ValueError("nothing that is installed reads zstd") from None
        file = arrow.PythonFile(stream, mode="r")
        read: Callable[[int], bytes] = arrow.CompressedInputStream(file, "zstd").read
        return read
    return cast("Callable[[int], bytes]", zstd.ZstdFile(stream).read)


def _in_members(make: Callable[[], _Decompressor]) -> Callable[[BinaryIO], Callable[[int], bytes]]:
    return lambda stream: _Members(stream, make).read


_READERS: Mapping[str, Callable[[BinaryIO], Callable[[int], bytes]]] = {
    "gz": _in_members(_Gunzip),
    "bz2": _in_members(bz2.BZ2Decompressor),
    "xz": _in_members(partial(lzma.LZMADecompressor, memlimit=_MEMORY_BYTES)),
    "zst": _zstd,
}
