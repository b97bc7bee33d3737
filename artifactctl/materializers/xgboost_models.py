"""Models of XGBoost in its own format, which is JSON in binary."""

from pathlib import Path
from typing import ClassVar

import xgboost

from artifactctl.materializers.model_attributes import BoosterMaterializer


class XgboostMaterializer(BoosterMaterializer):
    """A Booster or a model with the interface of scikit-learn: `model.ubj`."""

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (xgboost.Booster, xgboost.XGBModel)
    BOOSTER_FILE: ClassVar[str] = "model.ubj"

    def write_booster(self, booster: xgboost.Booster, path: Path) -> None:
        """Write all rounds."""
        booster.save_model(path)

    def read_booster(self, path: Path) -> xgboost.Booster:
        """Read it whole."""
        booster = xgboost.Booster()
        booster.load_model(path)
        return booster
