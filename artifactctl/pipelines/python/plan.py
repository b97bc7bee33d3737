"""The plan of a run of a Python pipeline, made before any step runs."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from artifactctl.errors import InvalidInputError, concerning
from artifactctl.materializers import materializer_named
from artifactctl.pipelines.engine.outputs import Expected, expect
from artifactctl.pipelines.engine.plan import run_name
from artifactctl.pipelines.naming import moment_substitutions
from artifactctl.pipelines.python.composing import Invocation, leaves
from artifactctl.pipelines.python.fitting import raise_misfits, step_misfits
from artifactctl.pipelines.python.hooks import hook_of
from artifactctl.pipelines.python.input_artifacts import ExternalArtifact
from artifactctl.pipelines.python.inputs import arguments_of
from artifactctl.pipelines.python.options import (
    PipelineOptions,
    StepOptions,
    forced_flags,
    in_force,
    secrets_in,
    with_environment,
)
from artifactctl.pipelines.secrets import worth_hiding
from artifactctl.pipelines.step_options import CachePolicy
from artifactctl.tags import Tag

if TYPE_CHECKING:
    from artifactctl.pipelines.files import RunConfig, StepConfig


@dataclass(frozen=True)
class PlannedStep:
    """One call of a step, with its arguments, outputs, and options in force.

    `may_be_cached` tells whether it may reuse earlier outputs; later runs may reuse its own in any
    case. The hooks are those of the options, as functions.
    """

    invocation: Invocation
    arguments: Mapping[str, Any]
    substitutions: Mapping[str, str]
    expected: tuple[Expected, ...]
    may_be_cached: bool
    options: StepOptions = field(default_factory=StepOptions)
    on_success: Callable[..., Any] | None = None
    on_failure: Callable[..., Any] | None = None

    @property
    def name(self) -> str:
        """The step's name in the run."""
        return self.invocation.id

    @property
    def cache_policy(self) -> CachePolicy:
        """The cache policy in force."""
        return self.options.cache_policy or CachePolicy()


@dataclass(frozen=True)
class Plan:
    """A run of a pipeline before it begins; `secrets` are texts that no record may contain."""

    pipeline: str
    run_name: str
    options: PipelineOptions
    steps: Sequence[PlannedStep]
    secrets: Collection[str] = ()
    substitutions: Mapping[str, str] = field(default_factory=dict)

    @property
    def cascading_tags(self) -> list[Tag]:
        """The tags of all versions that the run makes or reuses."""
        return [tag for tag in self.options.tags if isinstance(tag, Tag) and tag.cascade]


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
        raise_misfits(pipeline, step_misfits(pipeline, invocations, config), config)
    general = {**moment_substitutions(moment), **options.substitutions}
    name = run_name(options.run_name, pipeline, general)
    steps: list[PlannedStep] = []
    uncached: set[str] = set()
    forced = forced_flags(options, config)
    for call in invocations:
        step_config = configured.get(call.id)
        own = in_force(with_environment(call.step.options), step_config, options, forced)
        planned = _plan_step(pipeline, call, step_config, own, general, uncached)
        if not planned.may_be_cached and _is_new_each_time(call, uncached):
            uncached.add(call.id)
        steps.append(planned)
    secrets = set(() if config is None else config.secrets) | secrets_in(options)
    secrets |= {secret for step in steps for secret in secrets_in(step.options)}
    return Plan(pipeline, name, options, steps, worth_hiding(secrets), general)


def _plan_step(
    pipeline: str,
    call: Invocation,
    configured: "StepConfig | None",
    options: StepOptions,
    general: Mapping[str, str],
    uncached: set[str],
) -> PlannedStep:
    substitutions = {**general, **options.substitutions}
    owner = f"step {call.id!r}"
    return PlannedStep(
        call,
        arguments_of(call, options.parameters),
        substitutions,
        _expected(pipeline, call, configured, substitutions),
        may_be_cached=options.enable_cache is not False and not _is_new_each_time(call, uncached),
        options=options,
        on_success=hook_of(owner, "on_success", options.on_success),
        on_failure=hook_of(owner, "on_failure", options.on_failure, takes_error=True),
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
        output_config = configured.outputs.get(output.key) if configured else None
        default = f"{pipeline}::{call.id}::{output.key}"
        with concerning(f"output {output.key!r} of step {call.id!r}"):
            found = expect(output, output_config, default, materializers, substitutions)
            expected.append(replace(found, materializer=_classes(found.materializer)))
    _check_names(call.id, expected)
    return tuple(expected)


def _classes(given: object) -> object:
    """Materializers that are given by the path of their class, as the classes."""
    if isinstance(given, str):
        return materializer_named(given, importing=True)
    if isinstance(given, list | tuple):
        return tuple(map(_classes, given))
    return given


def _check_names(step: str, expected: Sequence[Expected]) -> None:
    names = [output.name for output in expected]
    for name in names:
        if names.count(name) > 1:
            raise InvalidInputError(
                f"step {step!r} has two outputs {name!r}", hint="substitute different texts"
            )


def _is_new_each_time(call: Invocation, uncached: set[str]) -> bool:
    """Whether a call takes an external artifact, or needs a step that does."""
    given = leaves(dict(call.arguments))
    is_external = any(isinstance(leaf, ExternalArtifact) for leaf in given)
    return is_external or bool(call.upstream_steps & uncached)
