"""Where the room is, and what could go."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from artifactctl.catalog.engine.temporary import kept
from artifactctl.catalog.reading.finding import find_artifact
from artifactctl.catalog.reading.measuring import Held, held_by_artifacts, held_by_versions
from artifactctl.catalog.reading.statements import batches
from artifactctl.catalog.reading.tagging import protected_tags
from artifactctl.catalog.reading.versions import select_versions
from artifactctl.catalog.rows import Version
from artifactctl.home import Home
from artifactctl.results.reports import SILENT, Progress
from artifactctl.results.usage import Proposal, Proposed, RoomOf, Usage
from artifactctl.upkeep import pruning
from artifactctl.upkeep.measuring import Measured, measured
from artifactctl.upkeep.pruning import PruneRules
from artifactctl.verbs import caching

_UNREADABLE = "cannot be read; what only they name counts as unreferenced; see 'artifactctl verify'"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be known: of the versions of some artifacts, or of all artifacts.

    `rules` are those of a pruning whose effect is wanted; `max_bytes` is what the store should
    shrink to.
    """

    names: Sequence[str] = ()
    rules: PruneRules | None = None
    max_bytes: int | None = None


def usage(home: Home, asked: Asked, progress: Progress | None) -> Usage:
    """Return where the room is."""
    artifacts = _named(home, asked)
    with measured(home.catalog, home.store, (progress or SILENT).advance) as found:
        items = [
            item for seq, name in artifacts.items() for item in _of_versions(home, found, seq, name)
        ]
        items = items if artifacts else _of_artifacts(home, found)
        items = items if asked.rules is None else _with_pruning(home, found, asked, items)
        proposal = None if asked.max_bytes is None else _propose(home, found, asked)
    ordered = sorted(items, key=lambda item: -(item.own_bytes + item.shared_bytes))
    unreadable = (f"{found.unreadable} manifests {_UNREADABLE}",) if found.unreadable else ()
    path = home.settings.catalog_path
    size = os.path.getsize(path) if path is not None and path.exists() else None
    cache = caching.state(home).size_bytes
    return Usage(ordered, home.store.url, found.room, size, cache, proposal, unreadable)


def _named(home: Home, asked: Asked) -> dict[int, str]:
    """The names of the artifacts that were asked for, by their seqs."""
    found = (find_artifact(home.catalog, name) for name in asked.names)
    return {artifact.seq: artifact.name for artifact in found}


def _of_artifacts(home: Home, found: Measured) -> list[RoomOf]:
    sizes = {seq: (size, own) for seq, _, size, own in found.shares.of_artifacts()}
    return [_room(held, held.name, None, sizes) for held in held_by_artifacts(home.catalog)]


def _of_versions(home: Home, found: Measured, artifact: int, name: str) -> list[RoomOf]:
    sizes = {seq: (size, own) for seq, _, size, own in found.shares.of_versions(artifact)}
    return [
        _room(held, name, held.name, sizes) for held in held_by_versions(home.catalog, artifact)
    ]


def _room(
    held: Held, artifact: str, version: str | None, sizes: Mapping[int, tuple[int, int]]
) -> RoomOf:
    size, own = sizes.get(held.seq, (0, 0))
    shared, linked = size - own, held.linked_bytes
    return RoomOf(artifact, version, held.versions, own, shared, linked, created=held.created)


def _with_pruning(
    home: Home, found: Measured, asked: Asked, items: Sequence[RoomOf]
) -> list[RoomOf]:
    """The items with what a pruning would free of each."""
    assert asked.rules is not None
    rules = replace(asked.rules, protected=protected_tags(home.catalog))
    of_versions = bool(asked.names)
    going = kept(
        (
            (choice.version.seq, choice.version.artifact, choice.version.version)
            for choice in pruning.decide(home.catalog, _versions(home, asked), rules)
            if choice.goes
        ),
        list,
        tuple,
    )
    freed: Counter[tuple[str, str | None]] = Counter()
    with found.shares.trying():
        # The last to go frees what they share: the first of them, as a pruning counts it.
        for seq, artifact, version in reversed(going):
            freed[artifact, version if of_versions else None] += found.shares.give_up(seq)
    return [replace(item, frees_bytes=freed[item.artifact, item.version]) for item in items]


def _propose(home: Home, found: Measured, asked: Asked) -> Proposal:
    """What could go until the store is small enough, the oldest first."""
    assert asked.max_bytes is not None
    gc_bytes = found.room.unreferenced_bytes + found.room.temporary_bytes
    left = found.room.total_bytes - gc_bytes
    going: list[Proposed] = []
    candidates = () if left <= asked.max_bytes else _candidates(home, asked)
    with found.shares.trying():
        for seq, proposed in candidates:
            if left <= asked.max_bytes:
                break
            freed = found.shares.give_up(seq)
            left -= freed
            going.append(replace(proposed, frees_bytes=freed))
    return Proposal(asked.max_bytes, gc_bytes, going, left)


def _candidates(home: Home, asked: Asked) -> list[tuple[int, Proposed]]:
    """The versions that may go, oldest first: not the latest, no run's, with no protected tag."""
    wanted = asked.rules or PruneRules()
    rules = replace(
        wanted,
        unused=True,
        keep_last=max(1, wanted.keep_last or 0),
        protected=protected_tags(home.catalog),
    )
    return sorted(
        (
            (
                choice.version.seq,
                Proposed(
                    f"{choice.version.artifact}:{choice.version.version}",
                    choice.version.id,
                    choice.version.created,
                    0,
                ),
            )
            for choice in pruning.decide(home.catalog, _versions(home, asked), rules)
            if choice.goes and choice.version.link is None and choice.version.data_deleted is None
        ),
        key=lambda item: item[0],
    )


def _versions(home: Home, asked: Asked) -> Iterator[Iterator[Version]]:
    """The versions of each of the artifacts, or of all, in the order in which they are pruned."""
    every = (held.seq for held in held_by_artifacts(home.catalog))
    seqs = _named(home, asked) or sorted(every, reverse=True)
    return (_newest_first(home, seq) for seq in seqs)


def _newest_first(home: Home, artifact: int) -> Iterator[Version]:
    seqs = sorted((held.seq for held in held_by_versions(home.catalog, artifact)), reverse=True)
    for batch in batches(seqs):
        places = ", ".join(map(str, batch))
        rest = f"WHERE v.seq IN ({places}) ORDER BY v.seq DESC"
        yield from select_versions(home.catalog, rest, {})
