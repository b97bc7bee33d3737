"""Recording runs and their steps.

A step's row is added when it begins; its outputs are added when it ends, in one transaction. A run
whose process ended without recording it is marked as failed by the process that begins the next
run.
"""

import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from artifactctl.catalog.reading import runs
from artifactctl.catalog.reading.finding import find_version
from artifactctl.catalog.rows import NewVersion
from artifactctl.catalog.run_rows import FormerStep, NewRun, NewStep, StepEnd
from artifactctl.catalog.writing import leasing, running
from artifactctl.catalog.writing.adding import Added
from artifactctl.catalog.writing.tagging import declare
from artifactctl.context import StepScope
from artifactctl.enums import RunStatus, StepStatus
from artifactctl.errors import NotFoundError, WrongUsageError, concerning
from artifactctl.home import Home, repeated
from artifactctl.home.change import Change
from artifactctl.metadata import plain_metadata
from artifactctl.refs import Ref
from artifactctl.results.steps import StepRun
from artifactctl.results.versions import ArtifactVersion
from artifactctl.series import Points
from artifactctl.tags import Tags, names_of, whole
from artifactctl.upkeep import verifying
from artifactctl.url_text import LOCAL
from artifactctl.verbs import finding, finding_runs
from artifactctl.verbs.beating import LEASE_S, RUN, beating, end_dead_runs
from artifactctl.verbs.publishing import Stored, Upload, publish
from artifactctl.verbs.registering import NewFiles, store_files
from artifactctl.verbs.saving import NewObject, store_object


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run in progress; `folder` is for its temporary files."""

    id: str
    name: str
    pipeline: str
    folder: Path
    process: int = field(default_factory=os.getpid)

    @property
    def is_here(self) -> bool:
        """Whether this process began the run; False in a fork."""
        return self.process == os.getpid()


@dataclass(frozen=True, slots=True)
class Measured:
    """The metadata that a step measured, and the points of its series by key."""

    metadata: Mapping[str, Any] = field(default_factory=dict)
    series: Mapping[str, Points] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a step: its status, and what to record of it.

    `outputs` become versions, by the name of the output: objects, or files. `reused` are existing
    versions that serve as outputs (pairs of name and ID), and get `reused_tags`; `copied_from` is
    the ID of the step that made them, whose metadata is copied to this step. `used` are versions
    that the step loaded itself (pairs of name and ID). `log` is the file with all that the step
    printed. `series` are points by key.
    """

    status: StepStatus
    details: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    log: Path | None = None
    used: Sequence[tuple[str, str]] = ()
    outputs: Sequence[tuple[str, NewObject | NewFiles]] = ()
    reused: Sequence[tuple[str, str]] = ()
    reused_tags: Sequence[str] = ()
    copied_from: str | None = None
    series: Mapping[str, Points] = field(default_factory=dict)


@contextmanager
def begin_run(
    home: Home,
    pipeline: str,
    name: str,
    *,
    details: Mapping[str, Any],
    tags: Tags = (),
    metadata: Mapping[str, Any],
    has_new_name: bool = False,
) -> Iterator[OpenRun]:
    """Record a new run; during the block other processes can see that its process is alive.

    With `has_new_name`, raises `EntityExistsError` when there is a run of that name.
    """
    with home.store.workspace() as folder:
        end_dead_runs(home)
        new = NewRun(
            id=str(uuid.uuid4()),
            name=name,
            pipeline=pipeline,
            details={**details, "workspace": os.path.basename(folder)},
            tags=names_of(tags, exclusive=False),
            exclusive_tags=names_of(tags, exclusive=True),
            metadata=plain_metadata(metadata),
        )
        _begin_run(home, new, tags, has_new_name=has_new_name)
        with beating(home, new.id):
            yield OpenRun(new.id, name, pipeline, Path(folder))


@repeated
def _begin_run(home: Home, new: NewRun, tags: Tags, *, has_new_name: bool) -> None:
    with home.change() as change:
        if has_new_name:
            running.check_run_name(change.transaction, new.name)
        change.record(declare(change.transaction, whole(tags)))
        change.record(running.begin_run(change.transaction, new))
        leasing.take_lease(change.transaction, new.id, RUN, LEASE_S)


@repeated
def end_run(home: Home, run_id: str, status: RunStatus, details: Mapping[str, object]) -> None:
    """Record the end of a run."""
    with home.change() as change:
        change.record(running.end_run(change.transaction, run_id, status.value, details))


@repeated
def begin_step(
    home: Home,
    run: OpenRun,
    name: str,
    *,
    details: Mapping[str, object],
    cache_key: str | None,
    inputs: Sequence[tuple[str, str]],
) -> str:
    """Record a new step and return its ID; `inputs` are pairs of a name and a version's ID."""
    new = NewStep(str(uuid.uuid4()), run.id, name, details, cache_key, inputs)
    # The record is written when the step ends: after a crash only the catalog knows this step.
    with home.change() as change:
        running.begin_step(change.transaction, new)
    return new.id


def end_step(home: Home, scope: StepScope, outcome: Outcome) -> list[ArtifactVersion]:
    """Publish all outputs of a step or none, and record its end.

    Return the new versions in the order of the outputs. Raises `ConflictError` when a version
    exists already, `StaleCacheError` when a version to be reused was deleted.
    """
    names = [name for name, _ in outcome.outputs]
    uploads = [_upload(home, scope, name, new) for name, new in outcome.outputs]
    log, log_bytes = None, 0

    def put_log() -> list[str]:
        nonlocal log, log_bytes
        log, log_bytes = _store_log(home, outcome.log)
        return [] if log is None else [log]

    def add(change: Change, new: Sequence[NewVersion]) -> list[Added]:
        end = StepEnd(
            id=scope.step_id,
            status=outcome.status.value,
            details=outcome.details,
            metadata=plain_metadata(outcome.metadata),
            log=log,
            log_bytes=log_bytes,
            inputs=outcome.used,
            outputs=list(zip(names, new, strict=True)),
            reused=outcome.reused,
            reused_tags=outcome.reused_tags,
            series=outcome.series,
        )
        added, changed = running.end_step(change.transaction, end)
        change.record(changed)
        return added

    published = publish(home, uploads, add, put_more=put_log)
    return [finding.version(home, Ref(item.id)) for item in published.added]


@repeated
def serve_step(
    home: Home,
    run: OpenRun,
    name: str,
    *,
    details: Mapping[str, object],
    cache_key: str,
    inputs: Sequence[tuple[str, str]],
    outcome: Outcome,
) -> None:
    """Record a step whose outputs are the existing versions that the outcome reuses.

    Raises `StaleCacheError` and records nothing when one of them, or the step that made them, was
    deleted.
    """
    new = NewStep(str(uuid.uuid4()), run.id, name, details, cache_key, inputs)
    end = StepEnd(
        new.id,
        outcome.status.value,
        reused=outcome.reused,
        reused_tags=outcome.reused_tags,
        copied_from=outcome.copied_from,
    )
    with home.change() as change:
        change.record(running.serve_step(change.transaction, new, end))


def find_cached(home: Home, cache_key: str) -> FormerStep | None:
    """Return the former step with this cache key.

    Return None also when the bytes of an output are gone, or linked local data has another size.
    """
    found = runs.find_cached(home.catalog, cache_key)
    if found is None:
        return None
    try:
        rows = [find_version(home.catalog, Ref(version_id)) for _, version_id in found.outputs]
    except NotFoundError:  # deleted in the meantime
        return None
    at_hand = [row for row in rows if row.link is None or row.link.startswith(LOCAL)]
    return None if verifying.verify(at_hand, home.store, quick=True) else found


@repeated
def limit_cache(home: Home, step_id: str, expires_at: datetime | None) -> StepRun:
    """Set the time after which a step's outputs are not reused; None: they always are.

    A time without a zone is local time. Raises `WrongUsageError` for a step that has not ended.
    """
    step = finding_runs.step(home, step_id)
    if step.ended is None:
        raise WrongUsageError(f"step {step.name!r} has not ended", hint="wait until it has")
    after_s = None
    if expires_at is not None:
        after_s = max(0.0, (expires_at.astimezone(UTC) - step.ended).total_seconds())
    with home.change() as change:
        change.record([running.limit_cache(change.transaction, step.id_text, after_s)])
    return finding_runs.step(home, step.id_text)


def _upload(home: Home, scope: StepScope, name: str, new: NewObject | NewFiles) -> Upload:
    """Return the upload for an output of a step; its errors name the output."""
    output = f"output {name!r} of step {scope.step!r}"
    with concerning(output):
        spec = new.spec.checked()

    def put() -> Stored:
        with concerning(output, done="saved"):
            if isinstance(new, NewFiles):
                return store_files(home, new)
            return store_object(home, new)

    return Upload(spec, put)


def _store_log(home: Home, log: Path | None) -> tuple[str | None, int]:
    if log is None or not log.exists() or not log.stat().st_size:
        return None, 0
    with log.open("rb") as stream:
        return home.store.put_stream(stream)
