"""Pydantic models: the JSON that they write themselves, when it makes the same model again."""

from pathlib import Path
from typing import Any, ClassVar

import pydantic

from artifactctl.enums import ArtifactType
from artifactctl.errors import InvalidInputError
from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.messages import one_line
from artifactctl.materializers.parts import holds_pickles, load_parts, save_parts
from artifactctl.materializers.type_names import required_class

_MODEL = "model.json"


class PydanticMaterializer(BaseMaterializer):
    """A model as `model.json`, its own JSON, or field by field where that would lose something.

    What loading gives is validated by the class as it is now. Private attributes are no data.
    """

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (pydantic.BaseModel,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA

    def save(self, data: pydantic.BaseModel) -> None:
        """Write the model."""
        text = _own_json(data)
        if text is None:
            save_parts(data, self.uri)
        else:
            Path(self.uri, _MODEL).write_text(text, encoding="utf-8")

    def load(self, data_type: type[Any]) -> Any:
        """The model; raises `NotFoundError` when its class is not imported."""
        outermost = None if data_type is object else data_type
        if not Path(self.uri, _MODEL).exists():
            return load_parts(self.uri, allow_pickle=self.allow_pickle, outermost=outermost)
        kind = outermost or required_class(self.recorded_type, importing=self.allow_pickle)
        if not issubclass(kind, pydantic.BaseModel):
            raise InvalidInputError(f"{self.recorded_type!r} is no pydantic model any more")
        text = Path(self.uri, _MODEL).read_text(encoding="utf-8")
        try:
            return kind.model_validate_json(text, by_alias=False, by_name=True)
        except ValueError as error:
            name = self.recorded_type
            raise InvalidInputError(
                f"{name!r} does not take the data: {one_line(error)}"
            ) from error

    def extract_metadata(self, data: pydantic.BaseModel) -> dict[str, Any]:
        """`schema`: the JSON schema, of models that have one."""
        try:
            schema = type(data).model_json_schema()
        except pydantic.errors.PydanticUserError:
            return holds_pickles(self.uri)
        return {"schema": schema, **holds_pickles(self.uri)}


def _own_json(model: pydantic.BaseModel) -> str | None:
    """The JSON that pydantic writes, if pydantic makes an equal model of it."""
    try:
        text = model.model_dump_json(by_alias=False, round_trip=True, warnings="error")
        again = type(model).model_validate_json(text, by_alias=False, by_name=True)
    except ValueError:  # of serialization and of validation alike
        return None
    return text if _same(model, again) else None


def _same(one: Any, other: Any) -> bool:
    """Equal in type and in every field, those of models inside included."""
    if type(one) is not type(other):
        return False
    if isinstance(one, pydantic.BaseModel):
        return _same(dict(one), dict(other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    try:
        return bool(one == other)
    except ValueError:  # arrays have no one answer
        return False
