"""Stores under test, with a way to look at and to damage what they keep behind their backs."""

import os
from collections.abc import Callable
from pathlib import Path

from artifactctl.store.local import LocalStore
from artifactctl.testing.places import Place, flipped, source_of, write_files
from artifactctl.testing.store import at_once

__all__ = [
    "LocalPlace",
    "Place",
    "Stores",
    "at_once",
    "flipped",
    "open_descriptors",
    "source_of",
    "write_files",
]


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


def open_descriptors() -> int:
    """How many files this process has open."""
    return len(os.listdir("/proc/self/fd"))
