"""`zenml.materializers.structured_string_materializer`."""

from artifactctl.materializers.typed_texts import (
    TypedTextMaterializer as StructuredStringMaterializer,
)

__all__ = ["StructuredStringMaterializer"]
