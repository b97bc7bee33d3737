"""Models with the interface of scikit-learn: their parameters, and boosters that they wrap."""

import json
from pathlib import Path
from typing import Any, ClassVar

from artifactctl.enums import ArtifactType, VisualizationType
from artifactctl.errors import InvalidInputError
from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.drawing import write_visuals
from artifactctl.materializers.parts import load_parts, save_parts
from artifactctl.visuals import Visual

_STATE = "state"
_BOOSTER = "_Booster"
_TEXT_CHARS = 300


class BoosterMaterializer(BaseMaterializer):
    """A booster in the format of its library, or a wrapper of one, with its other attributes.

    A subclass says the name of the booster's file, how it is written and read, and gives both types
    in `ASSOCIATED_TYPES`: the booster's, then the wrapper's.
    """

    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.MODEL
    SKIP_REGISTRATION: ClassVar[bool] = True
    BOOSTER_FILE: ClassVar[str]

    def write_booster(self, booster: Any, path: Path) -> None:
        """Write a booster in the format of its library."""
        raise NotImplementedError

    def read_booster(self, path: Path) -> Any:
        """Read what `write_booster` wrote."""
        raise NotImplementedError

    def save(self, data: Any) -> None:
        """Write the booster, which an unfitted wrapper lacks, and a wrapper's other attributes."""
        booster = data
        if not isinstance(data, self.ASSOCIATED_TYPES[0]):
            booster = vars(data).get(_BOOSTER)
            state = {name: value for name, value in vars(data).items() if name != _BOOSTER}
            Path(self.uri, _STATE).mkdir()
            save_parts(state, str(Path(self.uri, _STATE)))
        if booster is not None:
            self.write_booster(booster, Path(self.uri, self.BOOSTER_FILE))

    def load(self, data_type: type) -> Any:
        """The booster or the wrapper."""
        path, state = Path(self.uri, self.BOOSTER_FILE), Path(self.uri, _STATE)
        booster = self.read_booster(path) if path.exists() else None
        return self._wrapper(data_type, state, booster) if state.exists() else booster

    def save_visualizations(self, data: Any) -> dict[str, VisualizationType]:
        """`parameters.json`: the parameters with which the model was made."""
        return show_parameters(data, self.uri)

    def extract_metadata(self, data: Any) -> dict[str, Any]:
        """`class`."""
        return {"class": type(data).__name__}

    def _wrapper(self, kind: type, folder: Path, booster: Any) -> Any:
        wrapper = self.ASSOCIATED_TYPES[1]
        if not issubclass(kind, wrapper):
            raise InvalidInputError(
                f"{kind.__qualname__!r} is not a subclass of {wrapper.__qualname__!r}"
            )
        state = load_parts(str(folder), allow_pickle=self.allow_pickle)
        if not isinstance(state, dict) or not all(isinstance(name, str) for name in state):
            raise InvalidInputError("the attributes of the model are not names and values")
        model = kind()
        vars(model).update({**state, _BOOSTER: booster})
        return model


def show_parameters(model: Any, folder: str) -> dict[str, VisualizationType]:
    """Write `parameters.json`, with values that are not JSON as text; nothing for other models."""
    if not hasattr(model, "get_params"):
        return {}
    parameters = {"class": type(model).__name__, **model.get_params(deep=False)}
    text = json.dumps(parameters, indent=2, ensure_ascii=False, default=_text)
    content = text.encode("utf-8", "replace")
    visual = Visual("parameters.json", VisualizationType.JSON, content)
    return write_visuals(folder, [visual])


def _text(value: object) -> str:
    return repr(value)[:_TEXT_CHARS]
