"""Python objects to files and back: `save` and `load`.

A materializer is found by the type of the object, and imported only then: importing this package
loads no library. On loading it is found by its ID in a list of known ones, never by a path in the
data.

Where to look: `base_materializer` is the interface, `registry` finds a materializer, `saving` and
`loading` use it. `json_values` is for values and containers of Python, `pydantic_models` for
models, `raw_files` for bytes and paths, `pickles` for the rest. `numpy_arrays`, `pandas_frames`,
`polars_frames`, `arrow_tables`, `pillow_images`, `torch_tensors`, `sklearn_models`,
`xgboost_models` and `lightgbm_models` are for one library each. What several of them need is in
`parts` (nested values in files), `facts` and `statistics` (metadata) and `sameness` (proofs).
"""

from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.loading import load
from artifactctl.materializers.registry import (
    id_of,
    materializer_declared,
    materializer_for,
    materializer_named,
    resolve_materializer,
)
from artifactctl.materializers.saving import Saved, save

__all__ = [
    "BaseMaterializer",
    "Saved",
    "id_of",
    "load",
    "materializer_declared",
    "materializer_for",
    "materializer_named",
    "resolve_materializer",
    "save",
]
