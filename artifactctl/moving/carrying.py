"""Carrying blobs and manifests from a sender into a store; every byte is hashed on the way."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast

from artifactctl.catalog.reading.statements import batches
from artifactctl.catalog.records import Record
from artifactctl.copying import IN_MEMORY_BYTES, write_whole
from artifactctl.digests import digest_of
from artifactctl.errors import IntegrityError
from artifactctl.manifest import Entry, Manifest
from artifactctl.moving.senders import Sender
from artifactctl.store import Advance, Source, Store
from artifactctl.transfer.verified_stream import VerifiedStream

_AT_ONCE = 10_000  # files that become durable together
_SMALL_AT_ONCE = 1000  # small files, below 1 MiB each, on their way through a folder


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


def carry(sender: Sender, store: Store, cargo: Cargo, advance: Advance) -> int:
    """Put what a store lacks into it; return the number of bytes. Manifests come last.

    Raises `IntegrityError` when a blob of the sender is missing or damaged.
    """
    missing = store.missing(list(cargo.blobs))
    advance(sum(cargo.blobs.values()) - sum(cargo.blobs[digest] for digest in missing))
    files = [(digest, file) for digest in missing if (file := sender.file(digest)) is not None]
    for some in batches(files, _AT_ONCE):
        _put_files(store, some, advance)
    has_file = {digest for digest, _ in files}
    _put_streams(
        sender,
        store,
        {digest: cargo.blobs[digest] for digest in missing if digest not in has_file},
        advance,
    )
    for digest, content in cargo.manifests.items():
        if not store.has_manifest(digest) and store.put_manifest(content) != digest:
            raise IntegrityError(f"manifest {digest} is damaged")
    return sum(cargo.blobs[digest] for digest in missing)


def _put_files(store: Store, files: Sequence[tuple[str, Source]], advance: Advance) -> None:
    found = store.put([file for _, file in files], advance)
    for (digest, _), stored in zip(files, found, strict=True):
        if digest != stored:
            raise _damaged(digest)


def _put_streams(sender: Sender, store: Store, blobs: Mapping[str, int], advance: Advance) -> None:
    """Put blobs that are no files: small ones in batches, through a folder of the store."""
    small = {digest: size for digest, size in blobs.items() if size <= IN_MEMORY_BYTES}
    for some in batches(small.items(), _SMALL_AT_ONCE):
        _put_small(sender, store, dict(some), advance)
    for digest, size_bytes in blobs.items():
        if size_bytes > IN_MEMORY_BYTES:
            _put_stream(sender, store, digest, size_bytes, advance)


def _put_stream(
    sender: Sender, store: Store, digest: str, size_bytes: int, advance: Advance
) -> None:
    with sender.open(digest) as source:
        stream = VerifiedStream(source, blob_entry(digest, size_bytes))
        store.put_stream(cast("BinaryIO", stream), advance)


def _put_small(sender: Sender, store: Store, blobs: Mapping[str, int], advance: Advance) -> None:
    with store.workspace() as folder:
        files = []
        for number, (digest, size_bytes) in enumerate(blobs.items()):
            path = f"{folder}/{number}"
            _write(path, _read(sender, digest, size_bytes))
            found = os.stat(path)
            files.append((digest, Source(path, size_bytes, found.st_mtime_ns, found.st_ino)))
        _put_files(store, files, advance)


def _read(sender: Sender, digest: str, size_bytes: int) -> bytes:
    parts, left = [], size_bytes + 1
    with sender.open(digest) as source:
        while left > 0 and (data := source.read(left)):
            parts.append(data)
            left -= len(data)
    content = b"".join(parts)
    if len(content) != size_bytes or digest_of(content) != digest:
        raise _damaged(digest)
    return content


def _write(path: str, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        write_whole(descriptor, content)
    finally:
        os.close(descriptor)


def blob_entry(digest: str, size_bytes: int) -> Entry:
    """A blob as the entry of a manifest, for verifying it."""
    return Entry(f"blob {digest}", size_bytes, digest, None)


def _damaged(digest: str) -> IntegrityError:
    return IntegrityError(
        f"blob {digest} is damaged where it comes from", hint="run 'artifactctl verify' there"
    )


def _name(record: Record) -> str:
    return f"{record['artifact']['name']}:{record['version']}"
