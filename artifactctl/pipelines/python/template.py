"""A run file for a Python pipeline in which every key is a comment with its meaning."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from artifactctl.pipelines.python.annotations import written
from artifactctl.pipelines.python.composing import Invocation

if TYPE_CHECKING:
    from artifactctl.pipelines.files.shapes import Key

_SKIPPED = ("pipeline", "steps", "outputs", "parameters", "artifact_config", "vars")


def template_of(calls: Sequence[Invocation]) -> str:
    """The text of the file, for the calls of a pipeline's steps."""
    return "\n".join(f"# {line}" for line in _lines(calls)) + "\n"


def _lines(calls: Sequence[Invocation]) -> Iterator[str]:
    # Imported here: only pipelines with a file need YAML.
    from artifactctl.pipelines.files.keys import OUTPUT, RUN, STEP  # noqa: PLC0415

    yield from _keys(RUN.keys, "")
    yield "parameters: {}  # parameters of the pipeline's function"
    yield "steps:"
    for call in calls:
        yield f"  {call.id}:"
        yield from _keys(STEP.keys, "    ")
        yield "    parameters:"
        for name in call.step.signature.parameters:
            kind = call.step.signature.types.get(name)
            yield f"      {name}:" + (f"  # {written(kind)}" if kind is not None else "")
        yield "    outputs:"
        for output in call.step.signature.outputs:
            yield f"      {output.key}:"
            yield from _keys(OUTPUT.keys, "        ")


def _keys(keys: "Sequence[Key]", indent: str) -> Iterator[str]:
    for key in keys:
        if key.only != "command" and key.name not in _SKIPPED:
            yield f"{indent}{key.name}:  # {key.says}"
