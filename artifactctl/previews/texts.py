"""Texts, JSON, and bytes of which nothing is known."""

from collections.abc import Iterator
from typing import BinaryIO

from artifactctl.contents.media import HEAD_BYTES, is_text
from artifactctl.previews.views import Text
from artifactctl.visuals.html import pretty_json

_TEXT_BYTES = 256 << 10
_DUMPED_BYTES = 256
_ROW = 16


def show_text(stream: BinaryIO, kind: str) -> Text | None:
    """The start of a text in UTF-8, or of JSON with an indent; None for other bytes."""
    head = stream.read(_TEXT_BYTES + 1)
    if head and not is_text(head.removeprefix(b"\xef\xbb\xbf")[:HEAD_BYTES]):
        return None
    is_cut = len(head) > _TEXT_BYTES
    text = head[:_TEXT_BYTES].decode("utf-8-sig", "replace")
    if kind in ("application/json", "application/geo+json", "application/x-ipynb+json"):
        return Text("json", text if is_cut else pretty_json(text.encode()), is_cut)
    return Text("markdown" if kind == "text/markdown" else "text", text, is_cut)


def show_bytes(stream: BinaryIO, size_bytes: int) -> Text:
    """The first bytes in hexadecimal digits and in ASCII, as `hexdump -C` prints them."""
    head = stream.read(_DUMPED_BYTES)
    return Text("bytes", "\n".join(_dumped(head)), size_bytes > len(head))


def _dumped(data: bytes) -> Iterator[str]:
    for at in range(0, len(data), _ROW):
        row = data[at : at + _ROW]
        digits = f"{row[:8].hex(' '):23}  {row[8:].hex(' '):23}"
        shown = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)
        yield f"{at:08x}  {digits}  |{shown}|"
