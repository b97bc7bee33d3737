"""`zenml.artifacts.artifact_config`."""

from artifactctl.pipelines.artifact_config import ArtifactConfig as ArtifactConfig
