"""A cache of blobs and manifests on this machine, for stores that are not; one for all homes.

```
FOLDER/blobs/ab/DIGEST            entries, read-only, named as in a store
FOLDER/manifests/ab/DIGEST.json
FOLDER/tmp/                       entries that are being written
FOLDER/total                      how much there is, and the lock for trimming
```

An entry is only a copy: nothing is made durable, an entry may vanish at any moment, and whatever
is wrong in the folder (damage, a link, a full disk, no permission) means that the store is asked.
"""

import errno
import fcntl
import io
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import BinaryIO

from blake3 import blake3

from artifactctl.copying import copy_file, hash_file, read_whole, write_whole
from artifactctl.digests import PREFIX, digest_of
from artifactctl.durable import make_folder
from artifactctl.errors import ArtifactctlError
from artifactctl.store import cache_total
from artifactctl.store.folders import Folders, make_entry

_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_READ_BYTES = 1 << 20
# A stream tells its size only when all is read. When this much has come, the store is asked.
_UNASKED_BYTES = 64 << 20
# Linux's ioctl by which two files share their blocks until one of them is written to.
_FICLONE = 0x40049409


_MOST_BYTES = 20_000_000_000
_SHARE = 10  # of the disk, as a part of it


def default_limit(folder: str) -> int:
    """The limit of a cache in a folder: 20 GB, or a tenth of a smaller disk."""
    while not os.path.isdir(folder) and folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
    try:
        found = os.statvfs(folder)
    except OSError:
        return _MOST_BYTES
    return min(_MOST_BYTES, found.f_blocks * found.f_frsize // _SHARE)


class Cache:
    """The entries in one folder; `limit_bytes` bounds the sum of their sizes.

    Nothing raises an error of the folder. Once something could not be written, `is_writable` is
    false, and this object writes no more.
    """

    def __init__(self, folder: str, limit_bytes: int) -> None:
        # The folder itself may be a link to a bigger disk; what is in it must not be.
        self._root = os.path.realpath(folder)
        self._limit_bytes = limit_bytes
        self.is_writable = True
        self._added = cache_total.Added()

    def open(self, key: str, digest: str) -> int | None:
        """Open an entry for reading, verified; None when there is none. A damaged one is removed.

        The bytes are hashed here and again by those who read them, so that every reader gets good
        ones from the store where these are not.
        """
        with suppress(OSError, ArtifactctlError), Folders(self._root) as folders:
            descriptor = folders.open_file(key)
            if _has_digest(descriptor, digest):
                with suppress(OSError):
                    os.utime(descriptor)  # the least recently used entries are removed first
                if self._added.count:  # another process had the lock when they were added
                    cache_total.settle(self._root, self._added, self._limit_bytes)
                return descriptor
            os.close(descriptor)
            folders.remove(key)
        return None

    def read(self, key: str, digest: str) -> bytes | None:
        """The bytes of an entry, verified; None when there is none."""
        descriptor = self.open(key, digest)
        if descriptor is None:
            return None
        try:
            content = read_whole(descriptor, os.fstat(descriptor).st_size)
        except OSError:
            return None
        finally:
            os.close(descriptor)
        return content if digest_of(content) == digest else None

    def add(
        self, key: str, digest: str, stream: BinaryIO, size_bytes: Callable[[], int | None]
    ) -> int | None:
        """Copy a stream into the cache; return the open entry.

        None when it is not kept, because the bytes are not those of `digest` or there is no room:
        then the stream is read in part. `size_bytes` gives the size of a big one. Raises the errors
        of the stream.
        """
        if not self.is_writable:
            return None
        try:
            with self._draft() as (folders, name, descriptor):
                if self._fill(descriptor, stream, size_bytes) != digest:
                    raise _NotKeptError
                with self._writing():
                    self._publish(folders, name, key, os.fstat(descriptor).st_size)
                    os.lseek(descriptor, 0, os.SEEK_SET)
                    return os.dup(descriptor)
        except _NotKeptError:
            return None

    def add_bytes(self, key: str, digest: str, content: bytes) -> None:
        """Copy bytes into the cache, unless they are too many."""
        descriptor = self.add(key, digest, io.BytesIO(content), lambda: len(content))
        if descriptor is not None:
            os.close(descriptor)

    def adopt(self, path: str, key: str, *, move: bool) -> None:
        """Make a file that was just stored an entry, where that costs little.

        With `move` it is renamed, or copied from another file system: nobody else needs it. A file
        of the user only shares its blocks, where the file system can do that (btrfs, XFS). Bytes
        are verified when they are used.
        """
        if not self.is_writable:
            return
        with (
            suppress(_NotKeptError, OSError, ArtifactctlError),
            self._draft() as (folders, name, descriptor),
        ):
            size = os.stat(path, follow_symlinks=False).st_size
            if size > self._most_bytes:
                return
            is_moved = move and _move(path, name, folders.at("tmp"))
            if not is_moved:
                _copy(path, descriptor, size, only_blocks=not move)
            self._publish(folders, name, key, size)

    def remove(self, key: str) -> None:
        """Remove an entry, as the store does."""
        with suppress(OSError, ArtifactctlError), Folders(self._root) as folders:
            folders.remove(key)

    @property
    def _most_bytes(self) -> int:
        """The size of the biggest entry: one file must not drive out all others."""
        return self._limit_bytes // 2

    @contextmanager
    def _draft(self) -> Iterator[tuple[Folders, str, int]]:
        """A new file in `tmp/`: the cache's folders, its name and its descriptor.

        It is removed when the block ends unless it was renamed.
        """
        name, folders = f"{os.urandom(8).hex()}-draft", Folders(self._root)
        with ExitStack() as stack:
            with self._writing():
                make_folder(f"{self._root}/tmp")  # noqa: S108 (the cache's own)
                stack.enter_context(folders)
                descriptor = os.open(name, _NEW, 0o400, dir_fd=folders.at("tmp"))
            try:
                yield folders, name, descriptor
            finally:
                os.close(descriptor)
                with suppress(OSError, ArtifactctlError):
                    os.unlink(name, dir_fd=folders.at("tmp"))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Turn an error of the folder into `_NotKeptError`; then nothing more is written."""
        try:
            yield
        except (OSError, ArtifactctlError):
            self.is_writable = False
            raise _NotKeptError from None

    def _fill(self, descriptor: int, stream: BinaryIO, size_bytes: Callable[[], int | None]) -> str:
        """Copy a stream; return the digest of what it gave: readers hash what the file has."""
        hasher, done, unasked = blake3(), 0, _UNASKED_BYTES
        while data := stream.read(_READ_BYTES):
            if done + len(data) > unasked:
                unasked = self._most_bytes
                self._check_room(descriptor, done, size_bytes() or 0)
            with self._writing():
                write_whole(descriptor, data)
            hasher.update(data)
            done += len(data)
        return PREFIX + hasher.hexdigest()

    def _check_room(self, descriptor: int, done: int, size_bytes: int) -> None:
        """Raise unless a file of that size may be kept, and written once more to its target."""
        with self._writing():
            found = os.fstatvfs(descriptor)
        is_full = found.f_bavail * found.f_frsize < 2 * size_bytes - done
        if is_full or size_bytes > self._most_bytes or done > self._most_bytes:
            raise _NotKeptError

    def _publish(self, folders: Folders, name: str, key: str, size: int) -> None:
        folder, file = _place(folders, key)
        is_new = folders.status(key) is None
        os.rename(name, file, src_dir_fd=folders.at("tmp"), dst_dir_fd=folder)
        if is_new:
            self._added.add(size)
            cache_total.settle(self._root, self._added, self._limit_bytes)


class _NotKeptError(Exception):
    """Something does not go into the cache."""


def _has_digest(descriptor: int, digest: str) -> bool:
    try:
        return hash_file(descriptor)[0] == digest
    except OSError:  # a bad sector
        return False


def _place(folders: Folders, key: str) -> tuple[int, str]:
    """The folder of a key, made if need be, and the name in it."""
    above = ""
    for part in key.split("/")[:-1]:
        folder = f"{above}/{part}".strip("/")
        try:
            folders.at(folder)
        except FileNotFoundError:
            make_entry(part, folders.at(above))
        above = folder
    return folders.place(key)


def _move(path: str, name: str, folder: int) -> bool:
    """Rename a file onto a draft; return False when it must be copied."""
    if os.stat(path, follow_symlinks=False).st_nlink > 1:
        return False  # it could be changed later through its other name
    try:
        os.rename(path, name, dst_dir_fd=folder)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return False
    os.chmod(name, 0o400, dir_fd=folder)
    return True


def _copy(path: str, descriptor: int, size: int, *, only_blocks: bool) -> None:
    """Copy a file into an open one; `only_blocks` raises `OSError` where they cannot be shared."""
    source = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if only_blocks:
            fcntl.ioctl(descriptor, _FICLONE, source)
        else:
            copy_file(source, descriptor, size)
    finally:
        os.close(source)
