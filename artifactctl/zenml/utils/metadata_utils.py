"""`zenml.utils.metadata_utils`."""

from artifactctl.pipelines.python.labels import log_metadata as log_metadata
