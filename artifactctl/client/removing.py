"""The verbs that throw away: versions, artifacts, and bytes that nothing needs.

First the row goes, then a record says so, then the bytes: from a record that is late a rebuild
would bring a version back, and it must find its bytes.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from artifactctl import upkeep
from artifactctl.catalog.reading import listing
from artifactctl.catalog.reading.finding import find_artifact, find_version
from artifactctl.catalog.reading.finding_runs import find_run
from artifactctl.catalog.reading.lineage import uses_of
from artifactctl.catalog.reading.statements import batches
from artifactctl.catalog.rows import Listing, Version
from artifactctl.catalog.writing import deleting
from artifactctl.client.copies import clear_copies
from artifactctl.client.running import end_what_died
from artifactctl.client.wishes import check_arguments
from artifactctl.errors import ConflictError, InputOutputError, IntegrityError, WrongUsageError
from artifactctl.home import access
from artifactctl.refs import Ref
from artifactctl.results.reports import SILENT, Progress, PruneArguments, Pruning
from artifactctl.tags import names_of
from artifactctl.upkeep import Garbage, PruneDecision, PruneRules

if TYPE_CHECKING:
    from artifactctl.client import Client

_BATCH = 500  # versions thrown away in one transaction


def delete_versions(
    client: "Client", refs: Sequence[Ref], *, force: bool, with_bytes: bool
) -> list[str]:
    """Delete versions, and their bytes too when nothing else refers to them."""
    found = {row.id: row for row in (find_version(client.catalog, ref) for ref in refs)}
    versions = list(found.values())
    with client.home.change() as change:
        change.record(deleting.delete_versions(change.transaction, versions, force=force).changed)
    if with_bytes and not change.notes:
        _give_up_bytes(client, versions, ignore_errors=False)
    return [f"{version.artifact}:{version.version}" for version in versions]


def delete_data(client: "Client", refs: Sequence[Ref], *, force: bool) -> list[str]:
    """Delete the bytes of versions, and keep all that is known of them.

    Raises `ConflictError` when a run made or used one of them, unless `force`.
    """
    found = {row.id: row for row in (find_version(client.catalog, ref) for ref in refs)}
    versions = list(found.values())
    uses = [] if force else uses_of(client.catalog, [row.seq for row in versions])
    if uses:
        raise ConflictError(
            f"a version was made or used by step {uses[0].step!r} of run {uses[0].run!r}",
            hint="give force=True to delete its data all the same",
        )
    with client.home.change() as change:
        done = deleting.give_up_data(change.transaction, versions, include_runs=force)
        change.record(done.changed)
    if done.kept:
        raise ConflictError("a version has changed meanwhile", hint="try again")
    if not change.notes:
        _give_up_bytes(client, versions, ignore_errors=False)
    return [f"{version.artifact}:{version.version}" for version in versions]


def delete_artifact(client: "Client", name: str, *, force: bool) -> list[str]:
    """Delete an artifact with all its versions."""
    artifact = find_artifact(client.catalog, name)
    refs = [f"{artifact.name}:{version.version}" for version in _versions_of(client, artifact.name)]
    with client.home.change() as change:
        done = deleting.delete_artifact(change.transaction, artifact.id, force=force)
        change.record(done.changed)
    return refs


def delete_runs(client: "Client", runs: Sequence[str | uuid.UUID], *, force: bool) -> list[str]:
    """Delete runs, by name or ID; what their steps printed goes with the next garbage.

    A run whose process is gone is running no more.
    """
    end_what_died(client)
    found = [
        str(run) if isinstance(run, uuid.UUID) else find_run(client.catalog, run).id for run in runs
    ]
    with client.home.change() as change:
        deleted = deleting.delete_runs(change.transaction, found, force=force)
        change.record(deleted)
    return deleted


def prune(
    client: "Client",
    names: Sequence[str],
    arguments: PruneArguments,
    confirm: Callable[[Pruning], bool] | None,
    *,
    only_versions: bool,
) -> Pruning:
    """Plan what goes, and throw it away unless that was all or somebody says no."""
    check_arguments(arguments, PruneArguments)
    rules = _rules(arguments)
    named = dict.fromkeys(find_artifact(client.catalog, name).name for name in names)
    artifacts: Iterable[str] = named or _all(client)
    versions = (_versions_of(client, name) for name in artifacts)
    plan = _measured(client, upkeep.spool(upkeep.decide(client.catalog, versions, rules)))
    if arguments.get("dry_run") or not plan.going or (confirm is not None and not confirm(plan)):
        return plan
    with_artifacts = partial(deleting.prune_versions, only_versions=only_versions)
    delete = deleting.give_up_data if rules.data_only else with_artifacts
    return _prune(client, plan, rules, arguments, delete)


def collect_garbage(
    client: "Client", grace_s: float, dry_run: bool, progress: Progress | None
) -> Garbage:
    """Give back the room of what nothing refers to, and of what dead processes had loaded."""
    if not dry_run:
        clear_copies()
    if not dry_run:
        access.check_writable(client.settings)
    return upkeep.collect_garbage(
        client.catalog,
        client.store,
        grace_s=grace_s,
        dry_run=dry_run,
        advance=(progress or SILENT).advance,
    )


def _measured(client: "Client", choices: Sequence[PruneDecision]) -> Pruning:
    """The plan with what comes free, as far as that can be known."""
    try:
        return Pruning(upkeep.spool(upkeep.with_sizes(client.catalog, client.store, choices)))
    except IntegrityError as error:
        return Pruning(choices, notes=(f"what comes free is unknown: {error.message}",))


def _prune(
    client: "Client",
    plan: Pruning,
    rules: PruneRules,
    arguments: PruneArguments,
    delete: Callable[..., deleting.Deletion],
) -> Pruning:
    """Carry the plan out, a batch in each transaction; `delete` is what is done with one."""
    spared: set[str] = set()
    kept = 0
    notes: tuple[str, ...] = ()
    for batch in batches((choice.version for choice in plan.going), _BATCH):
        with client.home.change() as change:
            done = delete(
                change.transaction,
                batch,
                include_runs=rules.include_runs,
                keep_last=rules.keep_last or 0,
            )
            change.record(done.changed)
        notes += change.notes
        spared |= {version.id for version in batch}.difference(done.versions)
        kept += len(done.kept)
    pruned = replace(plan, spared=spared)
    freed = 0
    if not arguments.get("only_metadata", False) and not notes:
        freed, notes = _give_up_bytes(
            client, pruned.gone, ignore_errors=arguments.get("ignore_errors", False)
        )
    if kept:
        notes += (f"{kept} stay, because they have changed since they were looked at",)
    return replace(pruned, freed_bytes=freed, notes=notes)


def _give_up_bytes(
    client: "Client", removed: Sequence[PruneDecision | Version], *, ignore_errors: bool
) -> tuple[int, tuple[str, ...]]:
    """Delete the bytes of versions that are gone already; how many, and notes for the user."""
    try:
        done = upkeep.give_up_bytes(client.catalog, client.store, _Manifests(removed))
    except IntegrityError as error:
        return 0, (f"their data is left to 'artifactctl gc': {error.message}",)
    except OSError as error:
        if ignore_errors:
            return 0, (f"some data could not be deleted ({error.strerror}); see 'artifactctl gc'",)
        raise InputOutputError(
            f"{len(removed)} versions are deleted, but not all of their data:"
            f" {error.filename!r}: {error.strerror}",
            hint="'artifactctl gc' deletes what is left",
        ) from error
    return done.size_bytes, ()


@dataclass(frozen=True, slots=True)
class _Manifests:
    """The manifests of stored versions, read anew whenever they are gone through."""

    versions: Iterable[PruneDecision | Version]

    def __iter__(self) -> Iterator[str]:
        last = None
        for item in self.versions:
            version = item.version if isinstance(item, PruneDecision) else item
            # Equal ones mostly follow each other.
            if version.link is None and version.manifest != last:
                last = version.manifest
                yield last


def _rules(arguments: PruneArguments) -> PruneRules:
    only_data = arguments.get("only_artifact", False)
    if only_data and arguments.get("only_metadata", False):
        raise WrongUsageError(
            "only the data and only the metadata cannot both go", hint="leave out both for both"
        )
    return PruneRules(
        unused=arguments.get("unused", False),
        keep_last=arguments.get("keep_last"),
        keep_tags=names_of(arguments.get("keep_tags", ())),
        older_than=arguments.get("older_than"),
        include_runs=arguments.get("include_runs", False),
        data_only=only_data,
    )


def _all(client: "Client") -> Iterator[str]:
    artifacts = listing.list_artifacts(client.catalog, Listing(size=0), lambda row: row.name)
    return iter(artifacts)


def _versions_of(client: "Client", name: str) -> Sequence[Version]:
    wish = Listing(size=0, filters=[("artifact", f"equals:{name}")])
    return listing.list_versions(client.catalog, wish, lambda row: row).items
