"""Carrying blobs and manifests from a sender into a store; every byte is hashed on the way."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, TypeVar, cast

from artifactctl.catalog.reading.statements import batches
from artifactctl.catalog.records import Record
from artifactctl.errors import IntegrityError
from artifactctl.manifest import Entry, Manifest
from artifactctl.moving.senders import Sender
from artifactctl.store import Advance, Source, Store
from artifactctl.transfer.verified_stream import VerifiedStream

_AT_ONCE = 10_000  # files that become durable together
_SMALL_AT_ONCE = 500  # small blobs on their way through a folder, before they are durable
_SMALL_BYTES = 8 << 20
_READ_BYTES = 1 << 20

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cargo:
    """The bytes of some versions and runs: blobs with their sizes, and manifests, by digest."""

    blobs: Mapping[str, int]
    manifests: Mapping[str, bytes]

    @property
    def digests(self) -> list[str]:
        """The digests of all of it."""
        return [*self.blobs, *self.manifests]


def cargo_of(sender: Sender, versions: Iterable[Record], runs: Iterable[Record]) -> Cargo:
    """The bytes that some versions and runs refer to.

    Raises `IntegrityError` when a manifest is missing, damaged, or of another version.
    """
    blobs: dict[str, int] = {}
    manifests: dict[str, bytes] = {}
    for record in versions:
        content = _manifest(sender, record)
        if content is None:
            continue
        manifests[record["manifest"]] = content
        manifest = _checked(content, record)
        if manifest.link is None and record["data_deleted"] is None:
            blobs |= {str(entry.digest): entry.size_bytes for entry in manifest.entries}
            blobs |= {item.digest: item.size_bytes for item in manifest.visualizations or ()}
    for run in runs:
        blobs |= {step["log"]: step["log_bytes"] for step in run["steps"] if step["log"]}
    return Cargo(blobs, manifests)


def _manifest(sender: Sender, record: Record) -> bytes | None:
    try:
        return sender.manifest(record["manifest"])
    except IntegrityError as error:
        if record["data_deleted"] is not None:  # restored from a backup without its manifest
            return None
        raise error.about(_name(record)) from None


def _checked(content: bytes, record: Record) -> Manifest:
    manifest = Manifest.from_bytes(content)
    found = (manifest.content_digest, manifest.size_bytes, len(manifest.entries), manifest.link)
    said = (record["digest"], record["size_bytes"], record["file_count"], record["link"])
    if found != said:
        raise IntegrityError(f"{_name(record)}: its manifest is of another version")
    return manifest


def carry(
    sender: Sender, store: Store, cargo: Cargo, advance: Advance, jobs: int | None = None
) -> int:
    """Put what a store lacks into it; return the number of bytes. Manifests come last.

    `jobs` is how many blobs are moved at the same time, by default as many as suit either end.
    Raises `IntegrityError` when a blob of the sender is missing or damaged.
    """
    missing = store.missing(list(cargo.blobs))
    size_bytes = sum(cargo.blobs[digest] for digest in missing)
    advance(sum(cargo.blobs.values()) - size_bytes)
    files = [(digest, file) for digest in missing if (file := sender.file(digest)) is not None]
    putting = _Receiver(store, advance, jobs)
    for some in batches(files, _AT_ONCE):
        putting.put_files(some)
    has_file = {digest for digest, _ in files}
    fetched = [(digest, cargo.blobs[digest]) for digest in missing if digest not in has_file]
    for few in batches([item for item in fetched if item[1] <= _SMALL_BYTES], _SMALL_AT_ONCE):
        putting.put_small(sender, few)
    for digest, size in fetched:
        if size > _SMALL_BYTES:
            putting.put_stream(sender, digest, size)
    for digest, content in cargo.manifests.items():
        if not store.has_manifest(digest) and store.put_manifest(content) != digest:
            raise IntegrityError(f"manifest {digest} is damaged")
    return size_bytes


@dataclass(frozen=True, slots=True)
class _Receiver:
    """A store into which blobs are put; each of them is hashed once more when it is put."""

    store: Store
    advance: Advance
    jobs: int | None

    def put_files(self, files: Sequence[tuple[str, Source]], *, move: bool = False) -> None:
        """Put files; with `move` those of a workspace."""
        sources = [file for _, file in files]
        found = self.store.put(sources, self.advance, move=move, jobs=self.jobs)
        for (digest, _), stored in zip(files, found, strict=True):
            if digest != stored:
                raise _damaged(digest)

    def put_small(self, sender: Sender, blobs: Sequence[tuple[str, int]]) -> None:
        """Put blobs by way of a folder of the store, into which several are read at once."""
        with self.store.workspace() as folder:

            def fetch(number: int) -> tuple[str, Source]:
                digest, size_bytes = blobs[number]
                return digest, _fetch(sender, digest, size_bytes, f"{folder}/{number}")

            jobs = min(self.jobs or sender.jobs, len(blobs))
            self.put_files(list(_at_once(fetch, range(len(blobs)), jobs)), move=True)

    def put_stream(self, sender: Sender, digest: str, size_bytes: int) -> None:
        """Put a large blob as it is read."""
        with sender.open(digest) as source:
            stream = VerifiedStream(source, blob_entry(digest, size_bytes))
            self.store.put_stream(cast("BinaryIO", stream), self.advance)


def _at_once(do: Callable[[int], T], items: Sequence[int], jobs: int) -> Iterable[T]:
    """The results for all items, of which several are worked on at the same time."""
    if jobs <= 1:
        return map(do, items)
    # Imported on first use: blobs of a local store are read one after the other.
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(do, items))


def _fetch(sender: Sender, digest: str, size_bytes: int, path: str) -> Source:
    """Read a blob into a new file, and verify it."""
    with sender.open(digest) as source, open(path, "xb") as file:
        stream = VerifiedStream(source, blob_entry(digest, size_bytes))
        while data := stream.read(_READ_BYTES):
            file.write(data)
    found = os.stat(path)
    return Source(path, size_bytes, found.st_mtime_ns, found.st_ino)


def blob_entry(digest: str, size_bytes: int) -> Entry:
    """A blob as the entry of a manifest, for verifying it."""
    return Entry(f"blob {digest}", size_bytes, digest, None)


def _damaged(digest: str) -> IntegrityError:
    return IntegrityError(
        f"blob {digest} is damaged at its source", hint="run 'artifactctl verify' there"
    )


def _name(record: Record) -> str:
    return f"{record['artifact']['name']}:{record['version']}"
