"""Checks of the configuration against the code, which report all misfits at once."""

import inspect
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from artifactctl.errors import ArtifactctlError, ClashingParametersError, InvalidInputError
from artifactctl.pipelines.files.report import quoted
from artifactctl.pipelines.python.coercion import equal, read_as
from artifactctl.pipelines.python.composing import Invocation
from artifactctl.pipelines.python.definitions import PipelineDefinition
from artifactctl.pipelines.python.signatures import types_of
from artifactctl.suggestions import suggestion

if TYPE_CHECKING:
    from artifactctl.pipelines.files import RunConfig


class Misfit(NamedTuple):
    """A key of the configuration that does not fit the code; `of` names its owner in messages.

    `kind` is the error to raise when it is the only one.
    """

    keys: tuple[str, ...]
    problem: str
    of: str = ""
    kind: type[ArtifactctlError] = InvalidInputError


def pipeline_misfits(
    pipeline: PipelineDefinition[...],
    configured: Mapping[str, object],
    arguments: Mapping[str, object],
) -> list[Misfit]:
    """Configured parameters that the pipeline's function does not take, or gets as arguments."""
    owner, where = f"pipeline {pipeline.name!r}", ("parameters",)
    known = inspect.signature(pipeline.entrypoint).parameters
    unknown = _unknown_names(owner, "parameter", configured, known, where)
    types = types_of(pipeline.entrypoint)
    return unknown + _wrong_values(owner, types, configured, arguments, where)


def step_misfits(pipeline: str, calls: Sequence[Invocation], config: "RunConfig") -> list[Misfit]:
    """Unknown steps of a pipeline, and unknown outputs and parameters of its steps.

    Parameters of a wrong type, and those to which the pipeline's function gives another value, are
    misfits too.
    """
    known = {call.id: call for call in calls}
    found = _unknown_names(f"pipeline {pipeline!r}", "step", config.steps, known, ("steps",))
    for name, step in config.steps.items():
        if name not in known:
            continue
        signature = known[name].step.signature
        owner, where = f"step {name!r}", ("steps", name)
        outputs = [output.key for output in signature.outputs]
        found += _unknown_names(owner, "output", step.outputs, outputs, (*where, "outputs"))
        below = (*where, "parameters")
        if not signature.is_open:
            parameters = signature.parameters
            found += _unknown_names(owner, "parameter", step.parameters, parameters, below)
        given = known[name].arguments
        found += _wrong_values(owner, signature.types, step.parameters, given, below)
    return found


def reduced(
    config: "RunConfig", *, parameters: Collection[str] = (), steps: Collection[str] = ()
) -> "RunConfig":
    """The configuration without some of the pipeline's parameters and some steps."""
    return replace(
        config,
        parameters={k: v for k, v in config.parameters.items() if k not in parameters},
        steps={name: step for name, step in config.steps.items() if name not in steps},
    )


def raise_misfits(pipeline: str, misfits: Sequence[Misfit], config: "RunConfig | None") -> None:
    """Raise one error with all misfits, if there are any.

    It is of the misfits' kind when they are all of one, else an `InvalidInputError`.
    """
    if not misfits:
        return
    lines = [_line(misfit, config) for misfit in misfits]
    kinds = {misfit.kind for misfit in misfits}
    kind = kinds.pop() if len(kinds) == 1 else InvalidInputError
    if len(lines) == 1:
        raise kind(lines[0])
    several = f"the configuration of pipeline {pipeline!r} has {len(lines)} mistakes"
    raise kind(several, details=lines)


def _line(misfit: Misfit, config: "RunConfig | None") -> str:
    text = f"{misfit.of}{misfit.problem}"
    if config is None:
        return text
    place = config.places.get(misfit.keys)
    return config.report.hidden(f"{place}: {text}" if place else text)


def _unknown_names(
    owner: str, what: str, given: Iterable[str], known: Collection[str], where: tuple[str, ...]
) -> list[Misfit]:
    """The unknown ones of the given names, each with the nearest known name."""
    found = []
    for name in given:
        if name not in known:
            advice = suggestion(name, known)
            found.append(Misfit((*where, name), f"{owner} has no {what} {name!r}; {advice}"))
    return found


def _wrong_values(
    owner: str,
    types: Mapping[str, object],
    configured: Mapping[str, object],
    arguments: Mapping[str, object],
    where: tuple[str, ...],
) -> list[Misfit]:
    found = []
    for name, value in configured.items():
        keys, of = (*where, name), f"parameter {name!r} of {owner}: "
        try:
            read = read_as(types.get(name, Any), value)
            if name in arguments and not _is_given(types.get(name, Any), arguments[name], read):
                text = f"{_cut(arguments[name])} in the code and {_cut(value)} as configured"
                problem = f"a conflict, {text}; set it in one place"
                found.append(Misfit(keys, problem, of, ClashingParametersError))
        except InvalidInputError as error:
            found.append(Misfit(keys, str(error), of))
    return found


def _is_given(annotation: object, argument: object, read: object) -> bool:
    """Whether the argument in the code equals the configured value, both converted."""
    try:
        return equal(read_as(annotation, argument), read)
    except InvalidInputError:  # a wrong argument is reported for the call
        return equal(argument, read)


def _cut(value: object) -> str:
    return quoted(repr(value), bare=True)
