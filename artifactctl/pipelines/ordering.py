"""In which order steps run that wait for each other."""

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from artifactctl.errors import InvalidInputError


def in_order(needed: Mapping[str, Iterable[str]]) -> list[str]:
    """Each after what it needs; of those that may come next, the one that stands first.

    Raises `InvalidInputError` for steps that wait for each other.
    """
    names = list(needed)
    sorter = TopologicalSorter({name: list(needs) for name, needs in needed.items()})
    try:
        sorter.prepare()
    except CycleError as error:
        raise InvalidInputError(
            f"steps wait for each other: {' → '.join(error.args[1])}", hint="see their after="
        ) from None
    found: list[str] = []
    ready: set[str] = set()
    while sorter.is_active():
        ready.update(sorter.get_ready())
        first = min(ready, key=names.index)
        ready.discard(first)
        sorter.done(first)
        found.append(first)
    return found
