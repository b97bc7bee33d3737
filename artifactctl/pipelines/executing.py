"""A plan is carried out: each step is served by the cache, or its function is called."""

import inspect
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from artifactctl.catalog.finding import check_free
from artifactctl.client import loading, running, saving
from artifactctl.client.results import ArtifactVersion
from artifactctl.client.running import OpenRun, Outcome
from artifactctl.client.saving import NewObject
from artifactctl.context import StepScope
from artifactctl.enums import StepStatus
from artifactctl.errors import StaleCacheError, StepFailedError
from artifactctl.pipelines import logs, step_context
from artifactctl.pipelines.caching import cache_key
from artifactctl.pipelines.external import ExternalArtifact
from artifactctl.pipelines.inputs import described as described_inputs
from artifactctl.pipelines.inputs import load_all, resolve, versions_in
from artifactctl.pipelines.outputs import values_of
from artifactctl.pipelines.plan import Plan, PlannedStep
from artifactctl.pipelines.recording import RunFacts, described, recorded
from artifactctl.pipelines.reports import SILENT, StepReport, Watch
from artifactctl.pipelines.secrets import without
from artifactctl.pipelines.step_context import StepContext, outputs_added
from artifactctl.tags import Tag

if TYPE_CHECKING:
    from artifactctl.client import Client


Results = dict[str, dict[str, ArtifactVersion]]
"""What steps gave: by step, then by output."""


def execute(
    client: "Client",
    plan: Plan,
    details: Mapping[str, Any],
    watch: Watch = SILENT,
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
        plan.pipeline, plan.run_name, details, options.tags, options.metadata, plan.secrets
    )
    with recorded(client, facts, lambda error: _call(options.on_failure, error)) as run:
        watch.opened(run.id)
        execution = Execution(client, run, cascading, plan.secrets, watch, wraps_errors)
        for step in plan.steps:
            execution.run_step(step)
        _call(options.on_success)
    return run.id, execution.published


@dataclass
class Execution:
    """A run under way, and what its steps have made: by step, then by output."""

    client: "Client"
    run: OpenRun
    cascading: Sequence[Any]
    secrets: Collection[str]
    watch: Watch
    wraps_errors: bool
    published: Results = field(default_factory=dict)

    def run_step(self, step: PlannedStep) -> None:
        """Have what a step gives, from its cache or by calling it."""
        arguments = resolve(
            step.arguments,
            self.published,
            self.client,
            lambda name, external: self._keep(step, name, external),
        )
        key = None
        if step.may_be_cached:
            key = cache_key(step.name, step.invocation.step, arguments, step.expected)
            if self._reuse(step, arguments, key):
                return
        _check_versions(self.client, [step])
        self._call_step(step, arguments, key)

    def _reuse(self, step: PlannedStep, arguments: Mapping[str, Any], key: str) -> bool:
        """Have an earlier step's outputs serve; whether there is one, still whole."""
        found = running.find_cached(self.client, key)
        if found is None:
            return False
        source, reused = found
        scope = self._begin(step, arguments, key, {"cached_from": source})
        tags = [tag.name if isinstance(tag, Tag) else tag for tag in self.cascading]
        outcome = Outcome(StepStatus.CACHED, reused=reused, reused_tags=tags)
        try:
            running.end_step(self.client, scope, outcome)
        except StaleCacheError:  # deleted a moment ago: the step has to run
            self._finish(step, arguments, scope)
            return True
        self.published[step.name] = {
            name: self.client.get_artifact_version(version_id) for name, version_id in reused
        }
        self._report(step, StepStatus.CACHED)
        return True

    def _call_step(self, step: PlannedStep, arguments: Mapping[str, Any], key: str | None) -> None:
        self._finish(step, arguments, self._begin(step, arguments, key, {}))

    def _finish(self, step: PlannedStep, arguments: Mapping[str, Any], scope: StepScope) -> None:
        """Call the step's function and publish what it returns, all of it or nothing."""
        self.watch.began(step.name)
        log = self.run.folder / f"{scope.step_id}.log"
        own = step.invocation.step
        added = outputs_added([output.key for output in step.expected])
        here = StepContext(self.client, scope, step.arguments, added)
        try:
            with logs.kept_in(log, self.secrets), step_context.running(here):
                result = self._result(step, self._load(step, arguments))
                values = values_of(
                    step.name, result, own.signature.outputs, several=own.signature.returns_several
                )
                _call(own.options.on_success)
            outputs = self._outputs(step, values, added)
            used = list(scope.used.items())
            done = Outcome(StepStatus.COMPLETED, log=log, used=used, outputs=outputs)
            versions = running.end_step(self.client, scope, done)
        except BaseException as error:
            self._fail(step, scope, error, Outcome(StepStatus.FAILED, log=log))
            raise
        keys = [output.key for output in step.expected]
        self.published[step.name] = dict(zip(keys, versions, strict=True))
        self._report(step, StepStatus.COMPLETED)

    def _result(self, step: PlannedStep, values: Mapping[str, Any]) -> Any:
        """What the step's function gives."""
        try:
            return step.invocation.step.entrypoint(**values)
        except Exception as error:
            if not self.wraps_errors:
                raise
            said = f"{type(error).__qualname__}: {error}"
            raise StepFailedError(
                f"step {step.name!r} of run {self.run.name!r} failed: {said}"
            ) from error

    def _report(self, step: PlannedStep, status: StepStatus) -> None:
        made = self.published.get(step.name, {})
        refs = {key: version.ref for key, version in made.items()}
        self.watch.ended(StepReport(step.name, status.value, refs))

    def _fail(
        self, step: PlannedStep, scope: StepScope, error: BaseException, outcome: Outcome
    ) -> None:
        status = StepStatus.FAILED if isinstance(error, Exception) else StepStatus.CANCELLED
        used = list(scope.used.items())
        end = {"error": described(error, self.secrets)}
        failed = Outcome(status, end, log=outcome.log, used=used)
        running.end_step(self.client, scope, failed)
        self._report(step, status)
        _call(step.invocation.step.options.on_failure, error)

    def _outputs(
        self, step: PlannedStep, values: Sequence[Any], added: Mapping[str, Any]
    ) -> list[tuple[str, NewObject]]:
        return [
            (
                output.key,
                output.made_of(
                    value,
                    added[output.key],
                    extract_metadata=step.extract_metadata,
                    cascading=self.cascading,
                ),
            )
            for output, value in zip(step.expected, values, strict=True)
        ]

    def _begin(
        self,
        step: PlannedStep,
        arguments: Mapping[str, Any],
        key: str | None,
        details: Mapping[str, Any],
    ) -> StepScope:
        inputs = [(name, version.id) for name, version in versions_in(arguments)]
        own = step.invocation.step
        parameters = described_inputs(
            step.name, arguments, lambda version: {"version": version.ref}
        )
        source = f"{own.entrypoint.__module__}:{own.entrypoint.__qualname__}"
        step_id = running.begin_step(
            self.client,
            self.run,
            step.name,
            details={
                "source": source,
                "parameters": without(parameters, self.secrets),
                "extra": dict(own.options.extra),
                **details,
            },
            cache_key=key,
            inputs=inputs,
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

    def _load(self, step: PlannedStep, arguments: Mapping[str, Any]) -> dict[str, Any]:
        types = step.invocation.step.signature.types
        own = {version.id for made in self.published.values() for version in made.values()}

        def load(name: str, version: ArtifactVersion, is_vouched: bool) -> Any:
            # What this run has just made is no stranger's.
            consent, wanted = is_vouched or version.id in own, _class_of(types.get(name))
            return loading.load(self.client, version.id, allow_pickle=consent, wanted=wanted)

        return load_all(arguments, load)

    def _keep(self, step: PlannedStep, name: str, external: ExternalArtifact) -> ArtifactVersion:
        new = NewObject(
            external.value,
            f"{self.run.pipeline}::{step.name}::{name}",
            materializer=external.materializer,
            extract_metadata=external.store_artifact_metadata,
            has_custom_name=False,
            save_type="external",
        )
        return saving.save(self.client, new)


def _check_versions(client: "Client", steps: Sequence[PlannedStep]) -> None:
    """Raise `ConflictError` when a step would make a version that exists."""
    for step in steps:
        for output in step.expected:
            if output.version is not None:
                check_free(client.catalog, output.artifact, output.version)


def _cascades(tag: Any) -> bool:
    return isinstance(tag, Tag) and bool(tag.cascade)


def _class_of(annotation: Any) -> type | None:
    return annotation if isinstance(annotation, type) else None


def _call(hook: Any, error: BaseException | None = None) -> None:
    """Call a hook with the error when it takes one."""
    if hook is None:
        return
    takes_error = error is not None and inspect.signature(hook).parameters
    hook(error) if takes_error else hook()
