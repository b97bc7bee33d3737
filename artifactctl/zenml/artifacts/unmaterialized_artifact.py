"""`zenml.artifacts.unmaterialized_artifact`."""

from artifactctl.pipelines.python.input_artifacts import (
    UnmaterializedArtifact as UnmaterializedArtifact,
)
