"""The user's files, which must stay unchanged while they are read."""

import contextlib
import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from artifactctl.copying import read_whole
from artifactctl.errors import ConflictError
from artifactctl.regular_files import IrregularFileError, open_regular
from artifactctl.store.protocol import Source

# Do not wait for the other end of a pipe, and do not follow a link.
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
# The errors of opening a path that has become something else since it was found.
_GONE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO, errno.EISDIR}


def open_source(path: str) -> int:
    """Open a regular file for reading; raises `FileNotFoundError` for anything else."""
    try:
        return open_regular(path)
    except IrregularFileError:
        raise FileNotFoundError(errno.ENOENT, "no longer a regular file", path) from None


def read_unchanged(source: Source) -> bytes:
    """All bytes of a small file; raises `ConflictError` when it changed since it was found.

    Checking once, afterwards, is enough: every change since it was found shows then.
    """
    descriptor = _open(source)
    try:
        data = read_whole(descriptor, source.size_bytes)
        _check(descriptor, source)
    except IsADirectoryError:
        raise changed(source) from None
    finally:
        os.close(descriptor)
    if len(data) != source.size_bytes:
        raise changed(source)
    return data


@contextmanager
def unchanged(source: Source) -> Iterator[int]:
    """Open a file; raise `ConflictError` when it changed since it was found, or in the block."""
    descriptor = _open(source)
    try:
        _check(descriptor, source)
        yield descriptor
        _check(descriptor, source)
    finally:
        with contextlib.suppress(OSError):
            os.close(descriptor)


def changed(source: Source) -> ConflictError:
    """The error for a file that changed while it was read."""
    return ConflictError(
        f"{source.path!r} changed while it was read", hint="try again when no program writes to it"
    )


def _open(source: Source) -> int:
    try:
        return os.open(source.path, _FLAGS)
    except OSError as error:
        if error.errno not in _GONE:
            raise
        raise changed(source) from None


def _check(descriptor: int, source: Source) -> None:
    now = os.fstat(descriptor)
    # The same inode is still a regular file, as it was when it was found.
    found = (source.size_bytes, source.mtime_ns, source.inode)
    if (now.st_size, now.st_mtime_ns, now.st_ino) != found:
        raise changed(source)
