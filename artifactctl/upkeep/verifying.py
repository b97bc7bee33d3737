"""Keeping catalog and store true to each other: records, and the check of everything."""

from collections.abc import Iterable
from dataclasses import dataclass

from artifactctl.catalog.changes import facts_of
from artifactctl.catalog.queries import iterate_versions, list_unrecorded
from artifactctl.catalog.records import record_of
from artifactctl.catalog.rows import Unrecorded, Version
from artifactctl.catalog.sqlite import Database
from artifactctl.errors import (
    ArtifactctlError,
    IntegrityError,
    NotAuthorisedError,
    RemoteUnavailableError,
)
from artifactctl.json_text import canonical_json
from artifactctl.manifest import Entry, Manifest
from artifactctl.store import Advance, Store, ignore
from artifactctl.store.copying import hash_stream
from artifactctl.store.linked import check_linked


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about a version that is not as it was registered; `path` None: all of it."""

    artifact: str
    version: str
    id: str
    path: str | None
    problem: str


def write_records(catalog: Database, store: Store, row_ids: Iterable[str]) -> None:
    """Bring the records of versions and artifacts up to their last change.

    When someone else changes a row meanwhile, the record is written again, so that the last
    writer always leaves the last change.
    """
    for row_id in row_ids:
        written = -1
        while (found := record_of(catalog, row_id)) is not None and found[0] != written:
            written, record = found
            store.put_record(row_id, canonical_json(record))


def mend_records(catalog: Database, store: Store) -> list[Unrecorded]:
    """Write the records that a crash kept from being written; return the rows now recorded."""
    pending = list_unrecorded(catalog)
    for row in pending:
        found = record_of(catalog, row.id)
        if found is not None and store.get_record(row.id) != canonical_json(found[1]):
            write_records(catalog, store, [row.id])
    return pending


def write_missing_records(catalog: Database, store: Store) -> None:
    """Write the records of versions that have none: somebody else must have removed them."""
    for version in iterate_versions(catalog):
        if store.get_record(version.id) is None:
            write_records(catalog, store, [version.id])


def manifest_of(version: Version, store: Store) -> Manifest:
    """The manifest of a version; raises `IntegrityError` unless it is the one registered."""
    manifest = Manifest.from_bytes(store.get_manifest(version.manifest))
    found = (manifest.content_digest, manifest.size_bytes, len(manifest.entries), manifest.link)
    if found != (version.digest, version.size_bytes, version.file_count, version.link):
        raise IntegrityError("its manifest is that of another version")
    return manifest


def verify(
    versions: Iterable[Version], store: Store, *, quick: bool = False, advance: Advance = ignore
) -> list[Problem]:
    """Hash what is stored of these versions, and compare it with the catalog.

    `quick` compares sizes only. Each blob is read once, however many versions share it. When
    nothing is wrong but a remote did not answer, its error is raised.
    """
    seen: dict[str, str | None] = {}
    unanswered: list[ArtifactctlError] = []
    problems = []
    for version in versions:
        try:
            found = list(_check(version, store, seen, quick=quick, advance=advance))
        except (RemoteUnavailableError, NotAuthorisedError) as error:
            unanswered.append(error)
            continue
        for path, problem in found:
            problems.append(Problem(version.artifact, version.version, version.id, path, problem))
    if unanswered and not problems:
        raise unanswered[0]
    return problems


def _check(
    version: Version, store: Store, seen: dict[str, str | None], *, quick: bool, advance: Advance
) -> Iterable[tuple[str | None, str]]:
    if facts_of({name: getattr(version, name) for name in version.__slots__}) != version.facts:
        yield None, "its row in the catalog was changed"
    try:
        manifest = manifest_of(version, store)
    except ArtifactctlError as error:
        yield None, error.message
        return
    for entry in manifest.entries:
        problem = _check_entry(manifest, entry, store, seen, quick=quick, advance=advance)
        if problem is not None:
            yield entry.path, problem


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
            check_linked(manifest, entry, quick=quick, advance=advance)
        except IntegrityError as error:
            return error.message
        return None
    assert entry.digest is not None
    if entry.digest not in seen:
        seen[entry.digest] = _check_blob(entry.digest, entry.size_bytes, store, quick, advance)
    return seen[entry.digest]


def _check_blob(
    digest: str, size_bytes: int, store: Store, quick: bool, advance: Advance
) -> str | None:
    found = store.size_bytes(digest)
    if found is None:
        return "missing from the store"
    if found != size_bytes:
        return f"truncated: {found} of {size_bytes} bytes" if found < size_bytes else "too long"
    if quick:
        return None
    try:
        # Wrong bytes may be the cable's fault rather than the disk's: a second look decides.
        is_right = any(_hash_of(digest, store, advance) == digest for _ in range(2))
    except (OSError, IntegrityError) as error:
        return f"cannot be read: {error}"
    return None if is_right else "changed: the bytes do not have their digest"


def _hash_of(digest: str, store: Store, advance: Advance) -> str:
    with store.open(digest) as blob:
        return hash_stream(blob, advance)[0]
