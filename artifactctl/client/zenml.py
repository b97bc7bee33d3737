"""The artifact store under the names of ZenML's stack."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any
from uuid import UUID

from artifactctl.client import fileio
from artifactctl.errors import PathNotFoundError


@dataclass(frozen=True, slots=True)
class ArtifactStore:
    """The artifact store; `id` is the same in every process that uses the same store."""

    url: str
    name: str = "default"

    @property
    def id(self) -> UUID:
        """The store's ID, derived from the URL."""
        # Imported on first use: a listing needs no store.
        from artifactctl.results.versions import store_id  # noqa: PLC0415

        return store_id(self.url)

    @property
    def path(self) -> str:
        """The store's folder, which is created when it does not exist.

        Programs may put data into folders of their own in it, and link that data. What is below
        `blobs`, `manifests`, `records`, `owners`, `quarantine` and `tmp` belongs to the store.
        Raises `ConflictError` when the folder is not a store and is not empty.
        """
        # Imported on first use: a listing never opens the store.
        from artifactctl.store import make_store  # noqa: PLC0415

        return make_store(self.url)

    def open(self, path: fileio.PathType, mode: str = "r") -> IO[Any]:
        """Open a file in the store; text is UTF-8."""
        return fileio.open(self._inside(path), mode)

    def copyfile(self, src: fileio.PathType, dst: fileio.PathType, overwrite: bool = False) -> None:
        """Copy a file within the store."""
        fileio.copy(self._inside(src), self._inside(dst), overwrite)

    def exists(self, path: fileio.PathType) -> bool:
        """Whether there is a file or folder."""
        return fileio.exists(self._inside(path))

    def glob(self, pattern: fileio.PathType) -> list[str]:
        """The paths in the store that match a pattern."""
        return fileio.glob(self._inside(pattern))

    def isdir(self, path: fileio.PathType) -> bool:
        """Whether there is a folder."""
        return fileio.isdir(self._inside(path))

    def listdir(self, path: fileio.PathType) -> list[str]:
        """The names in a folder."""
        return fileio.listdir(self._inside(path))

    def makedirs(self, path: fileio.PathType) -> None:
        """Make a folder and those above it; one that exists is fine."""
        fileio.makedirs(self._inside(path))

    def mkdir(self, path: fileio.PathType) -> None:
        """Make a folder in one that exists."""
        fileio.mkdir(self._inside(path))

    def remove(self, path: fileio.PathType) -> None:
        """Remove a file."""
        fileio.remove(self._inside(path))

    def rename(self, src: fileio.PathType, dst: fileio.PathType, overwrite: bool = False) -> None:
        """Rename a file within the store."""
        fileio.rename(self._inside(src), self._inside(dst), overwrite)

    def rmtree(self, path: fileio.PathType) -> None:
        """Delete a folder with all that is in it."""
        fileio.rmtree(self._inside(path))

    def stat(self, path: fileio.PathType) -> os.stat_result:
        """The size, times and mode of a file or folder."""
        return fileio.stat(self._inside(path))

    def size(self, path: fileio.PathType) -> int:
        """The size in bytes of a file, or of all files in a folder."""
        return fileio.size(self._inside(path))

    def walk(
        self,
        top: fileio.PathType,
        topdown: bool = True,
        onerror: Callable[..., None] | None = None,
    ) -> Iterator[tuple[str, list[str], list[str]]]:
        """Each folder below `top` with the names of its folders and of its files."""
        return fileio.walk(self._inside(top), topdown, onerror)

    def _inside(self, path: fileio.PathType) -> str:
        """The path; raises `PathNotFoundError` (a `FileNotFoundError`) outside of the store."""
        root = self.path
        text = fileio.convert_to_str(path)
        place = os.path.realpath(text)
        if place != os.path.realpath(root) and not place.startswith(
            os.path.realpath(root) + os.sep
        ):
            raise PathNotFoundError(f"{text!r} is outside of the artifact store {root!r}")
        return text


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack that consists of an artifact store only."""

    artifact_store: ArtifactStore
    name: str = "default"

    @property
    def id(self) -> UUID:
        """The store's ID."""
        return self.artifact_store.id
