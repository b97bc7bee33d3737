"""Models of LightGBM in its own format, which is text."""

from pathlib import Path
from typing import ClassVar

import lightgbm

from artifactctl.materializers.model_attributes import BoosterMaterializer


class LightgbmMaterializer(BoosterMaterializer):
    """A Booster or a model with the interface of scikit-learn: `model.txt`."""

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (lightgbm.Booster, lightgbm.LGBMModel)
    BOOSTER_FILE: ClassVar[str] = "model.txt"

    def write_booster(self, booster: lightgbm.Booster, path: Path) -> None:
        """Write all rounds."""
        # By default only the rounds up to the best one are written.
        booster.save_model(path, num_iteration=-1)

    def read_booster(self, path: Path) -> lightgbm.Booster:
        """Read it whole."""
        return lightgbm.Booster(model_file=path)
