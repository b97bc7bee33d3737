"""Reading regular files only: not through a symbolic link, and with a limit on the size.

A home may come from another user or an archive. In the place of a file it may have a FIFO without a
writer, a device that never ends, or a link to either.
"""

import errno
import os
import stat

# O_NONBLOCK: opening a FIFO must not wait for a writer.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
# The errors when opening a symbolic link (ELOOP) and a socket (ENXIO).
_IRREGULAR = {errno.ELOOP, errno.ENXIO}


class IrregularFileError(OSError):
    """The path is not a regular file but a link, FIFO, device, socket or folder."""


class FileTooLargeError(OSError):
    """A file is larger than its limit."""


def open_regular(path: str | os.PathLike[str], *, dir_fd: int | None = None) -> int:
    """Open a regular file for reading; return its descriptor.

    The last part of `path` is not followed when it is a symbolic link. Raises `IrregularFileError`,
    and `FileNotFoundError` and other `OSError`s as `os.open` does.
    """
    try:
        descriptor = os.open(path, _READ, dir_fd=dir_fd)
    except OSError as error:
        if error.errno in _IRREGULAR:
            raise irregular(path) from None
        raise
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise irregular(path)


def read_regular(
    path: str | os.PathLike[str], most_bytes: int, *, dir_fd: int | None = None
) -> bytes:
    """Return all bytes of a regular file.

    Raises the errors of `open_regular`, and `FileTooLargeError` for more than `most_bytes`.
    """
    descriptor = open_regular(path, dir_fd=dir_fd)
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise FileTooLargeError(errno.EFBIG, f"is larger than {most_bytes} bytes", os.fspath(path))
    return content


def irregular(path: str | os.PathLike[str]) -> IrregularFileError:
    """Return the error for a path that is not a regular file."""
    return IrregularFileError(errno.EINVAL, "is not a regular file", os.fspath(path))
