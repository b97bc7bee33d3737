"""Drafts: temporary files of a running process, and removing those of processes that have ended.

A process reserves a prefix for its drafts in a folder: the file `PREFIX-lock` is locked meanwhile.
The system releases the lock when the process ends, however it ends, so that abandoned drafts can be
told from drafts in use.
"""

import contextlib
import errno
import fcntl
import os
import re
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from artifactctl.durable import part_name, rename_new
from artifactctl.errors import BusyError

LOCK = "lock"
DRAFT = "draft"

_NAME = re.compile(r"([0-9a-f]{16})-([\w-]+)", re.ASCII)
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_SIGN = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# The errors when opening a symbolic link, a socket and a folder.
_IRREGULAR = {errno.ELOOP, errno.ENXIO, errno.EISDIR}


def prefix_of(name: str) -> str | None:
    """The prefix that a draft's name was reserved with; None for a name of another form."""
    found = _NAME.fullmatch(name)
    return found[1] if found else None


def is_draft(name: str, kinds: Collection[str] = (DRAFT,)) -> bool:
    """Whether a name is that of a draft of one of these kinds, or of its lock."""
    found = _NAME.fullmatch(name)
    return found is not None and found[2] in {LOCK, *kinds}


def write_new(path: Path, content: bytes) -> None:
    """Write a new file atomically, for this user alone; the caller makes its entry durable.

    Raises `FileExistsError` when there is one.
    """
    with _written(path.parent, content) as draft:
        rename_new(draft, str(path))


def replace(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Write a file atomically, as `write_new`; a file or link at `path` is replaced.

    Content of much size comes in pieces.
    """
    with _written(path.parent, content) as draft:
        os.replace(draft, path)


@contextmanager
def _written(folder: Path, content: bytes | Iterable[bytes]) -> Iterator[str]:
    """A draft with `content`, durably; removed when the block ends unless it was renamed."""
    with contextlib.suppress(OSError):  # what is left over is in nobody's way
        clear_drafts(folder)
    with reserve(str(folder)) as prefix:
        draft = f"{folder}/{prefix}-{DRAFT}"
        try:
            with os.fdopen(os.open(draft, _NEW, 0o600), "wb") as file:
                file.writelines([content] if isinstance(content, bytes) else content)
                file.flush()
                os.fsync(file.fileno())
            yield draft
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(draft)


@contextmanager
def locked_part(path: str) -> Iterator[tuple[str, int]]:
    """An empty, locked file beside `path`, and its descriptor; a killed process's is used again.

    It is removed when the block ends, unless it was renamed. Raises `BusyError` if another process
    is writing it.
    """
    folder, name = os.path.split(path)
    part = os.path.join(folder, part_name(name))
    # O_NOFOLLOW: the file is emptied below, and a link could lead to any file.
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        # Another process may have finished between open() and the lock: then this file has been
        # renamed or linked, and is what it wrote.
        if not take_lock(descriptor) or not _is_alone(part, descriptor):
            raise BusyError(f"another process is writing {path!r}", hint="try again")
        os.ftruncate(descriptor, 0)
        try:
            yield part, descriptor
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(part)
    finally:
        os.close(descriptor)


def _is_alone(path: str, descriptor: int) -> bool:
    """Whether an open file has this path, and no other."""
    found = os.fstat(descriptor)
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(os.stat(path), found) and found.st_nlink == 1
    return False


@contextmanager
def reserve(folder: str | int) -> Iterator[str]:
    """Reserve a new prefix for drafts in `folder` while the block runs.

    A folder that is given as a descriptor must stay open until the block ends.
    """
    process = os.getpid()
    while True:
        prefix = os.urandom(8).hex()
        path, dir_fd = _sign(folder, prefix)
        descriptor = os.open(path, _NEW, 0o600, dir_fd=dir_fd)
        try:
            if take_lock(descriptor) and os.fstat(descriptor).st_nlink:
                yield prefix
                return
            # Another process removed the file between its creation and its lock: take another
            # prefix.
        finally:
            if process == os.getpid():  # not in a fork that leaves the block
                with contextlib.suppress(OSError):
                    os.unlink(path, dir_fd=dir_fd)
            os.close(descriptor)


def clear_drafts(
    folder: Path, kinds: Collection[str] = (DRAFT,), *, dry_run: bool = False
) -> list[int]:
    """Remove the drafts of these kinds that ended processes left in a folder.

    Returns their sizes in bytes. Files with names of another form stay, as do links, folders, and
    the files of other users.
    """

    def is_ours(entry: os.DirEntry[str]) -> bool:
        if not is_draft(entry.name, kinds) or not entry.is_file(follow_symlinks=False):
            return False
        return entry.stat(follow_symlinks=False).st_uid == os.geteuid()

    sizes = []
    with contextlib.suppress(FileNotFoundError), _opened(folder) as descriptor:
        for entry in abandoned_entries(descriptor, is_ours):
            with contextlib.suppress(FileNotFoundError):  # another process removes them, too
                sizes.append(entry.stat(follow_symlinks=False).st_size)
                if not dry_run:
                    os.unlink(entry.name, dir_fd=descriptor)
    return sizes


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, _FOLDER)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def abandoned_entries(
    folder: int, is_ours: Callable[[os.DirEntry[str]], bool]
) -> Iterator[os.DirEntry[str]]:
    """The drafts in a folder, among `is_ours`, whose processes have ended.

    While one is looked at, no process can start to use its prefix.
    """
    groups: dict[str, list[os.DirEntry[str]]] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            prefix = prefix_of(entry.name)
            if prefix is not None and is_ours(entry):
                groups.setdefault(prefix, []).append(entry)
    for prefix, group in groups.items():
        with abandoned(folder, prefix) as is_abandoned:
            yield from group if is_abandoned else ()


@contextmanager
def abandoned(folder: str | int, prefix: str) -> Iterator[bool]:
    """Yield whether no process uses the files of `prefix`; none can start to during the block."""
    path, dir_fd = _sign(folder, prefix)
    try:
        descriptor = os.open(path, _SIGN, dir_fd=dir_fd)
    except OSError as error:
        if error.errno not in {errno.ENOENT, *_IRREGULAR}:
            raise
        yield True
        return
    try:
        yield not stat.S_ISREG(os.fstat(descriptor).st_mode) or _lock(descriptor) is True
    finally:
        os.close(descriptor)


def _sign(folder: str | int, prefix: str) -> tuple[str, int | None]:
    name = f"{prefix}-{LOCK}"
    return (name, folder) if isinstance(folder, int) else (f"{folder}/{name}", None)


def take_lock(descriptor: int) -> bool:
    """Lock an open file until it is closed; return False when another process has locked it."""
    return _lock(descriptor) is not False


def _lock(descriptor: int) -> bool | None:
    """Return whether the lock was free; None on a file system without locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in (errno.EOPNOTSUPP, errno.ENOLCK, errno.ENOSYS):
            raise
        return None
    return True
