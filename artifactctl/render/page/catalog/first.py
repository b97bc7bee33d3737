"""The first rows of a page, which it shows before the rest of it is read and unpacked."""

from collections.abc import Iterable

from artifactctl.catalog.reading.overview import Label, VersionLine
from artifactctl.json_text import JsonObject
from artifactctl.render.page.catalog.packing import time_of
from artifactctl.results.overview import Overview

_ROWS = 40


def first_rows(found: Overview) -> JsonObject:
    """The newest artifacts and versions as the page's own rows, and how many there are."""
    names = {line.seq: line.name for line in found.artifacts}
    tags = _by_seq(found.version_tags, {line.seq for line in found.versions[:_ROWS]})
    runs = {line.id: {"id": line.id, "name": line.name} for line in found.runs}
    return {
        "count": {
            "artifacts": len(found.artifacts),
            "versions": len(found.versions),
            "runs": len(found.runs),
        },
        "artifacts": _artifacts(found),
        "versions": [
            {
                **_version(line, names.get(line.artifact_seq, "")),
                "tags": sorted(tags.get(line.seq, ())),
                "run": None if line.producer_run is None else runs.get(line.producer_run),
            }
            for line in found.versions[:_ROWS]
        ],
    }


def _version(line: VersionLine, artifact: str) -> JsonObject:
    return {
        "kind": "version",
        "ref": f"{artifact}:{line.version}",
        "artifact": artifact,
        "version": line.version,
        "type": line.type,
        "created": time_of(line.created),
        "size": line.size_bytes,
        "files": line.file_count,
        "linked": line.link is not None,
        "gone": line.data_deleted is not None,
        "step": line.producer_step,
    }


def _artifacts(found: Overview) -> list[JsonObject]:
    shown = found.artifacts[:_ROWS]
    tags = _by_seq(found.artifact_tags, {line.seq for line in shown})
    versions: dict[int, list[VersionLine]] = {line.seq: [] for line in shown}
    for line in found.versions:
        if line.artifact_seq in versions:
            versions[line.artifact_seq].append(line)
    return [
        {
            "kind": "artifact",
            "name": line.name,
            "tags": sorted(tags.get(line.seq, ())),
            "created": time_of(line.created),
            "versions": len(own),
            "latest": own[0].version if own else None,
            "updated": time_of(own[0].created if own else line.created),
            "type": own[0].type if own else None,
            "size": sum(version.size_bytes for version in own),
        }
        for line in shown
        for own in [versions[line.seq]]
    ]


def _by_seq(labels: Iterable[Label], wanted: set[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for seq, tag in labels:
        if seq in wanted:
            found.setdefault(seq, []).append(tag)
    return found
