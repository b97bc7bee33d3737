"""Durable folders and new names, and the names of drafts beside a destination."""

import contextlib
import errno
import os
import stat
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

# The value that stands for the current folder, and renameat2's flag (linux/fs.h).
_AT_FDCWD = -100
_RENAME_NOREPLACE = 1
NOT_OFFERED = {
    errno.EINVAL,
    errno.ENOSYS,
    errno.EOPNOTSUPP,
    errno.EPERM,
    errno.EMLINK,
    errno.EXDEV,
}
"""The errors of a system call that the kernel, the file system or a sandbox does not support."""
# From this many files on, two calls of syncfs cost less than one fsync per file.
MANY_FILES = 32
# Usual file systems allow names of 255 bytes; SQLite appends the suffix of its journal.
_NAME_BYTES = 255 - len("-journal")
_PART = ".artifactctl-part"


def sync_folder(path: str | int) -> None:
    """Make the entries of a folder durable: new names, renames and removals."""
    if isinstance(path, int):
        os.fsync(path)
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@cache
def can_sync_filesystem() -> bool:
    """Return whether one call can make a whole file system durable (Linux's syncfs)."""
    return sys.platform == "linux" and hasattr(_libc(), "syncfs")


def sync_filesystem(folder: str | int) -> None:
    """Make everything on the file system of a folder (a path or a descriptor) durable.

    Since Linux 5.8 this reports write errors as fsync does.
    """
    if isinstance(folder, int):
        _sync_filesystem(folder)
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _sync_filesystem(descriptor)
    finally:
        os.close(descriptor)


def _sync_filesystem(descriptor: int) -> None:
    import ctypes  # noqa: PLC0415 (see _libc)

    if _libc().syncfs(descriptor) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def make_folder(path: str, mode: int = 0o700) -> None:
    """Create a folder and its missing parents durably; an existing one is not changed."""
    if os.path.isdir(path):
        return
    parent = os.path.dirname(path) or "."
    make_folder(parent, mode)
    try:
        os.mkdir(path, mode)
    except FileExistsError:
        return
    sync_folder(parent)


def is_reached_by_link(folder: str) -> bool:
    """Return whether a folder or its parent is a symbolic link, and so leads elsewhere."""
    return os.path.islink(folder) or os.path.islink(os.path.dirname(folder))


def rename_new(
    source: str, target: str, *, src_dir_fd: int | None = None, dst_dir_fd: int | None = None
) -> None:
    """Rename a file, link or folder; raise `FileExistsError` instead of replacing anything.

    Relative paths count from the folders of the descriptors. The caller makes the entries of both
    folders durable.
    """
    for rename in (_rename_noreplace, _rename_by_link):
        try:
            return rename(source, target, src_dir_fd, dst_dir_fd)
        except OSError as error:
            if error.errno not in NOT_OFFERED:
                raise
    return _rename_onto_own(source, target, src_dir_fd, dst_dir_fd)


def _rename_noreplace(
    source: str, target: str, src_dir_fd: int | None, dst_dir_fd: int | None
) -> None:
    renameat2 = _renameat2()
    if renameat2 is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    code = renameat2(
        _AT_FDCWD if src_dir_fd is None else src_dir_fd,
        os.fsencode(source),
        _AT_FDCWD if dst_dir_fd is None else dst_dir_fd,
        os.fsencode(target),
        _RENAME_NOREPLACE,
    )
    if code:
        raise OSError(code, os.strerror(code), source, None, target)


def _rename_by_link(
    source: str, target: str, src_dir_fd: int | None, dst_dir_fd: int | None
) -> None:
    """Rename by a hard link; folders cannot have one."""
    os.link(source, target, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd, follow_symlinks=False)
    os.unlink(source, dir_fd=src_dir_fd)


def _rename_onto_own(
    source: str, target: str, src_dir_fd: int | None, dst_dir_fd: int | None
) -> None:
    """Create an empty file or folder with the new name and replace it, without hard links."""
    is_folder = stat.S_ISDIR(os.stat(source, dir_fd=src_dir_fd, follow_symlinks=False).st_mode)
    if is_folder:
        os.mkdir(target, 0o700, dir_fd=dst_dir_fd)
    else:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        os.close(os.open(target, flags, 0o600, dir_fd=dst_dir_fd))
    try:
        os.rename(source, target, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)
    except OSError:
        with contextlib.suppress(OSError):
            (os.rmdir if is_folder else os.unlink)(target, dir_fd=dst_dir_fd)
        raise


@cache
def _renameat2() -> Callable[[int, bytes, int, bytes, int], int] | None:
    """Return renameat2 as a function that returns an errno or 0; None when it does not exist."""
    import ctypes  # noqa: PLC0415 (see _libc)

    function = getattr(_libc(), "renameat2", None)
    if function is None:
        return None
    function.argtypes = (
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.c_uint,
    )

    def renameat2(*arguments: int | bytes) -> int:
        return ctypes.get_errno() if function(*arguments) else 0

    return renameat2


@cache
def _libc() -> Any:
    """Return the C library."""
    import ctypes  # noqa: PLC0415 (most commands write nothing)

    return ctypes.CDLL(None, use_errno=True)


def part_name(name: str) -> str:
    """Return the name of the hidden draft beside `name`, which is renamed when it is complete.

    It leaves room for the suffix of a database's journal. A name that would be too long consists of
    the start of `name` and a digest of all of it.
    """
    whole = os.fsencode(name)
    if len(whole) <= _NAME_BYTES - len(f".{_PART}"):
        return f".{name}{_PART}"
    # Imported on first use: few names are this long.
    from blake3 import blake3  # noqa: PLC0415

    end = f"~{blake3(whole).hexdigest()[:32]}{_PART}"
    # Cut by characters: a part of one is not valid UTF-8, and some file systems refuse such names.
    start = name[: _NAME_BYTES - len(f".{end}")]
    while len(os.fsencode(f".{start}{end}")) > _NAME_BYTES:
        start = start[:-1]
    return f".{start}{end}"
