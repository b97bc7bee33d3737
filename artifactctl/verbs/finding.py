"""Finding artifacts and versions."""

from collections.abc import Iterable

from artifactctl.catalog.reading import finding
from artifactctl.home import Home
from artifactctl.refs import Ref
from artifactctl.results.artifacts import Artifact
from artifactctl.results.versions import ArtifactVersion


def artifact(home: Home, name: str) -> Artifact:
    """Return the artifact with that name or ID; raises `NotFoundError` when there is none."""
    return Artifact.of(finding.find_artifact(home.catalog, name), home.origin)


def version(home: Home, ref: Ref) -> ArtifactVersion:
    """Return the version that a reference means; raises `NotFoundError` when there is none."""
    return ArtifactVersion.of(finding.find_version(home.catalog, ref), home.origin)


def version_with_id(home: Home, version_id: str) -> ArtifactVersion:
    """Return the version with that whole ID; raises `NotFoundError` when there is none."""
    return ArtifactVersion.of(finding.version_with_id(home.catalog, version_id), home.origin)


def version_ids(home: Home, refs: Iterable[Ref]) -> list[str]:
    """Return the IDs of the versions that references mean.

    Raises `NotFoundError` for an unknown one.
    """
    return [finding.find_version(home.catalog, ref).id for ref in refs]
