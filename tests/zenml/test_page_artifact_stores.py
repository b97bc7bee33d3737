"""What the page on artifact stores does: files of one's own beside the store's, by `fileio`."""

import json
import os
import tempfile
from pathlib import Path

import pytest

from artifactctl.zenml import register_artifact, save_artifact
from artifactctl.zenml.client import Client
from artifactctl.zenml.exceptions import IllegalOperationError
from artifactctl.zenml.io import fileio
from artifactctl.zenml.utils import io_utils


@pytest.fixture
def folder(here: Client) -> str:
    """A folder in the store, whose files are linked as a version."""
    path = os.path.join(here.active_stack.artifact_store.path, "examples")
    fileio.makedirs(path)
    Path(path, "kept").write_text("kept")
    register_artifact(path, name="examples")
    return path


def test_texts_are_written_and_read_in_the_store(folder: str) -> None:
    file = os.path.join(folder, "kept")
    with fileio.open(file, "w") as stream:
        stream.write("changed")
    assert io_utils.read_file_contents_as_string(file) == "changed"
    io_utils.write_file_contents_as_string(file, "kept")
    assert fileio.exists(file)
    assert fileio.listdir(folder) == ["kept"]


def test_what_another_library_writes_to_a_local_file_is_copied_there_and_back(folder: str) -> None:
    target = os.path.join(folder, "facts.json")
    with tempfile.NamedTemporaryFile("w", suffix=".json") as local:
        json.dump({"a": 1}, local)
        local.flush()
        fileio.copy(local.name, target)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as local:
        fileio.copy(target, local.name, overwrite=True)
        assert json.loads(Path(local.name).read_text()) == {"a": 1}
    with pytest.raises(FileExistsError):
        fileio.copy(os.path.join(folder, "kept"), target)
    fileio.remove(target)


def test_the_store_itself_has_these_functions_for_what_is_in_it(
    folder: str, here: Client, tmp_path: Path
) -> None:
    store = here.active_stack.artifact_store
    with store.open(os.path.join(folder, "kept")) as stream:
        assert stream.read() == "kept"
    store.makedirs(os.path.join(folder, "deep"))
    store.rmtree(os.path.join(folder, "deep"))
    assert (store.isdir(folder), store.size(folder)) == (True, 4)
    with pytest.raises(FileNotFoundError, match="outside"):
        store.open(tmp_path / "elsewhere", "w")


def test_what_the_store_keeps_is_read_and_never_changed(folder: str, here: Client) -> None:
    version = save_artifact(1, "number")
    manifest = version.uri.removeprefix("file://")
    assert fileio.exists(manifest)
    for change in (fileio.remove, fileio.rmtree):
        with pytest.raises(IllegalOperationError):
            change(manifest)
    assert here.get_artifact_version("number").load() == 1
