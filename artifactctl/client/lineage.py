"""What a version or a run was made from, and what was made from it, as a graph."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from artifactctl.catalog.engine.protocol import Database
from artifactctl.catalog.reading.finding import find_version
from artifactctl.catalog.reading.finding_runs import find_run, hinting_at_runs
from artifactctl.catalog.reading.lineage import (
    Key,
    Link,
    links_of_run,
    made_from,
    names_of,
    used_for,
)
from artifactctl.errors import WrongUsageError
from artifactctl.refs import RUN, Ref

if TYPE_CHECKING:
    from artifactctl.client import Client


@dataclass(frozen=True, slots=True)
class Node:
    """A `version`, a `run`, or a `step` that used nothing or made nothing.

    `ref` is `NAME:VERSION`, `run:NAME` or `RUN/STEP`; of a version that is `deleted` the `type` is
    not known.
    """

    id: str
    kind: str
    ref: str
    type: str | None = None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """From the ID of what was used to the ID of what was made, by a step of a run.

    Without a step, whoever registered the version has said so.
    """

    source: str
    target: str
    step: str | None
    run: str | None
    run_id: str | None


@dataclass(frozen=True, slots=True)
class Lineage:
    """A graph around `root`, the ID of a node: `upstream` leads to it, `downstream` from it."""

    root: str
    nodes: tuple[Node, ...]
    upstream: tuple[Edge, ...]
    downstream: tuple[Edge, ...]

    @property
    def edges(self) -> tuple[Edge, ...]:
        """All edges, each once."""
        return tuple(dict.fromkeys((*self.upstream, *self.downstream)))


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a graph goes: which directions, and how many versions deep; None: all the way."""

    upstream: bool = True
    downstream: bool = True
    depth: int | None = None


def of_version(client: "Client", ref: Ref, reach: Reach) -> Lineage:
    """The graph around a version."""
    db = client.catalog
    with db.snapshot():
        with hinting_at_runs(db):
            version = find_version(db, ref)
        name = f"{version.artifact}:{version.version}"
        root = Node(version.id, "version", name, version.type)
        before, after = made_from(db, [version.seq]), used_for(db, [version.seq])
        return _graph(db, version.seq, root, (before, after), reach)


def of_run(client: "Client", text: str, reach: Reach) -> Lineage:
    """The graph around a run."""
    db = client.catalog
    with db.snapshot():
        run = find_run(db, text)
        root = Node(run.id, "run", f"{RUN}{run.name}")
        return _graph(db, run.id, root, links_of_run(db, run.id), reach)


def _graph(
    db: Database, key: Key, root: Node, first: tuple[list[Link], list[Link]], reach: Reach
) -> Lineage:
    """The graph around `root`, whose links are the `first`: those to it, and those from it."""
    if reach.depth is not None and reach.depth < 1:
        raise WrongUsageError(f"depth {reach.depth} is too small", hint="give 1 or more")
    before = _follow(db, key, first[0], made_from, _source, reach.depth) if reach.upstream else []
    after = _follow(db, key, first[1], used_for, _target, reach.depth) if reach.downstream else []
    nodes = {key: root} | _nodes(db, [*before, *after])
    return Lineage(root.id, tuple(nodes.values()), _edges(nodes, before), _edges(nodes, after))


def _follow(
    db: Database,
    start: Key,
    links: Sequence[Link],
    look: Callable[[Database, Sequence[int]], list[Link]],
    end: Callable[[Link], Key],
    depth: int | None,
) -> list[Link]:
    """All links on the way, a level at a time; no version is looked at twice."""
    found, level, seen = list(links), 1, {start}
    while level != depth:
        ends = dict.fromkeys(map(end, links))
        ahead = [key for key in ends if isinstance(key, int) and key not in seen]
        if not ahead:
            break
        seen.update(ahead)
        links = look(db, ahead)
        found += links
        level += 1
    return found


def _source(link: Link) -> Key:
    return link.source


def _target(link: Link) -> Key:
    return link.target


def _nodes(db: Database, links: Sequence[Link]) -> dict[Key, Node]:
    """The nodes at the ends of links, but for versions of which nothing is left."""
    ends = dict.fromkeys((key, link) for link in links for key in (link.source, link.target))
    seqs = dict.fromkeys(key for key, _ in ends if isinstance(key, int))
    names = names_of(db, list(seqs))
    nodes: dict[Key, Node] = {}
    for key, link in ends:
        if isinstance(key, str) and key == link.step_id:
            nodes[key] = Node(key, "step", f"{link.run}/{link.step}")
        elif isinstance(key, int) and key in names:
            name = names[key]
            nodes[key] = Node(name.id, "version", name.ref, name.type, name.is_deleted)
    return nodes


def _edges(nodes: Mapping[Key, Node], links: Sequence[Link]) -> tuple[Edge, ...]:
    return tuple(
        Edge(nodes[link.source].id, nodes[link.target].id, link.step, link.run, link.run_id)
        for link in links
        if link.source in nodes and link.target in nodes
    )
