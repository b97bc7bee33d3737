"""`zenml.artifacts.unmaterialized_artifact`."""

from artifactctl.pipelines.python.unmaterialized import (
    UnmaterializedArtifact as UnmaterializedArtifact,
)
