"""The verbs that check what is kept, throw away, back up, and bring back."""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from artifactctl import upkeep
from artifactctl.catalog import backups, deleting, listing
from artifactctl.catalog.finding import find_artifact, find_version
from artifactctl.catalog.queries import iterate_versions
from artifactctl.catalog.rebuilding import Rebuilt, Stored
from artifactctl.catalog.rows import Listing, Version
from artifactctl.catalog.sqlite import Database
from artifactctl.client.exchange import (
    SILENT,
    Backup,
    Progress,
    PruneArguments,
    Pruning,
    Rebuilding,
    Verification,
)
from artifactctl.client.records import write_records
from artifactctl.durable import make_folder
from artifactctl.errors import IntegrityError, WrongUsageError
from artifactctl.refs import Ref
from artifactctl.upkeep import Garbage, Rules

if TYPE_CHECKING:
    from artifactctl.client import Client

_BATCH = 500  # versions thrown away in one transaction


def verify(
    client: "Client", refs: Sequence[Ref], quick: bool, progress: Progress | None
) -> Verification:
    """Check some versions, or everything there is."""
    with contextlib.suppress(OSError):  # a home that cannot be written can still be verified
        upkeep.mend_records(client.catalog, client.store)
        if not refs and not quick:
            upkeep.mend_all_records(client.catalog, client.store)
    rows = [find_version(client.catalog, ref) for ref in refs]
    versions = rows if refs else iterate_versions(client.catalog)
    problems = upkeep.verify(
        versions, client.store, quick=quick, advance=(progress or SILENT).advance
    )
    foreign = () if refs else tuple(upkeep.list_foreign(client.store))
    return Verification(problems, foreign)


def delete_versions(
    client: "Client", refs: Sequence[Ref], *, force: bool, with_bytes: bool
) -> list[str]:
    """Delete versions, and their bytes too when nothing else refers to them."""
    found = {row.id: row for row in (find_version(client.catalog, ref) for ref in refs)}
    versions = list(found.values())
    recorded = upkeep.mend_records(client.catalog, client.store)
    done = deleting.delete_versions(client.catalog, versions, force=force, recorded=recorded)
    notes = write_records(client, done.changed)
    # Bytes stay until a record says that they are not needed: the next gc sees to both.
    if with_bytes and not notes:
        upkeep.give_up_bytes(client.catalog, client.store, _manifests(versions))
    return [f"{version.artifact}:{version.version}" for version in versions]


def delete_artifact(client: "Client", name: str, *, force: bool) -> list[str]:
    """Delete an artifact with all its versions."""
    artifact = find_artifact(client.catalog, name)
    refs = [f"{artifact.name}:{version.version}" for version in _versions_of(client, artifact.name)]
    recorded = upkeep.mend_records(client.catalog, client.store)
    done = deleting.delete_artifact(client.catalog, artifact.id, force=force, recorded=recorded)
    write_records(client, done.changed)
    return refs


def prune(
    client: "Client",
    names: Sequence[str],
    arguments: PruneArguments,
    confirm: Callable[[Pruning], bool] | None,
) -> Pruning:
    """Plan what goes, and throw it away unless that was all or somebody says no."""
    only_data = arguments.get("only_artifact", False)
    if only_data and arguments.get("only_metadata", False):
        raise WrongUsageError(
            "only the data and only the metadata cannot both go", hint="leave out both for both"
        )
    rules = _rules(arguments)
    artifacts = [find_artifact(client.catalog, name).name for name in names] or _all(client)
    choices = upkeep.choose(
        client.catalog,
        client.store,
        (_versions_of(client, name) for name in artifacts),
        rules,
    )
    plan = Pruning(choices)
    if arguments.get("dry_run") or not plan.going or (confirm is not None and not confirm(plan)):
        return plan
    return _prune(client, plan, rules, arguments)


def _prune(client: "Client", plan: Pruning, rules: Rules, arguments: PruneArguments) -> Pruning:
    change = deleting.give_up_data if rules.data_only else deleting.prune_versions
    versions = [choice.version for choice in plan.going]
    gone: list[str] = []
    notes: tuple[str, ...] = ()
    for start in range(0, len(versions), _BATCH):
        recorded = upkeep.mend_records(client.catalog, client.store)
        done = change(
            client.catalog,
            versions[start : start + _BATCH],
            include_runs=rules.include_runs,
            recorded=recorded,
        )
        notes += write_records(client, done.changed)
        gone += done.versions
    freed = 0
    if not arguments.get("only_metadata", False) and not notes:
        removed = [version for version in versions if version.id in set(gone)]
        try:
            freed = upkeep.give_up_bytes(
                client.catalog, client.store, _manifests(removed)
            ).size_bytes
        except OSError as error:
            if not arguments.get("ignore_errors", False):
                raise
            notes = (f"some data could not be deleted ({error.strerror}); see 'artifactctl gc'",)
    return Pruning(plan.choices, tuple(gone), freed, notes)


def collect_garbage(
    client: "Client", grace_s: float, dry_run: bool, progress: Progress | None
) -> Garbage:
    """Give back the room of what nothing refers to."""
    if not dry_run:
        # All of them: from a record that is late, a version would come back without its bytes.
        upkeep.mend_unrecorded(client.catalog, client.store)
    return upkeep.collect_garbage(
        client.catalog,
        client.store,
        grace_s=grace_s,
        dry_run=dry_run,
        advance=(progress or SILENT).advance,
    )


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
            lambda: upkeep.mend_unrecorded(client.catalog, client.store),
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


def _rules(arguments: PruneArguments) -> Rules:
    return Rules(
        unused=arguments.get("unused", False),
        keep_last=arguments.get("keep_last"),
        keep_tags=tuple(arguments.get("keep_tags", ())),
        older_than=arguments.get("older_than"),
        include_runs=arguments.get("include_runs", False),
        data_only=arguments.get("only_artifact", False),
    )


def _all(client: "Client") -> Iterator[str]:
    artifacts = listing.list_artifacts(client.catalog, Listing(size=0), lambda row: row.name)
    return iter(artifacts)


def _versions_of(client: "Client", name: str) -> Sequence[Version]:
    wish = Listing(size=0, filters=[("artifact", f"equals:{name}")])
    return listing.list_versions(client.catalog, wish, lambda row: row).items


def _manifests(versions: Sequence[Version]) -> list[str]:
    return list(dict.fromkeys(row.manifest for row in versions if row.link is None))
