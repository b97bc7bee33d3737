"""Making the names of files and folders survive a power cut."""

import os


def sync_folder(path: str) -> None:
    """Make the entries of a folder durable: new names, renames, removals."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(path: str, mode: int = 0o700) -> None:
    """Make a folder and its missing parents, durably; one that exists is left as it is."""
    if os.path.isdir(path):
        return
    parent = os.path.dirname(path)
    make_folder(parent, mode)
    try:
        os.mkdir(path, mode)
    except FileExistsError:
        return
    sync_folder(parent)
