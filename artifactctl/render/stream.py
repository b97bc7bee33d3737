"""Writing long results while they are made, in pieces of some size."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, TextIO

from artifactctl.errors import STDOUT

_PIECE_CHARS = 1 << 16


def write(texts: Iterable[str], out: TextIO) -> None:
    """Write `texts` one after another, with no more than a piece of them in memory.

    They are joined to pieces because each write is a system call on a terminal, and wherever
    Python runs unbuffered.
    """
    piece: list[str] = []
    chars = 0
    for text in texts:
        piece.append(text)
        chars += len(text)
        if chars >= _PIECE_CHARS:
            _write("".join(piece), out)
            piece.clear()
            chars = 0
    _write("".join(piece), out)


def write_bytes(pieces: Iterable[bytes], out: BinaryIO) -> None:
    """Write bytes piece by piece, each as soon as it is there."""
    for piece in pieces:
        with _of_stdout():
            out.write(piece)
            out.flush()


def _write(text: str, out: TextIO) -> None:
    with _of_stdout():
        out.write(text)


@contextmanager
def _of_stdout() -> Iterator[None]:
    """Have an `OSError` name standard output; a closed pipe is raised as it is."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, STDOUT) from error
