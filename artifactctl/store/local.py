"""A store in a local folder; the layout is the one that README describes."""

import errno
import io
import json
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from artifactctl.digests import blob_key, digest_of, manifest_key
from artifactctl.durable import make_folder
from artifactctl.errors import CatalogUnusableError, IntegrityError
from artifactctl.json_text import canonical_json
from artifactctl.store import housekeeping
from artifactctl.store.copying import (
    IN_MEMORY_BYTES,
    copy_file,
    copy_stream,
    hash_file,
    read_whole,
    start_writing_out,
)
from artifactctl.store.protocol import Advance, Kept, Owner, Source, ignore
from artifactctl.store.sources import changed, read_unchanged, unchanged
from artifactctl.store.staging import Staging, working_folder

FORMAT = {"format": 1, "digest": "blake3"}
_RECORD = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.json")
_FOLDERS = ("blobs", "manifests", "records", "tmp")


class LocalStore:
    """Blobs, manifests and records as files below one folder (see `protocol.Store`)."""

    def __init__(
        self,
        folder: Path,
        owner: Callable[[], Owner] | None = None,
        may_ask_remote: Callable[[], bool] = lambda: True,
    ) -> None:
        self._root = str(folder)
        self._owner = owner
        self._may_ask_remote = may_ask_remote
        self._is_ready = False
        self._durable: set[str] = set()

    @property
    def url(self) -> str:
        return f"file://{self._root}"

    def may_ask_remote(self) -> bool:
        return self._may_ask_remote()

    def owners(self) -> list[Owner]:
        return []

    def put(
        self, sources: Sequence[Source], advance: Advance = ignore, *, move: bool = False
    ) -> list[str]:
        with self._staging(len(sources)) as staging:
            digests = [self._stage(source, staging, advance, move=move) for source in sources]
            staging.publish()
        return digests

    def put_stream(self, stream: BinaryIO, advance: Advance = ignore) -> tuple[str, int]:
        with self._staging(1) as staging:
            with staging.new_file() as (name, target):
                digest, size = copy_stream(stream, target, advance)
                self._keep_or_drop(digest, size, name, staging)
            staging.publish()
        return digest, size

    def open(self, digest: str) -> BinaryIO:
        try:
            descriptor = os.open(self._file(blob_key(digest)), os.O_RDONLY | os.O_NOFOLLOW)
        except FileNotFoundError:
            raise self._missing("blob", digest) from None
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
            raise IntegrityError(f"blob {digest} is a link") from None
        return io.FileIO(descriptor)

    def size_bytes(self, digest: str) -> int | None:
        try:
            return os.stat(self._file(blob_key(digest)), follow_symlinks=False).st_size
        except FileNotFoundError:
            return None

    def missing(self, digests: Collection[str]) -> list[str]:
        return [digest for digest in digests if self.size_bytes(digest) is None]

    def path(self, digest: str) -> Path | None:
        return Path(self._file(blob_key(digest)))

    @contextmanager
    def workspace(self) -> Iterator[str]:
        self._need_folders()
        with working_folder(self._root) as folder:
            yield folder

    def is_in_use(self, workspace: str) -> bool:
        return housekeeping.is_in_use(self._root, workspace)

    def put_manifest(self, content: bytes) -> str:
        digest = digest_of(content)
        target = manifest_key(digest)
        with self._staging(1) as staging:
            if not self._holds(target, content, staging):
                staging.write(target, content)
            staging.publish()
        return digest

    def get_manifest(self, digest: str) -> bytes:
        try:
            content = Path(self._file(manifest_key(digest))).read_bytes()
        except FileNotFoundError:
            raise self._missing("manifest", digest) from None
        if digest_of(content) != digest:
            raise IntegrityError(f"manifest {digest} is damaged")
        return content

    def has_manifest(self, digest: str) -> bool:
        return os.path.exists(self._file(manifest_key(digest)))

    def put_records(self, records: Mapping[str, bytes]) -> None:
        with self._staging(len(records)) as staging:
            for record_id, content in records.items():
                staging.write(_record(record_id), content, mode=0o600)
            staging.publish()

    def get_record(self, record_id: str) -> bytes | None:
        try:
            return Path(self._file(_record(record_id))).read_bytes()
        except FileNotFoundError:
            return None

    def holds_records(self) -> bool:
        return next(self.list_records(), None) is not None

    def list_records(self) -> Iterator[str]:
        try:
            with os.scandir(self._file("records")) as entries:
                for entry in entries:
                    if found := _RECORD.fullmatch(entry.name):
                        yield found[1]
        except FileNotFoundError:
            return

    def list_blobs(self) -> Iterator[Kept | str]:
        return housekeeping.list_kept(self._root, "blobs")

    def list_manifests(self) -> Iterator[Kept | str]:
        return housekeeping.list_kept(self._root, "manifests")

    def delete_blob(self, digest: str) -> bool:
        return housekeeping.remove(self._file(blob_key(digest)))

    def delete_manifest(self, digest: str) -> bool:
        return housekeeping.remove(self._file(manifest_key(digest)))

    def quarantine(self, digest: str) -> bool:
        return housekeeping.quarantine(self._root, digest)

    def has_quarantined(self, digest: str) -> bool:
        return housekeeping.has_quarantined(self._root, digest)

    def clear_temporary(self, *, dry_run: bool) -> list[int]:
        return housekeeping.clear_temporary(self._root, dry_run=dry_run)

    def _stage(self, source: Source, staging: Staging, advance: Advance, *, move: bool) -> str:
        """Have one file in the batch, unless the store or the batch has it; return its digest."""
        if source.size_bytes > IN_MEMORY_BYTES:
            stage = self._stage_moved if move else self._stage_big
            with unchanged(source) as descriptor:
                return stage(source, descriptor, staging, advance)
        data = read_unchanged(source)
        digest = digest_of(data)
        target = blob_key(digest)
        if not self._holds(target, data, staging):
            staging.write(target, data)
        advance(source.size_bytes)
        return digest

    def _stage_big(
        self, source: Source, descriptor: int, staging: Staging, advance: Advance
    ) -> str:
        if source.expected is not None:
            digest, size = hash_file(descriptor, advance)
            if digest == source.expected and self._holds_big(digest, size, staging):
                return digest
            advance = ignore
        with staging.new_file() as (name, target):
            digest = copy_file(descriptor, target, source.size_bytes, advance)
            if os.fstat(target).st_size != source.size_bytes:
                raise changed(source)
            self._keep_or_drop(digest, source.size_bytes, name, staging)
        return digest

    def _stage_moved(
        self, source: Source, descriptor: int, staging: Staging, advance: Advance
    ) -> str:
        start_writing_out(descriptor, 0, source.size_bytes)
        digest, size = hash_file(descriptor, advance)
        if not self._holds_big(digest, size, staging):
            staging.add(staging.take(source.path, descriptor), blob_key(digest))
        return digest

    def _keep_or_drop(self, digest: str, size: int, name: str, staging: Staging) -> None:
        if self._holds_big(digest, size, staging):
            staging.drop(name)
        else:
            staging.add(name, blob_key(digest))

    def _holds(self, target: str, data: bytes, staging: Staging) -> bool:
        """Whether `target` is there with this content; damage is noted in the batch."""
        if target in staging:
            return True
        if not staging.may_exist(target):
            return False
        try:
            descriptor = os.open(self._file(target), os.O_RDONLY | os.O_NOFOLLOW)
        except FileNotFoundError:
            return False
        try:
            is_intact = read_whole(descriptor, len(data)) == data
        except OSError:  # a bad sector: as good as damaged, and healed like it
            is_intact = False
        finally:
            os.close(descriptor)
        return _note(target, is_intact, staging)

    def _holds_big(self, digest: str, size: int, staging: Staging) -> bool:
        target = blob_key(digest)
        if target in staging:
            return True
        try:
            descriptor = os.open(self._file(target), os.O_RDONLY | os.O_NOFOLLOW)
        except FileNotFoundError:
            return False
        try:
            is_intact = os.fstat(descriptor).st_size == size and hash_file(descriptor)[0] == digest
        except OSError:
            is_intact = False
        finally:
            os.close(descriptor)
        return _note(target, is_intact, staging)

    def _staging(self, files: int) -> Staging:
        self._need_folders()
        return Staging(self._root, files, self._durable)

    def _need_folders(self) -> None:
        if not self._is_ready:
            self._make_ready()
            self._is_ready = True

    def _make_ready(self) -> None:
        """Make the folders; several processes may do so at once."""
        for folder in _FOLDERS:
            make_folder(self._file(folder))
        try:
            found = json.loads(Path(self._file("format.json")).read_bytes())
        except FileNotFoundError:
            with Staging(self._root, 1) as staging:
                staging.write("format.json", canonical_json(FORMAT))
                staging.publish()
        except ValueError:
            raise CatalogUnusableError(f"store {self.url} has an unreadable format.json") from None
        else:
            if found != FORMAT:
                raise CatalogUnusableError(
                    f"store {self.url} has format {found!r}, which this version does not know",
                    hint="use a newer artifactctl",
                )

    def _missing(self, what: str, digest: str) -> IntegrityError:
        if what == "blob" and self.has_quarantined(digest):
            return IntegrityError(
                f"blob {digest} was damaged and is in quarantine",
                hint="register the good file again, and every version that has it heals",
            )
        return IntegrityError(
            f"{what} {digest} is missing from the store {self.url}",
            hint="is it the right store? see 'artifactctl info'",
        )

    def _file(self, name: str) -> str:
        return f"{self._root}/{name}"


def _record(record_id: str) -> str:
    return f"records/{record_id}.json"


def _note(target: str, is_intact: bool, staging: Staging) -> bool:
    if is_intact:
        staging.is_there(target)
    else:
        staging.is_damaged(target)
    return is_intact
