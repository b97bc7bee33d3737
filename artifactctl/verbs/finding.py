"""Finding and listing artifacts and versions."""

from collections.abc import Iterable

from artifactctl.catalog import rows
from artifactctl.catalog.reading import finding, listing
from artifactctl.home import Home
from artifactctl.refs import Ref
from artifactctl.results.artifacts import Artifact
from artifactctl.results.pages import Page
from artifactctl.results.recorded import ArtifactVersion


def artifact(home: Home, name: str) -> Artifact:
    """Return the artifact with that name or ID; raises `NotFoundError` when there is none."""
    return Artifact.of(finding.find_artifact(home.catalog, name), home.origin)


def version(home: Home, ref: Ref) -> ArtifactVersion:
    """Return the version that a reference means; raises `NotFoundError` when there is none."""
    return ArtifactVersion.of(finding.find_version(home.catalog, ref), home.origin)


def version_ids(home: Home, refs: Iterable[Ref]) -> list[str]:
    """Return the IDs of the versions that references mean.

    Raises `NotFoundError` for an unknown one.
    """
    return [finding.find_version(home.catalog, ref).id for ref in refs]


def list_artifacts(home: Home, asked: rows.Listing) -> Page[Artifact]:
    """Return one page of artifacts."""
    found = listing.list_artifacts(home.catalog, asked, lambda row: Artifact.of(row, home.origin))
    return Page.of(found, Artifact)


def list_versions(home: Home, asked: rows.Listing) -> Page[ArtifactVersion]:
    """Return one page of versions."""
    found = listing.list_versions(
        home.catalog, asked, lambda row: ArtifactVersion.of(row, home.origin)
    )
    return Page.of(found, ArtifactVersion)
