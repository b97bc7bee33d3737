"""Verifying rows, manifests, stored bytes and linked data."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from artifactctl.catalog.engine.protocol import Database
from artifactctl.catalog.facts import is_unchanged
from artifactctl.catalog.references import unknown_ids
from artifactctl.catalog.rows import Version
from artifactctl.copying import hash_stream
from artifactctl.enums import ProblemKind
from artifactctl.errors import (
    ArtifactctlError,
    CatalogUnusableError,
    ConflictError,
    IntegrityError,
    NotAuthorisedError,
    RemoteNotAllowedError,
    RemoteUnavailableError,
    UnsafeError,
)
from artifactctl.manifest import Entry, Manifest
from artifactctl.store import Advance, Foreign, Store, no_progress
from artifactctl.store.links import check_linked
from artifactctl.store.parallel import each
from artifactctl.upkeep.sweeping import parsed_record

_BATCH = 500

NOT_TO_BE_CHANGED = (CatalogUnusableError, ConflictError, IntegrityError, UnsafeError)
"""Errors of a store that cannot or must not be written to: it can still be verified."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about a version that is not as it was registered; `path` None: all of it."""

    artifact: str
    version: str
    id: str
    path: str | None
    problem: str
    kind: ProblemKind = ProblemKind.STORED

    def as_shown(self) -> dict[str, Any]:
        """The fields that are printed: `kind` is only for programs that branch on it."""
        shown = asdict(self)
        del shown["kind"]
        return shown


def list_foreign(catalog: Database, store: Store) -> Iterator[str]:
    """The paths of what is foreign or damaged in the places of the store's own files."""
    foreign = list(store.list_foreign())
    yield from foreign
    with suppress(IntegrityError):  # its folder is not one, and was yielded above
        yield from (place for place in _unreadable_records(catalog, store) if place not in foreign)
    for list_stored in (store.list_blobs, store.list_manifests):
        with suppress(IntegrityError):
            yield from (item.path for item in list_stored() if isinstance(item, Foreign))


def _unreadable_records(catalog: Database, store: Store) -> Iterator[str]:
    """Unreadable records without a row; those with a row can be written again from it."""
    ids = store.list_records()
    while batch := list(islice(ids, _BATCH)):
        for record_id in unknown_ids(catalog, batch):
            try:
                parsed_record(record_id, store.get_record(record_id))
            except IntegrityError:
                yield f"records/{record_id}.json"


def manifest_of(version: Version, store: Store) -> Manifest:
    """The manifest of a version; raises `IntegrityError` unless it is the one registered."""
    manifest = Manifest.from_bytes(store.get_manifest(version.manifest))
    found = (manifest.content_digest, manifest.size_bytes, len(manifest.entries), manifest.link)
    if found != (version.digest, version.size_bytes, version.file_count, version.link):
        raise IntegrityError("its manifest is of another version")
    return manifest


def verify(
    versions: Iterable[Version],
    store: Store,
    *,
    quick: bool = False,
    advance: Advance = no_progress,
    unanswered: list[ArtifactctlError] | None = None,
) -> list[Problem]:
    """Hash the files of these versions, and compare them with the catalog.

    `quick` compares sizes only. Each blob is read once, however many versions share it. A remote
    that did not answer, or may not be asked, is no damage: such errors go into `unanswered`.
    """
    seen: dict[str, str | None] = {}
    unanswered = [] if unanswered is None else unanswered
    problems = []
    for version in versions:
        try:
            found = list(_check(version, store, seen, quick=quick, advance=advance))
        except (RemoteUnavailableError, NotAuthorisedError, RemoteNotAllowedError) as error:
            unanswered.append(error)
            continue
        for path, problem, kind in found:
            problems.append(
                Problem(version.artifact, version.version, version.id, path, problem, kind)
            )
    return problems


def _check(
    version: Version, store: Store, seen: dict[str, str | None], *, quick: bool, advance: Advance
) -> Iterable[tuple[str | None, str, ProblemKind]]:
    if not is_unchanged(version):
        yield None, "its row in the catalog was changed by another program", ProblemKind.ROW
    try:
        manifest = manifest_of(version, store)
    except ArtifactctlError as error:
        # A version that was restored without its bytes may lack its manifest, too.
        if version.data_deleted is None or store.has_manifest(version.manifest):
            yield None, error.message, ProblemKind.STORED
        return
    kind = ProblemKind.STORED if manifest.link is None else ProblemKind.LINKED
    if manifest.link is None and version.data_deleted is None:
        _check_blobs(manifest, store, seen, quick=quick, advance=advance)
    for entry in manifest.entries if version.data_deleted is None else ():
        problem = _check_entry(manifest, entry, store, seen, quick=quick, advance=advance)
        if problem is not None:
            yield entry.path, problem, kind
    for item in manifest.visualizations or () if version.data_deleted is None else ():
        if item.digest not in seen:
            seen[item.digest] = _check_blob(item.digest, item.size_bytes, store, quick, advance)
        if (problem := seen[item.digest]) is not None:
            yield f"visualization {item.path}", problem, ProblemKind.STORED


def _check_blobs(
    manifest: Manifest, store: Store, seen: dict[str, str | None], *, quick: bool, advance: Advance
) -> None:
    """Check what was not seen yet, many at once where the store is far away."""
    sizes = {entry.digest: entry.size_bytes for entry in manifest.entries if entry.digest}
    sizes |= {item.digest: item.size_bytes for item in manifest.visualizations or ()}
    new = [digest for digest in sizes if digest not in seen]

    def check(digest: str) -> str | None:
        return _check_blob(digest, sizes[digest], store, quick, advance)

    seen.update(zip(new, each(check, new, store.jobs), strict=True))


def _check_entry(
    manifest: Manifest,
    entry: Entry,
    store: Store,
    seen: dict[str, str | None],
    *,
    quick: bool,
    advance: Advance,
) -> str | None:
    if manifest.link is not None:
        try:
            check_linked(manifest, entry, store, quick=quick, advance=advance)
        except RemoteNotAllowedError:
            raise
        except (IntegrityError, UnsafeError) as error:
            return error.message
        return None
    assert entry.digest is not None
    if entry.digest not in seen:
        seen[entry.digest] = _check_blob(entry.digest, entry.size_bytes, store, quick, advance)
    return seen[entry.digest]


def _check_blob(
    digest: str, size_bytes: int, store: Store, quick: bool, advance: Advance
) -> str | None:
    try:
        found = store.size_bytes(digest)
    except IntegrityError as error:  # not a regular file
        return error.message + ("" if quick else _quarantine(digest, store))
    if found is None:
        aside = "; damaged bytes are in quarantine" if store.has_quarantined(digest) else ""
        return f"missing from the store{aside}"
    if found == size_bytes:
        if quick:
            return None
        try:
            # A read error may be transient (memory, cable): read a second time before judging.
            if any(_hash_of(digest, store, advance) == digest for _ in range(2)):
                return None
        except (OSError, IntegrityError) as error:
            return f"cannot be read: {error}"
        problem = "damaged: the bytes do not match their digest"
    else:
        problem = f"truncated: {found} of {size_bytes} bytes" if found < size_bytes else "too long"
    return problem if quick else problem + _quarantine(digest, store)


def _quarantine(digest: str, store: Store) -> str:
    with suppress(OSError, *NOT_TO_BE_CHANGED):
        if store.quarantine(digest):
            return "; kept in quarantine"
    return ""


def _hash_of(digest: str, store: Store, advance: Advance) -> str:
    with store.open(digest) as blob:
        return hash_stream(blob, advance)[0]
