"""The history of an artifact: its versions, who made them, and what changed in each."""

from collections.abc import Iterable, Iterator, Mapping

from artifactctl.catalog import rows
from artifactctl.catalog.reading.finding import find_artifact
from artifactctl.catalog.reading.listing import list_versions
from artifactctl.catalog.reading.runs import users_of_runs
from artifactctl.diff import compare_files, compare_metadata, compare_tags
from artifactctl.errors import IntegrityError
from artifactctl.home import Home
from artifactctl.manifest import Manifest
from artifactctl.results.history import History, VersionChange
from artifactctl.results.versions import ArtifactVersion
from artifactctl.upkeep.verifying import manifest_of

MOST_ENTRIES = 100_000  # of manifests that are read to tell the history of an artifact


def history(home: Home, name: str, size: int) -> History:
    """Return the newest versions of an artifact, newest first; `size` 0 means all.

    They are those of the artifact, whatever it was called when they were made.
    """
    with home.catalog.snapshot():
        artifact = find_artifact(home.catalog, name)
        asked = rows.Listing(
            size=size + 1 if size else 0, filters=[("artifact", f"equals:{artifact.name}")]
        )
        page = list_versions(home.catalog, asked, lambda row: row)
        found = list(page.items)
        runs = {row.producer_run for row in found if row.producer_run is not None}
        users = users_of_runs(home.catalog, runs)
    return History(artifact.name, _changes(home, found, size or len(found), users), page.total)


def _changes(
    home: Home, found: list[rows.Version], size: int, users: Mapping[str, str]
) -> list[VersionChange]:
    """The first versions of a list, newest first, each with what is different in the next."""
    manifests = _manifests(home, found)
    new, items = next(manifests, None), []
    for row, before in zip(found[:size], [*found[1:], None], strict=False):
        old = next(manifests, None)
        items.append(
            VersionChange(
                ArtifactVersion.of(row, home.origin),
                None if before is None else f"{before.artifact}:{before.version}",
                compare_files(old, new) if old and new else None,
                None if before is None else compare_metadata(before.metadata, row.metadata),
                None if before is None else compare_tags(before.tags, row.tags),
                users.get(row.producer_run or ""),
            )
        )
        new = old
    return items


def _manifests(home: Home, found: Iterable[rows.Version]) -> Iterator[Manifest | None]:
    """Yield the manifest of each version; None where it is gone, and beyond `MOST_ENTRIES`."""
    left = MOST_ENTRIES
    for row in found:
        left -= row.file_count
        try:
            yield manifest_of(row, home.store) if left >= 0 else None
        except IntegrityError:
            yield None
