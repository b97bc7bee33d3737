"""The parameters of a model as JSON, for models with the interface of scikit-learn."""

import json
from typing import Any

from artifactctl.enums import VisualizationType
from artifactctl.materializers.drawing import write_visuals
from artifactctl.visuals import Visual

_TEXT_CHARS = 300


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
