"""`zenml.logger`."""

from artifactctl.logger import get_logger as get_logger
