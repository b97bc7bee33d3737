"""`RemoteStore`: a store over the objects of a service, in the layout of the local store."""

import io
import os
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from artifactctl.copying import Advance, hash_stream, no_progress
from artifactctl.digests import blob_key, digest_of, manifest_key
from artifactctl.drafts import prefix_of
from artifactctl.errors import CatalogUnusableError, IntegrityError, InvalidInputError
from artifactctl.store import format_file
from artifactctl.store.listing import ENDINGS, digest_at
from artifactctl.store.names import id_of, is_id
from artifactctl.store.parallel import each
from artifactctl.store.protocol import Foreign, Owner, Source, StoredFile
from artifactctl.store.remote import claiming, uploading, workspaces
from artifactctl.store.remote.objects import PART_BYTES, Objects
from artifactctl.store.remote.parts import PartsStream
from artifactctl.store.remote.resuming import ResumingStream

JOBS = 32

_MOST_RECORD_BYTES = 64 << 20
_MOST_MANIFEST_BYTES = 1 << 30
_OLD_DRAFT_S = 24 * 3600.0
_REPLACED_TRIES, _REPLACED_PAUSE_S = 3, 0.1


class RemoteStore:
    """Blobs, manifests and records as objects below one prefix (see `protocol.Store`).

    `url` has no secrets.
    """

    def __init__(
        self,
        objects: Objects,
        url: str,
        owner: Callable[[], Owner] | None = None,
        may_ask_remote: Callable[[], bool] = lambda: True,
    ) -> None:
        self._objects = objects
        self._url = url
        self._owner = owner
        self._may_ask_remote = may_ask_remote
        self._preparing = threading.Lock()
        self._is_prepared = False
        self._uploader = uploading.Uploader(objects)

    @property
    def url(self) -> str:
        return self._url

    @property
    def jobs(self) -> int:
        return JOBS

    @property
    def timeout_s(self) -> float:
        return self._objects.timeout_s

    def may_ask_remote(self) -> bool:
        return self._may_ask_remote()

    def owners(self) -> list[Owner]:
        return claiming.read_owners(self._objects)

    def put(
        self,
        sources: Sequence[Source],
        advance: Advance = no_progress,
        *,
        move: bool = False,  # noqa: ARG002 (there is nothing to move to)
        jobs: int | None = None,
    ) -> list[str]:
        self._prepare()
        jobs = jobs or JOBS
        digests = list(each(uploading.digest_of_source, sources, min(jobs, os.cpu_count() or 1)))
        wanted = dict(zip(digests, sources, strict=True))
        stored = uploading.look_up(
            self._objects, {digest: wanted[digest].size_bytes for digest in wanted}, jobs
        )
        for digest in stored.damaged:
            self._put_aside(blob_key(digest))
        new = [digest for digest in wanted if digest not in stored.present]
        for _ in each(lambda item: self._uploader.put(wanted[item], item, advance), new, jobs):
            pass
        # The bytes of those that were there already, or are there twice, are done with as well.
        advance(
            sum(source.size_bytes for source in sources)
            - sum(wanted[digest].size_bytes for digest in new)
        )
        return digests

    def put_stream(self, stream: BinaryIO, advance: Advance = no_progress) -> tuple[str, int]:
        self._prepare()
        with SpooledTemporaryFile(PART_BYTES) as spooled:
            copying = _Copying(stream, cast("BinaryIO", spooled))
            digest, size_bytes = hash_stream(cast("BinaryIO", copying), advance)
            stored = uploading.look_up(self._objects, {digest: size_bytes}, 1)
            if digest in stored.damaged:
                self._put_aside(blob_key(digest))
            if digest not in stored.present:
                spooled.seek(0)
                self._put_spooled(blob_key(digest), cast("BinaryIO", spooled), size_bytes)
        return digest, size_bytes

    def open(self, digest: str) -> BinaryIO:
        key = blob_key(digest)
        try:
            return cast("BinaryIO", ResumingStream(self._objects, key))
        except FileNotFoundError:
            raise self._missing("blob", digest) from None

    def open_parts(self, digest: str) -> BinaryIO:
        key = blob_key(digest)
        found = self._objects.head(key)
        if found is None:
            raise self._missing("blob", digest)
        return cast("BinaryIO", PartsStream(self._objects, key, found.size_bytes))

    def reading_many(self) -> AbstractContextManager[None]:
        return nullcontext()

    def size_bytes(self, digest: str) -> int | None:
        found = self._objects.head(blob_key(digest))
        return None if found is None else found.size_bytes

    def missing(self, digests: Collection[str]) -> list[str]:
        return uploading.missing(self._objects, digests, JOBS)

    def lacking(self, sizes: Mapping[str, int]) -> set[str]:
        return set(sizes) - uploading.look_up(self._objects, sizes, JOBS).present

    def path(self, digest: str) -> Path | None:
        blob_key(digest)
        return None

    def workspace(self) -> AbstractContextManager[str]:
        self._prepare()
        return workspaces.working_folder()

    def is_in_use(self, workspace: str) -> bool:
        return workspaces.is_in_use(workspace)

    def put_manifest(self, content: bytes | Iterable[bytes]) -> str:
        if not isinstance(content, bytes):
            content = b"".join(content)
        if len(content) > _MOST_MANIFEST_BYTES:
            raise InvalidInputError(
                "a version has too many files: its manifest would be larger than 1 GiB",
                hint="register archives of the files, or several versions",
            )
        self._prepare()
        digest = digest_of(content)
        key = manifest_key(digest)
        found = self._objects.get(key, len(content))
        if found != content:
            if found is not None:
                self._put_aside(key)
            self._put_spooled(key, io.BytesIO(content), len(content))
        return digest

    def get_manifest(self, digest: str) -> bytes:
        key = manifest_key(digest)
        # A second time: a bit may have been flipped on the way.
        for _ in range(2):
            content = self._objects.get(key, _MOST_MANIFEST_BYTES)
            if content is None:
                raise self._missing("manifest", digest)
            if digest_of(content) == digest:
                return content
        raise IntegrityError(f"manifest {digest} is damaged")

    def has_manifest(self, digest: str) -> bool:
        return self._objects.head(manifest_key(digest)) is not None

    def put_records(self, records: Mapping[str, bytes]) -> None:
        self._prepare()
        named = [(_record(record_id), content) for record_id, content in records.items()]

        def put(item: tuple[str, bytes]) -> None:
            self._put_spooled(item[0], io.BytesIO(item[1]), len(item[1]))

        for _ in each(put, named, min(JOBS, len(named))):
            pass

    def get_record(self, record_id: str) -> bytes | None:
        content = self._objects.get(_record(record_id), _MOST_RECORD_BYTES)
        tries = 0 if self._objects.capabilities.atomic_replace else _REPLACED_TRIES
        while not content and tries:  # it may be being replaced
            time.sleep(_REPLACED_PAUSE_S)
            content = self._objects.get(_record(record_id), _MOST_RECORD_BYTES)
            tries -= 1
        return b"" if content is not None and len(content) > _MOST_RECORD_BYTES else content

    def holds_records(self) -> bool:
        return next(self.list_records(), None) is not None

    def list_records(self) -> Iterator[str]:
        for found in self._objects.list_below("records/"):
            if (record_id := id_of(found.key.removeprefix("records/"))) is not None:
                yield record_id

    def list_blobs(self) -> Iterator[StoredFile | Foreign]:
        return self._list_stored("blobs")

    def list_manifests(self) -> Iterator[StoredFile | Foreign]:
        return self._list_stored("manifests")

    def list_sizes(self) -> Iterator[tuple[str, int]]:
        return ((found.key, found.size_bytes) for found in self._objects.list_below(""))

    def list_foreign(self) -> Iterator[str]:
        if not self._has_good_format():
            yield format_file.FORMAT_FILE
        known = {owner.catalog_id for owner in self.owners()}
        for found in self._objects.list_below("owners/"):
            if id_of(found.key.removeprefix("owners/")) not in known:
                yield found.key
        for found in self._objects.list_below("records/"):
            if id_of(found.key.removeprefix("records/")) is None:
                yield found.key

    def delete_blobs(self, digests: Sequence[str]) -> None:
        self._remove([blob_key(digest) for digest in digests])

    def delete_manifests(self, digests: Sequence[str]) -> None:
        self._remove([manifest_key(digest) for digest in digests])

    def quarantine(self, digest: str) -> bool:
        key = blob_key(digest)
        if self._objects.head(key) is None or not self._claim_for_deleting():
            return False
        for _ in range(2):  # as in `get_manifest`
            found = self._objects.head(key)
            if found is None or self._hash_of(key) == digest:
                return False
        aside = self._put_aside(key)
        # What was put aside is looked at once more: somebody may have healed it meanwhile.
        if self._hash_of(aside) == digest or self._objects.head(key) != found:
            self._objects.delete([aside])
            return False
        # No service deletes an object only while it has a certain tag, so a good one that is put in
        # the milliseconds since it was looked at goes as well. Readers get no wrong bytes by that,
        # since they hash them: they are told that the blob is in quarantine, and registering the
        # file again repairs it.
        self._objects.delete([key])
        return True

    def has_quarantined(self, digest: str) -> bool:
        name = os.path.basename(blob_key(digest))
        aside = (
            found.key.removeprefix("quarantine/")
            for found in self._objects.list_below("quarantine/")
        )
        return any(key.startswith(f"{name}.") for key in aside)

    def clear_temporary(self, *, dry_run: bool) -> list[int]:
        """Remove temporary files; those of a file system may be another machine's for a day."""
        sizes = workspaces.clear(dry_run=dry_run)
        if self._objects.capabilities.atomic_put:
            return sizes
        if not (
            claiming.is_store(self._objects, self._url) if dry_run else self._claim_for_deleting()
        ):
            return sizes
        limit = time.time() - _OLD_DRAFT_S
        old = [
            found
            for found in self._objects.list_below("tmp/")
            if found.mtime_s < limit and prefix_of(found.key.removeprefix("tmp/")) is not None
        ]
        if not dry_run:
            self._objects.delete([found.key for found in old])
        return sizes + [found.size_bytes for found in old]

    def _prepare(self) -> None:
        """Make this a store and claim it for its owner, before the first change."""
        with self._preparing:
            if not self._is_prepared:
                claiming.claim(self._objects, self._url, self._owner)
                self._is_prepared = True

    def _claim_for_deleting(self) -> bool:
        """Claim the store, before objects are removed; False when it is no store."""
        if not self._is_prepared and not claiming.is_store(self._objects, self._url):
            return False
        self._prepare()
        return True

    def _has_good_format(self) -> bool:
        """Whether `format.json` is as it should be, or there is nothing yet."""
        try:
            is_store = claiming.is_store(self._objects, self._url)
        except CatalogUnusableError:
            return False
        return is_store or next(self._objects.list_top(), None) is None

    def _remove(self, keys: Sequence[str]) -> None:
        if self._claim_for_deleting():
            self._objects.delete(keys)

    def _put_spooled(self, key: str, content: BinaryIO, size_bytes: int) -> None:
        if size_bytes <= PART_BYTES:
            self._objects.put(key, content.read())
        else:
            self._objects.put_parts(key, lambda: _parts(content), size_bytes)

    def _put_aside(self, key: str) -> str:
        """Copy damaged bytes to the quarantine, before they are replaced; return their key."""
        aside = f"quarantine/{os.path.basename(key)}.{os.urandom(4).hex()}"
        with suppress(FileNotFoundError):  # it is gone, and nothing is lost by replacing it
            self._objects.copy(key, aside)
        return aside

    def _hash_of(self, key: str) -> str | None:
        try:
            with ResumingStream(self._objects, key) as stream:
                return hash_stream(cast("BinaryIO", stream))[0]
        except FileNotFoundError:
            return None

    def _list_stored(self, folder: str) -> Iterator[StoredFile | Foreign]:
        for found in self._objects.list_below(f"{folder}/"):
            shard, _, name = found.key.removeprefix(f"{folder}/").partition("/")
            digest = digest_at(shard, name, ENDINGS[folder])
            if digest is None:
                yield Foreign(found.key)
            else:
                yield StoredFile(digest, found.size_bytes, found.mtime_s)

    def _missing(self, what: str, digest: str) -> IntegrityError:
        # A bucket that does not exist has no blobs either: listing tells, with an error.
        if what == "blob" and self.has_quarantined(digest):
            return IntegrityError(
                f"blob {digest} was damaged and is in quarantine",
                hint="register the good file again: that repairs every version that has it",
            )
        next(self._objects.list_top(), None)
        return IntegrityError(
            f"{what} {digest} is missing from the store {self.url}",
            hint="is it the right store? see 'artifactctl info'",
        )


class _Copying(io.RawIOBase):
    """A stream whose bytes are written into a file as well, while it is read."""

    def __init__(self, stream: BinaryIO, copy: BinaryIO) -> None:
        self._stream = stream
        self._copy = copy

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(size)
        self._copy.write(data)
        return data


def _parts(content: BinaryIO) -> Iterator[bytes]:
    content.seek(0)
    yield from iter(lambda: content.read(PART_BYTES), b"")


def _record(record_id: str) -> str:
    if not is_id(record_id):
        raise IntegrityError(f"{record_id!r} is not the ID of a record")
    return f"records/{record_id}.json"
