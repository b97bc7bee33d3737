"""Writing files into a local store: first temporary and incomplete, then durable and in place."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from artifactctl.copying import write_whole
from artifactctl.drafts import reserve
from artifactctl.durable import (
    MANY_FILES,
    can_sync_filesystem,
    sync_filesystem,
    sync_folder,
)
from artifactctl.regular_files import open_regular
from artifactctl.store.folders import Folders, make_entry
from artifactctl.store.names import WORK
from artifactctl.store.quarantining import put_in_quarantine

# Read and write: the copy is read back to hash it.
_NEW_FILE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


@contextmanager
def working_folder(root: str) -> Iterator[str]:
    """A new folder under `tmp/` of the store at `root`; removed with its contents at the end.

    Its reserved name tells other processes that this one is still running.
    """
    process = os.getpid()
    with Folders(root) as folders, reserve(folders.at("tmp")) as prefix:
        name, tmp = f"{prefix}{WORK}", folders.at("tmp")
        os.mkdir(name, 0o700, dir_fd=tmp)
        try:
            yield f"{root}/tmp/{name}"  # noqa: S108 (the store's own)
        finally:
            if process == os.getpid():  # not in a forked child that leaves the block
                shutil.rmtree(name, ignore_errors=True, dir_fd=tmp)


class Staging:
    """One batch of files for the store at `root`; nothing of it is visible before `publish`.

    Every file is written under `tmp/`, made durable, renamed, and the folders' entries are made
    durable, in this order, so that a power cut at any moment leaves no name without its bytes.
    Files that are not published when the block ends are removed. `durable` are folders whose own
    names are known to be durable, shared between batches.
    """

    def __init__(self, root: str, files: int, durable: set[str] | None = None) -> None:
        self._folders = Folders(root, many=files >= MANY_FILES)
        self._durable = set() if durable is None else durable
        self._reserved = contextlib.ExitStack()
        self._tmp = -1
        self._prefix = ""
        self._at_once = files >= MANY_FILES and can_sync_filesystem()
        self._count = 0
        self._unpublished: set[str] = set()
        self._targets: dict[str, str] = {}
        self._present: set[str] = set()
        self._damaged: set[str] = set()
        self._absent: set[str] = set()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self._tmp = stack.enter_context(self._folders).at("tmp")
            self._prefix = stack.enter_context(reserve(self._tmp))
            self._reserved = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._reserved:
            for name in self._unpublished:
                with contextlib.suppress(OSError):
                    os.unlink(name, dir_fd=self._tmp)

    def __contains__(self, target: str) -> bool:
        return target in self._targets or target in self._present

    def open_file(self, target: str) -> int | None:
        """Open what is at `target`; None when it is missing, or its folder was.

        Raises `IrregularFileError` for anything but a regular file.
        """
        folder, _, name = target.rpartition("/")
        if folder in self._absent:
            return None
        try:
            # Used at once: opening other shards may close it.
            descriptor = self._folders.at(folder)
        except FileNotFoundError:
            self._absent.add(folder)
            return None
        try:
            return open_regular(name, dir_fd=descriptor)
        except FileNotFoundError:
            return None

    @contextmanager
    def new_file(self, mode: int = 0o444) -> Iterator[tuple[str, int]]:
        """A new temporary file: its name for `add` or `drop`, and its descriptor."""
        self._count += 1
        name = f"{self._prefix}-{self._count}"
        self._unpublished.add(name)
        descriptor = os.open(name, _NEW_FILE, mode, dir_fd=self._tmp)
        try:
            yield name, descriptor
            if not self._at_once and name in self._unpublished:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def write(self, target: str, data: bytes, mode: int = 0o444) -> None:
        """Add a small file with `data` as `target`, in as few system calls as possible."""
        self._count += 1
        name = f"{self._prefix}-{self._count}"
        self._unpublished.add(name)
        descriptor = os.open(name, _NEW_FILE, mode, dir_fd=self._tmp)
        try:
            write_whole(descriptor, data)
            if not self._at_once:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._targets[target] = name

    def replace(self, target: str, data: bytes, mode: int) -> None:
        """Add a file that replaces the one at `target`.

        A foreign file in its place is moved to the quarantine, like a damaged one.
        """
        if self._folders.is_taken(target):
            self.note_damaged(target)
        self.write(target, data, mode)

    def add(self, name: str, target: str) -> None:
        """Add a temporary file to the batch as `target`, a path relative to the store."""
        self._targets[target] = name

    def drop(self, name: str) -> None:
        """Remove a temporary file that turned out not to be needed."""
        os.unlink(name, dir_fd=self._tmp)
        self._unpublished.discard(name)

    def take(self, path: str, descriptor: int) -> str:
        """Move a finished file on this file system into the batch; return its name for `add`."""
        self._count += 1
        name = f"{self._prefix}-{self._count}"
        with contextlib.suppress(PermissionError):  # a file system without modes
            os.fchmod(descriptor, 0o444)
        if not self._at_once:
            os.fsync(descriptor)
        os.rename(path, name, dst_dir_fd=self._tmp)
        self._unpublished.add(name)
        return name

    def note_present(self, target: str) -> None:
        """Note that the batch relies on `target`; its writer may not have made it durable yet."""
        self._present.add(target)

    def note_damaged(self, target: str) -> None:
        """Note that what is at `target` must go to the quarantine when it is replaced."""
        self._damaged.add(target)

    def publish(self) -> None:
        """Give every added file its name, durably."""
        # Bytes before names: a power cut must never leave a name without its bytes.
        if self._at_once:
            sync_filesystem(self._tmp)
        for target, name in sorted(self._targets.items()):
            if target in self._damaged:
                put_in_quarantine(self._folders, target)
            self._rename(name, target)
            self._unpublished.discard(name)
        if self._at_once:
            sync_filesystem(self._tmp)
        else:
            folders = self._changed()
            for folder in folders:
                sync_folder(self._folders.at(folder))
            self._durable.update(folders)

    def _changed(self) -> list[str]:
        """The folders whose entries must become durable, the deepest first."""
        shards = {os.path.dirname(target) for target in (*self._targets, *self._present)}
        # A new shard has an entry in its parent, which must become durable, too.
        new = shards - self._durable
        return sorted(shards) + sorted({os.path.dirname(shard) for shard in new} - {""})

    def _rename(self, name: str, target: str) -> None:
        try:
            folder, file = self._folders.place(target)
        except FileNotFoundError:
            # `publish` makes its entry durable together with the others.
            self._durable.discard(os.path.dirname(target))
            # The parent is not a shard, so it stays open.
            parent, shard = self._folders.place(os.path.dirname(target))
            make_entry(shard, parent)
            folder, file = self._folders.place(target)
        # Used at once: opening other shards may close `folder`.
        os.rename(name, file, src_dir_fd=self._tmp, dst_dir_fd=folder)
