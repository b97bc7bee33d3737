"""`zenml.materializers.materializer_registry`."""

from artifactctl.materializers.materializer_registry import (
    MaterializerRegistry as MaterializerRegistry,
)
from artifactctl.materializers.materializer_registry import (
    materializer_registry as materializer_registry,
)
