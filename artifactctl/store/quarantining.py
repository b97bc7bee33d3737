"""Bytes that are wrong, and whatever else lies in the place of a file: kept aside, never lost."""

import os

from artifactctl.copying import copy_file, hash_file
from artifactctl.digests import blob_key
from artifactctl.durable import NOT_OFFERED, rename_new, sync_folder
from artifactctl.regular_files import IrregularFileError, open_regular
from artifactctl.store.folders import Folders

FOLDER = "quarantine"

_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


def keep_aside(folders: Folders, key: str) -> None:
    """Keep what is at `key`, which is about to be replaced.

    A file gets a second name: a version that needs it never sees it missing. Anything else is
    moved, with what is in it, and not followed.
    """
    aside, name = folders.make(FOLDER), _name_for(key)
    try:
        folder, file = folders.place(key)
        if folders.is_file(key):
            _give_second_name(folder, file, aside, name)
        else:
            os.rename(file, name, src_dir_fd=folder, dst_dir_fd=aside)
    except FileNotFoundError:
        return
    sync_folder(aside)


def quarantine(folders: Folders, digest: str) -> bool:
    """Move a blob aside when its bytes are wrong indeed; whether they were.

    It may have been healed since somebody looked: then the good file goes back to its place.
    """
    key = blob_key(digest)
    wrong = _wrong_inode(folders, key, digest)
    if wrong is None:
        return False
    aside, name = folders.make(FOLDER), _name_for(key)
    try:
        folder, file = folders.place(key)
        os.rename(file, name, src_dir_fd=folder, dst_dir_fd=aside)
    except FileNotFoundError:
        return False
    if os.stat(name, dir_fd=aside, follow_symlinks=False).st_ino != wrong:
        try:
            rename_new(name, file, src_dir_fd=aside, dst_dir_fd=folder)
        except FileExistsError:  # healed twice
            os.unlink(name, dir_fd=aside)
        return False
    sync_folder(aside)
    sync_folder(folder)
    return True


def has_quarantined(folders: Folders, digest: str) -> bool:
    """Whether bytes that were moved aside bear this digest's name."""
    name = os.path.basename(blob_key(digest))
    try:
        return any(entry.name.startswith(f"{name}.") for entry in folders.entries(FOLDER))
    except FileNotFoundError:
        return False


def _name_for(key: str) -> str:
    return f"{os.path.basename(key)}.{os.urandom(4).hex()}"


def _give_second_name(folder: int, file: str, aside: int, name: str) -> None:
    try:
        os.link(file, name, src_dir_fd=folder, dst_dir_fd=aside, follow_symlinks=False)
    except OSError as error:
        if error.errno not in NOT_OFFERED:
            raise
        _copy_or_move(folder, file, aside, name)


def _copy_or_move(folder: int, file: str, aside: int, name: str) -> None:
    """The same where a file has one name only; what cannot be read whole is moved."""
    source = open_regular(file, dir_fd=folder)
    try:
        target = os.open(name, _NEW, 0o400, dir_fd=aside)
        try:
            copy_file(source, target, os.fstat(source).st_size)
            os.fsync(target)
        except OSError:
            os.rename(file, name, src_dir_fd=folder, dst_dir_fd=aside)
        finally:
            os.close(target)
    finally:
        os.close(source)


def _wrong_inode(folders: Folders, key: str, digest: str) -> int | None:
    """The inode of what is no blob of that digest; None when it is one, or nothing is there."""
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
