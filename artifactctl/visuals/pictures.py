"""Pictures made without a library: a histogram as SVG, and pixels as PNG.

Format: RFC 2083 (PNG).
"""

import struct
import zlib
from collections.abc import Sequence

_WIDTH, _HEIGHT = 640, 320
_LEFT, _TOP, _RIGHT, _BOTTOM = 64, 16, 16, 32
_TEXT = 'font-family="system-ui,sans-serif" font-size="13" fill="#7a7f87"'
_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}


def histogram_svg(counts: Sequence[int], low: float, high: float) -> bytes:
    """Bars for the counts of values in equal parts of the range from `low` to `high`.

    Its colours are legible on light and dark pages.
    """
    wide, tall = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    most, step = max(counts, default=0) or 1, wide / max(len(counts), 1)
    bars = "".join(
        f'<rect x="{_LEFT + at * step:.1f}" y="{_TOP + tall - tall * count / most:.1f}"'
        f' width="{max(step - 1, 0.5):.1f}" height="{tall * count / most:.1f}"/>'
        for at, count in enumerate(counts)
        if count
    )
    bottom = _TOP + tall
    labels = (
        _label(_LEFT, bottom + 20, "start", f"{low:.6g}")
        + _label(_LEFT + wide / 2, bottom + 20, "middle", f"{low / 2 + high / 2:.6g}")
        + _label(_LEFT + wide, bottom + 20, "end", f"{high:.6g}")
        + _label(_LEFT - 8, _TOP + 10, "end", str(most))
        + _label(_LEFT - 8, bottom, "end", "0")
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
        f' width="{_WIDTH}" height="{_HEIGHT}"><g fill="#4c8bd6">{bars}</g>'
        f'<path d="M{_LEFT} {bottom}h{wide}" stroke="#7a7f87"/>{labels}</svg>\n'
    ).encode()


def _label(x: float, y: float, anchor: str, text: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" {_TEXT}>{text}</text>'


def png(width: int, height: int, channels: int, pixels: bytes) -> bytes:
    """A picture from its pixels, row by row: grey, grey and alpha, RGB, or RGBA."""
    row = width * channels
    lines = b"".join(b"\0" + pixels[at : at + row] for at in range(0, row * height, row))
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPES[channels], 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
