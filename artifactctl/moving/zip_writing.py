"""Writing a zip file as a stream: members are stored, and memory does not grow with their number.

Nothing in it depends on the clock or the machine, so that the same members make the same bytes.
"""

import shutil
import struct
import zlib
from tempfile import SpooledTemporaryFile
from typing import BinaryIO

from artifactctl.moving import zip_layout as layout

_IN_MEMORY_BYTES = 1 << 20
_CHUNK_BYTES = 1 << 20
_MODE = 0o100644 << 16


class ZipWriter:
    """Members are added one after the other; `close` writes the directory."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._at = 0
        self._count = 0
        self._directory = SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 (see `close`)

    def add(self, name: str, content: bytes) -> None:
        """Add a member that is in memory."""
        crc, offset = zlib.crc32(content), self._at
        self._write(_local(name, layout.UTF_8, crc, len(content)))
        self._write(content)
        self._note(name, layout.UTF_8, crc, len(content), offset)

    def add_stream(self, name: str, source: BinaryIO, size_bytes: int) -> None:
        """Add a member of this size from a stream; its checksum comes behind it.

        Raises `ValueError` when the stream has another size.
        """
        offset, flags = self._at, layout.UTF_8 | layout.HAS_DESCRIPTOR
        is_big = size_bytes >= layout.FULL_32
        self._write(_local(name, flags, 0, layout.FULL_32 if is_big else 0, is_big=is_big))
        crc, size = 0, 0
        while data := source.read(_CHUNK_BYTES):
            crc, size = zlib.crc32(data, crc), size + len(data)
            self._write(data)
        if size != size_bytes:
            raise ValueError(f"{name} has {size} bytes, not {size_bytes}")
        descriptor = layout.DESCRIPTOR_64 if is_big else layout.DESCRIPTOR
        self._write(descriptor.pack(layout.DESCRIPTOR_SIGN, crc, size, size))
        self._note(name, flags, crc, size, offset)

    def close(self) -> None:
        """Write the directory; the caller closes the file."""
        start, size = self._at, self._directory.tell()
        self._directory.seek(0)
        shutil.copyfileobj(self._directory, self._out, _CHUNK_BYTES)
        self._directory.close()
        self._at += size
        if max(start, size) >= layout.FULL_32 or self._count >= layout.FULL_16:
            self._write(_end_64(self._count, size, start, self._at))
        self._write(
            layout.END.pack(
                *(layout.END_SIGN, 0, 0),
                *[min(self._count, layout.FULL_16)] * 2,
                *(min(size, layout.FULL_32), min(start, layout.FULL_32), 0),
            )
        )

    def _write(self, data: bytes) -> None:
        self._out.write(data)
        self._at += len(data)

    def _note(self, name: str, flags: int, crc: int, size: int, offset: int) -> None:
        """Add a member to the directory."""
        big = [value for value in (size, size, offset) if value >= layout.FULL_32]
        extra = struct.pack(f"<2H{len(big)}Q", layout.EXTRA_64, 8 * len(big), *big) if big else b""
        version = layout.VERSION_64 if big else layout.VERSION
        sizes = [min(size, layout.FULL_32)] * 2
        text = name.encode()
        self._directory.write(
            layout.CENTRAL.pack(
                *(layout.CENTRAL_SIGN, layout.UNIX << 8 | version, version, flags),
                *(layout.STORED, 0, layout.DATE, crc, *sizes, len(text), len(extra), 0, 0, 0),
                *(_MODE, min(offset, layout.FULL_32)),
            )
            + text
            + extra
        )
        self._count += 1


def _local(name: str, flags: int, crc: int, size: int, *, is_big: bool = False) -> bytes:
    extra = struct.pack("<2H2Q", layout.EXTRA_64, 16, 0, 0) if is_big else b""
    version = layout.VERSION_64 if is_big else layout.VERSION
    text = name.encode()
    head = layout.LOCAL.pack(
        *(layout.LOCAL_SIGN, version, flags, layout.STORED, 0, layout.DATE),
        *(crc, size, size, len(text), len(extra)),
    )
    return head + text + extra


def _end_64(count: int, size: int, start: int, at: int) -> bytes:
    end = layout.END_64.pack(
        *(layout.END_64_SIGN, layout.END_64.size - 12, layout.VERSION_64, layout.VERSION_64),
        *(0, 0, count, count, size, start),
    )
    return end + layout.LOCATOR_64.pack(layout.LOCATOR_SIGN, 0, at, 1)
