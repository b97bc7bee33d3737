"""Stores under test, with a way to look at and to damage what they keep behind their backs."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from artifactctl.store import Source, Store
from artifactctl.store.local import LocalStore


class Place(Protocol):
    """Where one store keeps its bytes. Keys are relative paths such as `blobs/ab/abcd`."""

    def open(self) -> Store:
        """A new handle on the store, as another process would have it."""

    def read(self, key: str) -> bytes | None:
        """What is there, or None."""

    def write(self, key: str, content: bytes) -> None:
        """Put other bytes there, as a bad disk would."""

    def remove(self, key: str) -> None:
        """Take it away."""

    def keys(self, folder: str) -> set[str]:
        """All keys of files below a folder."""


Stores = Callable[[], Place]
"""Makes a new, empty place."""


class LocalPlace:
    """A `LocalStore` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def open(self) -> LocalStore:
        return LocalStore(self.folder)

    def read(self, key: str) -> bytes | None:
        path = self.folder / key
        return path.read_bytes() if path.exists() else None

    def write(self, key: str, content: bytes) -> None:
        path = self.folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_bytes(content)
        path.chmod(0o444)

    def remove(self, key: str) -> None:
        (self.folder / key).unlink()

    def keys(self, folder: str) -> set[str]:
        files = (path for path in (self.folder / folder).rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)) for path in files}


def source_of(path: Path, expected: str | None = None) -> Source:
    """The file as `collect` would find it."""
    found = path.stat()
    return Source(str(path), found.st_size, found.st_mtime_ns, found.st_ino, expected)


def write_files(folder: Path, *contents: bytes) -> list[Source]:
    """New files with these contents, as sources."""
    folder.mkdir(parents=True, exist_ok=True)
    count = len(list(folder.iterdir()))
    paths = [folder / str(count + number) for number in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    return [source_of(path) for path in paths]


def flipped(content: bytes, position: int = 0) -> bytes:
    """The same bytes with one bit changed."""
    return content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :]


def at_once(count: int, action: Callable[[int], None]) -> None:
    """Run `action(0)`, `action(1)` … in threads that start together; raise what any raised."""
    barrier = threading.Barrier(count)
    errors: list[BaseException] = []

    def work(number: int) -> None:
        barrier.wait()
        try:
            action(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def open_descriptors() -> int:
    """How many files this process has open."""
    return len(os.listdir("/proc/self/fd"))
