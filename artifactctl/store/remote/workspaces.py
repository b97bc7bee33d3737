"""Workspaces of a remote store: temporary folders of this machine, locked while they are in use."""

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_BEGINNING = "artifactctl-work-"
_NAME = re.compile(r"artifactctl-work-\w+")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def working_folder() -> Iterator[str]:
    """A new folder; removed with its contents at the end."""
    process = os.getpid()
    folder = tempfile.mkdtemp(prefix=_BEGINNING)
    descriptor = os.open(folder, _FOLDER)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield folder
    finally:
        if process == os.getpid():  # not in a forked child that leaves the block
            shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def is_in_use(name: str) -> bool:
    """Whether the process that made a folder of this name, on this machine, is still running."""
    if _NAME.fullmatch(name) is None:
        return False
    try:
        return not _is_abandoned(os.path.join(tempfile.gettempdir(), name))
    except FileNotFoundError:
        return False


def clear(*, dry_run: bool) -> list[int]:
    """Remove folders that ended processes of this user left; return the sizes of their files."""
    sizes: list[int] = []
    with os.scandir(tempfile.gettempdir()) as entries:
        found = [entry for entry in entries if _NAME.fullmatch(entry.name)]
    for entry in found:
        with suppress(OSError):  # another user's, or another process removes it, too
            is_own = entry.stat(follow_symlinks=False).st_uid == os.geteuid()
            if is_own and _is_abandoned(entry.path):
                sizes += _sizes(entry.path)
                if not dry_run:
                    shutil.rmtree(entry.path)
    return sizes


def _is_abandoned(folder: str) -> bool:
    descriptor = os.open(folder, _FOLDER)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def _sizes(folder: str) -> list[int]:
    return [
        os.lstat(os.path.join(inside, name)).st_size
        for inside, _, names in os.walk(folder)
        for name in names
    ]
