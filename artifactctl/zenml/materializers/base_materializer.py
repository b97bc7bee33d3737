"""`zenml.materializers.base_materializer`."""

from artifactctl.materializers import BaseMaterializer as BaseMaterializer
