"""The only SQL: what artifacts and versions there are, and everything said about them."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from artifactctl.catalog import changes, finding, queries, records
from artifactctl.catalog.changes import exists_already, facts_of
from artifactctl.catalog.rows import Artifact, Listing, NewVersion, Page, Unrecorded, Version
from artifactctl.catalog.sqlite import SQLITE_VERSION, Database
from artifactctl.refs import Ref

__all__ = [
    "SQLITE_VERSION",
    "Artifact",
    "Catalog",
    "Listing",
    "NewVersion",
    "Page",
    "Unrecorded",
    "Version",
    "exists_already",
    "facts_of",
]


class Catalog:
    """A SQLite catalog; reading one that does not exist yet finds nothing.

    Every method is one transaction. `recorded` of the changing ones: see `list_unrecorded`.
    """

    def __init__(self, path: Path, drafts: Path, is_lost: Callable[[], bool]) -> None:
        self._db = Database(path, drafts, is_lost)

    def create(self) -> None:
        """Make the catalog unless there is one."""
        self._db.create()

    def close(self) -> None:
        """Close all connections; the next call opens them again."""
        self._db.close()

    def schema_version(self) -> int | None:
        """The schema version of the catalog, or None while there is none."""
        return self._db.schema_version()

    def list_versions(self, listing: Listing) -> Page[Version]:
        """One page of versions; raises `WrongUsageError` for a field or operator unknown."""
        return queries.list_versions(self._db, listing)

    def list_artifacts(self, listing: Listing) -> Page[Artifact]:
        """One page of artifacts; raises `WrongUsageError` for a field or operator unknown."""
        return queries.list_artifacts(self._db, listing)

    def iterate_versions(self) -> Iterator[Version]:
        """Every version in the order of allocation."""
        return queries.iterate_versions(self._db)

    def find_version(self, ref: Ref) -> Version:
        """The version that `ref` means; raises `NotFoundError`."""
        return finding.find_version(self._db, ref)

    def find_artifact(self, name: str) -> Artifact:
        """The artifact of that name; raises `NotFoundError`."""
        return finding.find_artifact(self._db, name)

    def newer_with_tag(self, version: Version, tag: str) -> Version | None:
        """A later version of the same artifact with this tag."""
        return finding.newer_with_tag(self._db, version, tag)

    def add_version(self, new: NewVersion, recorded: Sequence[Unrecorded] = ()) -> tuple[str, bool]:
        """Add a version; return its ID and whether it is new (see `NewVersion.if_changed`)."""
        return changes.add_version(self._db, new, recorded)

    def change_version_tags(
        self,
        version: Version,
        add: Sequence[str],
        remove: Sequence[str],
        *,
        exclusive: bool,
        recorded: Sequence[Unrecorded] = (),
    ) -> list[str]:
        """Change a version's tags; return the IDs of all versions that this changed."""
        return changes.change_version_tags(
            self._db, version.seq, add, remove, exclusive=exclusive, recorded=recorded
        )

    def change_artifact_tags(
        self,
        artifact: Artifact,
        add: Sequence[str],
        remove: Sequence[str],
        recorded: Sequence[Unrecorded] = (),
    ) -> list[str]:
        """Change an artifact's tags; return its ID when this changed anything."""
        return changes.change_artifact_tags(self._db, artifact.seq, add, remove, recorded)

    def list_unrecorded(self) -> list[Unrecorded]:
        """Rows whose records may lack their last change: a crash may have come in between.

        Who has made sure that a record is written passes the row to the next change (or to
        `note_recorded`), in whose transaction it is noted: no commit is spent on it.
        """
        return queries.list_unrecorded(self._db)

    def note_recorded(self, recorded: Sequence[Unrecorded]) -> None:
        """Remember that records are written up to these revisions."""
        changes.note_recorded(self._db, recorded)

    def record_of(self, row_id: str) -> tuple[int, dict[str, Any]] | None:
        """What the store keeps of one version or artifact, and the revision that this is."""
        return records.record_of(self._db, row_id)
