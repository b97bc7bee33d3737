"""`zenml.materializers.built_in_materializer`."""

from artifactctl.materializers.json_values import (
    ContainerMaterializer as BuiltInContainerMaterializer,
)
from artifactctl.materializers.json_values import JsonMaterializer as BuiltInMaterializer
from artifactctl.materializers.raw_files import BytesMaterializer

__all__ = ["BuiltInContainerMaterializer", "BuiltInMaterializer", "BytesMaterializer"]
