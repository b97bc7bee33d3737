"""`zenml.materializers.uuid_materializer`."""

from artifactctl.materializers.json_values import JsonMaterializer as UUIDMaterializer

__all__ = ["UUIDMaterializer"]
