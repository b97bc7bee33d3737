"""`zenml.metadata.metadata_types`."""

from artifactctl.metadata_types import DType as DType
from artifactctl.metadata_types import MetadataType as MetadataType
from artifactctl.metadata_types import Path as Path
from artifactctl.metadata_types import StorageSize as StorageSize
from artifactctl.metadata_types import Uri as Uri
