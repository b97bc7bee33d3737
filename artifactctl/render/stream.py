"""The one way in which long results are written: as they are made, in pieces of some size."""

from collections.abc import Iterable
from typing import TextIO

_PIECE_CHARS = 1 << 16


def write(texts: Iterable[str], out: TextIO) -> None:
    """Write `texts` one after another without ever holding more than a piece of them.

    A write of its own for each line would be a system call of its own on a terminal, and
    wherever Python runs unbuffered.
    """
    piece: list[str] = []
    chars = 0
    for text in texts:
        piece.append(text)
        chars += len(text)
        if chars >= _PIECE_CHARS:
            out.write("".join(piece))
            piece.clear()
            chars = 0
    out.write("".join(piece))
