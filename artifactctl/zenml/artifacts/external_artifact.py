"""`zenml.artifacts.external_artifact`."""

from artifactctl.pipelines.python.input_artifacts import ExternalArtifact as ExternalArtifact
