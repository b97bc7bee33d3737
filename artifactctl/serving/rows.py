"""Results in the shapes of the page's rows and details."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from artifactctl.catalog.reading.overview import MOST_CHARS
from artifactctl.render.page.catalog.packing import time_of
from artifactctl.render.page.catalog.values import shown
from artifactctl.results.artifacts import Artifact
from artifactctl.results.descriptions import Edge, Lineage, RunDescription
from artifactctl.results.reports import Description
from artifactctl.results.runs import PipelineRun
from artifactctl.results.versions import ArtifactVersion

_MOST_FILES = 200
_TRENDS = 4


def version_row(one: ArtifactVersion) -> dict[str, Any]:
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
    }


def run_row(one: PipelineRun) -> dict[str, Any]:
    """A row of the table of runs."""
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
        "metadata": dict(_entries(one.metadata)),
    }


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


def details_of_version(found: Description, near: Lineage) -> dict[str, Any]:
    """All of a version, with its files and its neighbours."""
    one = found.version
    return {
        **version_row(one),
        "id": one.id_text,
        "digest": (one.digest or "")[7:],
        "dataType": one.kept("data_type"),
        "materializer": one.kept("materializer"),
        "description": getattr(one, "description", None),
        "metadata": _entries(one.metadata),
        "fileList": [
            {"path": file.path, "size_bytes": file.size_bytes} for file in found.files[:_MOST_FILES]
        ],
        "previews": [],
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


def details_of_run(found: RunDescription) -> dict[str, Any]:
    """All of a run, with its steps."""
    return {
        **run_row(found.run),
        "description": getattr(found.run, "description", None),
        "metadata": _entries(found.run.metadata),
        "parts": [
            {
                "name": step.step.name,
                "status": str(step.step.status),
                "took": None if (took := step.step.duration_s) is None else round(took * 1000),
                "parameters": _entries(step.step.parameters),
                "metadata": _entries(step.step.metadata),
                "inputs": [{"ref": use.ref, "isHere": not use.deleted} for use in step.inputs],
                "outputs": [{"ref": use.ref, "isHere": not use.deleted} for use in step.outputs],
            }
            for step in found.steps
        ],
    }


def details_of_artifact(one: Artifact, recent: Sequence[ArtifactVersion]) -> dict[str, Any]:
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
        "id": one.id_text,
        "description": getattr(one, "description", None),
        "recent": [version_row(version) for version in recent],
        "trends": trends[:_TRENDS],
        "previews": [],
    }


def _entries(metadata: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The keys and values of metadata; long values are cut."""
    found = []
    for key, value in metadata.items():
        text = json.dumps(value, ensure_ascii=False)
        kept = text if len(text) <= MOST_CHARS else text[: MOST_CHARS // 4]
        found.append((key, shown(kept, len(text))))
    return found
