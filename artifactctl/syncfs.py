"""Making all of a file system durable with one call, where the system has one."""

import ctypes
import os
import sys
from functools import cache


@cache
def can_sync_filesystem() -> bool:
    """Whether one call can make all of a file system durable (Linux's syncfs)."""
    return sys.platform == "linux" and hasattr(_libc(), "syncfs")


def sync_filesystem(folder: str | int) -> None:
    """Make everything on the file system of a folder (a path or a descriptor) durable.

    Since Linux 5.8 this reports write errors like fsync does.
    """
    if isinstance(folder, int):
        _sync(folder)
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _sync(descriptor)
    finally:
        os.close(descriptor)


def _sync(descriptor: int) -> None:
    if _libc().syncfs(descriptor) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
