"""A store under test, with a way to look at and to damage what it keeps behind its back."""

from pathlib import Path
from typing import Protocol

from artifactctl.store import Source, Store


class Place(Protocol):
    """Where one store keeps its bytes. Keys are relative paths such as `blobs/ab/abcd`."""

    def open(self) -> Store:
        """A new handle on the store, as another process would have it."""

    def read(self, key: str) -> bytes | None:
        """The bytes that are there, or None."""

    def write(self, key: str, content: bytes) -> None:
        """Put other bytes there, as a bad disk would."""

    def remove(self, key: str) -> None:
        """Take it away."""

    def keys(self, folder: str) -> set[str]:
        """All keys of files below a folder; all of the store's for `""`."""


def source_of(path: Path, expected: str | None = None) -> Source:
    """The file as a registration would find it."""
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
