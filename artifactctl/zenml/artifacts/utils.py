"""`zenml.artifacts.utils`."""

from artifactctl.pipelines.python.artifacts import load_artifact as load_artifact
from artifactctl.pipelines.python.artifacts import (
    load_artifact_visualization as load_artifact_visualization,
)
from artifactctl.pipelines.python.artifacts import register_artifact as register_artifact
from artifactctl.pipelines.python.artifacts import save_artifact as save_artifact
from artifactctl.pipelines.python.labels import log_artifact_metadata as log_artifact_metadata
