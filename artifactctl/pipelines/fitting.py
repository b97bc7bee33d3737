"""Whether what is configured fits the code: all that does not is said at once."""

import inspect
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple

from artifactctl.errors import InvalidInputError
from artifactctl.pipelines.composing import Invocation
from artifactctl.pipelines.inputs import read_as
from artifactctl.pipelines.signatures import types_of

if TYPE_CHECKING:
    from artifactctl.pipelines.pipeline import Pipeline
    from artifactctl.pipelines.run_file import RunConfig


class Misfit(NamedTuple):
    """A key of the configuration that does not fit the code; `of` names what it is for."""

    keys: tuple[str, ...]
    problem: str
    of: str = ""


def check_fit(pipeline: str, calls: Sequence[Invocation], config: "RunConfig") -> None:
    """Raise `InvalidInputError` for steps, outputs and parameters that the pipeline has not."""
    raise_misfits(pipeline, step_misfits(pipeline, calls, config), config)


def pipeline_misfits(pipeline: "Pipeline[Any]", configured: Mapping[str, Any]) -> list[Misfit]:
    """Configured parameters that a pipeline's function does not take."""
    owner, where = f"pipeline {pipeline.name!r}", ("parameters",)
    known = inspect.signature(pipeline.entrypoint).parameters
    unknown = _unknown_names(owner, "parameter", configured, known, where)
    return unknown + _wrong_types(owner, types_of(pipeline.entrypoint), configured, where)


def step_misfits(pipeline: str, calls: Sequence[Invocation], config: "RunConfig") -> list[Misfit]:
    """Steps that a pipeline has not; outputs and parameters that its steps have not."""
    known = {call.id: call.step.signature for call in calls}
    found = _unknown_names(f"pipeline {pipeline!r}", "step", config.steps, known, ("steps",))
    for name, step in config.steps.items():
        if name not in known:
            continue
        signature = known[name]
        owner, where = f"step {name!r}", ("steps", name)
        outputs = [output.key for output in signature.outputs]
        found += _unknown_names(owner, "output", step.outputs, outputs, (*where, "outputs"))
        below = (*where, "parameters")
        if not signature.is_open:
            parameters = signature.parameters
            found += _unknown_names(owner, "parameter", step.parameters, parameters, below)
        found += _wrong_types(owner, signature.types, step.parameters, below)
    return found


def reduced(
    config: "RunConfig", *, parameters: Collection[str] = (), steps: Collection[str] = ()
) -> "RunConfig":
    """A configuration without some of the pipeline's parameters and without some steps."""
    return replace(
        config,
        parameters={k: v for k, v in config.parameters.items() if k not in parameters},
        steps={name: step for name, step in config.steps.items() if name not in steps},
    )


def raise_misfits(pipeline: str, misfits: Sequence[Misfit], config: "RunConfig | None") -> None:
    """Raise one `InvalidInputError` that names them all; nothing when there is none."""
    places = config.places if config is not None else {}
    lines = [
        f"{places[keys]}: {of}{problem}" if keys in places else f"{of}{problem}"
        for keys, problem, of in misfits
    ]
    if len(lines) == 1:
        raise InvalidInputError(lines[0])
    if lines:
        raise InvalidInputError(
            f"{len(lines)} things that are configured do not fit pipeline {pipeline!r}",
            details=lines,
        )


def _unknown_names(
    owner: str, what: str, given: Iterable[str], known: Collection[str], where: tuple[str, ...]
) -> list[Misfit]:
    """Names that are not known, with the nearest one that is."""
    found = []
    for name in given:
        if name not in known:
            close = get_close_matches(name, known, 1)
            others = f"there are: {', '.join(known) or '-'}"
            advice = f"did you mean {close[0]!r}?" if close else others
            found.append(Misfit((*where, name), f"{owner} has no {what} {name!r}; {advice}"))
    return found


def _wrong_types(
    owner: str, types: Mapping[str, Any], configured: Mapping[str, Any], where: tuple[str, ...]
) -> list[Misfit]:
    found = []
    for name, value in configured.items():
        try:
            read_as(types.get(name, Any), value)
        except InvalidInputError as error:
            problem = f"{error.message}; {error.hint}"
            found.append(Misfit((*where, name), problem, f"parameter {name!r} of {owner}: "))
    return found
