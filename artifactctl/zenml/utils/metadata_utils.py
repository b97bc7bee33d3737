"""`zenml.utils.metadata_utils`."""

from artifactctl.pipelines.python.labels import bulk_log_metadata as bulk_log_metadata
from artifactctl.pipelines.python.labels import log_metadata as log_metadata
