"""Attributes and parameters of models with the interface of scikit-learn."""

import json
from pathlib import Path
from typing import Any

from artifactctl.enums import VisualizationType
from artifactctl.errors import InvalidInputError
from artifactctl.materializers.drawing import write_visuals
from artifactctl.materializers.parts import load_parts, save_parts
from artifactctl.visuals import Visual

_STATE = "state"
_BOOSTER = "_Booster"
_TEXT_CHARS = 300


def save_state(model: Any, folder: str) -> Any:
    """Write the attributes of a wrapper; returns its booster, or None if it is not fitted."""
    state = {name: value for name, value in vars(model).items() if name != _BOOSTER}
    Path(folder, _STATE).mkdir()
    save_parts(state, str(Path(folder, _STATE)))
    return vars(model).get(_BOOSTER)


def has_state(folder: str) -> bool:
    """Whether a wrapper was saved there, and not only a booster."""
    return Path(folder, _STATE).exists()


def load_state(kind: type, wrapper: type, folder: str, booster: Any, *, allow_pickle: bool) -> Any:
    """The wrapper that was saved, an object of `kind`, which has to derive from `wrapper`."""
    if not issubclass(kind, wrapper):
        raise InvalidInputError(
            f"{kind.__qualname__!r} is not a subclass of {wrapper.__qualname__!r}"
        )
    state = load_parts(str(Path(folder, _STATE)), allow_pickle=allow_pickle)
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
