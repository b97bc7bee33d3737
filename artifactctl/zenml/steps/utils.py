"""`zenml.steps.utils`."""

from artifactctl.pipelines.python.labels import log_step_metadata as log_step_metadata
