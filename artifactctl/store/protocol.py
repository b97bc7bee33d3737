"""The interface of a store; `tests/store/` tests every implementation against it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from artifactctl.copying import Advance, no_progress


@dataclass(frozen=True, slots=True)
class Source:
    """A local file to be stored, with its status from when it was found.

    `expected` is the digest it probably has, because an earlier version has a file of that path
    and size: then it is hashed before anything is copied. `earlier` is the digest of an earlier
    version's file of that path, of any size, which this one may have bytes in common with. `device`
    and `ctime_ns` are 0 where nobody asks whether the file is known.
    """

    path: str
    size_bytes: int
    mtime_ns: int
    inode: int
    expected: str | None = None
    earlier: str | None = None
    device: int = 0
    ctime_ns: int = 0


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A blob or manifest in the store; `mtime_s` counts seconds since 1970."""

    digest: str
    size_bytes: int
    mtime_s: float


@dataclass(frozen=True, slots=True)
class Foreign:
    """Something that is not the store's own, in a place of its files; `path` is in the store."""

    path: str


@dataclass(frozen=True, slots=True)
class Owner:
    """The catalog that a store belongs to: its ID (a UUID), and its URL without secrets."""

    catalog_id: str
    catalog: str


class Store(Protocol):
    """Content-addressed bytes (blobs and manifests), and records that can be rewritten.

    When a `put` returns, its bytes are durable: they survive a power cut. Blobs are opened
    unchecked; the caller hashes what it reads. Digests have their prefix.

    Links that point out of the store are not followed. Anything else in the place of a blob, a
    manifest or a record is moved to the quarantine when the right one is stored again. The first
    change raises `ConflictError` when the folder is not a store and not empty, or belongs to
    another catalog, and `CatalogUnusableError` when it is a store of another version.
    """

    @property
    def url(self) -> str:
        """The URL of the store, without secrets."""

    @property
    def jobs(self) -> int:
        """How many files are best read or stored at the same time."""

    @property
    def timeout_s(self) -> float:
        """The seconds that a server may be silent; also one that linked remote data is on."""

    def may_ask_remote(self) -> bool:
        """Whether the URLs of linked remote data may be requested."""

    def owners(self) -> list[Owner]:
        """The catalogs that have claimed the store: one, or none before the first change."""

    def put(
        self,
        sources: Sequence[Source],
        advance: Advance = no_progress,
        *,
        move: bool = False,
        jobs: int | None = None,
    ) -> list[str]:
        """Store these files, unless their blobs exist; return their digests in the same order.

        An existing blob is compared with the file, and replaced when it is damaged; on another
        machine only the sizes are compared, and `quarantine` finds the rest. With `move` big files
        are moved rather than copied: they must be in a `workspace`. `jobs` overrides the number of
        files that are stored at the same time, where that is faster.
        Raises `ConflictError` when a file changes while it is read.
        """

    def put_stream(self, stream: BinaryIO, advance: Advance = no_progress) -> tuple[str, int]:
        """Store a stream to its end; return the digest and the size in bytes."""

    def open(self, digest: str) -> BinaryIO:
        """Open a blob, unbuffered; raises `IntegrityError` when it is missing."""

    def open_parts(self, digest: str) -> BinaryIO:
        """Open a blob of which maybe only parts are read, unbuffered.

        It can seek. Of what is on another machine only what is read comes over the network, where
        the server sends parts of objects, and no cache gets a copy. Raises `IntegrityError` when it
        is missing.
        """

    def reading_many(self) -> AbstractContextManager[None]:
        """Many blobs are opened while the block runs, each with less effort.

        A store whose folder is moved away meanwhile is read where it is then.
        """

    def size_bytes(self, digest: str) -> int | None:
        """A blob's size, or None when it is missing.

        Raises `IntegrityError` when something other than a file is in its place.
        """

    def missing(self, digests: Collection[str]) -> list[str]:
        """Those of `digests` whose blob is missing or not a file."""

    def lacking(self, sizes: Mapping[str, int]) -> set[str]:
        """Those of these blobs, by digest, that are not there with their sizes in bytes.

        The others are durable when it returns. Nothing is read: damage of the same size is found by
        `quarantine`, and by `put`.
        """

    def path(self, digest: str) -> Path | None:
        """The blob's own file, to link to; None when the store is not local."""

    def workspace(self) -> AbstractContextManager[str]:
        """A new folder for files that are to be stored; it is removed when the block ends.

        It is also a sign of life: while the block runs, `is_in_use` tells other processes so, and
        none of them removes the folder.
        """

    def is_in_use(self, workspace: str) -> bool:
        """Whether the process is still running that made the workspace of that base name."""

    def put_manifest(self, content: bytes | Iterable[bytes]) -> str:
        """Store a manifest; return its digest. A large one comes in parts."""

    def get_manifest(self, digest: str) -> bytes:
        """A manifest, verified; raises `IntegrityError` when it is missing or damaged."""

    def has_manifest(self, digest: str) -> bool:
        """Whether there is a manifest of that digest."""

    def put_records(self, records: Mapping[str, bytes]) -> None:
        """Replace the records of catalog entries, by their UUIDs."""

    def get_record(self, record_id: str) -> bytes | None:
        """A record, or None; empty bytes when something other than a file is in its place."""

    def holds_records(self) -> bool:
        """Whether any record exists, and so a catalog has existed."""

    def list_records(self) -> Iterator[str]:
        """The UUIDs of all records."""

    def list_blobs(self) -> Iterator[StoredFile | Foreign]:
        """All blobs, and what is foreign among them."""

    def list_manifests(self) -> Iterator[StoredFile | Foreign]:
        """All manifests, and what is foreign among them."""

    def list_sizes(self) -> Iterator[tuple[str, int]]:
        """The path in the store and the size in bytes of every file, whatever it is."""

    def list_foreign(self) -> Iterator[str]:
        """The paths of what is foreign or damaged among the records and the store's own files."""

    def delete_blobs(self, digests: Sequence[str]) -> None:
        """Delete blobs that no version refers to, as far as they exist; at most 1,000 at once."""

    def delete_manifests(self, digests: Sequence[str]) -> None:
        """Delete manifests that no version refers to, as `delete_blobs` does blobs."""

    def quarantine(self, digest: str) -> bool:
        """Move a blob to the quarantine if it is damaged; return whether it was."""

    def has_quarantined(self, digest: str) -> bool:
        """Whether damaged bytes of this blob are in the quarantine."""

    def clear_temporary(self, *, dry_run: bool) -> list[int]:
        """Remove the temporary files of processes that have ended; return the sizes in bytes.

        Files whose names do not have the form of temporary ones stay.
        """
