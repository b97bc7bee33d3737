"""Runs and versions as the columns of a comparison."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from artifactctl.compare import ComparedItem, Subject
from artifactctl.results.recorded import ArtifactVersion, PipelineRun

Found = PipelineRun | ArtifactVersion


def subjects_of(found: Sequence[Found]) -> list[Subject]:
    """Each under a name that no other has."""
    names = [item.name if isinstance(item, PipelineRun) else item.ref for item in found]
    counts = Counter(names)
    # A name in brackets may itself be the name of another run; a whole ID is none.
    short = [
        name if counts[name] == 1 else f"{name} ({item.id[:8]})"
        for name, item in zip(names, found, strict=True)
    ]
    counts = Counter(short)
    return [
        _subject(item, name if counts[name] == 1 else f"{name} ({item.id})")
        for name, item in zip(short, found, strict=True)
    ]


def _subject(item: Found, name: str) -> Subject:
    tags = tuple(str(tag) for tag in item.tags)
    if isinstance(item, ArtifactVersion):
        column = ComparedItem(
            id=item.id,
            name=name,
            created=item.shown("created"),
            artifact=str(item.artifact),
            version=item.version,
            type=str(item.type),
            size_bytes=item.size_bytes,
            file_count=item.file_count,
            tags=tags,
        )
        return Subject(column, item.metadata, {})
    column = ComparedItem(
        id=item.id,
        name=name,
        created=item.shown("started"),
        status=item.status,
        pipeline=str(item.pipeline),
        duration_s=item.duration_s,
        tags=tags,
    )
    return Subject(column, item.all_metadata, _parameters(item))


def _parameters(run: PipelineRun) -> Mapping[str, Any]:
    """The variables of a run file, and what each step was called with."""
    called = {name: step.parameters for name, step in run.steps.items() if step.parameters}
    variables = run.details.get("vars")
    return {**({"vars": variables} if variables else {}), **called}
