"""`zenml.materializers.cloudpickle_materializer`."""

from artifactctl.materializers.pickles import PICKLE as DEFAULT_FILENAME
from artifactctl.materializers.pickles import CloudpickleMaterializer

__all__ = ["DEFAULT_FILENAME", "CloudpickleMaterializer"]
