"""Words of the catalog for a shell that completes one."""

from contextlib import closing
from pathlib import Path
from typing import Literal

from artifactctl.catalog.completing import artifact_names, tag_names, version_names
from artifactctl.catalog.glance import Glance

Kind = Literal["name", "version", "tag"]

_MOST = 200  # more than anybody reads


def complete(path: Path, kind: Kind, start: str, artifact: str | None) -> list[str]:
    """What begins with `start` in the catalog at `path`; see `Client.complete`."""
    with closing(Glance(path)) as catalog:
        if kind == "name":
            return artifact_names(catalog, start, _MOST)
        if kind == "version":
            return version_names(catalog, artifact or "", start, _MOST)
        return tag_names(catalog, start, _MOST, artifact)
