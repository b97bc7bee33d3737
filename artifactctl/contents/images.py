"""Width and height of images from their headers; other content raises `ValueError`.

Sources: PNG (RFC 2083, 4.1.1), JPEG (ITU T.81, annex B), GIF89a, WebP (RFC 9649), BMP (Microsoft).
"""

import struct
from typing import Any, BinaryIO

_SEGMENTS = 1000  # of a JPEG, before the one with its size; real files have some ten
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a segment
_ENDS = {0xD9, 0xDA}


def read_png(stream: BinaryIO, _size_bytes: int) -> dict[str, int]:
    """Return the size from the first chunk, which is always IHDR."""
    kind, width, height = _unpack(stream, ">12x4sII")
    return _size(width, height) if kind == b"IHDR" else {}


def read_gif(stream: BinaryIO, _size_bytes: int) -> dict[str, int]:
    """Return the size of the logical screen, on which the frames are shown."""
    return _size(*_unpack(stream, "<6xHH"))


def read_bmp(stream: BinaryIO, _size_bytes: int) -> dict[str, int]:
    """Return the size from either form of header.

    A negative height means rows from top to bottom.
    """
    (header_bytes,) = _unpack(stream, "<14xI")
    if header_bytes == 12:
        return _size(*_unpack(stream, "<HH"))
    width, height = _unpack(stream, "<ii")
    return _size(width, abs(height)) if header_bytes >= 40 else {}


def read_webp(stream: BinaryIO, _size_bytes: int) -> dict[str, int]:
    """Return the size from the first chunk of lossy, lossless or extended WebP."""
    chunk = _unpack(stream, "<12x4s4x")[0]
    if chunk == b"VP8 ":
        start, width, height = _unpack(stream, "<3x3sHH")
        return _size(width & 0x3FFF, height & 0x3FFF) if start == b"\x9d\x01\x2a" else {}
    if chunk == b"VP8L":
        signature, bits = _unpack(stream, "<BI")
        return _size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1) if signature == 0x2F else {}
    if chunk == b"VP8X":
        parts = [int.from_bytes(part, "little") + 1 for part in _unpack(stream, "<4x3s3s")]
        return _size(*parts)
    return {}


def read_jpeg(stream: BinaryIO, _size_bytes: int) -> dict[str, int]:
    """Return the size from the header of the first frame, after any number of other segments."""
    _unpack(stream, "2x")
    for _ in range(_SEGMENTS):
        marker = _next_marker(stream)
        if marker in _ENDS:
            break
        if marker in _BARE:
            continue
        (length,) = _unpack(stream, ">H")
        if marker in _FRAMES:
            height, width = _unpack(stream, ">xHH")
            return _size(width, height)
        stream.seek(length - 2, 1)  # the length counts its own two bytes
    return {}


def _next_marker(stream: BinaryIO) -> int:
    prefix, marker = _unpack(stream, "BB")
    for _ in range(_SEGMENTS):
        if prefix != 0xFF or marker != 0xFF:
            break
        (marker,) = _unpack(stream, "B")  # any number of 0xFF may precede a marker
    if prefix != 0xFF or marker in (0x00, 0xFF):
        raise ValueError("a JPEG marker is missing")
    return int(marker)


def _size(width: int, height: int) -> dict[str, int]:
    return {"width": width, "height": height} if width > 0 and height > 0 else {}


def _unpack(stream: BinaryIO, layout: str) -> tuple[Any, ...]:
    data = stream.read(struct.calcsize(layout))
    if len(data) < struct.calcsize(layout):
        raise ValueError("the file was cut short")
    return struct.unpack(layout, data)
