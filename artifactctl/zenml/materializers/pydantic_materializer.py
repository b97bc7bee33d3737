"""`zenml.materializers.pydantic_materializer`."""

from artifactctl.materializers.pydantic_models import PydanticMaterializer as PydanticMaterializer
