"""Files on their way into a local store: hidden and incomplete, then durable and in place."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from artifactctl.durable import make_folder, reserve, sync_folder
from artifactctl.store.copying import write_whole
from artifactctl.syncfs import can_sync_filesystem, sync_filesystem

# From here on, two calls that sync the whole file system cost less than a sync for each file.
MANY_FILES = 32

_NEW_FILE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


@contextmanager
def working_folder(root: str) -> Iterator[str]:
    """A new folder under `tmp/` of the store at `root`; it goes with all that is in it."""
    tmp = f"{root}/tmp"  # noqa: S108 (the store's own)
    with reserve(tmp) as prefix:
        folder = f"{tmp}/{prefix}-work"
        os.mkdir(folder, 0o700)
        process = os.getpid()
        try:
            yield folder
        finally:
            if process == os.getpid():  # not a fork that leaves the block
                shutil.rmtree(folder, ignore_errors=True)


class Staging:
    """One batch of files for the store at `root`; nothing of it is visible before `publish`.

    Every file is written under `tmp/`, made durable, renamed, and the folders' entries are made
    durable, in this order, so that at no moment a name stands for bytes that a power cut could
    take away. What is not published when the batch is left is removed. `durable` are folders whose
    own names are known to be durable, shared between batches.
    """

    def __init__(self, root: str, files: int, durable: set[str] | None = None) -> None:
        self._root = root
        self._durable = set() if durable is None else durable
        self._tmp = f"{root}/tmp"  # noqa: S108 (the store's own)
        self._reserved = contextlib.ExitStack()
        self._prefix = ""
        self._at_once = files >= MANY_FILES and can_sync_filesystem()
        self._count = 0
        self._unpublished: set[str] = set()
        self._targets: dict[str, str] = {}
        self._there: set[str] = set()
        self._damaged: set[str] = set()
        self._known: dict[str, bool] = {}

    def __enter__(self) -> Self:
        self._prefix = self._reserved.enter_context(reserve(self._tmp))
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
                    os.unlink(f"{self._tmp}/{name}")

    def __contains__(self, target: str) -> bool:
        return target in self._targets or target in self._there

    def may_exist(self, target: str) -> bool:
        """Whether the folder of `target` was there when it was first asked about."""
        folder = target.rpartition("/")[0]
        if folder not in self._known:
            self._known[folder] = os.path.isdir(f"{self._root}/{folder}")
        return self._known[folder]

    @contextmanager
    def new_file(self, mode: int = 0o444) -> Iterator[tuple[str, int]]:
        """A new temporary file: its name for `add` or `drop`, and its descriptor."""
        self._count += 1
        name = f"{self._prefix}-{self._count}"
        self._unpublished.add(name)
        descriptor = os.open(f"{self._tmp}/{name}", _NEW_FILE, mode)
        try:
            yield name, descriptor
            if not self._at_once and name in self._unpublished:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def write(self, target: str, data: bytes, mode: int = 0o444) -> None:
        """Have `data` published as `target`: one of many small files, in as few calls as can be."""
        self._count += 1
        name = f"{self._prefix}-{self._count}"
        self._unpublished.add(name)
        descriptor = os.open(f"{self._tmp}/{name}", _NEW_FILE, mode)
        try:
            write_whole(descriptor, data)
            if not self._at_once:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._targets[target] = name

    def add(self, name: str, target: str) -> None:
        """Have the temporary file published as `target`, relative to the store."""
        self._targets[target] = name

    def drop(self, name: str) -> None:
        """Remove a temporary file that is not needed after all."""
        os.unlink(f"{self._tmp}/{name}")
        self._unpublished.discard(name)

    def take(self, path: str, descriptor: int) -> str:
        """Make a finished file of this file system one of the batch; return its name for `add`."""
        self._count += 1
        name = f"{self._prefix}-{self._count}"
        os.fchmod(descriptor, 0o444)
        if not self._at_once:
            os.fsync(descriptor)
        os.rename(path, f"{self._tmp}/{name}")
        self._unpublished.add(name)
        return name

    def is_there(self, target: str) -> None:
        """Note that `target` is relied upon: whoever made it may not have made it durable yet."""
        self._there.add(target)

    def is_damaged(self, target: str) -> None:
        """Note that what is at `target` must be kept aside when it is replaced."""
        self._damaged.add(target)

    def publish(self) -> None:
        """Give every added file its name, durably."""
        if self._at_once:
            sync_filesystem(self._tmp)
        for target, name in self._targets.items():
            if target in self._damaged:
                self._keep_aside(target)
            self._rename(name, target)
            self._unpublished.discard(name)
        if self._at_once:
            sync_filesystem(self._tmp)
        else:
            folders = self._folders()
            for folder in folders:
                sync_folder(f"{self._root}/{folder}")
            self._durable.update(folders)

    def _folders(self) -> list[str]:
        """The folders whose entries count, the deepest first."""
        shards = {os.path.dirname(target) for target in (*self._targets, *self._there)}
        new = shards - self._durable
        return sorted(shards) + sorted({os.path.dirname(shard) for shard in new} - {""})

    def _rename(self, name: str, target: str) -> None:
        source, goal = f"{self._tmp}/{name}", f"{self._root}/{target}"
        try:
            os.rename(source, goal)
        except FileNotFoundError:
            # Its entry becomes durable with all the others.
            self._durable.discard(os.path.dirname(target))
            with contextlib.suppress(FileExistsError):
                os.mkdir(os.path.dirname(goal), 0o700)
            os.rename(source, goal)

    def _keep_aside(self, target: str) -> None:
        # A second name, not a move: a version that needs this blob never sees it missing.
        folder = f"{self._root}/quarantine"
        make_folder(folder)
        name = f"{os.path.basename(target)}.{os.urandom(4).hex()}"
        with contextlib.suppress(FileNotFoundError):
            os.link(f"{self._root}/{target}", f"{folder}/{name}")
