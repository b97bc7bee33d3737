"""The order of steps that need each other."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter
from heapq import heappop, heappush

from artifactctl.errors import InvalidInputError, NotFoundError
from artifactctl.suggestions import suggestion


def in_order(needed: Mapping[str, Iterable[str]]) -> list[str]:
    """The steps, each after those it needs, otherwise in the given order.

    Raises `InvalidInputError` for steps that form a cycle.
    """
    found, cycles = arranged(needed)
    if cycles:
        raise InvalidInputError(
            f"steps form a cycle: {flow_of(cycles[0])}", hint="see their after="
        )
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

    Names are otherwise in the given order. In a cycle each name needs the next one, and the last
    needs the first. Names that need a cycle without being part of it are in neither list. Unknown
    needs are ignored.
    """
    known = {name: [need for need in needs if need in needed] for name, needs in needed.items()}
    sorter = TopologicalSorter(known)
    with suppress(CycleError):  # the sorter still gives the names outside of cycles
        sorter.prepare()
    names = list(known)
    places = {name: place for place, name in enumerate(names)}
    found: list[str] = []
    ready: list[int] = []  # a heap: a file may have ten thousands of variables
    while True:
        for name in sorter.get_ready():
            heappush(ready, places[name])
        if not ready:
            return found, _cycles(known, known.keys() - set(found))
        found.append(names[heappop(ready)])
        sorter.done(found[-1])


def flow_of(cycle: Sequence[str]) -> str:
    """A cycle of steps as `a -> b -> a`, where b needs a."""
    return " -> ".join([cycle[0], *reversed(cycle)])


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
