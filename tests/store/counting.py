"""A store that counts what is requested of it, before one in a folder."""

from collections import Counter
from pathlib import Path
from typing import Any, BinaryIO, Self

from artifactctl.store.local import LocalStore


class CountingStore(LocalStore):
    """A local store that passes for a remote one: its files have no path and no descriptor.

    `asked` counts the calls of each method, `read` the reads of blobs. `cut` ends every stream of a
    blob after so many bytes.
    """

    def __init__(self, folder: Path, *words: Any) -> None:
        super().__init__(folder, *words)
        self.asked: Counter[str] = Counter()
        self.cut: int | None = None

    def open(self, digest: str) -> BinaryIO:
        self.asked["open"] += 1
        return _Stream(super().open(digest), self.cut)  # type: ignore[return-value]

    def get_manifest(self, digest: str) -> bytes:
        self.asked["get_manifest"] += 1
        return super().get_manifest(digest)

    def size_bytes(self, digest: str) -> int | None:
        self.asked["size_bytes"] += 1
        return super().size_bytes(digest)

    def path(self, digest: str) -> None:
        del digest


class _Stream:
    """What a remote store gives: it can be read once, from start to end."""

    def __init__(self, file: BinaryIO, cut: int | None) -> None:
        self._file, self._left = file, cut

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def fileno(self) -> int:
        raise OSError("a remote file has no descriptor")

    def read(self, size: int = -1) -> bytes:
        if self._left is not None:
            size = self._left if size < 0 else min(size, self._left)
        data = self._file.read(size)
        if self._left is not None:
            self._left -= len(data)
        return data

    def close(self) -> None:
        self._file.close()
