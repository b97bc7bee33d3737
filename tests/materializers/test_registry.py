"""A materializer is found by type on saving and by ID on loading, and imported only then."""

import enum
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression

from artifactctl.enums import ArtifactType
from artifactctl.errors import (
    InvalidInputError,
    MaterializerInterfaceError,
    NotFoundError,
    UnsafeError,
)
from artifactctl.materializers import (
    BaseMaterializer,
    id_of,
    load,
    materializer_for,
    materializer_named,
    plugins,
    registry,
    resolve_materializer,
    save,
)

IDS = {
    "json", "text", "container", "object", "pydantic", "bytes", "path", "numpy.scalar", "numpy",
    "pandas.scalar", "pandas", "polars", "pyarrow", "pillow", "sklearn", "torch", "torch.state",
    "torch.module", "xgboost", "lightgbm", "cloudpickle",
}  # fmt: skip


class Pet:
    def __init__(self, name: str) -> None:
        self.name = name


class Dog(Pet):
    pass


class PetMaterializer(BaseMaterializer):
    """As somebody writes it for ZenML."""

    ASSOCIATED_TYPES = (Pet,)
    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.DATA

    def __init__(self, uri, artifact_store=None):
        super().__init__(uri, artifact_store)

    def save(self, data):
        super().save(data)
        with self.artifact_store.open(os.path.join(self.uri, "pet.txt"), "w") as file:
            file.write(data.name)

    def load(self, data_type):
        with self.artifact_store.open(os.path.join(self.uri, "pet.txt"), "r") as file:
            return data_type(file.read())

    def extract_metadata(self, data):
        return {"name": data.name}


class Broken(BaseMaterializer):
    ASSOCIATED_TYPES = (bytearray,)

    def save(self, data):
        Path(self.uri, "x").touch()

    def extract_metadata(self, data):
        raise RuntimeError("no idea")


def test_importing_the_package_loads_no_heavy_library():
    code = (
        "import sys, artifactctl.materializers\n"
        "heavy = {'numpy', 'pandas', 'cloudpickle', 'pydantic', 'torch', 'pyarrow', 'PIL'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "import tempfile, pathlib\n"
        "artifactctl.materializers.save({'a': [1, (2,)]}, pathlib.Path(tempfile.mkdtemp()))\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_ids_are_what_they_always_were():
    assert set(registry._BUILT_IN) == IDS
    for name in IDS - {"torch", "torch.state", "torch.module"}:
        assert id_of(materializer_named(name)) == name


def test_a_materializer_written_for_zenml_works(tmp_path: Path):
    saved = save(Dog("Ωmega"), tmp_path)
    assert saved.materializer == f"{__name__}:PetMaterializer"
    assert saved.metadata == {"name": "Ωmega"}
    assert (tmp_path / "pet.txt").read_text(encoding="utf-8") == "Ωmega"
    loaded = load(tmp_path, saved.materializer, saved.data_type, allow_pickle=False)
    assert type(loaded) is Dog
    assert loaded.name == "Ωmega"


def test_one_of_theirs_is_used_inside_of_containers():
    from tests.materializers.again import again

    assert [pet.name for pet in again([Pet("a"), Dog("b")])] == ["a", "b"]


def test_the_first_one_defined_keeps_its_type_and_takes_its_own_new_version():
    class Mine:
        pass

    def define(name: str) -> type[BaseMaterializer]:
        return type(name, (BaseMaterializer,), {"ASSOCIATED_TYPES": (Mine,)})

    first = define("First")
    define("Second")
    assert materializer_for(Mine()) is first
    again = define("First")  # as a notebook's cell that is run twice
    assert materializer_for(Mine()) is again


class Shout(enum.StrEnum):
    HEY = "hey"


class Pair(NamedTuple):
    one: str


class Taking(BaseMaterializer):
    """For types that have materializers here."""

    ASSOCIATED_TYPES = (str, dict, list, tuple, np.ndarray, pd.DataFrame, Path, BaseEstimator)


@pytest.mark.parametrize(
    "value",
    ["a", {"a": 1}, [1], (1,), Pair("x"), Shout.HEY, np.arange(2), pd.DataFrame({"a": [1]}),
     Path("."), LogisticRegression()],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_none_that_is_defined_takes_over_a_type_that_is_known_here(value, tmp_path: Path):
    assert materializer_for(value).__module__.startswith("artifactctl.")
    assert resolve_materializer([Taking], value if type(value) is not Shout else "a") is Taking


def test_a_more_special_type_than_ours_may_have_its_own():
    class Better(LogisticRegression):
        pass

    class BetterMaterializer(BaseMaterializer):
        ASSOCIATED_TYPES = (Better,)

    assert materializer_for(Better()) is BetterMaterializer


def test_an_id_is_not_imported_without_consent(tmp_path: Path, monkeypatch):
    (tmp_path / "named_by_id.py").write_text("raise SystemExit")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("named_by_id:Thing", "os:system", "", "json_values:JsonMaterializer"):
        with pytest.raises(NotFoundError, match="is not known") as caught:
            load(tmp_path, name, "builtins.int", allow_pickle=False)
        assert "give materializer=" in caught.value.hint
    assert "named_by_id" not in sys.modules


@pytest.mark.parametrize("name", ["", ":", "gone:X", "os:gone", "..os:system", "os:", "a b:c"])
def test_an_id_that_leads_to_nothing_is_unknown_with_consent_too(tmp_path: Path, name: str):
    with pytest.raises(NotFoundError, match="is not known"):
        load(tmp_path, name, "builtins.int", allow_pickle=True)


@pytest.mark.parametrize("name", ["os:system", "os:environ.get", "collections:OrderedDict"])
def test_what_is_no_materializer_is_refused_with_consent_too(tmp_path: Path, name: str):
    with pytest.raises((InvalidInputError, NotFoundError)):
        load(tmp_path, name, "builtins.int", allow_pickle=True)


PLANE = """
from artifactctl.materializers import BaseMaterializer
import os
class Plane:
    def __init__(self, name): self.name = name
class PlaneMaterializer(BaseMaterializer):
    ASSOCIATED_TYPES = (Plane,)
    def save(self, data):
        with self.artifact_store.open(os.path.join(self.uri, "name"), "w") as file:
            file.write(data.name)
    def load(self, data_type):
        with self.artifact_store.open(os.path.join(self.uri, "name")) as file:
            return data_type(file.read())
"""
SAVING = """
if __name__ == "__main__":
    import sys, pathlib
    from artifactctl.materializers import load, save
    folder = pathlib.Path(sys.argv[1])
    saved = save(Plane("x"), folder)
    print(saved.materializer, saved.data_type)
    again = load(folder, saved.materializer, saved.data_type, allow_pickle=True)
    assert type(again) is Plane and "planes" not in sys.modules
    old = load(folder, "__main__:PlaneMaterializer", "__main__.Plane", allow_pickle=False)
    assert type(old) is Plane
"""
LOADING = """
import sys, pathlib
from artifactctl.materializers import load
names = (sys.argv[2], sys.argv[3])
try: load(pathlib.Path(sys.argv[1]), *names, allow_pickle=False)
except KeyError as error: print(type(error).__name__)
print(load(pathlib.Path(sys.argv[1]), *names, allow_pickle=True).name)
"""


@pytest.mark.parametrize("command", [["planes.py"], ["-m", "planes"], ["-m", "deep.planes"]])
def test_what_a_script_defines_the_next_one_loads_by_consent(tmp_path: Path, command: list[str]):
    (tmp_path / "deep").mkdir()
    for path in ("planes.py", "deep/planes.py"):
        (tmp_path / path).write_text(PLANE + SAVING)
    (tmp_path / "loading.py").write_text(LOADING)
    (tmp_path / "out").mkdir()

    def run(*words: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, *words], cwd=tmp_path, check=True, capture_output=True, text=True
        )
        return done.stdout.split()

    module = command[-1].removesuffix(".py")
    names = run(*command, "out")
    assert names == [f"{module}:PlaneMaterializer", f"{module}.Plane"]
    assert run("loading.py", "out", *names) == ["NotFoundError", "x"]


def test_a_program_without_a_file_keeps_the_name_that_it_has(tmp_path: Path):
    code = PLANE + "print(__import__('artifactctl.materializers').materializers.id_of("
    code += "PlaneMaterializer))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "__main__:PlaneMaterializer"


def test_a_materializer_may_be_given(tmp_path: Path):
    named = save([1], tmp_path, "cloudpickle")
    assert named.materializer == "cloudpickle"
    assert resolve_materializer(PetMaterializer, 5) is PetMaterializer
    assert resolve_materializer([Broken, PetMaterializer], Dog("x")) is PetMaterializer
    assert resolve_materializer({Pet: PetMaterializer}, Dog("x")) is PetMaterializer
    for wrong in (5, [Broken], {int: Broken}):
        with pytest.raises(InvalidInputError, match="materializer="):
            resolve_materializer(wrong, Pet("x"))  # type: ignore[arg-type]
    (tmp_path / "pet.txt").write_text("x")
    given = load(tmp_path, "gone:X", "gone.Y", allow_pickle=False, wanted=Pet,
                 materializer=PetMaterializer)  # fmt: skip
    assert given.name == "x"


def test_metadata_that_fails_loses_no_object(tmp_path: Path):
    with pytest.warns(UserWarning, match="no idea"):
        saved = save(5, tmp_path, Broken)
    assert saved.metadata == {}
    assert save(5, tmp_path, Broken, extract_metadata=False).metadata == {}
    with pytest.raises(InvalidInputError, match=r"does not define load"):
        load(tmp_path, saved.materializer, saved.data_type, allow_pickle=False)


def test_odd_metadata_loses_no_object(tmp_path: Path):
    class Odd(BaseMaterializer):
        ASSOCIATED_TYPES = (bytearray,)

        said: Any = None

        def save(self, data):
            Path(self.uri, "x").touch()

        def extract_metadata(self, data):
            return self.said

    for said, kept in (([1], {}), (None, {}), ({"a": object(), 1: np.float32(2)}, {"1": 2.0})):
        Odd.said = said
        with pytest.warns(UserWarning, match="no metadata of int|is left out") as caught:
            assert save(5, tmp_path, Odd).metadata == kept
        assert caught[0].filename == __file__


def test_an_object_whose_materializer_writes_nothing_is_an_empty_file_with_a_warning(
    tmp_path: Path,
):
    class Idle(BaseMaterializer):
        ASSOCIATED_TYPES = (bytearray,)

        def save(self, data):
            Path(self.uri, "folder").mkdir(exist_ok=True)

        def load(self, data_type):
            return sorted(path.name for path in Path(self.uri).iterdir())

    with pytest.warns(UserWarning, match=r"Idle' wrote nothing .*self.uri"):
        saved = save(bytearray(), tmp_path, Idle)
    found = load(tmp_path, saved.materializer, saved.data_type, allow_pickle=False)
    assert found == ["folder", "nothing.txt"]


def test_a_library_that_is_not_installed_is_named_with_its_extra(tmp_path: Path, monkeypatch):
    monkeypatch.setitem(sys.modules, "polars", None)
    monkeypatch.delitem(sys.modules, "artifactctl.materializers.polars_frames", raising=False)
    registry._import.cache_clear()
    with pytest.raises(NotFoundError, match="needs polars, which is not installed") as caught:
        load(tmp_path, "polars", "polars.DataFrame", allow_pickle=False)
    assert caught.value.hint == "pip install 'artifactctl[data]'"


def test_paths_outside_of_the_machine_are_refused(tmp_path: Path):
    files = BaseMaterializer(str(tmp_path)).artifact_store
    files.makedirs(tmp_path / "a" / "b")
    files.mkdir(tmp_path / "a" / "c")
    assert files.listdir(tmp_path / "a") == ["b", "c"]
    assert files.isdir(tmp_path / "a")
    with files.open(tmp_path / "a" / "x", "wb") as file:
        file.write(b"1")
    assert files.exists(tmp_path / "a" / "x")
    files.remove(tmp_path / "a" / "x")
    with pytest.raises(UnsafeError, match="not a local path"):
        files.open("s3://bucket/x")


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch):
    """Install a package of somebody else's with one entry point."""

    def install(value: str, module: str) -> None:
        info = tmp_path / "site" / "theirs-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[artifactctl.materializers]\ncar = {value}\n")
        (tmp_path / "site" / "their_cars.py").write_text(module)
        monkeypatch.syspath_prepend(str(tmp_path / "site"))
        plugins.known_plugins.cache_clear()
        plugins.load_plugin.cache_clear()

    yield install
    plugins.known_plugins.cache_clear()
    plugins.load_plugin.cache_clear()
    sys.modules.pop("their_cars", None)


CARS = """
class Car: pass
def materializer():
    from artifactctl.materializers import BaseMaterializer
    class CarMaterializer(BaseMaterializer):
        ASSOCIATED_TYPES = (Car, str)
        def save(self, data): pass
        def load(self, data_type): return data_type()
    return CarMaterializer
CarMaterializer = materializer()
"""


def test_a_plug_in_is_loaded_only_when_nothing_else_matches(plugin, tmp_path: Path):
    plugin("their_cars:CarMaterializer", CARS)
    materializer_for([1])
    assert "their_cars" not in sys.modules
    found: Any = materializer_named("car")
    assert found.__name__ == "CarMaterializer"
    assert materializer_named("their_cars:CarMaterializer") is found
    import their_cars

    assert materializer_for(their_cars.Car()) is found
    assert materializer_for("a text") is not found
    assert resolve_materializer("car", "a text") is found


@pytest.mark.parametrize(
    ("value", "module", "message"),
    [
        ("their_cars:X", "import missing_engine", "missing_engine"),
        ("their_cars:X", "", "X"),
        ("their_cars:X", "X = 5", "not a class derived"),
    ],
)
def test_a_broken_plug_in_is_named(plugin, value: str, module: str, message: str):
    plugin(value, module)
    for call in (lambda: materializer_for(object()), lambda: materializer_named("car")):
        with pytest.raises(InvalidInputError, match=r"'car'.*of theirs") as caught:
            call()
        assert message in caught.value.message
    materializer_for(np.arange(3))  # ours are not affected


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({}, "is for no type"),
        ({"ASSOCIATED_TYPES": ("str",)}, "'str', which is not a class"),
        (
            {"ASSOCIATED_TYPES": (bytearray,), "ASSOCIATED_ARTIFACT_TYPE": "X"},
            "not a type of artifact",
        ),
    ],
)
def test_a_class_that_cannot_be_a_materializer_is_refused_where_it_is_defined(members, said):
    with pytest.raises(MaterializerInterfaceError, match=said):
        type("Wrong", (BaseMaterializer,), members)
