"""Objects come back as they were saved, and code that comes with data runs only by consent."""

import dataclasses
import os
import shutil
import sqlite3
import sys
from pathlib import Path
from typing import Annotated, Any, Protocol

import numpy as np
import pytest

from artifactctl import load_artifact, pipeline, save_artifact, step
from artifactctl.client import Client
from artifactctl.errors import IntegrityError, InvalidInputError, NotFoundError, UnsafeError
from artifactctl.verbs import saving
from artifactctl.verbs.publishing import VersionSpec
from artifactctl.verbs.saving import NewObject

pytestmark = pytest.mark.filterwarnings("ignore:.* is saved as a pickle:UserWarning")


class Own:
    """Nothing but a pickle can hold it."""

    def __init__(self, number: int) -> None:
        self.number = number


def save(client: Client, value: Any, name: str = "thing") -> str:
    return saving.save(client.home, NewObject(value, VersionSpec(name))).id_text


@pytest.fixture
def strange(client: Client, home: Path, tmp_path: Path) -> Client:
    """A home that is a copy of another: as if somebody else had made it."""
    save(client, Own(3), "own")
    save(client, [Own(1), {"deep": (Own(2), 5)}], "nested")
    save(client, np.arange(3), "array")
    shutil.copytree(home, tmp_path / "clone" / "home")
    return Client(tmp_path / "clone" / "home")


def test_a_pickle_of_ones_own_home_loads_unasked_and_is_marked(client: Client) -> None:
    version_id = save(client, Own(3))
    assert client.load(version_id).number == 3
    assert client.find_artifact_version("thing").metadata["pickled"] is True


@pytest.mark.parametrize("name", ["own", "nested"])
def test_a_pickle_from_elsewhere_is_refused_without_consent(strange: Client, name: str) -> None:
    with pytest.raises(UnsafeError) as caught:
        strange.load(name)
    assert caught.value.exit_code == 12
    assert "allow_pickle=True" in caught.value.hint
    assert strange.load(name, allow_pickle=True) is not None
    assert strange.load("array").tolist() == [0, 1, 2]


def test_a_row_that_was_altered_makes_no_pickle_of_what_is_none(strange: Client) -> None:
    with sqlite3.connect(strange.settings.catalog_path) as catalog:
        catalog.execute("UPDATE artifact_version SET materializer = 'cloudpickle'")
    with pytest.raises(UnsafeError):
        strange.load("array")


def test_a_row_has_a_module_imported_by_consent_alone(
    strange: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "named_by_row.py").write_text("def helper(): pass\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with sqlite3.connect(strange.settings.catalog_path) as catalog:
        catalog.execute("UPDATE artifact_version SET materializer = 'named_by_row:helper'")
    with pytest.raises(NotFoundError, match="'named_by_row:helper' is not known"):
        strange.load("array")
    assert "named_by_row" not in sys.modules
    with pytest.raises(InvalidInputError, match="not a class derived from BaseMaterializer"):
        strange.load("array", allow_pickle=True)
    del sys.modules["named_by_row"]


def test_a_step_takes_a_pickle_from_elsewhere_when_somebody_vouches_for_it(
    strange: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTIFACTCTL_HOME", str(strange.settings.home_path))

    @step
    def read(own: Any) -> Annotated[int, "number"]:
        return own.number

    @pipeline
    def trusting(vouched: bool) -> None:
        read(Client().get_artifact_version("own").load(allow_pickle=vouched))

    with pytest.raises(UnsafeError):
        trusting(False)
    trusting(True)
    assert load_artifact("number") == 3


def test_what_a_run_has_just_pickled_its_next_step_loads(
    strange: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTIFACTCTL_HOME", str(strange.settings.home_path))

    @step
    def make() -> Annotated[Own, "made"]:
        return Own(7)

    @step
    def read(own: Own) -> Annotated[int, "number"]:
        return own.number

    @pipeline
    def passing() -> None:
        read(make())

    passing()
    assert load_artifact("number") == 7


def test_damaged_bytes_are_never_interpreted(client: Client, home: Path) -> None:
    version_id = save(client, np.arange(1000))
    (blob,) = (path for path in (home / "store" / "blobs").rglob("*") if path.is_file())
    content = blob.read_bytes()
    blob.unlink()
    blob.write_bytes(content[:-1] + b"x")
    with pytest.raises(IntegrityError):
        client.load(version_id)
    blob.unlink()
    blob.write_bytes(content)
    blob.chmod(0o444)


def test_a_big_array_is_mapped_and_can_be_changed_without_touching_what_is_stored(
    client: Client,
) -> None:
    array = np.arange(4_000_000, dtype=np.float64)
    version_id = save(client, array)
    loaded = client.load(version_id)
    assert isinstance(loaded.base, np.memmap) or isinstance(loaded, np.memmap)
    loaded[0] = 99.0
    again = client.load(version_id)
    assert again[0] == 0.0
    assert np.array_equal(again, array)


def test_files_are_copies_that_a_program_may_change(client: Client, work: Path) -> None:
    (work / "one.txt").write_text("one")
    (work / "folder" / "deep").mkdir(parents=True)
    (work / "folder" / "deep" / "two.txt").write_text("two")
    client.register("file", "one.txt")
    client.register("folder", "folder")
    file, folder = client.load("file"), client.load("folder")
    assert (file.name, file.read_text()) == ("one.txt", "one")
    assert (folder / "deep" / "two.txt").read_text() == "two"
    file.write_text("changed")
    assert client.load("file").read_text() == "one"


def test_linked_data_that_changed_is_refused(client: Client, work: Path) -> None:
    (work / "data.bin").write_bytes(b"1")
    client.register("linked", "data.bin", link=True)
    assert client.load("linked") == work / "data.bin"
    (work / "data.bin").write_bytes(b"2")
    with pytest.raises(IntegrityError, match="linked:1"):
        client.load("linked")
    (work / "data.bin").write_bytes(b"1")


def test_data_that_was_given_up_is_not_found(client: Client) -> None:
    save(client, 1)
    client.prune_artifacts(unused=True, only_artifact=True)
    with pytest.raises(NotFoundError, match="deleted"):
        client.load("thing")


def test_nothing_is_left_behind_by_loading(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    client.load(save(client, {"a": np.arange(5), "b": [1, "x"]}))
    assert os.listdir(tmp_path / "temporary") == []
    assert os.listdir(client.settings.home_path / "store" / "tmp") == []


@dataclasses.dataclass
class Config:
    rate: float
    layers: tuple[int, ...]


def test_a_step_gets_objects_of_the_class_it_names(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTIFACTCTL_HOME", str(client.settings.home_path))
    save_artifact(Config(0.5, (1, 2)), "config")

    @step
    def read(config: Config) -> Annotated[float, "rate"]:
        assert type(config) is Config
        return config.rate * len(config.layers)

    @pipeline
    def reading() -> None:
        read(Client().get_artifact_version("config"))

    reading()
    assert load_artifact("rate") == 1.0


class HasRate(Protocol):
    rate: float


@pytest.mark.parametrize("kind", [Any, HasRate, object, "Config | None", "list[Config] | Config"])
def test_what_names_no_class_of_its_own_takes_what_was_saved(
    client: Client, monkeypatch: pytest.MonkeyPatch, kind: Any
) -> None:
    monkeypatch.setenv("ARTIFACTCTL_HOME", str(client.settings.home_path))
    save_artifact(Config(0.5, (1, 2)), "config")

    def read(config) -> Annotated[float, "rate"]:
        assert type(config) is Config
        return config.rate

    read.__annotations__["config"] = kind
    reading = step(read)

    @pipeline(enable_cache=False)
    def flow() -> None:
        reading(Client().get_artifact_version("config"))

    flow()
    assert load_artifact("rate") == 0.5


@dataclasses.dataclass
class Wide(Config):
    width: int = 3


def test_a_step_that_names_a_base_class_gets_what_was_saved(client: Client) -> None:
    version_id = save(client, Wide(0.5, (1,), 4))
    assert client.load(version_id, wanted=Config) == Wide(0.5, (1,), 4)
