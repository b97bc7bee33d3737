"""A store in a local folder, in the layout that README describes."""

import io
import os
import stat
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

from artifactctl.copying import IN_MEMORY_BYTES, Advance, hash_file, no_progress
from artifactctl.digests import blob_key, digest_of, manifest_key
from artifactctl.errors import IntegrityError, InvalidInputError
from artifactctl.regular_files import FileTooLargeError, IrregularFileError, read_regular
from artifactctl.store import format_file, listing, owners, quarantining, temporary_files
from artifactctl.store.adding_blobs import note_existing, stage, stage_stream
from artifactctl.store.folders import Folders, kind_of
from artifactctl.store.held_blobs import lacking
from artifactctl.store.names import is_id
from artifactctl.store.protocol import Foreign, Owner, Source, StoredFile
from artifactctl.store.staging import Staging, working_folder

_MOST_RECORD_BYTES = 64 << 20
_MOST_MANIFEST_BYTES = 1 << 30


class LocalStore:
    """Blobs, manifests and records as files below one folder (see `protocol.Store`)."""

    def __init__(
        self,
        folder: Path,
        owner: Callable[[], Owner] | None = None,
        may_ask_remote: Callable[[], bool] = lambda: True,
        timeout_s: float = 60.0,
    ) -> None:
        self._root = str(folder)
        self._owner = owner
        self._may_ask_remote = may_ask_remote
        self._timeout_s = timeout_s
        self._is_prepared = False
        self._durable: set[str] = set()
        self._kept_open: Folders | None = None
        self._opening = threading.Lock()

    @property
    def url(self) -> str:
        return f"file://{self._root}"

    @property
    def jobs(self) -> int:
        return 1

    @property
    def timeout_s(self) -> float:
        return self._timeout_s

    def may_ask_remote(self) -> bool:
        return self._may_ask_remote()

    def owners(self) -> list[Owner]:
        return owners.read_owners(self._root)

    def put(
        self,
        sources: Sequence[Source],
        advance: Advance = no_progress,
        *,
        move: bool = False,
        jobs: int | None = None,  # noqa: ARG002 (one batch shares its syncs)
    ) -> list[str]:
        with self._staging(len(sources)) as staging:
            digests = [stage(source, staging, advance, move=move) for source in sources]
            staging.publish()
        return digests

    def put_stream(self, stream: BinaryIO, advance: Advance = no_progress) -> tuple[str, int]:
        with self._staging(1) as staging:
            digest, size = stage_stream(stream, staging, advance)
            staging.publish()
        return digest, size

    def open(self, digest: str) -> BinaryIO:
        return io.FileIO(self._open_file("blob", digest, blob_key(digest)))

    def open_parts(self, digest: str) -> BinaryIO:
        return self.open(digest)

    @contextmanager
    def reading_many(self) -> Iterator[None]:
        with ExitStack() as stack:
            # Another thread may be in such a block: its folders serve this one, too.
            if self._kept_open is None:
                with suppress(FileNotFoundError):
                    self._kept_open = stack.enter_context(Folders(self._root, many=True))
                    stack.callback(self._forget_folders)
            yield

    def size_bytes(self, digest: str) -> int | None:
        key = blob_key(digest)
        with self._reading() as folders:
            found = None if folders is None else folders.status(key)
        if found is not None and not stat.S_ISREG(found.st_mode):
            raise self._foreign("blob", digest, key)
        return None if found is None else found.st_size

    def missing(self, digests: Collection[str]) -> list[str]:
        with self._reading() as folders:
            if folders is None:
                return list(digests)
            return [digest for digest in digests if not folders.is_file(blob_key(digest))]

    def lacking(self, sizes: Mapping[str, int]) -> set[str]:
        with self._reading() as folders:
            return set(sizes) if folders is None else lacking(folders, sizes, self._durable)

    def path(self, digest: str) -> Path | None:
        return Path(f"{self._root}/{blob_key(digest)}")

    @contextmanager
    def workspace(self) -> Iterator[str]:
        self._prepare()
        with working_folder(self._root) as folder:
            yield folder

    def is_in_use(self, workspace: str) -> bool:
        return temporary_files.is_in_use(self._root, workspace)

    def put_manifest(self, content: bytes | Iterable[bytes]) -> str:
        if not isinstance(content, bytes):
            return self._put_large_manifest(content)
        if len(content) > _MOST_MANIFEST_BYTES:
            raise _too_many_files()
        digest = digest_of(content)
        target = manifest_key(digest)
        with self._staging(1) as staging:
            if not note_existing(target, content, staging):
                staging.write(target, content)
            staging.publish()
        return digest

    def _put_large_manifest(self, parts: Iterable[bytes]) -> str:
        stream = cast("BinaryIO", _Parts(parts))
        with self._staging(1) as staging:
            digest, size = stage_stream(stream, staging, no_progress, manifest_key)
            if size > _MOST_MANIFEST_BYTES:
                raise _too_many_files()
            staging.publish()
        return digest

    def get_manifest(self, digest: str) -> bytes:
        descriptor = self._open_file("manifest", digest, manifest_key(digest))
        with os.fdopen(descriptor, "rb") as file:
            size = os.fstat(descriptor).st_size
            # A big file is read into memory only after its hash was right.
            is_small = size <= IN_MEMORY_BYTES
            if is_small or (size <= _MOST_MANIFEST_BYTES and hash_file(descriptor)[0] == digest):
                content = file.read(size + 1)
                if digest_of(content) == digest:
                    return content
        raise IntegrityError(f"manifest {digest} is damaged")

    def has_manifest(self, digest: str) -> bool:
        key = manifest_key(digest)
        with self._reading() as folders:
            return folders is not None and folders.is_file(key)

    def put_records(self, records: Mapping[str, bytes]) -> None:
        with self._staging(len(records)) as staging:
            for record_id, content in records.items():
                staging.replace(_record(record_id), content, mode=0o600)
            staging.publish()

    def get_record(self, record_id: str) -> bytes | None:
        key = _record(record_id)
        try:
            with Folders(self._root) as folders:
                folder, name = folders.place(key)
                return read_regular(name, _MOST_RECORD_BYTES, dir_fd=folder)
        except FileNotFoundError:
            return None
        except (IrregularFileError, FileTooLargeError):
            return b""

    def holds_records(self) -> bool:
        return next(self.list_records(), None) is not None

    def list_records(self) -> Iterator[str]:
        return listing.list_records(self._root)

    def list_blobs(self) -> Iterator[StoredFile | Foreign]:
        return listing.list_stored(self._root, "blobs")

    def list_manifests(self) -> Iterator[StoredFile | Foreign]:
        return listing.list_stored(self._root, "manifests")

    def list_sizes(self) -> Iterator[tuple[str, int]]:
        return listing.list_sizes(self._root)

    def list_foreign(self) -> Iterator[str]:
        yield from format_file.list_foreign(self._root)
        for list_foreign in (owners.list_foreign, listing.list_foreign_records):
            with suppress(IntegrityError):  # its folder is not one, and was yielded above
                yield from list_foreign(self._root)

    def delete_blobs(self, digests: Sequence[str]) -> None:
        self._remove([blob_key(digest) for digest in digests])

    def delete_manifests(self, digests: Sequence[str]) -> None:
        self._remove([manifest_key(digest) for digest in digests])

    def quarantine(self, digest: str) -> bool:
        key = blob_key(digest)
        with self._reading() as folders:
            if folders is None or folders.status(key) is None or not self._claim_for_deleting():
                return False
            return quarantining.quarantine(folders, digest)

    def has_quarantined(self, digest: str) -> bool:
        with self._reading() as folders:
            return folders is not None and quarantining.has_quarantined(folders, digest)

    def clear_temporary(self, *, dry_run: bool) -> list[int]:
        if not (format_file.is_store(self._root) if dry_run else self._claim_for_deleting()):
            return []
        return temporary_files.clear_temporary(self._root, dry_run=dry_run)

    def _staging(self, files: int) -> Staging:
        self._prepare()
        return Staging(self._root, files, self._durable)

    def _prepare(self) -> None:
        """Make this a store and claim it for its owner, before the first change."""
        if self._is_prepared:
            return
        format_file.check_place(self._root)
        # It raises where nothing may be changed, so before a folder is made.
        owner = None if self._owner is None else self._owner()
        format_file.make_store(self._root)
        if owner is not None:
            owners.claim(self._root, owner)
        self._is_prepared = True

    def _claim_for_deleting(self) -> bool:
        """Claim the store for its owner, before files in it are removed; False when it is no store.

        A folder that is not a store yet is not made one in order to delete. Raises `ConflictError`
        for the store of another catalog.
        """
        if not self._is_prepared and not format_file.is_store(self._root):
            return False
        self._prepare()
        return True

    def _remove(self, keys: Sequence[str]) -> None:
        with self._reading() as folders:
            if folders is not None and self._claim_for_deleting():
                for key in keys:
                    folders.remove(key)

    @contextmanager
    def _reading(self) -> Iterator[Folders | None]:
        """The store's folders; None when the store does not exist yet."""
        with ExitStack() as stack:
            folders = None
            with suppress(FileNotFoundError):
                folders = stack.enter_context(Folders(self._root))
            yield folders

    def _forget_folders(self) -> None:
        with self._opening:
            self._kept_open = None

    def _open_in_store(self, key: str) -> int:
        with self._opening:  # another thread might close the shard
            if self._kept_open is not None:
                return self._kept_open.open_file(key)
        with Folders(self._root) as folders:
            return folders.open_file(key)

    def _open_file(self, what: str, digest: str, key: str) -> int:
        try:
            return self._open_in_store(key)
        except FileNotFoundError:
            raise self._missing(what, digest) from None
        except IrregularFileError:
            raise self._foreign(what, digest, key) from None

    def _foreign(self, what: str, digest: str, key: str) -> IntegrityError:
        return IntegrityError(
            f"{what} {digest} is {kind_of(f'{self._root}/{key}')}, not a regular file",
            hint="register the good file again: that repairs every version that has it",
        )

    def _missing(self, what: str, digest: str) -> IntegrityError:
        if what == "blob" and self.has_quarantined(digest):
            return IntegrityError(
                f"blob {digest} was damaged and is in quarantine",
                hint="register the good file again: that repairs every version that has it",
            )
        return IntegrityError(
            f"{what} {digest} is missing from the store {self.url}",
            hint="is it the right store? see 'artifactctl info'",
        )


class _Parts:
    """Parts of bytes as a stream that is only read on."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = iter(parts)

    def read(self, _size: int) -> bytes:
        """The next part; empty bytes when there is none."""
        return next(self._parts, b"")


def _too_many_files() -> InvalidInputError:
    return InvalidInputError(
        "a version has too many files: its manifest would be larger than 1 GiB",
        hint="register archives of the files, or several versions",
    )


def _record(record_id: str) -> str:
    if not is_id(record_id):
        raise IntegrityError(f"{record_id!r} is not the ID of a record")
    return f"records/{record_id}.json"
