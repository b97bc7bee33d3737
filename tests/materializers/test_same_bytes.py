"""Saving an object twice gives the same bytes: content is stored once, and caches hit."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from PIL import Image
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from artifactctl.materializers import save
from tests.materializers.again import contents
from tests.materializers.test_json_values import Colour, Opaque, Point, Settings
from tests.materializers.test_models import BOOSTERS, X, Y
from tests.materializers.test_pydantic_models import Layer

OBJECTS = {
    "json": 0.1,
    "container": {"a": [1, {"x", "y", "z"}], "b": b"x" * 5000, "c": np.arange(3)},
    "object": Settings(0.5, [1], Point(Colour.RED, 2)),
    "pydantic": Layer(width=2),
    "bytes": b"abc",
    "path": Path(__file__),
    "numpy.scalar": np.float32(0.1),
    "numpy": np.arange(6.0).reshape(2, 3),
    "pandas.scalar": pd.Timestamp("2020", tz="UTC"),
    "pandas": pd.DataFrame({"a": [1], "b": ["x"], "c": pd.Categorical([1])}, index=["r"]),
    "polars": pl.DataFrame({"a": [1], "b": ["x"]}),
    "pyarrow": pa.table({"a": [1], "b": ["x"]}),
    "pillow": Image.effect_mandelbrot((20, 20), (-2, -2, 2, 2), 50),
    "sklearn": make_pipeline(StandardScaler(), RandomForestClassifier(3)).fit(X, Y),
    "xgboost": BOOSTERS[0],
    "lightgbm": BOOSTERS[2],
    "cloudpickle": Opaque(5),
}


def saved_twice(value, tmp_path: Path) -> list[tuple[str, dict[str, bytes]]]:
    results = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        results.append((save(value, tmp_path / name).materializer, contents(tmp_path / name)))
    return results


@pytest.mark.parametrize("materializer", OBJECTS)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_every_built_in_materializer_writes_the_same_bytes_twice(materializer, tmp_path: Path):
    value = OBJECTS[materializer]
    if materializer in ("xgboost", "lightgbm"):
        value = type(value)(**value.get_params()).fit(X, Y)
    one, two = saved_twice(value, tmp_path)
    assert one == two
    assert one[0] == materializer


def test_tensors_are_written_the_same_twice(tmp_path: Path):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    for place, value in enumerate(
        (torch.ones(2), torch.eye(2).to_sparse(), torch.nn.Linear(2, 1).state_dict())
    ):
        (tmp_path / str(place)).mkdir()
        one, two = saved_twice(value, tmp_path / str(place))
        assert one == two


def test_sets_are_written_the_same_by_every_process(tmp_path: Path):
    code = (
        "import sys, pathlib; from artifactctl.materializers import save\n"
        "folder = pathlib.Path(sys.argv[1]); folder.mkdir()\n"
        "save({'a', 'b', 'c', ('d', 1), None, 2.5}, folder)"
    )
    for seed in ("1", "2"):
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / seed)],
            env={"PYTHONHASHSEED": seed},
            check=True,
        )
    assert contents(tmp_path / "1") == contents(tmp_path / "2")
