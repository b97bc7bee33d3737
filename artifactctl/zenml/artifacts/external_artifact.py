"""`zenml.artifacts.external_artifact`."""

from artifactctl.pipelines.python.external import ExternalArtifact as ExternalArtifact
