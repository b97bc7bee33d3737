"""The order of steps that need each other."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter

from artifactctl.errors import InvalidInputError, NotFoundError
from artifactctl.suggestions import suggestion


def in_order(needed: Mapping[str, Iterable[str]]) -> list[str]:
    """The steps, each after those it needs, otherwise in the given order.

    Raises `InvalidInputError` for steps that form a cycle.
    """
    names = list(needed)
    sorter = TopologicalSorter({name: list(needs) for name, needs in needed.items()})
    try:
        sorter.prepare()
    except CycleError as error:
        raise InvalidInputError(
            f"steps form a cycle: {' → '.join(error.args[1])}", hint="see their after="
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


def selected(
    known: Sequence[str], needed: Mapping[str, Iterable[str]], only: Sequence[str]
) -> set[str]:
    """The steps of `only` and those they need; all steps if it is empty; raises `NotFoundError`."""
    for name in only:
        if name not in known:
            raise NotFoundError(f"there is no step {name!r}", hint=suggestion(name, known))
    chosen: set[str] = set()
    pending = list(only or known)
    while pending:
        name = pending.pop()
        if name not in chosen:
            chosen.add(name)
            pending += needed[name]
    return chosen


def arranged(needed: Mapping[str, Iterable[str]]) -> tuple[list[str], list[list[str]]]:
    """The names, each after those it needs, and the cycles of names that need each other.

    Names that need a cycle without being part of it are in neither list. Unknown needs are ignored.
    """
    known = {name: [need for need in needs if need in needed] for name, needs in needed.items()}
    sorter = TopologicalSorter(known)
    with suppress(CycleError):  # the sorter still gives the names outside of cycles
        sorter.prepare()
    found: list[str] = []
    while ready := sorter.get_ready():
        found += ready
        sorter.done(*ready)
    return found, _cycles(known, known.keys() - set(found))


def _cycles(needed: Mapping[str, Iterable[str]], waiting: Collection[str]) -> list[list[str]]:
    """The cycles among the waiting names.

    Every waiting name needs another one, so that following the first need of each leads into a
    cycle.
    """
    cycles: list[list[str]] = []
    places = {name: place for place, name in enumerate(needed)}
    seen: set[str] = set()
    for start in needed:
        way: dict[str, None] = {}
        name = start if start in waiting else None
        while name is not None and name not in seen:
            seen.add(name)
            way[name] = None
            name = next(need for need in needed[name] if need in waiting)
        if name is not None and name in way:
            walked = list(way)
            cycle = walked[walked.index(name) :]
            first = min(range(len(cycle)), key=lambda at: places[cycle[at]])
            cycles.append([*cycle[first:], *cycle[:first]])
    return cycles
