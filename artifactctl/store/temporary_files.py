"""Temporary files of a local store: whether they are in use, and removing those that are not."""

import contextlib
import os
import shutil

from artifactctl.drafts import abandoned, abandoned_entries, prefix_of
from artifactctl.store.folders import Folders
from artifactctl.store.names import is_temporary


def is_in_use(root: str, name: str) -> bool:
    """Whether the process that reserved a temporary name is still running."""
    prefix = prefix_of(name)
    if prefix is None:
        return False
    try:
        with Folders(root) as folders, abandoned(folders.at("tmp"), prefix) as is_abandoned:
            return not is_abandoned
    except FileNotFoundError:
        return False


def clear_temporary(root: str, *, dry_run: bool) -> list[int]:
    """Remove the temporary files of processes that have ended; return the sizes in bytes.

    Files with a name of another form are foreign, and stay.
    """
    sizes = []
    with contextlib.suppress(FileNotFoundError), Folders(root) as folders:
        tmp = folders.at("tmp")
        for entry in abandoned_entries(tmp, is_temporary):
            sizes += _clear(tmp, entry, dry_run=dry_run)
    return sizes


def _clear(tmp: int, entry: os.DirEntry[str], *, dry_run: bool) -> list[int]:
    """Remove a file, or a folder with all that is in it; return the sizes in bytes."""
    with contextlib.suppress(FileNotFoundError):  # its process may remove it at this moment
        if entry.is_dir(follow_symlinks=False):
            return _clear_folder(tmp, entry.name, dry_run=dry_run)
        size = _size(entry.name, tmp)
        if not dry_run:
            os.unlink(entry.name, dir_fd=tmp)
        return [size]
    return []


def _clear_folder(tmp: int, name: str, *, dry_run: bool) -> list[int]:
    """Remove a folder; go on when that fails."""
    # A step may leave folders that even their owner cannot read, or nested without end.
    with contextlib.suppress(FileNotFoundError, PermissionError, RecursionError):
        sizes = []
        for _, _, files, folder in os.fwalk(name, dir_fd=tmp):
            sizes += [_size(file, folder) for file in files]
        if not dry_run:
            shutil.rmtree(name, dir_fd=tmp)
        return sizes
    return []


def _size(name: str, folder: int) -> int:
    return os.stat(name, dir_fd=folder, follow_symlinks=False).st_size
