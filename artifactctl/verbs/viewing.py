"""The catalog, or a part of it, as one value for a page."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from artifactctl.catalog.reading import overview as reading
from artifactctl.catalog.reading.finding import find_version
from artifactctl.catalog.reading.lineage import names_of
from artifactctl.catalog.reading.overview import RunLine, Seqs, StepLine, VersionLine
from artifactctl.catalog.reading.versions import select_versions
from artifactctl.catalog.rows import Version
from artifactctl.enums import VisualizationType
from artifactctl.errors import ArtifactctlError
from artifactctl.home import Home
from artifactctl.refs import Ref
from artifactctl.results.descriptions import Lineage
from artifactctl.results.overview import Curve, Overview, Preview
from artifactctl.results.runs import PipelineRun
from artifactctl.results.versions import ArtifactVersion
from artifactctl.store_url import is_remote
from artifactctl.verbs import curving, finding, visualizing
from artifactctl.verbs.curving import Owner
from artifactctl.visuals import may_show

MOST_VERSIONS = 200_000
"""The newest versions that a page has; a browser holds as many."""

_MOST_RUNS = 50_000
_PREVIEWED, _PREVIEWED_REMOTELY = 200, 20  # versions whose manifests are read
_PREVIEW_BYTES = 1 << 18  # of one preview
_ALL_PREVIEWS_BYTES = 3 << 19


def overview(home: Home, artifacts: Sequence[str] = ()) -> Overview:
    """Return the newest versions and runs of the catalog, or those of some artifacts.

    Raises `NotFoundError` for an artifact that does not exist.
    """
    db = home.catalog
    if not db.exists():
        return _nothing()
    names = dict.fromkeys(artifacts)
    with db.snapshot():
        ids = [finding.artifact(home, name).id_text for name in names]
        versions, total = reading.newest(db, "artifact_version", MOST_VERSIONS)
        runs, total_runs = reading.newest(db, "run", _MOST_RUNS)
        if artifacts:
            chosen = reading.seqs_of_ids(db, "artifact", ids)
            versions = Seqs(some=reading.versions_of(db, chosen, MOST_VERSIONS))
            runs = Seqs(some=reading.runs_with(db, versions)[:_MOST_RUNS])
            total, total_runs = len(versions.some or ()), len(runs.some or ())
        found = _read(home, versions, runs, (total, total_runs))
    return _with_previews(home, found)


def overview_of(home: Home, lineage: Lineage) -> Overview:
    """Return the versions and runs of a lineage graph."""
    db = home.catalog
    if not lineage.nodes:
        return _nothing()
    root = next(node for node in lineage.nodes if node.id == lineage.root)
    ids = [node.id for node in lineage.nodes if node.kind == "version"]
    run_ids = {edge.run_id for edge in lineage.edges if edge.run_id is not None}
    if root.kind == "run":
        run_ids.add(root.id)
    with db.snapshot():
        versions = Seqs(some=reading.seqs_of_ids(db, "artifact_version", ids))
        runs = Seqs(some=reading.seqs_of_ids(db, "run", sorted(run_ids)))
        totals = len(versions.some or ()), len(runs.some or ())
        named = f"run:{root.id}" if root.kind == "run" else f"version:{root.ref}"
        found = _read(home, versions, runs, totals, named)
    return _with_previews(home, found)


def previews_of(home: Home, ref: Ref) -> list[Preview]:
    """Return the previews of a version; those of a home that cannot be reached are left out."""
    return list(_previews_of(home, find_version(home.catalog, ref)))


def series_of_version(home: Home, version: ArtifactVersion) -> list[Curve]:
    """Return the series of a version, with thinned points."""
    return curving.curves(home.catalog, [Owner("version", 0, version.id_text)])


def series_of_run(home: Home, run: PipelineRun) -> dict[str, list[Curve]]:
    """Return the series of a run (under its ID) and of its steps (under theirs), thinned."""
    owners = [Owner("run", 0, run.id_text)]
    owners += [Owner("step", place, step.id_text) for place, step in enumerate(run.steps.values())]
    found: dict[str, list[Curve]] = {owner.id: [] for owner in owners}
    names = {(owner.kind, owner.seq): owner.id for owner in owners}
    for curve in curving.curves(home.catalog, owners):
        found[names[curve.owner, curve.seq]].append(curve)
    return found


def _nothing() -> Overview:
    return Overview(
        artifacts=(),
        versions=(),
        runs=(),
        steps=(),
        uses=(),
        inputs=(),
        artifact_tags=(),
        version_tags=(),
        run_tags=(),
        version_values=(),
        run_values=(),
        step_values=(),
        others={},
        total_versions=0,
        total_runs=0,
        written=_now(),
    )


def _read(
    home: Home, versions: Seqs, runs: Seqs, totals: tuple[int, int], root: str | None = None
) -> Overview:
    db = home.catalog
    lines = list(reading.versions(db, versions))
    run_lines, steps = list(reading.runs(db, runs)), list(reading.steps(db, runs))
    artifacts = list(reading.artifacts(db, versions))
    uses = list(reading.uses(db, runs))
    inputs = list(reading.inputs(db, versions))
    here = {line.seq for line in lines}
    named = {seq for _, seq in inputs} | {use.version_seq for use in uses}
    of_artifacts = Seqs() if versions.some is None else Seqs(some=tuple(a.seq for a in artifacts))
    return Overview(
        artifacts=artifacts,
        versions=lines,
        runs=run_lines,
        steps=steps,
        uses=uses,
        inputs=inputs,
        artifact_tags=list(reading.labels(db, "artifact", of_artifacts)),
        version_tags=list(reading.labels(db, "version", versions)),
        run_tags=list(reading.labels(db, "run", runs)),
        version_values=list(reading.values(db, "version", versions)),
        run_values=list(reading.values(db, "run", runs)),
        step_values=list(reading.values_of_steps(db, runs)),
        others=names_of(db, sorted(named - here)),
        total_versions=totals[0],
        total_runs=totals[1],
        written=_now(),
        curves=curving.curves(db, _owners(lines, run_lines, steps)),
        root=root,
    )


def _owners(
    versions: Sequence[VersionLine], runs: Sequence[RunLine], steps: Sequence[StepLine]
) -> list[Owner]:
    """What may have series, newest first: runs, each before its steps, and versions."""
    own: dict[int, list[StepLine]] = {}
    for step in steps:
        own.setdefault(step.run_seq, []).append(step)
    found = [(run.started, Owner("run", run.seq, run.id)) for run in runs]
    found += [
        (run.started, Owner("step", step.seq, step.id))
        for run in runs
        for step in own.get(run.seq, ())
    ]
    found += [(line.created, Owner("version", line.seq, line.id)) for line in versions]
    return [owner for _, owner in sorted(found, key=lambda one: one[0], reverse=True)]


def _with_previews(home: Home, found: Overview) -> Overview:
    return replace(found, previews=list(_previews(home, found.versions)))


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _previews(home: Home, lines: Sequence[VersionLine]) -> Iterator[Preview]:
    """Yield previews of the artifacts' newest versions, as far as there is room for them."""
    most = _PREVIEWED_REMOTELY if is_remote(home.settings.store.value) else _PREVIEWED
    latest = {line.artifact_seq: line for line in reversed(lines)}.values()
    chosen = list(dict.fromkeys([*sorted(latest, reverse=True), *lines[:most]]))[:most]
    room = _ALL_PREVIEWS_BYTES
    rows = _rows_of(home, [line.seq for line in chosen if line.data_deleted is None])
    for row in rows:
        for preview in _previews_of(home, row):
            if len(preview.content) <= room:
                room -= len(preview.content)
                yield preview
        if room < _PREVIEW_BYTES // 4:
            return


def _rows_of(home: Home, seqs: Sequence[int]) -> list[Version]:
    """Return the rows of versions by their seqs, newest first."""
    if not seqs:
        return []
    places = ", ".join(str(int(seq)) for seq in seqs)
    return select_versions(home.catalog, f"WHERE v.seq IN ({places}) ORDER BY v.seq DESC", {})


def _previews_of(home: Home, row: Version) -> Iterator[Preview]:
    """Yield what is kept with a version, or its own small files that show themselves.

    Nothing for data that is gone, damaged, linked, or that would have to be loaded.
    """
    try:
        manifest = home.manifest_of(row)
        if manifest.link is not None:
            return
        kept = [
            (item.path, item.type, item.digest, item.size_bytes)
            for item in manifest.visualizations or ()
        ]
        if manifest.visualizations is None and row.materializer is None:
            kept = [
                (entry.path, kind, entry.digest or "", entry.size_bytes)
                for entry in manifest.entries[:_PREVIEWED]
                if may_show(entry.path) and (kind := _kind_of(entry.path)) is not None
            ][:4]
        for path, kind, digest, size_bytes in kept:
            if size_bytes <= _PREVIEW_BYTES:
                yield Preview(row.seq, path, kind, visualizing.read(home, digest, size_bytes))
    except (ArtifactctlError, OSError):
        return


_ENDS = {
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".gif", ".webp"), VisualizationType.IMAGE),
    ".csv": VisualizationType.CSV,
    ".json": VisualizationType.JSON,
    **dict.fromkeys((".md", ".txt"), VisualizationType.MARKDOWN),
    **dict.fromkeys((".html", ".htm"), VisualizationType.HTML),
}


def _kind_of(path: str) -> VisualizationType | None:
    return _ENDS.get(path[path.rfind(".") :].lower()) if "." in path else None
