"""Values as JSON text: one file that any tool reads, and a folder beside it for each large part."""

from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, ClassVar

from artifactctl.enums import ArtifactType
from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.classes import mark_of
from artifactctl.materializers.encoding import CONTAINER_TYPES, is_its_items
from artifactctl.materializers.parts import holds_pickles, load_parts, save_parts
from artifactctl.materializers.scalars import SCALAR_TYPES, is_scalar
from artifactctl.materializers.state_dicts import is_state_dict

_MAX_REPRESENTATION = 255


class JsonMaterializer(BaseMaterializer):
    """Numbers, texts, None and the small values of the standard library: `data.json`."""

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = SCALAR_TYPES
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA
    EXACT: ClassVar[bool] = True

    @classmethod
    def accepts(cls, data: Any) -> bool:
        """Not a time in a zone that only an object of a library stands for."""
        return is_scalar(data)

    def save(self, data: Any) -> None:
        """Write one value."""
        save_parts(data, self.uri)

    def load(self, data_type: type[Any]) -> Any:  # noqa: ARG002 - the data says it
        """Read it, as the type it was."""
        return load_parts(self.uri, allow_pickle=self.allow_pickle)

    def extract_metadata(self, data: Any) -> dict[str, Any]:
        """`string_representation` of numbers and the like; not of text, which may be private."""
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
        """Not a `defaultdict` that calls code for a missing key, nor one with attributes."""
        return is_its_items(data) or is_state_dict(data)

    def extract_metadata(self, data: Any) -> dict[str, Any]:
        """`length`: the number of items; `pickled` when loading a part runs code."""
        return {"length": len(data), **holds_pickles(self.uri)}


class ObjectMaterializer(BaseMaterializer):
    """Dataclasses, enums and named tuples by their fields; the class itself has to be there."""

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (Enum,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA

    @classmethod
    def accepts(cls, data: Any) -> bool:
        """Only what is nothing but its fields."""
        return mark_of(data) is not None

    def save(self, data: Any) -> None:
        """Write the fields."""
        save_parts(data, self.uri)

    def load(self, data_type: type[Any]) -> Any:
        """The object, made by its class; raises `NotFoundError` when that is not imported."""
        outermost = None if data_type is object else data_type
        return load_parts(self.uri, allow_pickle=self.allow_pickle, outermost=outermost)

    def extract_metadata(self, data: Any) -> dict[str, Any]:
        """`schema`: the fields of a dataclass with their types as text."""
        if isinstance(data, Enum):
            return {"string_representation": str(data)[:_MAX_REPRESENTATION]}
        if not is_dataclass(data):
            return {"length": len(data), **holds_pickles(self.uri)}
        types = {field.name: _type_text(field.type) for field in fields(data)}
        schema = {"title": type(data).__name__, "fields": types}
        return {"schema": schema, **holds_pickles(self.uri)}


def _type_text(declared: Any) -> str:
    return declared.__name__ if isinstance(declared, type) else str(declared)
