"""Runs of Python pipelines: the function puts the steps together, the engine executes them."""

import inspect
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from artifactctl import client as clients
from artifactctl.errors import InvalidInputError, MissingParametersError
from artifactctl.logger import get_logger
from artifactctl.pipelines import provenance
from artifactctl.pipelines.engine.plan import check_versions
from artifactctl.pipelines.engine.recording import RunFacts
from artifactctl.pipelines.engine.reports import StepReport, Watch
from artifactctl.pipelines.engine.run import Order, Published, execute
from artifactctl.pipelines.plain import as_json
from artifactctl.pipelines.python import step_context
from artifactctl.pipelines.python.calling import Functions
from artifactctl.pipelines.python.coercion import coerced
from artifactctl.pipelines.python.composing import Invocation, compose
from artifactctl.pipelines.python.definitions import PipelineDefinition, StepDefinition
from artifactctl.pipelines.python.fitting import pipeline_misfits, raise_misfits
from artifactctl.pipelines.python.hooks import call_hook, hook_of
from artifactctl.pipelines.python.inputs import as_given, is_known
from artifactctl.pipelines.python.options import PipelineOptions, flags_of
from artifactctl.pipelines.python.plan import Plan, make_plan
from artifactctl.pipelines.python.signatures import types_of
from artifactctl.pipelines.python.work import (
    FunctionWork,
    recorded_options,
    shortened,
    works_of,
)
from artifactctl.tags import names_of

if TYPE_CHECKING:
    from artifactctl.client import Client

_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def run_pipeline(
    definition: PipelineDefinition[...],
    calls: Sequence[Invocation],
    args: tuple[object, ...],
    kwargs: Mapping[str, object],
) -> str:
    """Run a pipeline, whose function made these calls of steps with these arguments.

    Return the run's ID.
    """
    client = clients.current()
    moment = datetime.now(UTC)
    plan = make_plan(definition.name, definition.options, calls, definition.config, moment)
    watch = _logging(plan.pipeline, plan.run_name)
    run_id, _ = execute_plan(client, plan, details_of(definition, args, kwargs), watch)
    return run_id


def run_alone(step: StepDefinition[Any, Any], arguments: Mapping[str, object]) -> object:
    """Run a step as the only one of a pipeline with its name; return its outputs, loaded.

    Arguments that are not plain values are saved first, as external artifacts are.
    """
    client = clients.current()
    with compose() as composition:
        given = {name: as_given(value) for name, value in arguments.items()}
        composition.add(step, given, None, None)
    options = PipelineOptions()
    plan = make_plan(step.name, options, composition.in_order(), None, datetime.now(UTC))
    watch = _logging(plan.pipeline, plan.run_name)
    _, published = execute_plan(client, plan, provenance.run_facts(None), watch)
    values = [version.load(allow_pickle=True) for version in published[step.name].values()]
    if step.signature.returns_several:
        return tuple(values)
    return values[0] if values else None


def execute_plan(
    client: "Client",
    plan: Plan,
    details: Mapping[str, object],
    watch: Watch,
    *,
    wraps_errors: bool = False,
) -> tuple[str, Published]:
    """Run the steps of a plan; return the run's ID, and the versions by step and output.

    An error of a step ends the run, is recorded with it and raised again; with `wraps_errors`, as
    for the command line, an error of the step's own code is raised as `StepFailedError`, and runs
    may have the same name.
    """
    options = replace(plan.options, tags=client.cascading(plan.options.tags))
    plan, owner = replace(plan, options=options), f"pipeline {plan.pipeline!r}"
    begin = hook_of(owner, "on_init", options.on_init, options.on_init_kwargs)
    clean_up = hook_of(owner, "on_cleanup", options.on_cleanup)
    state = None if begin is None else begin(**options.on_init_kwargs)
    works = works_of(Functions(client, plan, wraps_errors, state=state))
    for work in works:
        if not work.step.may_be_cached:
            check_versions(client, work.step)
    order = _order(plan, works, details, wraps_errors=wraps_errors)
    try:
        return execute(client, order, watch)
    finally:
        call_hook(clean_up)


def _order(
    plan: Plan, works: Sequence[FunctionWork], details: Mapping[str, object], *, wraps_errors: bool
) -> Order:
    """The order to the engine to run a plan."""
    jobs = plan.options.jobs or 1
    facts = RunFacts(
        plan.pipeline,
        plan.run_name,
        {**details, **_options(plan)},
        plan.options.tags,
        plan.options.metadata,
        plan.secrets,
        has_new_name=plan.options.run_name is not None and not wraps_errors,
    )
    return Order(
        facts,
        works,
        jobs=jobs,
        # Python handles signals in the main thread only, and some libraries only work there.
        in_threads=min(jobs, len(works)) > 1,
        wraps_errors=wraps_errors,
        tags=names_of(plan.cascading_tags),
    )


def _logging(pipeline: str, run_name: str) -> Watch:
    """Log when a run begins and ends, and each step, at level INFO of the logger `artifactctl`."""
    return Watch(
        opened=lambda _run_id, _name: _log(f"run {run_name} of pipeline {pipeline} begins"),
        ended=_log_step,
        closed=lambda status: _log(f"run {run_name} {status.value}"),
    )


def _log_step(step: StepReport) -> None:
    result = step.error or ", ".join(step.outputs.values())
    _log(f"step {step.name} {step.status}" + f": {result}" * bool(result))


def _log(line: str) -> None:
    get_logger().info("%s", line)


def _options(plan: Plan) -> dict[str, Any]:
    found = {"options": flags_of(plan.options), "substitutions": dict(plan.substitutions)}
    options = {name: value for name, value in found.items() if value}
    return {**options, **recorded_options(plan.options.configured)}


def compose_pipeline(
    definition: PipelineDefinition[...], args: tuple[object, ...], kwargs: Mapping[str, object]
) -> list[Invocation]:
    """The calls of steps that a pipeline's function makes, in order; no step runs."""
    options = definition.options
    with step_context.composing(step_context.PipelineContext(definition.name, options)):
        parameters = _parameters(definition, args, kwargs, options.parameters)
        with compose() as composition:
            definition.entrypoint(*parameters.args, **parameters.kwargs)
    return composition.in_order()


def compose_configured(definition: PipelineDefinition[...]) -> list[Invocation]:
    """The calls of steps with configured parameters alone.

    Raises `MissingParametersError` when the function needs more.
    """
    configured = definition.options.parameters
    missing = [name for name in definition.needed if name not in configured]
    if missing:
        raise MissingParametersError(
            f"pipeline {definition.name!r} needs {', '.join(missing)}",
            hint="call configure(parameters={…}) first",
        )
    return compose_pipeline(definition, (), {})


def details_of(
    definition: PipelineDefinition[...],
    args: tuple[object, ...] = (),
    kwargs: Mapping[str, object] = MappingProxyType({}),
) -> dict[str, object]:
    """The recorded details of a pipeline: where it runs, its code, and its parameters."""
    function = definition.entrypoint
    source = inspect.getsourcefile(inspect.unwrap(function))
    docstring = shortened(definition.docstring or "")
    return {
        **provenance.run_facts(provenance.folder_of(source)),
        **({"docstring": docstring} if docstring else {}),
        "parameters": _recorded(
            _parameters(definition, args, kwargs, definition.options.parameters)
        ),
        "source": f"{function.__module__}:{function.__qualname__}",
    }


def _recorded(bound: inspect.BoundArguments) -> dict[str, object]:
    """The parameters that are plain values, as JSON."""
    bound.apply_defaults()
    found: dict[str, object] = {}
    for name, value in bound.arguments.items():
        with suppress(InvalidInputError):  # objects, which only steps can be given
            if is_known(value):
                found[name] = as_json(f"parameter {name!r}", value, lambda version: version.ref)
    return found


def _parameters(
    definition: PipelineDefinition[...],
    args: tuple[object, ...],
    kwargs: Mapping[str, object],
    configured: Mapping[str, object],
) -> inspect.BoundArguments:
    """The arguments of the pipeline's function, converted; given ones override configured ones.

    A parameter that is given and configured with different values is an error.
    """
    function, owner = definition.entrypoint, f"pipeline {definition.name!r}"
    signature = inspect.signature(function)
    bound = signature.bind_partial(*args, **kwargs)
    given = bound.arguments
    misfits = pipeline_misfits(definition, configured, given)
    raise_misfits(definition.name, misfits, definition.config)
    variadic = {p.name for p in signature.parameters.values() if p.kind in _VARIADIC}
    known = {k: v for k, v in given.items() if k not in variadic and is_known(v)}
    given |= coerced(owner, types_of(function), {**configured, **known})
    return signature.bind(*bound.args, **bound.kwargs)
