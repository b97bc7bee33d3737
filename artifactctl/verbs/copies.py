"""Temporary copies of loaded files, in one folder per user.

A process removes its copies when it ends. The copies of a killed process are removed by the next
process that loads something, and by `gc`.
"""

import atexit
import os
import re
import shutil
import stat
import tempfile
from contextlib import ExitStack, suppress
from functools import cache

from artifactctl.drafts import abandoned, reserve

_OURS = re.compile("([0-9a-f]{16})-(lock|copies)")


def lasting_folder() -> str:
    """Return a new empty folder that is removed when this process ends."""
    return tempfile.mkdtemp(dir=_folder_of_process())


def temporary_folder() -> "tempfile.TemporaryDirectory[str]":
    """Return a context with a new empty folder that is removed when the block ends."""
    return tempfile.TemporaryDirectory(dir=_folder_of_process())


def clear_copies() -> None:
    """Remove the copies of processes that ended without removing them."""
    root = _root()
    if not _is_private(root):
        return
    found = (_OURS.fullmatch(name) for name in os.listdir(root))
    for prefix in {match[1] for match in found if match}:
        with suppress(OSError), abandoned(root, prefix) as is_abandoned:
            if is_abandoned:
                shutil.rmtree(f"{root}/{prefix}-copies", ignore_errors=True)
                with suppress(FileNotFoundError):
                    os.unlink(f"{root}/{prefix}-lock")


def _folder_of_process() -> str:
    folder = _make_folder(os.getpid())
    if not os.path.isdir(folder):  # a cleaner of temporary files removed it
        _make_folder.cache_clear()
        folder = _make_folder(os.getpid())
    return folder


@cache
def _make_folder(process: int) -> str:
    """Create the folder for a process's copies; return its path.

    It is a folder of its own when another user has created the usual one.
    """
    root = _root()
    with suppress(FileExistsError):
        os.mkdir(root, 0o700)
    signs = ExitStack()
    if _is_private(root):
        clear_copies()
        folder = f"{root}/{signs.enter_context(reserve(root))}-copies"
        os.mkdir(folder, 0o700)
    else:
        folder = tempfile.mkdtemp(prefix="artifactctl-")
    atexit.register(_remove, folder, signs, process)
    return folder


def _remove(folder: str, signs: ExitStack, process: int) -> None:
    if process == os.getpid():  # not in a fork
        shutil.rmtree(folder, ignore_errors=True)
        signs.close()


def _root() -> str:
    return os.path.join(tempfile.gettempdir(), f"artifactctl-{os.geteuid()}")


def _is_private(path: str) -> bool:
    """Return whether a path is a folder of this user that no other user can read or write."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return False
    is_mine = found.st_uid == os.geteuid()
    return is_mine and stat.S_ISDIR(found.st_mode) and not stat.S_IMODE(found.st_mode) & 0o077
