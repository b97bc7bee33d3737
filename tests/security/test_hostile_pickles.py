"""A pickle in any disguise runs no code without consent, and where it is welcome it does run."""

import io
import json
import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pydantic
import pytest
import skops.io
from sklearn.linear_model import LogisticRegression

from artifactctl.errors import ArtifactctlError, UnsafeError
from artifactctl.materializers import load, registry, save

SAFE = sorted(registry._BUILT_IN.keys() - {"cloudpickle", "torch.module"})
TYPES = {
    "numpy": "numpy.ndarray", "pandas": "pandas.DataFrame", "polars": "polars.DataFrame",
    "sklearn": "sklearn.linear_model.LogisticRegression", "xgboost": "xgboost.XGBClassifier",
    "lightgbm": "lightgbm.LGBMClassifier", "torch": "torch.Tensor", "pillow": "PIL.Image.Image",
    "bytes": "builtins.bytes", "path": "pathlib.PosixPath",
}  # fmt: skip


class Bomb:
    """Makes a marker when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return os.system, (f"touch {self.marker}",)


class Holding(pydantic.BaseModel):
    _held: Any = None


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    return tmp_path / "marker"


@pytest.fixture
def pickled(marker: Path) -> bytes:
    return pickle.dumps(Bomb(marker))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    made.mkdir()
    return made


def refuse(folder: Path, materializer: str, data_type: str = "builtins.object") -> None:
    try:
        load(folder, materializer, data_type, allow_pickle=False)
    except ArtifactctlError:
        return
    except ModuleNotFoundError as error:  # pragma: no cover
        pytest.skip(f"{error.name} is not installed")


def test_the_bomb_is_a_bomb(pickled: bytes, marker: Path):
    pickle.loads(pickled)
    assert marker.exists()


def test_a_plain_pickle_runs_with_consent_and_not_without(
    folder: Path, pickled: bytes, marker: Path
):
    (folder / "artifact.pkl").write_bytes(pickled)
    for name in ("cloudpickle", "torch.module"):
        refuse(folder, name)
        assert not marker.exists()
    with pytest.raises(UnsafeError) as caught:
        load(folder, "cloudpickle", "x.Y", allow_pickle=False)
    assert caught.value.exit_code == 12
    load(folder, "cloudpickle", "x.Y", allow_pickle=True)
    assert marker.exists()


@pytest.mark.parametrize("materializer", SAFE)
def test_a_pickle_in_the_place_of_every_file_is_never_run(
    materializer: str, folder: Path, pickled: bytes, marker: Path
):
    names = [
        "data.json", "data.npy", "mask.npy", "fill_value.npy", "data.parquet", "data.arrow",
        "data.csv", "data.types.json", "frame.json", "model.json", "model.skops", "model.ubj",
        "model.txt", "data.safetensors", "tensors.json", "data.pt", "image.png", "image.tiff",
        "path.json", "data.bin", "artifact.pkl", "index.json", "state/data.json", "data.arrows",
        "objects/data.json", "content/x", "image.json", "array.json", "fill_value/data.json",
        "fill_value/index.json", "index/frame.json", "columns/frame.json",
    ]  # fmt: skip
    kind = TYPES.get(materializer, "builtins.object")
    for name in names:
        file = folder / name
        if file.parent.is_file():
            file.parent.unlink()
        file.parent.mkdir(exist_ok=True)
        if not file.is_dir():
            file.write_bytes(pickled)
        refuse(folder, materializer, kind)
    for name in names:  # each alone, too: which file is there decides what is read
        if (folder / name).is_file():
            (folder / name).unlink()
        refuse(folder, materializer, kind)
    assert not marker.exists()


@pytest.mark.parametrize("place", ["value", "deep", "object", "model", "array", "private", "fill"])
def test_a_pickle_inside_of_other_data_needs_consent(
    place: str, folder: Path, pickled: bytes, marker: Path
):
    part = {"materializer": "cloudpickle", "data_type": "builtins.int"}
    part_folder, materializer = folder, "container"
    if place == "deep":
        (folder / "index.json").write_text(
            json.dumps({"value": [{"$part": 0}], "parts": [{**part, "materializer": "container"}]})
        )
        part_folder = folder / "0"
        part_folder.mkdir()
    elif place == "array":
        part_folder, materializer = folder / "objects", "numpy"
        part_folder.mkdir()
    elif place == "fill":
        part_folder, materializer = folder / "fill_value", "numpy"
        part_folder.mkdir()
        np.save(folder / "data.npy", [1])
        (folder / "array.json").write_text('{"masked": true}')
    elif place in ("object", "model", "private"):
        materializer = "object" if place == "object" else "pydantic"
    value: Any = [{"$part": 0}]
    if place in ("array", "fill"):
        value = {"shape": [1], "dtype": "O", "items": value}
    elif place == "private":
        state = {"fields": {}, "set": [], "extra": None, "private": {"_held": {"$part": 0}}}
        value = {"$pydantic": [f"{__name__}.Holding", state]}
    (part_folder / "index.json").write_text(json.dumps({"value": value, "parts": [part]}))
    (part_folder / "0").mkdir()
    (part_folder / "0" / "artifact.pkl").write_bytes(pickled)
    with pytest.raises(UnsafeError):
        load(folder, materializer, "builtins.object", allow_pickle=False)
    assert not marker.exists()
    load(folder, materializer, "builtins.object", allow_pickle=True)
    assert marker.exists()


def test_an_array_of_objects_is_not_unpickled_even_with_consent(folder: Path, marker: Path):
    array = np.array([Bomb(marker)], dtype=object)
    np.save(folder / "data.npy", array, allow_pickle=True)
    refuse(folder, "numpy", "numpy.ndarray")
    with pytest.raises(ArtifactctlError):
        load(folder, "numpy", "numpy.ndarray", allow_pickle=True)
    file = io.BytesIO()
    np.savez(file, a=array, allow_pickle=True)
    (folder / "data.npy").write_bytes(file.getvalue())
    refuse(folder, "numpy", "numpy.ndarray")
    assert not marker.exists()


def test_an_estimator_with_code_of_a_stranger_is_refused(folder: Path, marker: Path):
    model = LogisticRegression()
    model.C = Bomb(marker)
    (folder / "model.skops").write_bytes(skops.io.dumps(model))
    with pytest.raises(UnsafeError):
        load(folder, "sklearn", "sklearn.linear_model.LogisticRegression", allow_pickle=False)
    assert not marker.exists()


def test_names_of_functions_in_an_estimator_are_refused(folder: Path, marker: Path):
    save(LogisticRegression(), folder)
    with zipfile.ZipFile(folder / "model.skops") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(members["schema.json"])
    schema["__class__"], schema["__module__"] = "system", "os"
    with zipfile.ZipFile(folder / "model.skops", "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content if name != "schema.json" else json.dumps(schema))
    refuse(folder, "sklearn", "sklearn.linear_model.LogisticRegression")
    with pytest.raises(UnsafeError, match=r"os\.system"):
        load(folder, "sklearn", "sklearn.linear_model.LogisticRegression", allow_pickle=False)


def test_a_table_whose_metadata_is_a_pickle_runs_nothing(
    folder: Path, pickled: bytes, marker: Path
):
    save(pd.DataFrame({"a": [1]}), folder)
    field = pa.field("a", pa.int64(), metadata={
        b"ARROW:extension:name": b"arrow.py_extension_type",
        b"ARROW:extension:metadata": pickled,
    })  # fmt: skip
    table = pa.table([pa.array([1])], schema=pa.schema([field], metadata={b"pandas": pickled}))
    pq.write_table(table, folder / "data.parquet")
    with pa.ipc.new_file(folder / "data.arrow", table.schema) as writer:
        writer.write_table(table)
    for name in ("pandas", "polars", "pyarrow"):
        refuse(folder, name)
    (folder / "data.arrow").unlink()
    refuse(folder, "pyarrow")
    assert not marker.exists()


def test_a_tensor_file_with_a_pickle_in_it_runs_nothing(folder: Path, marker: Path):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    torch.save(Bomb(marker), folder / "data.pt")
    for consent in (False, True):
        with pytest.raises(ArtifactctlError):
            load(folder, "torch", "torch.Tensor", allow_pickle=consent)
    torch.save({"a": Bomb(marker)}, folder / "data.pt", _use_new_zipfile_serialization=False)
    refuse(folder, "torch", "torch.Tensor")
    assert not marker.exists()


def test_the_name_of_a_class_in_data_imports_nothing(folder: Path, marker: Path, tmp_path: Path):
    (tmp_path / "evil.py").write_text(f"open({str(marker)!r}, 'w')\nclass Thing: pass\n")
    (folder / "data.json").write_text('{"$dataclass": ["evil.Thing", {}]}')
    (folder / "model.json").write_text("{}")
    code = (
        "import sys, pathlib; from artifactctl.materializers import load\n"
        "for name in ('json', 'object', 'container', 'pydantic', 'numpy', 'evil:Thing'):\n"
        "    try: load(pathlib.Path(sys.argv[1]), name, 'evil.Thing', allow_pickle=False)\n"
        "    except Exception as error: print(type(error).__name__)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        env={**os.environ, "PYTHONPATH": str(tmp_path)}, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert len(run.stdout.split()) == 6
    assert not marker.exists()


def test_attributes_of_a_boosted_model_need_consent_when_they_are_pickles(
    folder: Path, pickled: bytes, marker: Path
):
    (folder / "state" / "0").mkdir(parents=True)
    part = {"materializer": "cloudpickle", "data_type": "builtins.int"}
    index = {"value": {"objective": {"$part": 0}}, "parts": [part]}
    (folder / "state" / "index.json").write_text(json.dumps(index))
    (folder / "state" / "0" / "artifact.pkl").write_bytes(pickled)
    for name in ("xgboost", "lightgbm"):
        with pytest.raises(UnsafeError):
            load(folder, name, TYPES[name], allow_pickle=False)
    assert not marker.exists()
