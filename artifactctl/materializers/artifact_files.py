"""The few file operations that a materializer is offered, confined to the local file system."""

import os
from typing import IO, Any

from artifactctl.errors import UnsafeError


class ArtifactFiles:
    """Local files by path, in the words that materializers written for ZenML use."""

    def __init__(self, path: str) -> None:
        self.path = path

    def open(self, path: str | os.PathLike[str], mode: str = "r") -> IO[Any]:
        """Open a file as the built-in does; text is UTF-8 whatever the machine's locale is."""
        return open(_local(path), mode, encoding=None if "b" in mode else "utf-8")

    def exists(self, path: str | os.PathLike[str]) -> bool:
        """Whether there is a file or folder."""
        return os.path.exists(_local(path))

    def isdir(self, path: str | os.PathLike[str]) -> bool:
        """Whether there is a folder."""
        return os.path.isdir(_local(path))

    def listdir(self, path: str | os.PathLike[str]) -> list[str]:
        """The names in a folder, sorted."""
        return sorted(os.listdir(_local(path)))

    def makedirs(self, path: str | os.PathLike[str]) -> None:
        """Make a folder and those above it; one that exists is fine."""
        os.makedirs(_local(path), exist_ok=True)

    def mkdir(self, path: str | os.PathLike[str]) -> None:
        """Make a folder in one that exists."""
        os.mkdir(_local(path))

    def remove(self, path: str | os.PathLike[str]) -> None:
        """Remove a file."""
        os.remove(_local(path))


def _local(path: str | os.PathLike[str]) -> str:
    text = os.fspath(path)
    if "://" in text:
        raise UnsafeError(
            f"{text!r} is not a local path", hint="read and write in the folder self.uri"
        )
    return text
