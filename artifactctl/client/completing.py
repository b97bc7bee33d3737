"""Words of the catalog for a shell that completes one."""

from contextlib import closing
from pathlib import Path
from typing import Literal

from artifactctl.catalog.engine.glance import Glance
from artifactctl.catalog.reading.completing import (
    artifact_names,
    pipeline_names,
    run_names,
    step_names,
    tag_names,
    version_names,
)

Kind = Literal["name", "version", "tag", "run", "pipeline", "step"]

_MOST = 200  # more than anybody reads
_BY_START = {"name": artifact_names, "run": run_names, "pipeline": pipeline_names}


def complete(path: Path, kind: Kind, start: str, of: str | None) -> list[str]:
    """What begins with `start` in the catalog at `path`; see `Client.complete`."""
    with closing(Glance(path)) as catalog:
        if kind == "version":
            return version_names(catalog, of or "", start, _MOST)
        if kind == "step":
            return step_names(catalog, of or "", start, _MOST)
        if kind == "tag":
            return tag_names(catalog, start, _MOST, of)
        return _BY_START[kind](catalog, start, _MOST)
