"""Whether what is configured fits the code: all that does not is said at once."""

from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from artifactctl.errors import InvalidInputError
from artifactctl.pipelines.composing import Invocation

if TYPE_CHECKING:
    from artifactctl.pipelines.run_file import RunConfig


def check_fit(pipeline: str, calls: Sequence[Invocation], config: "RunConfig") -> None:
    """Raise `InvalidInputError` for steps, outputs and parameters that the pipeline has not."""
    known = {call.id: call.step.signature for call in calls}
    owner = f"pipeline {pipeline!r}"
    mistakes = unknown_names(owner, "step", config.steps, known, config, ("steps",))
    for name, step in config.steps.items():
        if name not in known:
            continue
        signature, where = known[name], ("steps", name)
        outputs = [output.key for output in signature.outputs]
        owner = f"step {name!r}"
        mistakes += unknown_names(
            owner, "output", step.outputs, outputs, config, (*where, "outputs")
        )
        if not signature.is_open:
            mistakes += unknown_names(
                owner,
                "parameter",
                step.parameters,
                signature.parameters,
                config,
                (*where, "parameters"),
            )
    raise_mistakes(pipeline, mistakes)


def unknown_names(
    owner: str,
    what: str,
    given: Iterable[str],
    known: Collection[str],
    config: "RunConfig | None",
    where: tuple[str, ...],
) -> list[str]:
    """A line for each name that is not known: its place, and the nearest one that is."""
    places = config.places if config is not None else {}
    lines = []
    for name in given:
        if name in known:
            continue
        place = places.get((*where, name))
        close = get_close_matches(name, known, 1)
        advice = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(known) or '-'}"
        lines.append(f"{place}: " * bool(place) + f"{owner} has no {what} {name!r}; {advice}")
    return lines


def raise_mistakes(pipeline: str, mistakes: Sequence[str]) -> None:
    """Raise one `InvalidInputError` that names them all; nothing when there is none."""
    if len(mistakes) == 1:
        raise InvalidInputError(mistakes[0])
    if mistakes:
        raise InvalidInputError(
            f"{len(mistakes)} things that are configured do not fit pipeline {pipeline!r}",
            details=mistakes,
        )
