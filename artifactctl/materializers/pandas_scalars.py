"""Single values of pandas: a Timestamp, a Timedelta, NA and NaT."""

from typing import ClassVar

import pandas as pd

from artifactctl.materializers.json_values import JsonMaterializer


class PandasScalarMaterializer(JsonMaterializer):
    """A value as its number and unit: `data.json`."""

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (
        pd.Timestamp, pd.Timedelta, type(pd.NA), type(pd.NaT),
    )  # fmt: skip
