"""Results in the shapes of the page's rows and details."""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from artifactctl.catalog.reading.overview import MOST_CHARS
from artifactctl.json_text import JsonObject
from artifactctl.metadata import SERIES
from artifactctl.render.page.catalog.curves import curve_json
from artifactctl.render.page.catalog.packing import time_of
from artifactctl.render.page.catalog.values import shown
from artifactctl.results.artifacts import Artifact
from artifactctl.results.descriptions import Edge, Lineage, RunDescription
from artifactctl.results.overview import Curve
from artifactctl.results.runs import PipelineRun
from artifactctl.results.series import Series
from artifactctl.results.versions import ArtifactVersion

_TRENDS = 4


Known = Mapping[str, Mapping[str, Series]]
"""What is known of series, by the owner's ID and the key."""

_NO_SERIES: Known = MappingProxyType({})


def version_row(one: ArtifactVersion, known: Known = _NO_SERIES) -> dict[str, Any]:
    """A row of the table of versions."""
    run = None
    if one.producer is not None:
        run_id = one.producer_pipeline_run_id
        run = {"name": one.producer["run"] or "", "id": None if run_id is None else str(run_id)}
    return {
        "kind": "version",
        "ref": one.ref,
        "artifact": str(one.artifact),
        "version": one.version,
        "type": str(one.type),
        "tags": list(map(str, one.tags)),
        "created": time_of(one.kept("created")),
        "size": one.size_bytes,
        "files": one.file_count,
        "linked": one.linked,
        "gone": one.kept("data_deleted") is not None,
        "run": run,
        "step": (one.producer or {}).get("step"),
        "metadata": dict(_entries(one.metadata)),
        "extremes": _extremes(known.get(one.id_text, {})),
    }


def run_row(one: PipelineRun, known: Known = _NO_SERIES) -> dict[str, Any]:
    """A row of the table of runs, with the metadata of its steps where it has none of its own."""
    metadata: dict[str, Any] = {}
    extremes: dict[str, Any] = {}
    for step in one.steps.values():
        metadata |= {key: value for key, value in step.metadata.items() if key != SERIES}
        extremes |= _extremes(known.get(step.id_text, {}))
    return {
        "kind": "run",
        "id": one.id_text,
        "name": one.name,
        "pipeline": str(one.pipeline),
        "status": str(one.status),
        "started": time_of(one.kept("started")),
        "took": None if one.duration_s is None else round(one.duration_s * 1000),
        "steps": len(one.steps),
        "tags": list(map(str, one.tags)),
        "metadata": dict(_entries({**metadata, **one.metadata})),
        "extremes": extremes | _extremes(known.get(one.id_text, {})),
    }


def _extremes(series: Mapping[str, Series]) -> dict[str, Any]:
    """The least and the greatest value of each series, as `KEY.min` and `KEY.max`."""
    found: dict[str, Any] = {}
    for key, one in series.items():
        if one.min is not None:
            found |= {f"{key}.min": one.min, f"{key}.max": one.max}
    return found


def artifact_row(one: Artifact) -> dict[str, Any]:
    """A row of the table of artifacts; sizes would take a scan of all versions."""
    return {
        "kind": "artifact",
        "name": one.name,
        "tags": list(map(str, one.tags)),
        "created": time_of(one.kept("created")),
        "updated": time_of(one.kept("updated")),
        "versions": one.version_count,
        "latest": one.latest_version_name,
        "type": None,
        "size": None,
    }


def details_of_version(
    one: ArtifactVersion, near: Lineage, curves: Sequence[Curve]
) -> dict[str, Any]:
    """All that the catalog has of a version, with its neighbours and curves."""
    return {
        **version_row(one),
        "id": one.id_text,
        "digest": (one.digest or "")[7:],
        "dataType": one.kept("data_type"),
        "materializer": one.kept("materializer"),
        "description": getattr(one, "description", None),
        "metadata": _entries(one.metadata),
        "curves": list(map(curve_json, curves)),
        "isHeld": one.kept("data_deleted") is None,
        "madeFrom": [_neighbour(near, edge, edge.source) for edge in near.upstream],
        "usedFor": [_neighbour(near, edge, edge.target) for edge in near.downstream],
    }


def _neighbour(near: Lineage, edge: Edge, end: str) -> dict[str, Any]:
    node = next(node for node in near.nodes if node.id == end)
    run = None if edge.run is None else {"name": edge.run, "id": edge.run_id}
    is_version = node.kind == "version"
    return {
        "ref": node.ref if is_version else None,
        "isHere": is_version and not node.deleted,
        "step": edge.step,
        "run": run,
    }


def details_of_run(found: RunDescription, curves: Mapping[str, Sequence[Curve]]) -> dict[str, Any]:
    """All of a run, with its steps; `curves` by the IDs of the run and of its steps."""

    def drawn(owner: str) -> list[JsonObject]:
        return list(map(curve_json, curves[owner]))

    return {
        **run_row(found.run),
        "description": getattr(found.run, "description", None),
        "metadata": _entries(found.run.metadata),
        "curves": drawn(found.run.id_text),
        "parts": [
            {
                "name": step.step.name,
                "status": str(step.step.status),
                "took": None if (took := step.step.duration_s) is None else round(took * 1000),
                "parameters": _entries(step.step.parameters),
                "metadata": _entries(
                    {key: value for key, value in step.step.metadata.items() if key != SERIES}
                ),
                "curves": drawn(step.step.id_text),
                "inputs": [{"ref": use.ref, "isHere": not use.deleted} for use in step.inputs],
                "outputs": [{"ref": use.ref, "isHere": not use.deleted} for use in step.outputs],
            }
            for step in found.steps
        ],
    }


def details_of_artifact(
    one: Artifact, recent: Sequence[ArtifactVersion], size_bytes: int
) -> dict[str, Any]:
    """All of an artifact, with its newest versions and the numbers that change over them."""
    points: dict[str, list[float]] = {}
    for version in reversed(recent):
        for key, value in version.metadata.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                points.setdefault(key, []).append(value)
    trends = [
        {"key": key, "points": numbers}
        for key, numbers in sorted(points.items(), key=lambda item: -len(item[1]))
        if len(set(numbers)) > 1 and all(abs(number) < 1e300 for number in numbers)
    ]
    return {
        **artifact_row(one),
        "type": str(recent[0].type) if recent else None,
        "size": size_bytes,
        "id": one.id_text,
        "description": getattr(one, "description", None),
        "recent": [version_row(version) for version in recent],
        "trends": trends[:_TRENDS],
        "isHeld": bool(recent) and recent[0].kept("data_deleted") is None,
    }


def _entries(metadata: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The keys and values of metadata; long values are cut."""
    found = []
    for key, value in metadata.items():
        text = json.dumps(value, ensure_ascii=False)
        kept = text if len(text) <= MOST_CHARS else text[: MOST_CHARS // 4]
        found.append((key, shown(kept, len(text))))
    return found
