"""Pydantic models as the values that they hold."""

from pathlib import Path
from typing import Any, ClassVar

import pydantic

from artifactctl.enums import ArtifactType, VisualizationType
from artifactctl.errors import InvalidInputError, one_line
from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.class_names import required_class
from artifactctl.materializers.parts import load_parts, save_parts, shown_parts
from artifactctl.materializers.pydantic_state import check_state

_MODEL = "model.json"


class PydanticMaterializer(BaseMaterializer):
    """A model's fields, with extra and private values; validators do not run again.

    Earlier versions wrote `model.json`, the model's own JSON, which is validated.
    """

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (pydantic.BaseModel,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA
    DRAWN_FROM_FILES: ClassVar[bool] = True

    def save(self, data: pydantic.BaseModel) -> None:
        """Write it; raises `CannotHoldError` for a model that has more than its fields."""
        check_state(data)
        save_parts(data, self.uri)

    def load(self, data_type: type) -> Any:
        """The model; raises `NotFoundError` when its class is not imported."""
        outermost = None if data_type is object else data_type
        if not Path(self.uri, _MODEL).exists():
            return load_parts(self.uri, allow_pickle=self.allow_pickle, outermost=outermost)
        kind = outermost or required_class(self.recorded_type, importing=self.allow_pickle)
        if not issubclass(kind, pydantic.BaseModel):
            raise InvalidInputError(f"{self.recorded_type!r} is not a pydantic model any more")
        text = Path(self.uri, _MODEL).read_text(encoding="utf-8")
        try:
            return kind.model_validate_json(text, by_alias=False, by_name=True)
        except ValueError as error:
            name = self.recorded_type
            raise InvalidInputError(
                f"{name!r} does not accept the data: {one_line(error)}"
            ) from error

    def save_visualizations(self, data: Any) -> dict[str, VisualizationType]:  # noqa: ARG002 - the files
        """`data.json` itself; nothing when a field is in another format."""
        return shown_parts(self.uri)

    def extract_metadata(self, data: pydantic.BaseModel) -> dict[str, Any]:
        """`schema`: the JSON schema, of models that have one."""
        try:
            schema = type(data).model_json_schema()
        except pydantic.errors.PydanticUserError:
            return {}
        return {"schema": schema}
