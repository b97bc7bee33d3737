"""A store with a cache on this machine before it: what was read once is not requested again."""

import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import BinaryIO

from artifactctl.copying import Advance, no_progress
from artifactctl.digests import blob_key, manifest_key
from artifactctl.store.cache import Cache
from artifactctl.store.protocol import Foreign, Owner, Source, Store, StoredFile


class CachedStore:
    """Reads blobs and manifests through a cache (see `protocol.Store`).

    Whether something is in the store, how big it is there, and what is foreign in it, is always
    asked there. What is registered goes into the cache where that costs little: manifests, what
    was saved in a workspace, and files whose blocks the file system can share.
    """

    def __init__(self, store: Store, cache: Cache) -> None:
        self._store = store
        self._cache = cache

    @property
    def url(self) -> str:
        return self._store.url

    @property
    def jobs(self) -> int:
        return self._store.jobs

    @property
    def timeout_s(self) -> float:
        return self._store.timeout_s

    def may_ask_remote(self) -> bool:
        return self._store.may_ask_remote()

    def owners(self) -> list[Owner]:
        return self._store.owners()

    def put(
        self,
        sources: Sequence[Source],
        advance: Advance = no_progress,
        *,
        move: bool = False,
        jobs: int | None = None,
    ) -> list[str]:
        digests = self._store.put(sources, advance, move=move, jobs=jobs)
        for source, digest in zip(sources, digests, strict=True):
            self._cache.adopt(source.path, blob_key(digest), move=move)
        return digests

    def put_stream(self, stream: BinaryIO, advance: Advance = no_progress) -> tuple[str, int]:
        return self._store.put_stream(stream, advance)

    def open(self, digest: str) -> BinaryIO:
        key = blob_key(digest)
        descriptor = self._cache.open(key, digest)
        if descriptor is None and self._cache.is_writable:
            with self._store.open(digest) as stream:
                size_bytes = partial(self._store.size_bytes, digest)
                descriptor = self._cache.add(key, digest, stream, size_bytes)
        # Damaged bytes come from the store, for whoever asks to see that.
        return self._store.open(digest) if descriptor is None else io.FileIO(descriptor)

    def open_parts(self, digest: str) -> BinaryIO:
        descriptor = self._cache.open(blob_key(digest), digest)
        return self._store.open_parts(digest) if descriptor is None else io.FileIO(descriptor)

    def reading_many(self) -> AbstractContextManager[None]:
        return self._store.reading_many()

    def size_bytes(self, digest: str) -> int | None:
        return self._store.size_bytes(digest)

    def missing(self, digests: Collection[str]) -> list[str]:
        return self._store.missing(digests)

    def lacking(self, sizes: Mapping[str, int]) -> set[str]:
        return self._store.lacking(sizes)

    def path(self, digest: str) -> Path | None:
        # An entry can vanish, and a link to it would let its owner change it.
        return self._store.path(digest)

    def workspace(self) -> AbstractContextManager[str]:
        return self._store.workspace()

    def is_in_use(self, workspace: str) -> bool:
        return self._store.is_in_use(workspace)

    def put_manifest(self, content: bytes | Iterable[bytes]) -> str:
        digest = self._store.put_manifest(content)
        if isinstance(content, bytes):
            self._cache.add_bytes(manifest_key(digest), digest, content)
        return digest

    def get_manifest(self, digest: str) -> bytes:
        key = manifest_key(digest)
        content = self._cache.read(key, digest)
        if content is None:
            content = self._store.get_manifest(digest)
            self._cache.add_bytes(key, digest, content)
        return content

    def has_manifest(self, digest: str) -> bool:
        return self._store.has_manifest(digest)

    def put_records(self, records: Mapping[str, bytes]) -> None:
        self._store.put_records(records)

    def get_record(self, record_id: str) -> bytes | None:
        return self._store.get_record(record_id)

    def holds_records(self) -> bool:
        return self._store.holds_records()

    def list_records(self) -> Iterator[str]:
        return self._store.list_records()

    def list_blobs(self) -> Iterator[StoredFile | Foreign]:
        return self._store.list_blobs()

    def list_manifests(self) -> Iterator[StoredFile | Foreign]:
        return self._store.list_manifests()

    def list_sizes(self) -> Iterator[tuple[str, int]]:
        return self._store.list_sizes()

    def list_foreign(self) -> Iterator[str]:
        return self._store.list_foreign()

    def delete_blobs(self, digests: Sequence[str]) -> None:
        for digest in digests:
            self._cache.remove(blob_key(digest))
        self._store.delete_blobs(digests)

    def delete_manifests(self, digests: Sequence[str]) -> None:
        for digest in digests:
            self._cache.remove(manifest_key(digest))
        self._store.delete_manifests(digests)

    def quarantine(self, digest: str) -> bool:
        return self._store.quarantine(digest)

    def has_quarantined(self, digest: str) -> bool:
        return self._store.has_quarantined(digest)

    def clear_temporary(self, *, dry_run: bool) -> list[int]:
        return self._store.clear_temporary(dry_run=dry_run)
