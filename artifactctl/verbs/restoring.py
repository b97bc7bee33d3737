"""Restoring what was deleted, while its bytes are there, and telling what can be.

The bytes are checked as when a version is registered whose bytes the store has already: `gc` may
condemn them at any moment (see `verbs.publishing`).
"""

from collections.abc import Iterator, Sequence

from artifactctl.catalog.reading.deleted import (
    Deleted,
    find_deleted,
    former_of,
    iterate_restorable,
    list_deleted,
)
from artifactctl.catalog.records import Record
from artifactctl.catalog.writing import restoring
from artifactctl.errors import ArtifactctlError, IntegrityError, NotFoundError
from artifactctl.home import Home
from artifactctl.home.change import Change
from artifactctl.manifest import Manifest
from artifactctl.refs import Ref
from artifactctl.results.history import DeletedVersion, Restoration
from artifactctl.verbs import finding
from artifactctl.verbs.publishing import check_kept, until_kept

_LOOKED_FOR = 100  # files of one version whose bytes are looked for, only to tell


def restore(home: Home, refs: Sequence[Ref]) -> Restoration:
    """Bring deleted versions back, all or none, under their IDs and numbers.

    A reference to a deleted artifact means all versions that went with it. Raises `NotFoundError`
    when the bytes of one are gone, and `ConflictError` for one that is not deleted.
    """
    chosen = {row.id: row for ref in refs for row in find_deleted(home.catalog, ref)}
    needed: set[str] = set()

    def attempt(since: int) -> tuple[list[tuple[Deleted, str]], Change]:
        needed.clear()
        for row in chosen.values():
            needed.update(_digests_of(home, row))

        def bring_back(change: Change) -> list[tuple[Deleted, str]]:
            held = []
            for row in chosen.values():
                done = restoring.restore_version(change.transaction, row.id)
                change.record(done.ids)
                held += [(row, tag) for tag in done.kept_back]
            check_kept(change, needed, since, "bytes of what is to be restored")
            return held

        return home.changed(bring_back)

    held, change = until_kept(home, attempt, needed)
    notes = [
        f"{row.ref} did not get the tag {tag!r} back: it stays where it is" for row, tag in held
    ]
    versions = [finding.version(home, Ref(version_id)) for version_id in chosen]
    return Restoration(tuple(versions), (*notes, *change.notes))


def deleted_versions(home: Home, artifact: str | None, size: int) -> list[DeletedVersion]:
    """Return what was deleted last, newest first, and why it cannot be restored, if so.

    Of a version with many files only some are looked for.
    """
    found = list_deleted(home.catalog, artifact, size)
    if artifact is not None and not found:
        finding.artifact(home, artifact)  # or it is not known at all
    return [_told(home, row) for row in found]


def _told(home: Home, row: Deleted) -> DeletedVersion:
    try:
        former: Record | None = former_of(row)
        _digests_of(home, row, _LOOKED_FOR)
        obstacle = None
    except ArtifactctlError as error:
        former, obstacle = None, error.message
    known = former or {}
    return DeletedVersion(
        ref=row.ref,
        id=row.id,
        artifact=row.artifact,
        version=row.version,
        created=row.created,
        deleted=row.deleted,
        size_bytes=known.get("size_bytes"),
        file_count=known.get("file_count"),
        tags=tuple(known.get("tags", ())),
        restorable=obstacle is None,
        obstacle=obstacle,
    )


def _digests_of(home: Home, row: Deleted, most: int | None = None) -> list[str]:
    """The digests that a deleted version needs; raises `NotFoundError` when one is gone.

    With `most`, only so many files are looked for.
    """
    former = former_of(row)
    gone = NotFoundError(
        f"{row.ref} cannot come back: garbage collection has deleted its bytes",
        hint="register it again under another version",
    )
    if not home.store.has_manifest(former["manifest"]):
        raise gone
    try:
        manifest = Manifest.from_bytes(home.store.get_manifest(former["manifest"]))
    except IntegrityError as error:
        if not home.store.has_manifest(former["manifest"]):  # deleted between the two questions
            raise gone from None
        raise IntegrityError(f"{row.ref}: {error.message}", hint=error.hint) from None
    digests = sorted(manifest.digests) if former["link"] is None else []
    if home.store.missing(digests[:most]):
        raise gone
    return [former["manifest"], *digests]


def forget_gone(home: Home) -> None:
    """Forget what deletions keep of versions whose bytes are gone: they may have been secret."""
    for gone in _gone(home):
        with home.change() as change:
            change.record(restoring.forget_former(change.transaction, gone))


def _gone(home: Home) -> Iterator[list[str]]:
    for batch in iterate_restorable(home.catalog):
        gone = [row.id for row in batch if not _has_manifest(home, row)]
        if gone:
            yield gone


def _has_manifest(home: Home, row: Deleted) -> bool:
    try:
        return home.store.has_manifest(former_of(row)["manifest"])
    except NotFoundError:  # its data went before it
        return False
    except IntegrityError:  # 'verify' tells of what another program changed
        return True
