"""The verbs that check what is kept, throw away, back up, and bring back."""

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from artifactctl import upkeep
from artifactctl.catalog import backups, deleting
from artifactctl.catalog.finding import find_version
from artifactctl.catalog.queries import iterate_versions
from artifactctl.catalog.rebuilding import Rebuilt, Stored
from artifactctl.catalog.rows import Version
from artifactctl.catalog.sqlite import Database
from artifactctl.client.exchange import (
    SILENT,
    Backup,
    Progress,
    Rebuilding,
    Verification,
)
from artifactctl.durable import make_folder
from artifactctl.errors import IntegrityError, NotFoundError
from artifactctl.refs import Ref

if TYPE_CHECKING:
    from artifactctl.client import Client


def verify(
    client: "Client", refs: Sequence[Ref], quick: bool, progress: Progress | None
) -> Verification:
    """Check some versions, or everything there is."""
    # A home that cannot or may not be written can still be verified.
    with contextlib.suppress(OSError, *upkeep.NOT_TO_BE_CHANGED):
        upkeep.mend_records(client.catalog, client.store)
        if not refs and not quick:
            upkeep.mend_all_records(client.catalog, client.store)
    rows = [find_version(client.catalog, ref) for ref in refs]
    versions = rows if refs else iterate_versions(client.catalog)
    problems = upkeep.verify(
        versions, client.store, quick=quick, advance=(progress or SILENT).advance
    )
    problems = [problem for problem in problems if _is_still_there(client, problem)]
    foreign = () if refs else tuple(upkeep.list_foreign(client.store))
    return Verification(problems, foreign)


def _is_still_there(client: "Client", problem: upkeep.Problem) -> bool:
    """Whether a version has not been deleted while it was looked at."""
    try:
        row = find_version(client.catalog, Ref(problem.id))
    except NotFoundError:
        return False
    return row.data_deleted is None or problem.path is None


def back_up(client: "Client", path: Path, *, force: bool) -> Backup:
    """Copy the catalog."""
    target = Path(os.path.abspath(path))
    backups.back_up(client.catalog, target, force=force)
    return Backup(str(target), target.stat().st_size)


def restore(client: "Client", path: Path, *, force: bool) -> Rebuilding:
    """Put a backup back, once it and the bytes of its versions are there."""
    with backups.checked_copy(client.catalog, path) as copy:

        def check(versions: Iterable[Version]) -> None:
            _check_bytes(client, copy, path, versions, force=force)

        check(iterate_versions(copy))
        keep = _place_to_keep(client)
        done = backups.put_back(
            client.catalog,
            copy,
            keep,
            _stored(client),
            lambda row_ids: upkeep.write_records(client.catalog, client.store, row_ids),
            check,
        )
    upkeep.mend_all_records(client.catalog, client.store)
    return _rebuilding(done, keep)


def rebuild(client: "Client") -> Rebuilding:
    """Bring back what the records know."""
    keep = _place_to_keep(client)
    done = backups.rebuild(client.catalog, keep, _stored(client))
    upkeep.mend_all_records(client.catalog, client.store)
    return _rebuilding(done, keep)


def _check_bytes(
    client: "Client", copy: Database, path: Path, versions: Iterable[Version], *, force: bool
) -> None:
    """Refuse a backup of versions that have no bytes any more, or have them come back without."""
    stored = (version for version in versions if version.link is None)
    problems = upkeep.verify(stored, client.store, quick=True)
    lost = list(dict.fromkeys(problem.id for problem in problems))
    if lost and not force:
        names = list(dict.fromkeys(f"{item.artifact}:{item.version}" for item in problems))
        raise IntegrityError(
            f"backup {str(path)!r} has versions whose bytes are gone: {', '.join(names[:10])}",
            hint="--force brings them back without their bytes",
        )
    if lost:
        empty = [find_version(copy, Ref(version_id)) for version_id in lost]
        deleting.give_up_data(copy, empty, include_runs=True)


def _stored(client: "Client") -> Stored:
    def read_all() -> Iterator[tuple[str, bytes]]:
        for record_id in client.store.list_records():
            content = client.store.get_record(record_id)
            if content is not None:
                yield record_id, content

    return read_all


def _rebuilding(done: Rebuilt, keep: Path) -> Rebuilding:
    return Rebuilding(
        versions=done.versions,
        repaired=done.repaired,
        artifacts=done.artifacts,
        deletions=done.deletions,
        runs=done.runs,
        problems=tuple(done.problems),
        kept=str(keep) if keep.exists() else None,
    )


def _place_to_keep(client: "Client") -> Path:
    """Where a catalog goes that is replaced: nothing is ever thrown away unasked."""
    name = f"catalog.db.{os.urandom(4).hex()}"
    folder = client.settings.home_path / "store" / "quarantine"
    make_folder(str(folder))
    catalog = client.settings.catalog_path
    if catalog.parent.exists() and catalog.parent.stat().st_dev != folder.stat().st_dev:
        return catalog.parent / name
    return folder / name
