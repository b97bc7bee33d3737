"""The folders of a local store, each opened relative to its parent, never through a link.

A store may come from another user: with a link in the place of a folder, files would be written
and deleted wherever that points to.
"""

import errno
import os
import resource
import stat
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from artifactctl.errors import ArtifactctlError, IntegrityError, UnsafeError
from artifactctl.regular_files import open_regular

_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# The errors of opening a link, or anything else that is not a folder.
_NO_FOLDER = {errno.ENOTDIR, errno.ELOOP}
# So few that a process works with a limit of twenty open files.
_FEW_SHARDS = 4
# All of them (two hexadecimal digits each), for whoever works on thousands of files.
_ALL_SHARDS = 256
_KINDS = {
    stat.S_IFLNK: "a link",
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFREG: "a file",
}


class Folders:
    """The folders that one operation or batch works on, open until its block ends.

    Folders are named by their path in the store (`blobs/ab`; the store itself is the empty one),
    files by their key. The path to the store may contain links, the store itself must not be one.
    Opening a folder raises `FileNotFoundError`, or `IntegrityError` when it is not a folder. With
    `many` files to come, shards stay open, as many as the limit of open files allows: digests
    scatter neighbouring files over all of them.
    """

    def __init__(self, root: str, *, many: bool = False) -> None:
        self._root = root
        self._open: dict[str, int] = {}
        self._shards: dict[str, int] = {}
        self._many = many
        self._most_shards = _FEW_SHARDS

    def __enter__(self) -> Self:
        try:
            self._open[""] = os.open(self._root, _OPEN)
        except OSError as error:
            if error.errno not in _NO_FOLDER:
                raise
            raise _no_store(self._root, error) from None
        if self._many:
            self._most_shards = _many_shards(self._open[""])
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for opened in (self._shards, self._open):
            while opened:
                os.close(opened.popitem()[1])

    def at(self, folder: str) -> int:
        """The descriptor of a folder, valid until the block ends.

        That of a shard (`blobs/ab`) is valid only until a few other shards are opened.
        """
        found = self._shards.get(folder, self._open.get(folder))
        if found is not None:
            return found
        parent, _, name = folder.rpartition("/")
        above = self.at(parent)
        try:
            descriptor = os.open(name, _OPEN, dir_fd=above)
        except OSError as error:
            place = f"{self._root}/{folder}"
            if error.errno not in _NO_FOLDER:
                raise OSError(error.errno, error.strerror, place) from None
            raise IntegrityError(
                f"{place} in the store is {kind_of(name, above)}, not a folder",
                hint="move it away, and restore the folder",
            ) from None
        if not parent:
            self._open[folder] = descriptor
            return descriptor
        if len(self._shards) >= self._most_shards:
            os.close(self._shards.pop(next(iter(self._shards))))
        self._shards[folder] = descriptor
        return descriptor

    def place(self, key: str) -> tuple[int, str]:
        """The descriptor of a file's folder, valid as long as that of `at`, and the file's name."""
        folder, _, name = key.rpartition("/")
        return self.at(folder), name

    def open_file(self, key: str) -> int:
        """Open a file for reading; raises the errors of `open_regular`."""
        folder, name = self.place(key)
        return open_regular(name, dir_fd=folder)

    def status(self, key: str) -> os.stat_result | None:
        """The status of what is at a key, links not followed; None when nothing is."""
        try:
            folder, name = self.place(key)
            return os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def is_taken(self, key: str) -> bool:
        """Whether something other than a regular file is at a key."""
        found = self.status(key)
        return found is not None and not stat.S_ISREG(found.st_mode)

    def is_file(self, key: str) -> bool:
        """Whether a regular file, not a link to one, is at a key."""
        found = self.status(key)
        return found is not None and stat.S_ISREG(found.st_mode)

    def remove(self, key: str) -> bool:
        """Remove a regular file; whether it was there."""
        if not self.is_file(key):
            return False
        folder, name = self.place(key)
        try:
            os.unlink(name, dir_fd=folder)
        except FileNotFoundError:
            return False
        return True

    def entries(self, folder: str) -> Iterator[os.DirEntry[str]]:
        """The entries of a folder; they are read lazily, so the block must not end before."""
        # `DirEntry.stat` uses this descriptor: while the entries are used, open no other shards.
        with os.scandir(self.at(folder)) as entries:
            yield from entries

    def make(self, folder: str) -> int:
        """Make a folder, durably, unless it exists; return its descriptor."""
        try:
            return self.at(folder)
        except FileNotFoundError:
            # The parent is not a shard, so it stays open.
            parent, name = self.place(folder)
            make_entry(name, parent)
            os.fsync(parent)
        return self.at(folder)


def make_entry(name: str, parent: int) -> None:
    """Make a folder in an open one; it may exist already, made by another process."""
    try:
        os.mkdir(name, 0o700, dir_fd=parent)
    except FileExistsError:
        return


def _many_shards(newest: int) -> int:
    """How many shards may stay open: a quarter of the files that this process may still open.

    The number of its `newest` descriptor tells how many it has: the system gives the lowest.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY:
        return _ALL_SHARDS
    return max(_FEW_SHARDS, min(_ALL_SHARDS, (limit - newest) // 4))


def kind_of(name: str, folder: int | None = None) -> str:
    """What kind of file something is, in words: a link, a FIFO."""
    try:
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return "gone"
    return _KINDS.get(stat.S_IFMT(mode), "a device")


def _no_store(root: str, error: OSError) -> ArtifactctlError | OSError:
    if os.path.islink(root):
        return UnsafeError(
            f"store {root} is a link",
            hint=f"set 'store:' to the folder itself, {os.path.realpath(root)}",
        )
    if not os.path.lexists(root):  # one of its parents is not a folder
        return error
    return IntegrityError(
        f"store {root} is {kind_of(root)}, not a folder", hint="set 'store:' to a folder"
    )
