"""The verbs that delete versions, artifacts, runs, and bytes that nothing refers to.

The row is deleted first, then the record is updated, then the bytes are deleted: when a crash
leaves the old record, a rebuild restores the version, and its bytes must still exist.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from artifactctl.catalog.reading import listing
from artifactctl.catalog.reading.finding import find_artifact, find_version
from artifactctl.catalog.reading.finding_runs import find_run
from artifactctl.catalog.reading.lineage import uses_of
from artifactctl.catalog.reading.pipelines import find_pipeline
from artifactctl.catalog.reading.statements import batches
from artifactctl.catalog.reading.tagging import protected_tags
from artifactctl.catalog.rows import Listing, Version
from artifactctl.catalog.writing import deleting
from artifactctl.errors import ConflictError, InputOutputError, IntegrityError, InUseError
from artifactctl.home import Home, access, repeated
from artifactctl.home.change import Change
from artifactctl.refs import Ref
from artifactctl.results.maintenance import Pruning
from artifactctl.results.reports import SILENT, Progress
from artifactctl.upkeep import pruning, sweeping
from artifactctl.upkeep.pruning import PruneDecision
from artifactctl.upkeep.pruning import PruneRules as PruneRules
from artifactctl.upkeep.sweeping import Garbage
from artifactctl.verbs.beating import end_dead_runs
from artifactctl.verbs.copies import clear_copies
from artifactctl.verbs.restoring import forget_gone

_BATCH = 500  # versions deleted in one transaction


def delete_versions(home: Home, refs: Sequence[Ref], *, force: bool, with_bytes: bool) -> list[str]:
    """Delete versions, and with `with_bytes` also their bytes when nothing else refers to them."""
    versions, change = _delete_rows(home, refs, force=force)
    # A note means that a record was not written: a rebuild from it would need the bytes.
    if with_bytes and not change.notes:
        _delete_bytes(home, versions, ignore_errors=False)
    return [f"{version.artifact}:{version.version}" for version in versions]


@repeated
def _delete_rows(
    home: Home, refs: Sequence[Ref], *, force: bool
) -> tuple[Sequence[Version], Change]:
    with home.foreseen():
        found = {row.id: row for row in (find_version(home.catalog, ref) for ref in refs)}
        versions = list(found.values())
        with home.change() as change:
            done = deleting.delete_versions(change.transaction, versions, force=force)
            change.record(done.changed, kinds=["deletion"])
    return versions, change


def delete_data(home: Home, refs: Sequence[Ref], *, force: bool) -> list[str]:
    """Delete the bytes of versions, and keep their rows.

    Raises `InUseError` when a run made or used one of them, unless `force`.
    """
    versions, change = _give_up_data(home, refs, force=force)
    if not change.notes:
        _delete_bytes(home, versions, ignore_errors=False)
    return [f"{version.artifact}:{version.version}" for version in versions]


@repeated
def _give_up_data(
    home: Home, refs: Sequence[Ref], *, force: bool
) -> tuple[Sequence[Version], Change]:
    found = {row.id: row for row in (find_version(home.catalog, ref) for ref in refs)}
    versions = list(found.values())
    uses = [] if force else uses_of(home.catalog, [row.seq for row in versions])
    if uses:
        raise InUseError(
            f"a version was made or used by step {uses[0].step!r} of run {uses[0].run!r}",
            hint="give force=True to delete its data all the same",
        )
    with home.change() as change:
        done = deleting.give_up_data(change.transaction, versions, include_runs=force)
        change.record(done.changed)
    if done.kept:
        raise ConflictError("a version has changed meanwhile", hint="try again")
    return versions, change


@repeated
def delete_artifact(home: Home, name: str, *, force: bool) -> list[str]:
    """Delete an artifact with all its versions; return these as `NAME:VERSION`."""
    artifact = find_artifact(home.catalog, name)
    refs = [f"{artifact.name}:{version.version}" for version in _versions_of(home, artifact.name)]
    with home.change() as change:
        done = deleting.delete_artifact(change.transaction, artifact.id, force=force)
        change.record(done.changed)
    return refs


@repeated
def delete_runs(home: Home, runs: Sequence[str | uuid.UUID], *, force: bool) -> list[str]:
    """Delete runs by name or ID; return their IDs. Their logs are deleted by the next `gc`.

    A run whose process ended without recording it counts as ended.
    """
    end_dead_runs(home)
    found = [
        str(run) if isinstance(run, uuid.UUID) else find_run(home.catalog, run).id for run in runs
    ]
    with home.change() as change:
        change.record(deleting.delete_runs(change.transaction, found, force=force))
    return list(dict.fromkeys(found))


@repeated
def delete_pipeline(home: Home, name_or_id: str, *, force: bool) -> list[str]:
    """Delete a pipeline with all its runs and its own tags, all or none; return the runs' IDs."""
    end_dead_runs(home)
    name = find_pipeline(home.catalog, name_or_id, by_start=False).name
    with home.change() as change:
        runs, changed = deleting.delete_pipeline(change.transaction, name, force=force)
        change.record(changed)
    return runs


@dataclass(frozen=True, slots=True)
class PruneOptions:
    """The options of a pruning.

    With `only_versions`, artifacts left without versions stay. With `with_bytes`, bytes that
    nothing else refers to are deleted at once, else by `collect_garbage`; with `ignore_errors`,
    bytes that cannot be deleted become notes. With `dry_run` nothing is deleted.
    """

    only_versions: bool = False
    with_bytes: bool = True
    ignore_errors: bool = False
    dry_run: bool = False


def prune(
    home: Home,
    names: Sequence[str],
    rules: PruneRules,
    options: PruneOptions,
    confirm: Callable[[Pruning], bool] | None,
) -> Pruning:
    """Plan a pruning, and carry it out unless it is a dry run or `confirm` returns False."""
    named = dict.fromkeys(find_artifact(home.catalog, name).name for name in names)
    artifacts: Iterable[str] = named or _all(home)
    versions = (_versions_of(home, name) for name in artifacts)
    rules = replace(rules, protected=protected_tags(home.catalog))
    plan = _measured(home, pruning.spool(pruning.decide(home.catalog, versions, rules)))
    if options.dry_run or not plan.going or (confirm is not None and not confirm(plan)):
        return plan
    return _prune(home, plan, rules, options)


def collect_garbage(
    home: Home, grace_s: float, dry_run: bool, progress: Progress | None
) -> Garbage:
    """Delete bytes that nothing refers to, and the temporary copies of ended processes."""
    if not dry_run:
        clear_copies()
        access.check_writable(home.settings)
    drafts = home.clear_drafts(dry_run=dry_run)
    garbage = sweeping.collect_garbage(
        home.catalog,
        home.store,
        grace_s=grace_s,
        dry_run=dry_run,
        advance=(progress or SILENT).advance,
    )
    if not dry_run and home.catalog.exists():
        forget_gone(home)
    garbage.temporary += len(drafts)
    garbage.size_bytes += sum(drafts)
    return garbage


def _measured(home: Home, choices: Sequence[PruneDecision]) -> Pruning:
    """Return the plan with the number of bytes that each deletion frees, as far as it is known."""
    try:
        return Pruning(pruning.spool(pruning.with_sizes(home.catalog, home.store, choices)))
    except IntegrityError as error:
        return Pruning(choices, notes=(f"what comes free is unknown: {error.message}",))


def _prune(home: Home, plan: Pruning, rules: PruneRules, options: PruneOptions) -> Pruning:
    """Carry out a plan, one transaction per batch."""
    delete: Callable[..., deleting.Deletion] = partial(
        deleting.prune_versions, only_versions=options.only_versions
    )
    if rules.data_only:
        delete = deleting.give_up_data
    spared: set[str] = set()
    kept = 0
    notes: tuple[str, ...] = ()
    for batch in batches((choice.version for choice in plan.going), _BATCH):
        done, change = home.changed(partial(_delete_batch, delete, batch, rules))
        notes += change.notes
        spared |= {version.id for version in batch}.difference(done.versions)
        kept += len(done.kept)
    pruned = replace(plan, spared=spared)
    freed = 0
    # A note means that a record was not written: a rebuild from it would need the bytes.
    if options.with_bytes and not notes:
        freed, notes = _delete_bytes(home, pruned.gone, ignore_errors=options.ignore_errors)
    if kept:
        notes += (f"{kept} stay, because they have changed since the plan was made",)
    return replace(pruned, freed_bytes=freed, notes=notes)


def _delete_batch(
    delete: Callable[..., deleting.Deletion],
    batch: Sequence[Version],
    rules: PruneRules,
    change: Change,
) -> deleting.Deletion:
    done = delete(
        change.transaction,
        batch,
        include_runs=rules.include_runs,
        keep_last=rules.keep_last or 0,
    )
    change.record(done.changed)
    return done


def _delete_bytes(
    home: Home, removed: Sequence[PruneDecision | Version], *, ignore_errors: bool
) -> tuple[int, tuple[str, ...]]:
    """Delete the bytes of deleted versions; return the number of bytes, and notes for the user."""
    try:
        done = sweeping.give_up_bytes(home.catalog, home.store, _Manifests(removed))
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
    forget_gone(home)
    return done.size_bytes, ()


@dataclass(frozen=True, slots=True)
class _Manifests:
    """The digests of the manifests of stored versions; each iteration reads the versions again."""

    versions: Iterable[PruneDecision | Version]

    def __iter__(self) -> Iterator[str]:
        last = None
        for item in self.versions:
            version = item.version if isinstance(item, PruneDecision) else item
            # Equal manifests mostly follow each other, so comparing with the last one skips most
            # duplicates.
            if version.link is None and version.manifest != last:
                last = version.manifest
                yield last


def _all(home: Home) -> Iterator[str]:
    artifacts = listing.list_artifacts(home.catalog, Listing(size=0), lambda row: row.name)
    return iter(artifacts)


def _versions_of(home: Home, name: str) -> Sequence[Version]:
    asked = Listing(size=0, filters=[("artifact", f"equals:{name}")])
    return listing.list_versions(home.catalog, asked, lambda row: row).items
