"""A plan is carried out: each step is served by the cache, or its function is called."""

import contextlib
import inspect
import traceback
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artifactctl.catalog.finding import check_free
from artifactctl.client import loading, running, saving
from artifactctl.client.results import ArtifactVersion
from artifactctl.client.running import OpenRun, Outcome
from artifactctl.client.saving import NewObject
from artifactctl.context import StepScope
from artifactctl.enums import RunStatus, StepStatus
from artifactctl.errors import ArtifactctlError, StaleCacheError, WrongUsageError
from artifactctl.pipelines import logs, step_context
from artifactctl.pipelines.caching import cache_key
from artifactctl.pipelines.external import ExternalArtifact
from artifactctl.pipelines.inputs import (
    described,
    load_all,
    resolve,
    versions_in,
)
from artifactctl.pipelines.outputs import values_of
from artifactctl.pipelines.plan import Plan, PlannedStep
from artifactctl.pipelines.secrets import without
from artifactctl.pipelines.step_context import StepContext, outputs_added
from artifactctl.pipelines.telling import tell
from artifactctl.tags import Tag

if TYPE_CHECKING:
    from artifactctl.client import Client


def execute(
    client: "Client", plan: Plan, details: Mapping[str, Any]
) -> tuple[str, dict[str, dict[str, ArtifactVersion]]]:
    """Run the steps in their order; return the run's ID, and what they gave by step and output.

    What a step raises ends the run, is recorded with it, and is raised again. Versions of steps
    that had ended stay.
    """
    _check_versions(client, [step for step in plan.steps if not step.may_be_cached])
    options = plan.options
    begun = running.begin_run(
        client,
        plan.pipeline,
        plan.run_name,
        details=details,
        tags=options.tags,
        metadata=options.metadata,
    )
    with logs.apart(), begun as run:
        cascading = [tag for tag in options.tags if _cascades(tag)]
        execution = Execution(client, run, cascading, plan.secrets)
        tell(f"run {run.name} of pipeline {plan.pipeline} begins")
        try:
            for step in plan.steps:
                execution.run_step(step)
            _call(options.on_success)
        except BaseException as error:
            if not run.is_here:
                raise
            status = RunStatus.CANCELLED if _is_cancelled(error) else RunStatus.FAILED
            tell(f"run {run.name} {status.value}")
            with contextlib.suppress(ArtifactctlError, OSError):  # as with a step's end
                running.end_run(client, run.id, status, {"error": _described(error, plan.secrets)})
            _call(options.on_failure, error)
            raise
        running.end_run(client, run.id, RunStatus.COMPLETED, {})
        tell(f"run {run.name} completed")
    return run.id, execution.published


@dataclass
class Execution:
    """A run under way, and what its steps have made: by step, then by output."""

    client: "Client"
    run: OpenRun
    cascading: Sequence[Any]
    secrets: Collection[str]
    published: dict[str, dict[str, ArtifactVersion]] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)

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
        self._tell(step, StepStatus.CACHED)
        return True

    def _call_step(self, step: PlannedStep, arguments: Mapping[str, Any], key: str | None) -> None:
        self._finish(step, arguments, self._begin(step, arguments, key, {}))

    def _finish(self, step: PlannedStep, arguments: Mapping[str, Any], scope: StepScope) -> None:
        """Call the step's function and publish what it returns, all of it or nothing."""
        log = self.run.folder / f"{scope.step_id}.log"
        own = step.invocation.step
        added = outputs_added([output.key for output in step.expected])
        here = StepContext(self.client, scope, step.arguments, added)
        try:
            with logs.kept_in(log):
                values = self._load(step, arguments)
                with step_context.running(here):
                    result = own.entrypoint(**values)
                    _check_process(self.run, step)
                    _call(own.options.on_success)
            made = values_of(
                step.name, result, own.signature.outputs, several=own.signature.returns_several
            )
            outputs = self._outputs(step, made, added)
            done = Outcome(StepStatus.COMPLETED, log=log, used=scope.used, outputs=outputs)
            versions = running.end_step(self.client, scope, done)
        except BaseException as error:
            if not self.run.is_here:  # a fork that leaves the step ends nothing
                raise
            self._fail(step, scope, error, log)
            raise
        keys = [output.key for output in step.expected]
        self.published[step.name] = dict(zip(keys, versions, strict=True))
        self.made.update(version.id for version in versions)
        self._tell(step, StepStatus.COMPLETED)

    def _tell(self, step: PlannedStep, status: StepStatus) -> None:
        refs = ", ".join(version.ref for version in self.published[step.name].values())
        tell(f"step {step.name} {status.value}" + f": {refs}" * bool(refs))

    def _fail(self, step: PlannedStep, scope: StepScope, error: BaseException, log: Path) -> None:
        status = StepStatus.CANCELLED if _is_cancelled(error) else StepStatus.FAILED
        described = _described(error, self.secrets)
        tell(f"step {step.name} {status.value}: {described['type']}: {described['message']}")
        failed = Outcome(status, {"error": described}, log=log, used=scope.used)
        # What the step raised matters more; a run that cannot be ended is ended by the next.
        with contextlib.suppress(ArtifactctlError, OSError):
            running.end_step(self.client, scope, failed)
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
        plain = {name: value for name, value in arguments.items() if name not in dict(inputs)}
        parameters = described(step.name, plain, lambda version: version.ref)
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

        def load(name: str, version: ArtifactVersion, is_vouched: bool) -> Any:
            # What this run has just made is no stranger's; what its cache serves may be one's.
            consent, wanted = is_vouched or version.id in self.made, _class_of(types.get(name))
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
        kept = saving.save(self.client, new)
        self.made.add(kept.id)
        return kept


def _check_versions(client: "Client", steps: Sequence[PlannedStep]) -> None:
    """Raise `ConflictError` when a step would make a version that exists."""
    for step in steps:
        for output in step.expected:
            if output.version is not None:
                check_free(client.catalog, output.artifact, output.version)


def _check_process(run: OpenRun, step: PlannedStep) -> None:
    if not run.is_here:
        raise WrongUsageError(
            f"a forked process returned from step {step.name!r}", hint="end it with os._exit()"
        )


def _is_cancelled(error: BaseException) -> bool:
    return isinstance(error, KeyboardInterrupt)


def _cascades(tag: Any) -> bool:
    return isinstance(tag, Tag) and bool(tag.cascade)


def _class_of(annotation: Any) -> type | None:
    """The class that an input is said to be of; protocols and the like are none to be made."""
    is_class = isinstance(annotation, type) and annotation is not Any
    return annotation if is_class and not getattr(annotation, "_is_protocol", False) else None


def _described(error: BaseException, secrets: Collection[str]) -> dict[str, str]:
    texts = {
        "type": type(error).__qualname__,
        "message": str(error),
        "traceback": "".join(traceback.format_exception(error)),
    }
    return {key: without(text, secrets) for key, text in texts.items()}


def _call(hook: Any, error: BaseException | None = None) -> None:
    """Call a hook with the error when it takes one."""
    if hook is None:
        return
    takes_error = error is not None and inspect.signature(hook).parameters
    hook(error) if takes_error else hook()
