"""The plan of a run of a Python pipeline, made before any step runs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from artifactctl.errors import InvalidInputError, concerning
from artifactctl.pipelines.cache_policy import CachePolicy
from artifactctl.pipelines.engine.outputs import Expected, expect
from artifactctl.pipelines.engine.plan import run_name
from artifactctl.pipelines.naming import moment_substitutions
from artifactctl.pipelines.python.composing import Invocation
from artifactctl.pipelines.python.external import ExternalArtifact
from artifactctl.pipelines.python.fitting import check_fit
from artifactctl.pipelines.python.inputs import arguments_of
from artifactctl.pipelines.python.options import PipelineOptions
from artifactctl.pipelines.secrets import worth_hiding

if TYPE_CHECKING:
    from artifactctl.pipelines.files import RunConfig, StepConfig

T = TypeVar("T")


@dataclass(frozen=True)
class PlannedStep:
    """One call of a step, with its arguments, outputs and options.

    `may_be_cached` tells whether it may reuse earlier outputs; later runs may reuse its own in any
    case.
    """

    invocation: Invocation
    arguments: Mapping[str, Any]
    substitutions: Mapping[str, str]
    expected: tuple[Expected, ...]
    may_be_cached: bool
    extract_metadata: bool
    visualize: bool
    extra: Mapping[str, Any]
    settings: Mapping[str, Any]
    cache_policy: CachePolicy = field(default_factory=CachePolicy)

    @property
    def name(self) -> str:
        """The step's name in the run."""
        return self.invocation.id

    @property
    def said(self) -> Mapping[str, object]:
        """The configured `extra` and `settings`, which the step's code can ask for."""
        return _said(self.extra, self.settings)


@dataclass(frozen=True)
class Plan:
    """A run of a pipeline before it begins; `secrets` are texts that no record may contain."""

    pipeline: str
    run_name: str
    options: PipelineOptions
    steps: Sequence[PlannedStep]
    secrets: Collection[str] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def said(self) -> Mapping[str, object]:
        """The configured `extra` and `settings`, which the code of the steps can ask for."""
        return _said(self.options.extra, self.settings)


def make_plan(
    pipeline: str,
    options: PipelineOptions,
    invocations: Sequence[Invocation],
    config: "RunConfig | None",
    moment: datetime,
) -> Plan:
    """The plan from code and configuration; `moment` is the begin of the run, in UTC.

    Raises `InvalidInputError` for configured steps or outputs that do not exist, and for invalid
    names.
    """
    configured: Mapping[str, StepConfig] = config.steps if config else {}
    if config:
        check_fit(pipeline, invocations, config)
    general = {**moment_substitutions(moment), **options.substitutions}
    name = run_name(options.run_name, pipeline, general)
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
    substitutions = {
        **general,
        **own.substitutions,
        **(configured.substitutions if configured else {}),
    }
    said = configured.enable_cache if configured else None
    enabled = first_said(said, own.enable_cache, options.enable_cache)
    policy = first_said(
        configured.cache_policy if configured else None, own.cache_policy, options.cache_policy
    )
    extract = first_said(
        configured.enable_artifact_metadata if configured else None,
        own.enable_artifact_metadata,
        options.enable_artifact_metadata,
    )
    visualize = first_said(
        configured.enable_artifact_visualization if configured else None,
        own.enable_artifact_visualization,
        options.enable_artifact_visualization,
    )
    expected = _expected(pipeline, call, configured, substitutions)
    parameters = {**own.parameters, **(configured.parameters if configured else {})}
    return PlannedStep(
        call,
        arguments_of(call, parameters),
        substitutions,
        expected,
        may_be_cached=enabled is not False and not _is_new_each_time(call, uncached),
        extract_metadata=extract is not False,
        visualize=visualize is not False,
        extra={**own.extra, **(configured.extra if configured else {})},
        settings=configured.settings if configured else {},
        cache_policy=policy or CachePolicy(),
    )


def _expected(
    pipeline: str,
    call: Invocation,
    configured: "StepConfig | None",
    substitutions: Mapping[str, str],
) -> tuple[Expected, ...]:
    """The outputs of a step with their names; raises `InvalidInputError` for a repeated name."""
    expected: list[Expected] = []
    materializers = call.step.options.output_materializers
    for output in call.step.signature.outputs:
        said = configured.outputs.get(output.key) if configured else None
        default = f"{pipeline}::{call.id}::{output.key}"
        with concerning(f"output {output.key!r} of step {call.id!r}"):
            expected.append(expect(output, said, default, materializers, substitutions))
    _check_names(call.id, expected)
    return tuple(expected)


def _check_names(step: str, expected: Sequence[Expected]) -> None:
    names = [output.name for output in expected]
    for name in names:
        if names.count(name) > 1:
            raise InvalidInputError(
                f"step {step!r} has two outputs {name!r}", hint="substitute different texts"
            )


def _said(extra: Mapping[str, object], settings: Mapping[str, object]) -> Mapping[str, object]:
    said = {"extra": extra, "settings": settings}
    return {key: value for key, value in said.items() if value}


def _is_new_each_time(call: Invocation, uncached: set[str]) -> bool:
    """Whether a call takes an external artifact, or needs a step that does."""
    is_external = any(_has_external(value) for value in call.arguments.values())
    return is_external or bool(call.upstream & uncached)


def _has_external(value: object) -> bool:
    if isinstance(value, list | tuple):
        return any(_has_external(item) for item in value)
    if isinstance(value, dict):
        return any(_has_external(item) for item in value.values())
    return isinstance(value, ExternalArtifact)


def first_said(*values: T | None) -> T | None:
    """The first value that is not None."""
    return next((value for value in values if value is not None), None)
