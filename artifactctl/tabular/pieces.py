"""The text of a file in pieces that end where lines do, so that memory does not grow with it."""

import io
import re
from collections.abc import Iterator
from typing import BinaryIO, cast

PIECE_CHARS = 256 << 10
LINE_CHARS = 1 << 20

# The mark of UTF-16 begins that of UTF-32.
_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_ESCAPED = re.compile("[\udc80-\udcff]")


class Pieces:
    """The text of `stream`, by its byte order mark, or else UTF-8.

    A byte that is no UTF-8 becomes half of a surrogate pair, and `is_foreign` true. All encodings
    that are written without a mark agree with ASCII on commas, tabs, quotes and ends of lines: so
    the records of such a text are known, and what is not ASCII in them is not.

    Raises `ValueError` for what is no text, and for lines of more than `LINE_CHARS`.
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
                piece += self._text.readline(LINE_CHARS)
            if len(piece) > LINE_CHARS:
                raise ValueError("a line is too long")
            if "\0" in piece:
                raise ValueError("a text has no NUL")
            if not (self.is_foreign or self.is_wide or piece.isascii()):
                self.is_foreign = _ESCAPED.search(piece) is not None
            yield piece
