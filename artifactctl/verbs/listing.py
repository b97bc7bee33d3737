"""Listing artifacts, versions and tags, page by page."""

from typing import TYPE_CHECKING

from artifactctl.catalog import rows
from artifactctl.catalog.reading import listing
from artifactctl.home import Home
from artifactctl.results.artifacts import Artifact
from artifactctl.results.pages import Page
from artifactctl.results.versions import ArtifactVersion

if TYPE_CHECKING:
    from artifactctl.results.tags import TagDetails


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


def list_tags(home: Home, asked: rows.Listing) -> Page["TagDetails"]:
    """Return one page of tags."""
    # Imported on first use: the other listings do without.
    from artifactctl.catalog.reading import tagging  # noqa: PLC0415
    from artifactctl.results.tags import TagDetails  # noqa: PLC0415

    found = tagging.list_tags(home.catalog, asked, lambda row: TagDetails.of(row, home.origin))
    return Page.of(found, TagDetails)
