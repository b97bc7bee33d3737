"""Pydantic models as the values that they hold."""

from pathlib import Path
from typing import Any, ClassVar

import pydantic

from artifactctl.errors import InvalidInputError, one_line
from artifactctl.materializers.class_names import required_class
from artifactctl.materializers.json_values import ObjectMaterializer
from artifactctl.materializers.pydantic_state import check_state

_MODEL = "model.json"


class PydanticMaterializer(ObjectMaterializer):
    """A model's fields, with extra and private values; validators do not run again.

    Earlier versions wrote `model.json`, the model's own JSON, which is validated.
    """

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (pydantic.BaseModel,)

    @classmethod
    def accepts(cls, data: Any) -> bool:  # noqa: ARG003 - any model
        """Every model: `save` says why it cannot write one."""
        return True

    def save(self, data: pydantic.BaseModel) -> None:
        """Write it; raises `CannotHoldError` for a model that has more than its fields."""
        check_state(data)
        super().save(data)

    def load(self, data_type: type) -> Any:
        """The model; raises `NotFoundError` when its class is not imported."""
        if not Path(self.uri, _MODEL).exists():
            return super().load(data_type)
        kind = data_type
        if kind is object:
            kind = required_class(self.recorded_type, importing=self.allow_pickle)
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

    def extract_metadata(self, data: pydantic.BaseModel) -> dict[str, Any]:
        """`schema`: the JSON schema, of models that have one."""
        try:
            schema = type(data).model_json_schema()
        except pydantic.errors.PydanticUserError:
            return {}
        return {"schema": schema}
