"""Finding by a name or an ID, or else by the start of one, as programs may ask.

All raise `NotFoundError` when there is nothing, and `AmbiguousError` for the start of several.
"""

from artifactctl.catalog.reading import finding_starts as starts
from artifactctl.catalog.reading.finding_runs import find_run_to_read
from artifactctl.errors import NotFoundError
from artifactctl.home import Home
from artifactctl.refs import Ref
from artifactctl.results.artifacts import Artifact
from artifactctl.results.runs import PipelineRun
from artifactctl.results.versions import ArtifactVersion
from artifactctl.verbs import finding


def artifact(home: Home, text: str) -> Artifact:
    """Return the artifact with that name or ID, or the only one whose name or ID starts so."""
    try:
        return finding.artifact(home, text)
    except NotFoundError:
        found = starts.artifact_starting(home.catalog, text)
        if found is None:
            raise
    return Artifact.of(found, home.origin)


def version(home: Home, ref: Ref) -> ArtifactVersion:
    """Return the version of a reference, or the only one whose ID starts with four digits so."""
    try:
        return finding.version(home, ref)
    except NotFoundError:
        found = starts.version_starting(home.catalog, ref.name) if ref.is_bare else None
        if found is None:
            raise
    return ArtifactVersion.of(found, home.origin)


def run(home: Home, text: str) -> PipelineRun:
    """Return the run with that name or ID, the one that `latest` means, or that alone starts so."""
    try:
        row = find_run_to_read(home.catalog, text)
    except NotFoundError:
        found = starts.run_starting(home.catalog, text)
        if found is None:
            raise
        row = found
    return PipelineRun.of(row, home.origin)
