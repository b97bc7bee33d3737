"""A plan is carried out: each step is served by the cache, or its function is called."""

import contextlib
import inspect
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artifactctl.catalog.reading.finding import check_free
from artifactctl.context import StepScope
from artifactctl.enums import ArtifactSaveType, StepStatus
from artifactctl.errors import (
    ArtifactctlError,
    InvalidInputError,
    NotFoundError,
    StepFailedError,
    UnsafeError,
    WrongUsageError,
    concerning,
)
from artifactctl.materializers import materializer_declared
from artifactctl.metadata import plain_metadata
from artifactctl.pipelines.engine import logs
from artifactctl.pipelines.engine.cache import Reuse, find_served, remembered, serve
from artifactctl.pipelines.engine.outputs import Expected
from artifactctl.pipelines.engine.recording import RunFacts, described, is_cancelled, recorded
from artifactctl.pipelines.engine.reports import StepReport, Watch
from artifactctl.pipelines.python import step_context
from artifactctl.pipelines.python.annotations import class_of, classes_of
from artifactctl.pipelines.python.external import ExternalArtifact
from artifactctl.pipelines.python.inputs import as_annotated, load_all, resolve, versions_in
from artifactctl.pipelines.python.inputs import described as described_inputs
from artifactctl.pipelines.python.keys import cache_key
from artifactctl.pipelines.python.plan import Plan, PlannedStep
from artifactctl.pipelines.python.returned import values_of
from artifactctl.pipelines.python.step_context import Addition, StepContext, outputs_added
from artifactctl.pipelines.secrets import without
from artifactctl.results.recorded import ArtifactVersion
from artifactctl.tags import Tag
from artifactctl.verbs import loading, recording, saving
from artifactctl.verbs.publishing import VersionSpec
from artifactctl.verbs.recording import OpenRun, Outcome
from artifactctl.verbs.saving import NewObject

if TYPE_CHECKING:
    from artifactctl.client import Client


_NO_OUTPUT = (InvalidInputError, NotFoundError, UnsafeError)
"""What is wrong with a value that a step made, and not with where it is to be kept."""

Results = dict[str, dict[str, ArtifactVersion]]
"""What steps gave: by step, then by output."""


def execute(
    client: "Client",
    plan: Plan,
    details: Mapping[str, Any],
    watch: Watch,
    *,
    wraps_errors: bool = False,
) -> tuple[str, Results]:
    """Run the steps in their order; return the run's ID, and what they gave by step and output.

    What a step raises ends the run, is recorded with it, and is raised again; with `wraps_errors`
    as `StepFailedError` when it comes from the step's own code. Versions of steps that had ended
    stay.
    """
    _check_versions(client, [step for step in plan.steps if not step.may_be_cached])
    options = plan.options
    cascading = [tag for tag in options.tags if _cascades(tag)]
    facts = RunFacts(
        plan.pipeline,
        plan.run_name,
        {**details, **_recorded(plan.said, plan.secrets)},
        options.tags,
        options.metadata,
        plan.secrets,
    )
    begun = recorded(client, facts, watch, lambda error: _call(options.on_failure, error))
    with logs.apart(), begun as run:
        execution = Execution(client, run, plan, cascading, watch, wraps_errors)
        for step in plan.steps:
            execution.run_step(step)
        _call(options.on_success)
    return run.id, execution.published


@dataclass
class Execution:
    """A run under way, and what its steps have made: by step, then by output."""

    client: "Client"
    run: OpenRun
    plan: Plan
    cascading: Sequence[Any]
    watch: Watch
    wraps_errors: bool
    published: Results = field(default_factory=dict)
    made: set[str] = field(default_factory=set)

    @property
    def secrets(self) -> Collection[str]:
        """Texts that no record may show."""
        return self.plan.secrets

    def run_step(self, step: PlannedStep) -> None:
        """Have what a step gives, from its cache or by calling it."""
        arguments = resolve(
            step.name,
            step.arguments,
            self.published,
            self.client,
            lambda name, external: self._keep(step, name, external),
        )
        key = cache_key(step, arguments)
        if step.may_be_cached and self._reuse(step, arguments, key):
            return
        _check_versions(self.client, [step])
        self._call_step(step, arguments, key)

    def _reuse(self, step: PlannedStep, arguments: Mapping[str, Any], key: str) -> bool:
        """Have an earlier step's outputs serve; whether there is one, still whole."""
        served = find_served(self.client, key, step.expected, step.cache_policy.expires_after)
        if served is None:
            return False
        tags = [tag.name if isinstance(tag, Tag) else tag for tag in self.cascading]
        reuse = Reuse(step.name, self._details(step, arguments), key, _inputs(arguments), tags)
        if not serve(self.client, self.run, served, reuse):
            return False
        self.published[step.name] = dict(served.versions)
        self._report(step, StepStatus.CACHED)
        return True

    def _call_step(self, step: PlannedStep, arguments: Mapping[str, Any], key: str) -> None:
        """Call the step's function and publish what it returns, all of it or nothing."""
        scope, began = self._begin(step, arguments, key), time.monotonic()
        self.watch.began(step.name)
        log = self.run.folder / f"{scope.step_id}.log"
        added = outputs_added([output.key for output in step.expected])
        here = StepContext(self.client, scope, step.arguments, added, self.plan.said, step.said)
        try:
            with logs.kept_in(log, self.secrets), self._failing(step, InvalidInputError):
                values = self._values(step, self._load(step, arguments), here)
            outputs = self._outputs(step, values, added)
            done = Outcome(StepStatus.COMPLETED, log=log, used=scope.used, outputs=outputs)
            with self._failing(step, *_NO_OUTPUT):
                versions = recording.end_step(self.client.home, scope, done)
        except BaseException as error:
            if not self.run.is_here:  # a fork that leaves the step ends nothing
                raise
            self._fail(step, scope, error, log, began)
            raise
        keys = [output.key for output in step.expected]
        self.published[step.name] = dict(zip(keys, versions, strict=True))
        self.made.update(version.id for version in versions)
        self._report(step, StepStatus.COMPLETED, began)

    def _values(self, step: PlannedStep, loaded: Mapping[str, Any], here: StepContext) -> list[Any]:
        """What the step's function gives, by output."""
        own = step.invocation.step
        with self._failing(step, Exception, SystemExit), step_context.running(here):
            result = own.entrypoint(
                **as_annotated(step.name, own.signature, step.arguments, loaded)
            )
            _check_process(self.run, step)
            values = values_of(step.name, result, own.signature)
            _call(own.options.on_success)
            return values

    @contextlib.contextmanager
    def _failing(self, step: PlannedStep, *kinds: type[BaseException]) -> Iterator[None]:
        """Have errors of these kinds be the step's failure, where that is wanted."""
        try:
            yield
        except kinds as error:
            if not self.wraps_errors or not self.run.is_here:
                raise
            said = f"{type(error).__qualname__}: {error}"
            raise StepFailedError(
                f"step {step.name!r} of run {self.run.name!r} failed: {said}"
            ) from error

    def _report(
        self,
        step: PlannedStep,
        status: StepStatus,
        began: float | None = None,
        error: Mapping[str, str] | None = None,
    ) -> None:
        made = self.published.get(step.name, {})
        refs = {key: version.ref for key, version in made.items()}
        took = None if began is None else round(time.monotonic() - began, 3)
        said = None if error is None else f"{error['type']}: {error['message']}"
        self.watch.ended(StepReport(step.name, status.value, refs, took, error=said))

    def _fail(
        self, step: PlannedStep, scope: StepScope, error: BaseException, log: Path, began: float
    ) -> None:
        status = StepStatus.CANCELLED if is_cancelled(error) else StepStatus.FAILED
        said = described(error, self.secrets)
        self._report(step, status, began, said)
        failed = Outcome(status, {"error": said}, log=log, used=scope.used)
        # What the step raised matters more; a run that cannot be ended is ended by the next.
        with contextlib.suppress(ArtifactctlError, OSError):
            recording.end_step(self.client.home, scope, failed)
        _call(step.invocation.step.options.on_failure, error)

    def _outputs(
        self, step: PlannedStep, values: Sequence[Any], added: Mapping[str, Addition]
    ) -> list[tuple[str, NewObject]]:
        return [
            (output.name, _new_object(step, output, value, added[output.key], self.cascading))
            for output, value in zip(step.expected, values, strict=True)
        ]

    def _begin(self, step: PlannedStep, arguments: Mapping[str, Any], key: str) -> StepScope:
        step_id = recording.begin_step(
            self.client.home,
            self.run,
            step.name,
            details=self._details(step, arguments),
            cache_key=key,
            inputs=_inputs(arguments),
        )
        return StepScope(
            home=self.client.settings.home.value,
            run_id=self.run.id,
            run_name=self.run.name,
            pipeline=self.run.pipeline,
            step_id=step_id,
            step=step.name,
            substitutions=step.substitutions,
        )

    def _details(self, step: PlannedStep, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """What is recorded of a step when it begins."""
        own, inputs = step.invocation.step, dict(_inputs(arguments))
        plain = {name: value for name, value in arguments.items() if name not in inputs}
        parameters = described_inputs(step.name, plain, lambda version: version.ref)
        return {
            "source": f"{own.entrypoint.__module__}:{own.entrypoint.__qualname__}",
            "parameters": without(parameters, self.secrets),
            **_recorded(step.said, self.secrets),
            **remembered(step.expected, step.cache_policy.expires_after),
        }

    def _load(self, step: PlannedStep, arguments: Mapping[str, Any]) -> dict[str, Any]:
        types = step.invocation.step.signature.types

        def load(name: str, version: ArtifactVersion, is_vouched: bool) -> Any:
            # What this run has just made is no stranger's; what its cache serves may be one's.
            consent, wanted = is_vouched or version.id in self.made, class_of(types.get(name))
            with concerning(f"input {name!r} of step {step.name!r}", done="loaded"):
                return loading.load(
                    self.client.home, version.id, allow_pickle=consent, wanted=wanted
                )

        return load_all(arguments, load)

    def _keep(self, step: PlannedStep, name: str, external: ExternalArtifact) -> ArtifactVersion:
        new = NewObject(
            external.value,
            VersionSpec(
                f"{self.run.pipeline}::{step.name}::{name}",
                has_custom_name=False,
                save_type=ArtifactSaveType.EXTERNAL,
            ),
            external.materializer,
            external.store_artifact_metadata,
        )
        kept = saving.save(self.client.home, new)
        self.made.add(kept.id)
        return kept


def _new_object(
    step: PlannedStep, output: Expected, value: Any, added: Addition, cascading: Sequence[Any]
) -> NewObject:
    """The version that a value becomes, with what the step's function added."""
    declared = materializer_declared(value, classes_of(output.annotation))
    spec = VersionSpec(
        output.artifact,
        output.version,
        output.type,
        (*output.tags, *added.tags, *cascading),
        {**output.metadata, **added.metadata},
        output.has_custom_name,
        ArtifactSaveType.STEP_OUTPUT,
    )
    return NewObject(value, spec, output.materializer or declared, step.extract_metadata)


def _recorded(said: Mapping[str, Any], secrets: Collection[str]) -> dict[str, Any]:
    """What was configured as it can be kept."""
    return {key: without(plain_metadata(value), secrets) for key, value in said.items()}


def _inputs(arguments: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, version.id) for name, version in versions_in(arguments)]


def _check_versions(client: "Client", steps: Sequence[PlannedStep]) -> None:
    """Raise `ConflictError` when a step would make a version that exists."""
    for step in steps:
        for output in step.expected:
            if output.version is not None:
                with concerning(f"output {output.key!r} of step {step.name!r}"):
                    check_free(client.catalog, output.artifact, output.version)


def _check_process(run: OpenRun, step: PlannedStep) -> None:
    if not run.is_here:
        raise WrongUsageError(
            f"a forked process returned from step {step.name!r}", hint="end it with os._exit()"
        )


def _cascades(tag: Any) -> bool:
    return isinstance(tag, Tag) and bool(tag.cascade)


def _call(hook: Any, error: BaseException | None = None) -> None:
    """Call a hook with the error when it takes one."""
    if hook is None:
        return
    takes_error = error is not None and inspect.signature(hook).parameters
    hook(error) if takes_error else hook()
