"""What a run is going to do, decided before any step runs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from artifactctl.errors import concerning
from artifactctl.pipelines.composing import Invocation
from artifactctl.pipelines.external import ExternalArtifact
from artifactctl.pipelines.fitting import check_fit
from artifactctl.pipelines.inputs import arguments_of
from artifactctl.pipelines.naming import check_run_name, fill, moment_substitutions
from artifactctl.pipelines.options import PipelineOptions
from artifactctl.pipelines.outputs import Expected, expect
from artifactctl.pipelines.secrets import worth_hiding

if TYPE_CHECKING:
    from artifactctl.pipelines.run_file import RunConfig, StepConfig

_RUN_NAME = "{pipeline}-{date}-{time}"


@dataclass(frozen=True)
class PlannedStep:
    """One call of a step with all that is said of it.

    `is_keyed` is whether later runs may reuse what it makes, `may_be_cached` whether this one may.
    """

    invocation: Invocation
    arguments: Mapping[str, Any]
    substitutions: Mapping[str, str]
    expected: tuple[Expected, ...]
    is_keyed: bool
    may_be_cached: bool
    extract_metadata: bool
    extra: Mapping[str, Any]
    settings: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its name in the run."""
        return self.invocation.id


@dataclass(frozen=True)
class Plan:
    """A run of a pipeline before it begins; `secrets` are texts that no record may show."""

    pipeline: str
    run_name: str
    options: PipelineOptions
    steps: Sequence[PlannedStep]
    secrets: Collection[str] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


def make_plan(
    pipeline: str,
    options: PipelineOptions,
    invocations: Sequence[Invocation],
    config: "RunConfig | None",
    moment: datetime,
) -> Plan:
    """Put together what code and configuration say; `moment` is when the run begins, in UTC.

    Raises `InvalidInputError` for a step or output that is configured and does not exist, and for
    names that cannot be.
    """
    configured: Mapping[str, StepConfig] = config.steps if config else {}
    if config:
        check_fit(pipeline, invocations, config)
    general = {**moment_substitutions(moment), **options.substitutions}
    name = check_run_name(fill(options.run_name or _RUN_NAME, {"pipeline": pipeline, **general}))
    steps: list[PlannedStep] = []
    uncached: set[str] = set()
    for call in invocations:
        planned = _plan_step(pipeline, call, configured.get(call.id), options, general, uncached)
        if not planned.may_be_cached and _is_new_each_time(call, uncached):
            uncached.add(call.id)
        steps.append(planned)
    if config is None:
        return Plan(pipeline, name, options, steps)
    return Plan(pipeline, name, options, steps, worth_hiding(config.secrets), config.settings)


def _plan_step(
    pipeline: str,
    call: Invocation,
    configured: "StepConfig | None",
    options: PipelineOptions,
    general: Mapping[str, str],
    uncached: set[str],
) -> PlannedStep:
    own = call.step.options
    outputs = call.step.signature.outputs
    substitutions = {
        **general,
        **own.substitutions,
        **(configured.substitutions if configured else {}),
    }
    expected: list[Expected] = []
    for output in outputs:
        said_of = configured.outputs.get(output.key) if configured else None
        default = f"{pipeline}::{call.id}::{output.key}"
        with concerning(f"output {output.key!r} of step {call.id!r}"):
            expected.append(
                expect(output, said_of, default, own.output_materializers, substitutions)
            )
    said = configured.enable_cache if configured else None
    enabled = first_said(said, own.enable_cache, options.enable_cache)
    extract = first_said(
        configured.enable_artifact_metadata if configured else None,
        own.enable_artifact_metadata,
        options.enable_artifact_metadata,
    )
    parameters = {**own.parameters, **(configured.parameters if configured else {})}
    is_keyed = enabled is not False and not _is_new_each_time(call, uncached)
    return PlannedStep(
        call,
        arguments_of(call, parameters),
        substitutions,
        tuple(expected),
        is_keyed=is_keyed,
        may_be_cached=is_keyed,
        extract_metadata=extract is not False,
        extra={**own.extra, **(configured.extra if configured else {})},
        settings=configured.settings if configured else {},
    )


def _is_new_each_time(call: Invocation, uncached: set[str]) -> bool:
    """Whether a call takes something from outside, or from a step that does."""
    is_external = any(_has_external(value) for value in call.arguments.values())
    return is_external or bool(call.upstream & uncached)


def _has_external(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(_has_external(item) for item in value)
    if isinstance(value, dict):
        return any(_has_external(item) for item in value.values())
    return isinstance(value, ExternalArtifact)


def first_said(*values: bool | None) -> bool | None:
    """The first that says yes or no."""
    return next((value for value in values if value is not None), None)
