"""Values of Python as JSON: one file that any tool reads, and a folder for each part that needs it.

`python_scalars` and `scalars` have the single values, `encoding` the containers, `class_fields` and
`pydantic_state` the objects of classes, `parts` the files.
"""

from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, ClassVar

from artifactctl.enums import ArtifactType, VisualizationType
from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.class_fields import mark_of
from artifactctl.materializers.encoding import CONTAINER_TYPES, is_its_items
from artifactctl.materializers.parts import load_parts, save_parts, shown_parts
from artifactctl.materializers.python_scalars import SCALAR_TYPES
from artifactctl.materializers.scalars import is_scalar
from artifactctl.materializers.state_dicts import is_state_dict

_MAX_REPRESENTATION = 255


class JsonMaterializer(BaseMaterializer):
    """Numbers, texts, None, dates and other single values of the standard library: `data.json`."""

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = SCALAR_TYPES
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA
    EXACT: ClassVar[bool] = True
    DRAWN_FROM_FILES: ClassVar[bool] = True

    @classmethod
    def accepts(cls, data: Any) -> bool:
        """Not a time in a zone that only the zone's own code knows."""
        return is_scalar(data)

    def save(self, data: Any) -> None:
        """Write the value."""
        save_parts(data, self.uri)

    def load(self, data_type: type) -> Any:  # noqa: ARG002 - the data says it
        """Read it, as the type that it had."""
        return load_parts(self.uri, allow_pickle=self.allow_pickle)

    def save_visualizations(self, data: Any) -> dict[str, VisualizationType]:  # noqa: ARG002 - as above
        """`data.json` itself; nothing when the value has parts in other formats."""
        return shown_parts(self.uri)

    def extract_metadata(self, data: Any) -> dict[str, Any]:
        """`string_representation` of numbers, dates and so on; not of texts, which may be long."""
        if data is None or isinstance(data, str | bytes | bytearray):
            return {}
        if isinstance(data, int) and data.bit_length() > 2000:
            return {"bit_length": data.bit_length()}
        return {"string_representation": str(data)[:_MAX_REPRESENTATION]}


class ContainerMaterializer(JsonMaterializer):
    """Lists, dictionaries, tuples and sets of anything: `data.json`, or `index.json` and parts."""

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = CONTAINER_TYPES
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.BASE

    @classmethod
    def accepts(cls, data: Any) -> bool:
        """Not one with code for missing keys or with attributes; but the state dict of a module."""
        return is_its_items(data) or is_state_dict(data)

    def extract_metadata(self, data: Any) -> dict[str, Any]:
        """`length`: the number of items."""
        return {"length": len(data)}


class ObjectMaterializer(JsonMaterializer):
    """Dataclasses, enums and named tuples by their fields; loading needs the class itself."""

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (Enum,)
    EXACT: ClassVar[bool] = False

    @classmethod
    def accepts(cls, data: Any) -> bool:
        """Only an object that has nothing but its fields."""
        return mark_of(data) is not None

    def load(self, data_type: type) -> Any:
        """The object; raises `NotFoundError` when its class is not imported."""
        outermost = None if data_type is object else data_type
        return load_parts(self.uri, allow_pickle=self.allow_pickle, outermost=outermost)

    def extract_metadata(self, data: Any) -> dict[str, Any]:
        """`schema`: the fields of a dataclass with their types as text."""
        if isinstance(data, Enum):
            return {"string_representation": str(data)[:_MAX_REPRESENTATION]}
        if not is_dataclass(data):
            return {"length": len(data)}
        types = {field.name: _type_text(field.type) for field in fields(data)}
        schema = {"title": type(data).__name__, "fields": types}
        return {"schema": schema}


def _type_text(declared: Any) -> str:
    return declared.__name__ if isinstance(declared, type) else str(declared)
