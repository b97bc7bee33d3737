"""Pipes that a user names: FIFOs, and those of a process's own such as `<(command)` gives."""

import io
import os
import re
import select
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from artifactctl.errors import UnsafeError

_WAIT_S = 5.0  # for somebody to write to a FIFO at all; how long that takes is nobody's business
_PIECE_BYTES = 1 << 16
# How a process names what it was given without a name.
_OF_THE_PROCESS = re.compile("/dev/(fd/[0-9]+|stdin)|/proc/[^/]+/fd/[0-9]+")


def is_pipe(path: str) -> bool:
    """Whether there is a pipe at a path."""
    return os.path.exists(path) and stat.S_ISFIFO(os.stat(path).st_mode)


def has_name(path: str) -> bool:
    """Whether a pipe has a name that somebody gave it."""
    return _OF_THE_PROCESS.fullmatch(os.path.abspath(path)) is None


def not_read(path: str) -> UnsafeError:
    """The error for what is neither a file nor a folder."""
    return UnsafeError(
        f"{path!r} is not a regular file or folder",
        hint="a pipe is read when it is the one PATH, or from standard input: '-'",
    )


@contextmanager
def reading(path: str) -> Iterator[BinaryIO]:
    """What a pipe gives, to its end; raises `UnsafeError` for one that nobody writes to."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            raise not_read(path)
        first = _first_piece(descriptor, path)
        os.set_blocking(descriptor, True)
        yield cast("BinaryIO", _Pipe(first, descriptor))
    finally:
        os.close(descriptor)


class _Pipe(io.RawIOBase):
    """A piece that was read already, and then the rest."""

    def __init__(self, first: bytes, descriptor: int) -> None:
        self._first = first
        self._descriptor = descriptor

    def read(self, size: int = -1, /) -> bytes:
        first, self._first = self._first, b""
        return first or os.read(self._descriptor, _PIECE_BYTES if size < 0 else size)


def _first_piece(descriptor: int, path: str) -> bytes:
    """The first piece, if there is one yet, as soon as anybody has opened the other end."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    limit = time.monotonic() + _WAIT_S
    while True:
        has_writer = bool(poll.poll(50))
        try:
            data = os.read(descriptor, _PIECE_BYTES)
        except BlockingIOError:  # somebody has, and says nothing yet
            return b""
        if data or has_writer:
            return data
        if time.monotonic() > limit:
            raise UnsafeError(
                f"{path!r} is a pipe that nobody writes to",
                hint="start what writes to it first, or give '-' for standard input",
            )
