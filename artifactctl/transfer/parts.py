"""The part of a download: a hidden file or folder beside its target, locked by one process."""

import contextlib
import fcntl
import os
import shutil
import stat
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import partial
from typing import BinaryIO

from artifactctl.copying import (
    IN_MEMORY_BYTES,
    copy_file,
    copy_stream,
    hash_file,
    write_whole,
)
from artifactctl.digests import digest_of
from artifactctl.errors import BusyError, IntegrityError
from artifactctl.manifest import Entry, Manifest, damaged
from artifactctl.store import Advance, Store, no_progress
from artifactctl.store.links import open_linked

Opener = Callable[[Entry], BinaryIO]
"""Opens the bytes of an entry, in the store or linked; the caller hashes what it reads."""


@contextmanager
def locked_folder(path: str) -> Iterator[bool]:
    """Lock a part that is a folder, made if need be; give whether it existed already."""
    is_new = True
    try:
        os.mkdir(path)
    except FileExistsError:
        is_new = False
        if not stat.S_ISDIR(os.lstat(path).st_mode):  # of a version that was a file
            os.unlink(path)
            os.mkdir(path)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    with _locked(descriptor, path):
        yield not is_new


@contextmanager
def locked_file(path: str) -> Iterator[int]:
    """Lock a part that is a file, made if need be; give its descriptor."""
    with contextlib.suppress(FileNotFoundError):
        # An interrupted download with --mode symlink or hardlink left it: writing to it would
        # change the blob.
        if stat.S_ISDIR(os.lstat(path).st_mode):  # of a version that was a folder
            shutil.rmtree(path)
        elif not _is_own_file(path):
            os.unlink(path)
    with _locked(open_member(path), path) as descriptor:
        yield descriptor


def open_member(path: str) -> int:
    """Open a file of a part for reading and writing, made if need be; follows no link."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)


def remove_foreign(part: str, members: Collection[str]) -> None:
    """Remove everything from a part but regular files of the version, and their folders."""
    needed = {path[:i] for path in members for i, char in enumerate(path) if char == "/"}
    for folder, folders, files in os.walk(part):
        inside = "" if folder == part else f"{os.path.relpath(folder, part)}/"
        for name in list(folders):
            path = f"{folder}/{name}"
            if os.path.islink(path):
                os.unlink(path)
            elif inside + name not in needed:
                shutil.rmtree(path)
                folders.remove(name)
        for name in files:
            if inside + name not in members or not _is_own_file(f"{folder}/{name}"):
                os.unlink(f"{folder}/{name}")


def opener_for(manifest: Manifest, store: Store) -> Opener:
    """A function that opens a version's files, in the store or where they are linked."""
    if manifest.link is not None:
        return partial(open_linked, manifest, store=store)
    return lambda entry: store.open(entry.digest or "")


def write_new(entry: Entry, descriptor: int, opener: Opener, advance: Advance) -> None:
    """Fill a new file; a small one in as few system calls as possible."""
    if entry.size_bytes <= IN_MEMORY_BYTES:
        with opener(entry) as source:
            data = source.read(entry.size_bytes + 1)
        if digest_of(data) == entry.digest:
            write_whole(descriptor, data)
            advance(len(data))
            return
    write_verified(entry, descriptor, opener, advance)


def write_verified(entry: Entry, descriptor: int, opener: Opener, advance: Advance) -> None:
    """Complete an open file of `entry`, after the bytes that it has already, and verify it.

    When the bytes turn out wrong, they are read once more from the start.
    """
    size = os.fstat(descriptor).st_size
    if size and size == entry.size_bytes and hash_file(descriptor)[0] == entry.digest:
        advance(size)
        return
    if size >= entry.size_bytes:
        _empty(descriptor)
    try:
        _write(entry, descriptor, opener, advance)
    except IntegrityError:
        _empty(descriptor)
        _write(entry, descriptor, opener, no_progress)


def restore_attributes(entry: Entry, descriptor: int) -> None:
    """Give a file the executable bits and the time of its entry."""
    if entry.executable:
        # Executable for everybody who may read it, as with `cp` and Git: the umask decides who.
        mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
        os.fchmod(descriptor, mode | (mode & 0o444) >> 2)
    if entry.mtime_ns is not None:
        os.utime(descriptor, ns=(entry.mtime_ns, entry.mtime_ns))


def check_digest(entry: Entry, digest: str, size_bytes: int) -> None:
    """Raise `IntegrityError` unless these are the entry's; remote ones may have no digest."""
    is_right = digest == entry.digest if entry.digest else True
    if not is_right or size_bytes != entry.size_bytes:
        raise damaged(entry)


def _write(entry: Entry, descriptor: int, opener: Opener, advance: Advance) -> None:
    with opener(entry) as source:
        try:
            number = source.fileno()
        except OSError:  # a remote file has none
            digest, size = _complete(source, descriptor, advance)
        else:
            if os.fstat(number).st_size != entry.size_bytes:
                raise damaged(entry)
            digest = copy_file(number, descriptor, entry.size_bytes, advance)
            size = os.fstat(descriptor).st_size
    check_digest(entry, digest, size)


def _complete(source: BinaryIO, descriptor: int, advance: Advance) -> tuple[str, int]:
    """Copy a stream after the bytes that a file has; return digest and size of the whole file."""
    done = os.fstat(descriptor).st_size
    if not done or not source.seekable():
        _empty(descriptor)
        return copy_stream(source, descriptor, advance)
    advance(done)
    source.seek(done)
    os.lseek(descriptor, 0, os.SEEK_END)
    copy_stream(source, descriptor, advance)
    return hash_file(descriptor)


def _empty(descriptor: int) -> None:
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)


def _is_own_file(path: str) -> bool:
    found = os.lstat(path)
    return stat.S_ISREG(found.st_mode) and found.st_nlink == 1


@contextmanager
def _locked(descriptor: int, path: str) -> Iterator[int]:
    """Hold the lock of an open part; raises `BusyError` when another download has it."""
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Its former owner may have renamed it to the target just before we got the lock.
            is_ours = os.path.samestat(os.fstat(descriptor), os.lstat(path))
        except (BlockingIOError, FileNotFoundError):
            is_ours = False
        if not is_ours:
            raise BusyError(f"another download is writing {path}", hint="try again when it is done")
        yield descriptor
    finally:
        os.close(descriptor)
