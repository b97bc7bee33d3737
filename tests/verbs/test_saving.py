"""Objects become versions: what is kept, what is refused, and what it costs."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from artifactctl import Tag, load_artifact, save_artifact
from artifactctl.client import Client
from artifactctl.enums import ArtifactType
from artifactctl.errors import ConflictError, InvalidInputError, NotFoundError
from tests.commands import environment


@pytest.fixture(autouse=True)
def here(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTIFACTCTL_HOME", str(client.settings.home_path))


def test_versions_count_up_as_texts_and_the_latest_is_loaded(client: Client) -> None:
    assert [save_artifact(i, "x").version for i in (42, 43)] == ["1", "2"]
    assert load_artifact("x") == 43
    assert load_artifact("x", version=1) == 42


def test_a_version_of_ones_own_is_not_counted_but_a_number_is(client: Client) -> None:
    made = [save_artifact(i, "x", version=v) for i, v in enumerate(["raw_2023", None, 10, None])]
    assert [version.version for version in made] == ["raw_2023", "1", "10", "11"]


def test_a_version_that_exists_is_refused_before_anything_is_stored(client: Client) -> None:
    save_artifact(1, "x", version="a")
    before = sorted((client.settings.home_path / "store").rglob("*"))
    with pytest.raises(ConflictError, match="'a' of 'x'"):
        save_artifact(2, "x", version="a")
    assert sorted((client.settings.home_path / "store").rglob("*")) == before


def test_what_is_known_of_an_object_is_metadata_and_the_users_wins(client: Client) -> None:
    frame = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]})
    version = save_artifact(frame, "x", user_metadata={"shape": "mine", "extra": 1}, tags=["t"])
    assert version.metadata["shape"] == "mine"
    assert version.metadata["extra"] == 1
    assert version.metadata["storage_size"] == version.size_bytes > 0
    assert (version.data_type, version.materializer) == ("pandas.DataFrame", "pandas")
    assert version.type is ArtifactType.DATA
    assert version.save_type == "manual"


def test_without_extraction_the_users_metadata_stays(client: Client) -> None:
    version = save_artifact([1], "x", extract_metadata=False, user_metadata={"a": 1})
    assert version.metadata == {"a": 1}


def test_type_tags_and_custom_name_are_as_said(client: Client) -> None:
    version = save_artifact(
        1, "x", artifact_type="model", tags=["b", "a", Tag("c", exclusive=True)],
        has_custom_name=False,
    )  # fmt: skip
    assert (version.type, version.tags) == ("ModelArtifact", ("a", "b", "c"))
    assert not client.get_artifact("x").has_custom_name
    save_artifact(2, "x", tags=[Tag("c", exclusive=True)])
    assert client.get_artifact_version("x", "1").tags == ("a", "b")
    assert client.get_artifact("x").has_custom_name


def test_equal_objects_are_stored_once(client: Client) -> None:
    array = np.arange(300_000)  # more than is copied through memory
    first, second = save_artifact(array, "x"), save_artifact(array, "y")
    assert first.digest == second.digest
    blobs = [p for p in (client.settings.home_path / "store" / "blobs").rglob("*") if p.is_file()]
    assert len(blobs) == 1
    assert blobs[0].stat().st_mode & 0o777 == 0o444


@pytest.mark.parametrize("name", ["", "a/b", "-x", "x:1", "a\nb"])
def test_names_that_cannot_be_are_refused(client: Client, name: str) -> None:
    with pytest.raises(InvalidInputError):
        save_artifact(1, name)
    assert not client.catalog.exists()


@pytest.mark.parametrize("version", ["", "latest", "a b", 1.5, True])
def test_versions_that_cannot_be_are_refused(client: Client, version: object) -> None:
    with pytest.raises(InvalidInputError):
        save_artifact(1, "x", version=version)  # type: ignore[arg-type]


def test_a_name_counts_in_its_normal_form(client: Client) -> None:
    assert save_artifact(1, "cafe\u0301").name == "caf\u00e9"
    assert save_artifact(2, "caf\u00e9").version == "2"


def test_what_cannot_be_saved_leaves_nothing(client: Client) -> None:
    with pytest.raises(InvalidInputError):
        save_artifact(threading.Lock(), "x")
    with pytest.raises(NotFoundError):
        client.get_artifact("x")
    assert os.listdir(client.settings.home_path / "store" / "tmp") == []


def test_processes_that_save_one_name_at_once_lose_none(client: Client, work: Path) -> None:
    script = "from artifactctl import save_artifact\nfor i in range(5): save_artifact(i, 'x')"
    facts = environment(client.settings.home_path)
    running = [subprocess.Popen([sys.executable, "-c", script], env=facts) for _ in range(4)]
    assert [process.wait(60) for process in running] == [0] * 4
    versions = {int(version.version) for version in client.list_artifact_versions(size=0)}
    assert versions == set(range(1, 21))


def test_a_save_syncs_as_little_as_it_can(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    save_artifact(2, "x")
    synced: list[int] = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda fd: (synced.append(fd), real(fd)))
    save_artifact(2, "x")
    # The blob is there; new are manifest and record: each a file and its folder, one new shard's
    # parent, and what the blob is relied upon with.
    assert len(synced) <= 7
