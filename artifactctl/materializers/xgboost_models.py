"""Models of XGBoost in its own format, which is JSON in binary."""

from pathlib import Path
from typing import Any, ClassVar

import xgboost

from artifactctl.enums import ArtifactType, VisualizationType
from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.model_attributes import (
    has_state,
    load_state,
    save_state,
    show_parameters,
)

_DATA = "model.ubj"


class XgboostMaterializer(BaseMaterializer):
    """A Booster or a model with the interface of scikit-learn: `model.ubj`."""

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (xgboost.Booster, xgboost.XGBModel)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.MODEL

    def save(self, data: xgboost.Booster | xgboost.XGBModel) -> None:
        """Write the booster, and a wrapper's other attributes."""
        booster = data if isinstance(data, xgboost.Booster) else save_state(data, self.uri)
        if booster is not None:
            booster.save_model(Path(self.uri, _DATA))

    def load(self, data_type: type) -> Any:
        """The booster or the wrapper."""
        path, booster = Path(self.uri, _DATA), None
        if path.exists():
            booster = xgboost.Booster()
            booster.load_model(path)
        if not has_state(self.uri):
            return booster
        return load_state(
            data_type, xgboost.XGBModel, self.uri, booster, allow_pickle=self.allow_pickle
        )

    def save_visualizations(
        self, data: xgboost.Booster | xgboost.XGBModel
    ) -> dict[str, VisualizationType]:
        """`parameters.json`: the parameters with which the model was made."""
        return show_parameters(data, self.uri)

    def extract_metadata(self, data: xgboost.Booster | xgboost.XGBModel) -> dict[str, Any]:
        """`class`."""
        return {"class": type(data).__name__}
