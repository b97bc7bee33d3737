"""Models of LightGBM in its own format, which is text."""

from pathlib import Path
from typing import Any, ClassVar

import lightgbm

from artifactctl.enums import ArtifactType, VisualizationType
from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.model_attributes import (
    has_state,
    load_state,
    save_state,
    show_parameters,
)

_DATA = "model.txt"


class LightgbmMaterializer(BaseMaterializer):
    """A Booster or a model with the interface of scikit-learn: `model.txt`."""

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (lightgbm.Booster, lightgbm.LGBMModel)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.MODEL

    def save(self, data: lightgbm.Booster | lightgbm.LGBMModel) -> None:
        """Write the booster, and a wrapper's other attributes."""
        booster = data if isinstance(data, lightgbm.Booster) else save_state(data, self.uri)
        if booster is not None:
            # By default only the rounds up to the best one are written.
            booster.save_model(Path(self.uri, _DATA), num_iteration=-1)

    def load(self, data_type: type) -> Any:
        """The booster or the wrapper."""
        path, booster = Path(self.uri, _DATA), None
        if path.exists():
            booster = lightgbm.Booster(model_file=path)
        if not has_state(self.uri):
            return booster
        return load_state(
            data_type, lightgbm.LGBMModel, self.uri, booster, allow_pickle=self.allow_pickle
        )

    def save_visualizations(
        self, data: lightgbm.Booster | lightgbm.LGBMModel
    ) -> dict[str, VisualizationType]:
        """`parameters.json`: the parameters with which the model was made."""
        return show_parameters(data, self.uri)

    def extract_metadata(self, data: lightgbm.Booster | lightgbm.LGBMModel) -> dict[str, Any]:
        """`class`."""
        return {"class": type(data).__name__}
