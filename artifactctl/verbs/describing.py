"""Describing a version or a run, and its lineage as a graph."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from artifactctl.catalog.engine.protocol import Database
from artifactctl.catalog.reading.finding import find_version
from artifactctl.catalog.reading.finding_runs import find_run_to_read, hinting_at_runs
from artifactctl.catalog.reading.lineage import (
    Key,
    Link,
    links_of_run,
    made_from,
    names_of,
    used_for,
    uses_of,
)
from artifactctl.catalog.reading.runs import versions_of_run
from artifactctl.errors import WrongUsageError
from artifactctl.home import Home
from artifactctl.manifest import Entry
from artifactctl.refs import RUN, Ref
from artifactctl.results.descriptions import (
    Edge,
    Lineage,
    Node,
    RunDescription,
    StepDescription,
    StepUse,
)
from artifactctl.results.files import file_time
from artifactctl.results.reports import Description, File
from artifactctl.results.runs import PipelineRun
from artifactctl.results.steps import StepRun
from artifactctl.results.versions import ArtifactVersion
from artifactctl.verbs.series import series_of_run


def describe(home: Home, ref: Ref) -> Description:
    """Return a version with its files and the runs that used it."""
    row = find_version(home.catalog, ref)
    is_gone = row.data_deleted is not None and not home.store.has_manifest(row.manifest)
    manifest = None if is_gone else home.manifest_of(row)
    files = [_file(entry) for entry in manifest.entries] if manifest else []
    shown = manifest.visualizations if manifest else ()
    consumers = [
        {"run": use.run, "step": use.step}
        for use in uses_of(home.catalog, [row.seq])
        if use.direction == "input"
    ]
    version = ArtifactVersion.of(row, home.origin)
    return Description(version, files, consumers, shown)


def describe_run(home: Home, text: str) -> RunDescription:
    """Return the run with that name, ID or prefix of an ID, with its steps' inputs and outputs."""
    with home.catalog.snapshot():
        row = find_run_to_read(home.catalog, text)
        uses = versions_of_run(home.catalog, row.id)
    run = PipelineRun.of(row, home.origin)

    def of(step: StepRun, direction: str) -> tuple[StepUse, ...]:
        return tuple(StepUse(*use) for use in uses.get((step.id_text, direction), ()))

    steps = [
        StepDescription(step, of(step, "input"), of(step, "output")) for step in run.steps.values()
    ]
    return RunDescription(run, tuple(steps), series_of_run(home, run))


def _file(entry: Entry) -> File:
    return File(
        path=entry.path,
        size_bytes=entry.size_bytes,
        digest=entry.digest,
        source_checksum=entry.source_checksum,
        executable=entry.executable,
        mtime=file_time(entry.mtime_ns),
    )


@dataclass(frozen=True, slots=True)
class Reach:
    """The extent of a lineage graph: its directions, and its depth in versions; None: unlimited."""

    upstream: bool = True
    downstream: bool = True
    depth: int | None = None


def lineage_of_version(home: Home, ref: Ref, reach: Reach) -> Lineage:
    """Return the lineage graph around a version."""
    db = home.catalog
    with db.snapshot():
        with hinting_at_runs(db):
            version = find_version(db, ref)
        name = f"{version.artifact}:{version.version}"
        root = Node(version.id, "version", name, version.type)
        before, after = made_from(db, [version.seq]), used_for(db, [version.seq])
        return _graph(db, version.seq, root, (before, after), reach)


def lineage_of_run(home: Home, text: str, reach: Reach) -> Lineage:
    """Return the lineage graph around a run."""
    db = home.catalog
    with db.snapshot():
        run = find_run_to_read(db, text)
        root = Node(run.id, "run", f"{RUN}{run.name}")
        return _graph(db, run.id, root, links_of_run(db, run.id), reach)


def _graph(
    db: Database, key: Key, root: Node, first: tuple[list[Link], list[Link]], reach: Reach
) -> Lineage:
    """Return the graph around `root`; `first` are the edges to it, and those from it."""
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
    """Return all links that can be reached, level by level; each version is visited once."""
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
    """Return the nodes at the ends of links, except versions of which no name is left."""
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
