"""What a store of bytes must do; `tests/store/` holds every implementation to it."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

Advance = Callable[[int], None]
"""Called with the number of bytes that have just been dealt with."""


def ignore(_count: int, /) -> None:
    """An `Advance` that nobody watches."""


@dataclass(frozen=True, slots=True)
class Source:
    """A local file to be stored, and what it was when it was found.

    `expected` is the digest it probably has, when its path had one of that size before: then it
    is hashed before anything is copied.
    """

    path: str
    size_bytes: int
    mtime_ns: int
    inode: int
    expected: str | None = None


class Store(Protocol):
    """Content-addressed bytes (blobs and manifests), and records that can be rewritten.

    What a `put` returned is durable: it survives a power cut. Blobs are handed out as they are;
    who reads one hashes it. Digests have their prefix.
    """

    @property
    def url(self) -> str:
        """Where the store is; without secrets."""

    def put(self, sources: Sequence[Source], advance: Advance = ignore) -> list[str]:
        """Store what is missing of these files; return their digests in the same order.

        A stored blob is compared with what was to be stored, and healed when it differs.
        Raises `ConflictError` when a file changes while it is read.
        """

    def put_stream(self, stream: BinaryIO, advance: Advance = ignore) -> tuple[str, int]:
        """Store all that `stream` gives; return the digest and the size in bytes."""

    def open(self, digest: str) -> BinaryIO:
        """Open a blob, unbuffered; raises `IntegrityError` when there is none."""

    def size_bytes(self, digest: str) -> int | None:
        """A blob's size, or None when there is none."""

    def missing(self, digests: Collection[str]) -> list[str]:
        """Those of `digests` that have no blob."""

    def path(self, digest: str) -> Path | None:
        """The blob's own file, for links; None when the store is not local."""

    def put_manifest(self, content: bytes) -> str:
        """Store a manifest; return its digest."""

    def get_manifest(self, digest: str) -> bytes:
        """A manifest, verified; raises `IntegrityError` when it is missing or damaged."""

    def put_record(self, record_id: str, content: bytes) -> None:
        """Replace the record of one catalog entry (`record_id` is its UUID)."""

    def get_record(self, record_id: str) -> bytes | None:
        """A record, or None."""

    def holds_records(self) -> bool:
        """Whether any record exists: then a catalog has existed too."""
