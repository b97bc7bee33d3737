"""Garbage collection: deleting bytes that nothing refers to, and the rests of interrupted work.

A register, or a step that ends with its log, may come to rely on an existing blob at any moment,
and writes that into the catalog only. So bytes are condemned first, in the catalog's write
transaction, in which it is certain what every version and every run refers to. Then they are
deleted, without holding the lock. The other side checks, in its own write transaction, that its
blobs were not condemned meanwhile (see `catalog.writing.condemning`).
"""

import time
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from itertools import islice

from artifactctl.catalog.engine.protocol import Database
from artifactctl.catalog.engine.temporary import Marks
from artifactctl.catalog.reading.statements import batches
from artifactctl.catalog.records import DEPTH, Record
from artifactctl.catalog.references import (
    Reference,
    iterate_references,
    logs_among,
    unknown_ids,
)
from artifactctl.catalog.writing import condemning, leasing
from artifactctl.errors import IntegrityError, InvalidInputError, UnsafeError
from artifactctl.json_text import parse_json
from artifactctl.manifest import Manifest
from artifactctl.processes import running_s
from artifactctl.store import Advance, Foreign, Store, StoredFile, no_progress
from artifactctl.upkeep.mending import mend_unrecorded

_BATCH = 2_000  # files condemned in one transaction, so that other writers do not wait for long
_AT_ONCE = 500  # files deleted in one request, as long as the lease lasts
# How long after they were condemned the last request may begin: the rest is for its answer.
_DELETING_S = condemning.LEASE_S * 2 / 3
_TRIES = 5  # looks at new versions without the lock, before one with it


@dataclass
class Garbage:
    """The garbage that was deleted, or would be; sizes in bytes.

    `unknown_versions` counts versions that have a record but no row: their bytes are kept.
    """

    blobs: int = 0
    manifests: int = 0
    temporary: int = 0
    size_bytes: int = 0
    unknown_versions: int = 0


class Referred:
    """Everything that versions and logs refer to; `catch_up` adds the newest versions."""

    def __init__(self, catalog: Database, store: Store, marks: Marks) -> None:
        self._catalog = catalog
        self._store = store
        self._marks = marks
        self._last_seq = 0
        self._incarnation = catalog.incarnation()

    def catch_up(self, advance: Advance = no_progress, leave_out: Collection[int] = ()) -> None:
        """Add what versions refer to that were added since the last call, without `leave_out`.

        Raises `IntegrityError` when a manifest cannot be read, since what it refers to is unknown.
        """
        if self._incarnation != (incarnation := self._catalog.incarnation()):
            # A backup was restored meanwhile: it may have versions that had been deleted.
            self._incarnation, self._last_seq = incarnation, 0
        for reference in iterate_references(self._catalog, self._last_seq):
            if reference.seq not in leave_out:
                self.add(reference)
            self._last_seq = reference.seq
            advance(1)

    def is_behind(self) -> bool:
        """Whether versions were added since the last call of `catch_up`."""
        newer = "SELECT 1 FROM artifact_version WHERE seq > :seq LIMIT 1"
        is_other = self._incarnation != self._catalog.incarnation()
        return is_other or self._catalog.row(newer, {"seq": self._last_seq}) is not None

    def add(self, reference: Reference) -> None:
        """Add what one version refers to."""
        # One manifest may be of a version with bytes and of one whose bytes were deleted.
        mark = f"{reference.manifest} bytes" if reference.needs_bytes else reference.manifest
        if not self._marks.missing([mark]):
            return
        digests: Iterable[str] = ()
        if reference.needs_bytes:
            digests = _digests(self._store, reference)
        self._marks.add([reference.manifest, mark, *digests])

    def mark(self, digests: Iterable[str]) -> None:
        """Count these digests as referred to."""
        self._marks.add(digests)

    def missing(self, digests: Sequence[str]) -> list[str]:
        """The digests among these that nothing refers to."""
        unmarked = self._marks.missing(digests)
        logs = logs_among(self._catalog, unmarked)
        return [digest for digest in unmarked if digest not in logs]


def collect_garbage(
    catalog: Database,
    store: Store,
    *,
    grace_s: float,
    dry_run: bool,
    advance: Advance = no_progress,
) -> Garbage:
    """Delete bytes that nothing refers to and that are older than `grace_s` seconds.

    Missing records are written first: a rebuild from outdated records would bring back versions
    whose bytes are deleted here.

    `advance` is called for each version and each file that was examined.
    """
    # Temporary files first: on a full disk the records could not be written otherwise.
    left = store.clear_temporary(dry_run=dry_run)
    if not dry_run:
        mend_unrecorded(catalog, store)
    with closing(Marks()) as marks:
        referred = Referred(catalog, store, marks)
        unknown = _add_unknown(catalog, store, referred)
        referred.catch_up(advance)
        limit_s = time.time() - grace_s
        sweep = _Sweep(catalog, referred, limit_s, advance, dry_run=dry_run)
        blobs, blob_bytes = sweep(store.list_blobs(), store.delete_blobs)
        manifests, manifest_bytes = sweep(store.list_manifests(), store.delete_manifests)
    if not dry_run:
        condemning.forget_condemned(catalog)
    return Garbage(blobs, manifests, len(left), blob_bytes + manifest_bytes + sum(left), unknown)


def give_up_bytes(catalog: Database, store: Store, manifests: Iterable[str]) -> Garbage:
    """Delete the blobs of deleted versions, by their manifests, unless another version has them."""
    with closing(Marks()) as marks:
        referred = Referred(catalog, store, marks)
        _add_unknown(catalog, store, referred)
        referred.catch_up()
        sweep = _Sweep(catalog, referred, time.time(), no_progress, dry_run=False)
        stored = (item for manifest in manifests for item in _stored(store, manifest))
        blobs, size_bytes = sweep(stored, store.delete_blobs)
        alone = (StoredFile(manifest, 0, 0.0) for manifest in manifests)
        count, _ = sweep(alone, store.delete_manifests)
    return Garbage(blobs, count, size_bytes=size_bytes)


Delete = Callable[[Sequence[str]], None]
"""Deletes files by their digests."""


@dataclass(frozen=True, slots=True)
class _Sweep:
    """Condemns files in batches, each in a write transaction of the catalog, and deletes them."""

    catalog: Database
    referred: Referred
    limit_s: float
    advance: Advance
    dry_run: bool
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def __call__(self, found: Iterable[StoredFile | Foreign], delete: Delete) -> tuple[int, int]:
        count, size_bytes = 0, 0
        files = iter(found)
        while batch := list(islice(files, _BATCH)):
            self.advance(len(batch))
            old = {
                item.digest: item
                for item in batch
                if isinstance(item, StoredFile) and item.mtime_s <= self.limit_s
            }
            for digest in self._delete(self.referred.missing(list(old)), delete):
                count += 1
                size_bytes += old[digest].size_bytes
        return count, size_bytes

    def _delete(self, garbage: Sequence[str], delete: Delete) -> Sequence[str]:
        if self.dry_run or not garbage:
            return garbage
        until = running_s() + _DELETING_S
        condemned = self._condemn(garbage)
        if not condemned:
            return []
        deleted: list[str] = []
        try:
            for some in batches(condemned, _AT_ONCE):
                if running_s() > until:  # what is left is condemned again by the next `gc`
                    break
                delete(some)
                deleted += some
        finally:
            leasing.let_go(self.id)
            with self.catalog.transaction() as transaction:
                condemning.note_deleted(transaction, self.id)
        return deleted

    def _condemn(self, garbage: Sequence[str]) -> Sequence[str]:
        """Condemn what nothing refers to, also among the versions that were added by now."""
        for remaining in reversed(range(_TRIES)):
            # New versions are read without the lock: their manifests may be far away.
            self.referred.catch_up()
            with self.catalog.transaction() as transaction:
                if remaining and self.referred.is_behind():
                    continue
                self.referred.catch_up()
                free = self.referred.missing(garbage)
                condemned = condemning.condemn(transaction, free, self.id)
                return [digest for digest in free if digest in condemned]
        raise AssertionError("the last try returns")


def _stored(store: Store, manifest: str) -> Iterator[StoredFile]:
    """The blobs of a manifest; none when it cannot be read any more."""
    try:
        entries = Manifest.from_bytes(store.get_manifest(manifest))
    except (IntegrityError, UnsafeError):
        return
    for digest in entries.digests:
        with suppress(IntegrityError):  # something foreign in its place is not deleted
            size_bytes = store.size_bytes(digest)
            if size_bytes is not None:
                yield StoredFile(digest, size_bytes, 0.0)


def _digests(store: Store, reference: Reference) -> Iterable[str]:
    try:
        return Manifest.from_bytes(store.get_manifest(reference.manifest)).digests
    except (IntegrityError, UnsafeError) as error:
        raise IntegrityError(
            f"cannot tell which bytes version {reference.id} needs: {error.message}",
            hint="see 'artifactctl verify'; delete the version if it cannot be repaired",
        ) from None


def _add_unknown(catalog: Database, store: Store, referred: Referred) -> int:
    """Add what records without a row refer to (after a backup was restored); count the versions."""
    count = 0
    for reference, logs in unknown_references(catalog, store):
        referred.mark(logs)
        if reference is not None:
            count += 1
            with suppress(IntegrityError):
                referred.add(reference)
    return count


def unknown_references(
    catalog: Database, store: Store
) -> Iterator[tuple[Reference | None, Sequence[str]]]:
    """Yield what each record without a row refers to: a version's manifest, or a run's logs.

    Raises what `parsed_record` does.
    """
    ids = store.list_records()
    while batch := list(islice(ids, _BATCH)):
        for record_id in unknown_ids(catalog, batch):
            record = parsed_record(record_id, store.get_record(record_id))
            is_stored = record["record"] == "version" and record["link"] is None
            manifest = record["manifest"] if is_stored else ""
            reference = Reference(0, record_id, manifest, needs_bytes=True)
            yield reference if is_stored else None, _logs(record)


def parsed_record(record_id: str, content: bytes | None) -> Record:
    """A record, checked as far as what it refers to.

    Raises `IntegrityError` when it cannot be read, since what it refers to is unknown.
    """
    try:
        record: Record = parse_json((content or b"").decode(), DEPTH)
        if record["record"] == "version" and record["link"] is None:
            record["manifest"] = str(record["manifest"])
        _logs(record)
    except (ValueError, LookupError, TypeError, AttributeError, InvalidInputError):
        raise IntegrityError(
            f"record {record_id} cannot be read, and the catalog has no version of that ID",
            hint="restore the file from a copy of the store, or remove it",
        ) from None
    return record


def _logs(record: Record) -> list[str]:
    """The logs that the record of a run refers to; none for any other."""
    steps = record["steps"] if record["record"] == "run" else ()
    return [str(step["log"]) for step in steps if step.get("log") is not None]
