"""The content of a table's file: unpacked when it is compressed, and as pieces of text.

Both are read only as far as the caller asks, so that memory does not grow with the file.
"""

import io
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import import_module
from typing import Any, BinaryIO, Protocol, TypeAlias, cast

from artifactctl.tabular.arrow import usable_pyarrow

PIECE_CHARS = 256 << 10
_LINE_CHARS = 1 << 20

_CHUNK_BYTES = 16 << 10
# This many bytes may be read beyond those unpacked; a block of bzip2 has 900 kB.
_SLACK_BYTES = 1 << 20
_MEMORY_BYTES = 128 << 20  # for the dictionary that a file demands; `xz -9` demands 64 MiB

# UTF-32 comes first: its mark begins with that of UTF-16.
_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_ESCAPED = re.compile("[\udc80-\udcff]")

Read: TypeAlias = Callable[[int], bytes]
Errors: TypeAlias = tuple[type[Exception], ...]

_ERRORS: Errors = (zlib.error, OSError, EOFError)


def unpacked(packing: str, stream: BinaryIO, most_bytes: int) -> BinaryIO:
    """Return the content of a compressed file; `packing` is its ending, such as `gz`.

    Reading it raises `ValueError` when the file is damaged, and after `most_bytes`. Raises
    `ImportError` when this Python was built without the module for it.
    """
    read, errors = _OPENERS[packing](stream)
    return io.BufferedReader(_Bounded(read, most_bytes, errors), _CHUNK_BYTES)


class Pieces:
    """The text of `stream` in pieces that end with a line.

    The encoding is given by a byte order mark, else it is UTF-8. A byte that is not UTF-8 becomes a
    lone surrogate, and `is_foreign` becomes True. All encodings that are written without a mark
    agree with ASCII on commas, tabs, quotes and line ends: so the records of such a text are known,
    and their non-ASCII characters are not.

    Raises `ValueError` for bytes that are not text, and for a line of more than a million
    characters.
    """

    is_foreign = False

    def __init__(self, stream: BinaryIO) -> None:
        buffered = io.BufferedReader(cast("io.RawIOBase", stream), 64 << 10)
        start = buffered.peek(4)[:4]
        marked = next((name for mark, name in _MARKS if start.startswith(mark)), None)
        errors = "strict" if marked else "surrogateescape"
        self._text = io.TextIOWrapper(buffered, marked or "utf-8-sig", errors, newline="")
        self.is_wide = marked is not None

    def __iter__(self) -> Iterator[str]:
        while piece := self._text.read(PIECE_CHARS):
            if piece[-1] != "\n":
                piece += self._text.readline(_LINE_CHARS)
            if len(piece) > _LINE_CHARS:
                raise ValueError("a line is too long")
            if "\0" in piece:
                raise ValueError("a text has no NUL")
            if not (self.is_foreign or self.is_wide or piece.isascii()):
                self.is_foreign = _ESCAPED.search(piece) is not None
            yield piece


class _Bounded(io.RawIOBase):
    """A stream over `read` that raises only `ValueError`, also after `most_bytes`."""

    def __init__(self, read: Read, most_bytes: int, errors: Errors) -> None:
        self._read, self._left, self._errors = read, most_bytes, errors

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._read(len(buffer))
        except self._errors as error:
            raise ValueError(f"the compressed file is damaged: {error}") from error
        self._left -= len(data)
        if self._left < 0:
            raise ValueError("there is more in it than should be read")
        buffer[: len(data)] = data
        return len(data)


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Members:
    """The content of compressed streams that follow each other in one file."""

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
                if not taken.strip(b"\0"):  # tapes are padded with zeros
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


class _Gunzip:
    """zlib's decompressor with the interface of those of bz2 and lzma."""

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


# A Python may be built without these modules: each is imported only for its own files.


def _gzip(stream: BinaryIO) -> tuple[Read, Errors]:
    return _Members(stream, _Gunzip).read, _ERRORS


def _bzip2(stream: BinaryIO) -> tuple[Read, Errors]:
    return _Members(stream, import_module("bz2").BZ2Decompressor).read, _ERRORS


def _xz(stream: BinaryIO) -> tuple[Read, Errors]:
    lzma = import_module("lzma")
    make = partial(lzma.LZMADecompressor, memlimit=_MEMORY_BYTES)
    return _Members(stream, make).read, (*_ERRORS, lzma.LZMAError)


def _zstd(stream: BinaryIO) -> tuple[Read, Errors]:
    """Return a reader of zstd: Python's own from 3.14 on, else that of pyarrow."""
    try:
        zstd = import_module("compression.zstd")
    except ImportError:
        arrow = usable_pyarrow()
        if arrow is None:
            raise ValueError("nothing that is installed reads zstd") from None
        file = arrow.PythonFile(stream, mode="r")
        return arrow.CompressedInputStream(file, "zstd").read, _ERRORS
    return zstd.ZstdFile(stream).read, (*_ERRORS, zstd.ZstdError)


_OPENERS: Mapping[str, Callable[[BinaryIO], tuple[Read, Errors]]] = {
    "gz": _gzip,
    "bz2": _bzip2,
    "xz": _xz,
    "zst": _zstd,
}
PACKINGS = frozenset(_OPENERS)
