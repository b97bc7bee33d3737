"""The configuration of a Python pipeline: a run file, the `steps` of `with_options`, a template."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artifactctl.errors import InvalidInputError, warn_caller
from artifactctl.pipelines import files
from artifactctl.pipelines.python.annotations import written
from artifactctl.pipelines.python.composing import Invocation
from artifactctl.pipelines.step_options import layered

if TYPE_CHECKING:
    from artifactctl.pipelines.files import Key, RunConfig, StepConfig

# Keys of a run file that the template writes in their own places, or that are for commands.
_NOT_LISTED = ("pipeline", "steps", "outputs", "parameters", "artifact_config", "vars")


def with_file(pipeline: str, path: Path) -> "RunConfig":
    """The configuration in a file; raises `InvalidInputError` if it names another pipeline."""
    config = files.read_run_file(path, for_python=True)
    named = None if config.pipeline is None else config.pipeline.rpartition(":")[2]
    if named not in (None, pipeline):
        raise InvalidInputError(f"{path} is for pipeline {named!r}, not for {pipeline!r}")
    return config


def with_steps(config: "RunConfig | None", steps: Mapping[str, Any]) -> "RunConfig":
    """The configuration of a file, overridden by that of `steps`."""
    plain = {name: dict(value) for name, value in steps.items()}
    direct = files.run_config_of({"steps": plain}, "with_options()")
    if config is None:
        return direct
    merged = dict(config.steps)
    for name, step in direct.steps.items():
        old = merged.get(name)
        merged[name] = step if old is None else _merged(old, step)
    return replace(config, steps=merged)


def warn_of_file(config: "RunConfig", given: Mapping[str, Any]) -> None:
    """Warn of options that a file sets too, with another value."""
    known = [name for name in given if hasattr(config, name)]
    other = [name for name in known if getattr(config, name) not in (None, {}, (), given[name])]
    if other:
        warn_caller(
            f"the run file sets {', '.join(map(repr, other))} too: its value counts when the"
            " pipeline runs"
        )


def _merged(old: "StepConfig", new: "StepConfig") -> "StepConfig":
    parameters = {**old.parameters, **new.parameters}
    outputs = {**old.outputs, **new.outputs}
    return replace(old, parameters=parameters, outputs=outputs, **layered([new, old]))


def template_of(calls: Sequence[Invocation]) -> str:
    """A run file in which every key is a comment with its meaning, for the calls of the steps."""
    return "\n".join(f"# {line}" for line in _template_lines(calls)) + "\n"


def _template_lines(calls: Sequence[Invocation]) -> Iterator[str]:
    yield from _key_lines(files.RUN.keys, "")
    yield "parameters: {}  # parameters of the pipeline's function"
    yield "steps:"
    for call in calls:
        yield f"  {call.id}:"
        yield from _key_lines(files.STEP.keys, "    ")
        yield "    parameters:"
        for name in call.step.signature.parameters:
            kind = call.step.signature.types.get(name)
            yield f"      {name}:" + (f"  # {written(kind)}" if kind is not None else "")
        yield "    outputs:"
        for output in call.step.signature.outputs:
            yield f"      {output.key}:"
            yield from _key_lines(files.OUTPUT.keys, "        ")


def _key_lines(keys: "Sequence[Key]", indent: str) -> Iterator[str]:
    for key in keys:
        if key.only != "command" and key.name not in _NOT_LISTED:
            yield f"{indent}{key.name}:  # {key.meaning}"
