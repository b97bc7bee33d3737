"""What a store of bytes must do; `tests/store/` holds every implementation to it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from artifactctl.copying import Advance, ignore


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


@dataclass(frozen=True, slots=True)
class Kept:
    """A blob or a manifest as it lies in the store; `mtime_s` counts seconds since 1970."""

    digest: str
    size_bytes: int
    mtime_s: float


@dataclass(frozen=True, slots=True)
class Owner:
    """The catalog that a store belongs to: its ID (a UUID), and its URL without secrets."""

    catalog_id: str
    catalog: str


class Store(Protocol):
    """Content-addressed bytes (blobs and manifests), and records that can be rewritten.

    What a `put` returned is durable: it survives a power cut. Blobs are handed out as they are;
    who reads one hashes it. Digests have their prefix.

    Nothing is followed that points out of the store, and nothing but what a store holds is taken
    for it: what lies in the place of a blob, a manifest or a record and is none is kept aside when
    the right one is put again. Before its first change a handle raises `ConflictError` when the
    place is no store and has something in it, or belongs to another catalog, and
    `CatalogUnusableError` when it is a store of another version.
    """

    @property
    def url(self) -> str:
        """Where the store is; without secrets."""

    def may_ask_remote(self) -> bool:
        """Whether the addresses of linked remote data may be asked."""

    def owners(self) -> list[Owner]:
        """The catalogs that the store says it belongs to: one, or none before the first change."""

    def put(
        self, sources: Sequence[Source], advance: Advance = ignore, *, move: bool = False
    ) -> list[str]:
        """Store what is missing of these files; return their digests in the same order.

        A stored blob is compared with what was to be stored, and healed when it differs. With
        `move` big files are taken rather than copied: they must lie in a `workspace`.
        Raises `ConflictError` when a file changes while it is read.
        """

    def put_stream(self, stream: BinaryIO, advance: Advance = ignore) -> tuple[str, int]:
        """Store all that `stream` gives; return the digest and the size in bytes."""

    def open(self, digest: str) -> BinaryIO:
        """Open a blob, unbuffered; raises `IntegrityError` when there is none."""

    def size_bytes(self, digest: str) -> int | None:
        """A blob's size, or None when there is none.

        Raises `IntegrityError` for something in its place that is no file.
        """

    def missing(self, digests: Collection[str]) -> list[str]:
        """Those of `digests` that have no blob, though something else may be in its place."""

    def path(self, digest: str) -> Path | None:
        """The blob's own file, for links; None when the store is not local."""

    def workspace(self) -> AbstractContextManager[str]:
        """A new folder for files that are to be stored; what is left in it goes at the end."""

    def is_in_use(self, workspace: str) -> bool:
        """Whether somebody still works in the workspace of that base name."""

    def put_manifest(self, content: bytes) -> str:
        """Store a manifest; return its digest."""

    def get_manifest(self, digest: str) -> bytes:
        """A manifest, verified; raises `IntegrityError` when it is missing or damaged."""

    def has_manifest(self, digest: str) -> bool:
        """Whether there is a manifest of that name."""

    def put_records(self, records: Mapping[str, bytes]) -> None:
        """Replace the records of catalog entries, by their UUIDs."""

    def get_record(self, record_id: str) -> bytes | None:
        """A record, or None; empty where something else lies in its place."""

    def holds_records(self) -> bool:
        """Whether any record exists: then a catalog has existed too."""

    def list_records(self) -> Iterator[str]:
        """The UUIDs of all records."""

    def list_blobs(self) -> Iterator[Kept | str]:
        """All blobs; a text is the place of something among them that is none."""

    def list_manifests(self) -> Iterator[Kept | str]:
        """All manifests, likewise."""

    def list_unsound(self) -> Iterator[str]:
        """The places of records and of the store's own files that are no files of ours."""

    def delete_blob(self, digest: str) -> bool:
        """Delete a blob for good; whether it was there. Only for what no version refers to."""

    def delete_manifest(self, digest: str) -> bool:
        """Delete a manifest for good; whether it was there."""

    def quarantine(self, digest: str) -> bool:
        """Move a blob whose bytes are wrong aside, never to be lost; whether they were wrong."""

    def has_quarantined(self, digest: str) -> bool:
        """Whether bytes that were wrong for this blob lie aside."""

    def clear_temporary(self, *, dry_run: bool) -> list[int]:
        """Remove what work that was cut short has left; return the sizes in bytes.

        Only what has a name as work in progress has it goes.
        """
