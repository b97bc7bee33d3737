"""The quarantine: damaged bytes, and foreign files in the place of ours, are moved there."""

import os

from artifactctl.copying import copy_file, hash_file
from artifactctl.digests import blob_key
from artifactctl.durable import NOT_OFFERED, rename_new, sync_folder
from artifactctl.regular_files import IrregularFileError, open_regular
from artifactctl.store.folders import Folders

FOLDER = "quarantine"

_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


def put_in_quarantine(folders: Folders, key: str) -> None:
    """Put what is at `key` into the quarantine, before it is replaced.

    A file gets a second name there, so that no reader ever finds it missing. Anything else is
    moved with its contents; links are not followed.
    """
    into, name = folders.make(FOLDER), _name_for(key)
    try:
        # Valid until the end: no other shard is opened here.
        folder, file = folders.place(key)
        if folders.is_file(key):
            _give_second_name(folder, file, into, name)
        else:
            os.rename(file, name, src_dir_fd=folder, dst_dir_fd=into)
    except FileNotFoundError:
        return
    sync_folder(into)


def quarantine(folders: Folders, digest: str) -> bool:
    """Move a blob to the quarantine if it is damaged; return whether it was.

    Another process may replace it by a good one between the check and the move: then the good
    file is moved back to its place.
    """
    key = blob_key(digest)
    damaged = _damaged_inode(folders, key, digest)
    if damaged is None:
        return False
    into, name = folders.make(FOLDER), _name_for(key)
    # Move first, then compare: a good file may take its place between a check and the move.
    try:
        # Valid until the end: no other shard is opened here.
        folder, file = folders.place(key)
        os.rename(file, name, src_dir_fd=folder, dst_dir_fd=into)
    except FileNotFoundError:
        return False
    if os.stat(name, dir_fd=into, follow_symlinks=False).st_ino != damaged:
        try:
            rename_new(name, file, src_dir_fd=into, dst_dir_fd=folder)
        except FileExistsError:  # replaced twice meanwhile
            os.unlink(name, dir_fd=into)
        return False
    sync_folder(into)
    sync_folder(folder)
    return True


def has_quarantined(folders: Folders, digest: str) -> bool:
    """Whether the quarantine has bytes that were in the place of this blob."""
    name = os.path.basename(blob_key(digest))
    try:
        return any(entry.name.startswith(f"{name}.") for entry in folders.entries(FOLDER))
    except FileNotFoundError:
        return False


def _name_for(key: str) -> str:
    return f"{os.path.basename(key)}.{os.urandom(4).hex()}"


def _give_second_name(folder: int, file: str, into: int, name: str) -> None:
    try:
        os.link(file, name, src_dir_fd=folder, dst_dir_fd=into, follow_symlinks=False)
    except OSError as error:
        if error.errno not in NOT_OFFERED:
            raise
        _copy_or_move(folder, file, into, name)


def _copy_or_move(folder: int, file: str, into: int, name: str) -> None:
    """The same on a file system without hard links; a file that cannot be read is moved."""
    source = open_regular(file, dir_fd=folder)
    try:
        target = os.open(name, _NEW, 0o400, dir_fd=into)
        try:
            copy_file(source, target, os.fstat(source).st_size)
            os.fsync(target)
        except OSError:
            os.rename(file, name, src_dir_fd=folder, dst_dir_fd=into)
        finally:
            os.close(target)
    finally:
        os.close(source)


def _damaged_inode(folders: Folders, key: str, digest: str) -> int | None:
    """The inode of a damaged blob; None when it is intact or missing."""
    try:
        descriptor = folders.open_file(key)
    except FileNotFoundError:
        return None
    except IrregularFileError:
        status = folders.status(key)
        return None if status is None else status.st_ino
    try:
        inode = os.fstat(descriptor).st_ino
        return None if hash_file(descriptor)[0] == digest else inode
    except OSError:  # a bad sector
        return os.fstat(descriptor).st_ino
    finally:
        os.close(descriptor)
