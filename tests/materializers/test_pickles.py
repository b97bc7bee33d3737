"""What no format holds is pickled, with a warning; what only stands for data is refused."""

import io
import mmap
import socket
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest

from artifactctl import load_artifact, save_artifact
from artifactctl.client import Client
from artifactctl.enums import ArtifactType
from artifactctl.errors import CannotHoldError, InvalidInputError, NoDataError
from artifactctl.materializers import BaseMaterializer, load, save
from tests.materializers.again import contents, pickled_again


class Narrow:
    """A type whose materializer holds short names only."""

    def __init__(self, name: str) -> None:
        self.name = name


class NarrowMaterializer(BaseMaterializer):
    ASSOCIATED_TYPES = (Narrow,)
    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.STATISTICS

    def save(self, data: Narrow) -> None:
        Path(self.uri, "deep").mkdir()
        Path(self.uri, "deep", "name").write_text(data.name)
        if len(data.name) > 3:
            raise CannotHoldError(f"{data.name!r} is longer than 3")

    def load(self, data_type: type[Any]) -> Any:
        return data_type(Path(self.uri, "deep", "name").read_text())

    def extract_metadata(self, data: Narrow) -> dict[str, Any]:
        return {"name": data.name}


class Turning:
    """Another thing when it is unpickled."""

    def __reduce__(self) -> Any:
        return str, ("not me",)


class Unwilling:
    """Cannot be unpickled."""

    def __reduce__(self) -> Any:
        return int, ("no number",)


class Holder:
    def __init__(self, held: Any) -> None:
        self.held = held


async def _later() -> int:
    return 1


def test_one_error_of_any_materializer_leads_to_the_last_resort(tmp_path: Path):
    assert pickled_again(Narrow("long name"), "'long name' is longer than 3").name == "long name"
    with pytest.warns(UserWarning, match="'Narrow' is saved as a pickle"):
        saved = save(Narrow("long name"), tmp_path)
    assert set(contents(tmp_path)) == {"artifact.pkl", "python_version.txt"}
    assert saved.materializer == "cloudpickle"
    assert saved.type is ArtifactType.STATISTICS
    assert saved.metadata == {"name": "long name", "pickled": True}


def test_only_the_part_that_needs_it_is_pickled(tmp_path: Path):
    with pytest.warns(UserWarning, match="longer than 3") as caught:
        saved = save([Narrow("abc"), Narrow("long name")], tmp_path)
    assert len(caught) == 1
    assert {"0/deep/name", "1/artifact.pkl"} <= contents(tmp_path).keys()
    loaded = load(tmp_path, saved.materializer, saved.data_type, allow_pickle=True)
    assert [part.name for part in loaded] == ["abc", "long name"]


def test_a_materializer_that_is_given_is_taken_at_its_word(tmp_path: Path):
    with pytest.raises(CannotHoldError, match="longer than 3"):
        save(Narrow("long name"), tmp_path, NarrowMaterializer)


def test_no_warning_for_a_pickle_that_is_asked_for(tmp_path: Path):
    assert save(Holder(1), tmp_path, "cloudpickle").metadata == {"pickled": True}


def _open(path: Path, mode: str) -> Any:
    return path.open(mode)


def _temporary(folder: Path) -> Any:
    return tempfile.TemporaryFile(dir=folder)


REFUSED = {
    "generator": (lambda _: (i for i in range(3)), "list"),
    "coroutine": (lambda _: _later(), "await"),
    "view": (lambda _: memoryview(b"x"), "bytes"),
    "text file": (lambda path: _open(path, "r"), "path"),
    "binary file": (lambda path: _open(path, "rb"), "path"),
    "writable file": (lambda path: _open(path, "w"), "path"),
    "temporary file": (lambda path: _temporary(path.parent), "path"),
    "lazy frame": (lambda _: pl.DataFrame({"a": [1]}).lazy(), ".collect()"),
    "dataset": (lambda path: pa.dataset.dataset(_parquet(path)), "to_table"),
    "lock": (lambda _: threading.Lock(), "materializer="),
    "socket": (lambda _: socket.socket(), "materializer="),
    "connection": (lambda _: sqlite3.connect(":memory:"), "materializer="),
    "map": (lambda _: mmap.mmap(-1, 10), "materializer="),
    "thread": (lambda _: threading.Thread(), "materializer="),
    "no return": (lambda _: Unwilling(), "materializer="),
}


def _parquet(path: Path) -> Path:
    pq.write_table(pa.table({"a": [1]}), path)
    return path


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("place", [lambda it: it, lambda it: {"a": [it]}, Holder])
def test_what_would_lie_is_refused_wherever_it_is(name: str, place: Any, tmp_path: Path):
    make, hint = REFUSED[name]
    (tmp_path / "file").touch()
    value = make(tmp_path / "file")
    (tmp_path / "out").mkdir()
    try:
        with pytest.raises(InvalidInputError) as caught:
            save(place(value), tmp_path / "out")
    finally:
        getattr(value, "close", lambda: None)()
    assert hint in caught.value.hint
    assert type(value).__name__ in str(caught.value) or "Holder" in str(caught.value)


def test_what_would_come_back_as_another_thing_is_refused(tmp_path: Path):
    with pytest.raises(InvalidInputError, match=r"'Turning' comes back .* 'str'"):
        save(Turning(), tmp_path)


def test_files_in_memory_and_the_programs_own_streams_are_no_open_files():
    assert pickled_again(io.BytesIO(b"abc")).getvalue() == b"abc"
    assert pickled_again(io.StringIO("abc")).getvalue() == "abc"


def test_a_plan_of_dask_is_told_by_its_protocol(tmp_path: Path):
    class Delayed:
        def __dask_graph__(self) -> Any:
            return {"a": 1}

    with pytest.raises(NoDataError) as caught:
        save(Delayed(), tmp_path)
    assert ".compute()" in caught.value.hint


@pytest.fixture
def here(home: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setenv("ARTIFACTCTL_HOME", str(home))
    client = Client(home)
    yield client
    client.close()


def test_what_even_a_pickle_cannot_hold_is_named_before_anything_is_stored(here: Client):
    with pytest.raises(InvalidInputError, match=r"'guarded'.*'lock'"):
        save_artifact({"a": threading.Lock()}, "guarded")
    assert here.list_artifacts().total == 0


def test_a_pickle_loads_in_an_own_home_without_more(here: Client):
    with pytest.warns(UserWarning, match="saved as a pickle") as caught:
        version = save_artifact(Narrow("long name"), "narrow")
    assert caught[0].filename == __file__
    assert version.run_metadata["pickled"] is True
    assert load_artifact("narrow").name == "long name"
