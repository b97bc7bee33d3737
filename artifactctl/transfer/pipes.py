"""Pipes that a user names: FIFOs, and anonymous ones such as a shell's `<(command)`."""

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

_WAIT_S = 5.0  # for a writer to open a FIFO; once it has, it may take any time to write
_PIECE_BYTES = 1 << 16
# The paths of a process's own open files, which have no name of their own.
_OF_THE_PROCESS = re.compile("/dev/(fd/[0-9]+|stdin)|/proc/[^/]+/fd/[0-9]+")


def is_pipe(path: str) -> bool:
    """Whether a path is a pipe."""
    return os.path.exists(path) and stat.S_ISFIFO(os.stat(path).st_mode)


def has_name(path: str) -> bool:
    """Whether a pipe is a named one (a FIFO), not an open file of the process."""
    return _OF_THE_PROCESS.fullmatch(os.path.abspath(path)) is None


def not_read(path: str) -> UnsafeError:
    """The error for a path that is neither a file nor a folder."""
    return UnsafeError(
        f"{path!r} is not a regular file or folder",
        hint="a pipe is read when it is the one PATH, or from standard input: '-'",
    )


@contextmanager
def reading(path: str) -> Iterator[BinaryIO]:
    """Open a pipe to read it to its end; raises `UnsafeError` when no process writes to it."""
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
    """A stream of a piece that was read already, and then the rest of the pipe."""

    def __init__(self, first: bytes, descriptor: int) -> None:
        self._first = first
        self._descriptor = descriptor

    def read(self, size: int = -1, /) -> bytes:
        first, self._first = self._first, b""
        return first or os.read(self._descriptor, _PIECE_BYTES if size < 0 else size)


def _first_piece(descriptor: int, path: str) -> bytes:
    """The first piece of a pipe, empty when its writer has not written yet; waits for a writer."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    limit = time.monotonic() + _WAIT_S
    while True:
        has_writer = bool(poll.poll(50))
        try:
            data = os.read(descriptor, _PIECE_BYTES)
        except BlockingIOError:  # it has a writer, which has not written yet
            return b""
        if data or has_writer:
            return data
        if time.monotonic() > limit:
            raise UnsafeError(
                f"no process writes to the pipe {path!r}",
                hint="start the writer first, or give '-' for standard input",
            )
