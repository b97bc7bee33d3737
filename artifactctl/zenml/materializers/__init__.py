"""`zenml.materializers`."""

from artifactctl.materializers import BaseMaterializer as BaseMaterializer
from artifactctl.zenml.materializers.built_in_materializer import (
    BuiltInContainerMaterializer as BuiltInContainerMaterializer,
)
from artifactctl.zenml.materializers.built_in_materializer import (
    BuiltInMaterializer as BuiltInMaterializer,
)
from artifactctl.zenml.materializers.built_in_materializer import (
    BytesMaterializer as BytesMaterializer,
)
from artifactctl.zenml.materializers.cloudpickle_materializer import (
    CloudpickleMaterializer as CloudpickleMaterializer,
)
from artifactctl.zenml.materializers.path_materializer import (
    PathMaterializer as PathMaterializer,
)
from artifactctl.zenml.materializers.pydantic_materializer import (
    PydanticMaterializer as PydanticMaterializer,
)
from artifactctl.zenml.materializers.structured_string_materializer import (
    StructuredStringMaterializer as StructuredStringMaterializer,
)
from artifactctl.zenml.materializers.uuid_materializer import (
    UUIDMaterializer as UUIDMaterializer,
)
