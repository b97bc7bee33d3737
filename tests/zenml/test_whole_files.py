"""Whole files and folders by `io_utils`; what the artifact store keeps stays as it is."""

import os
from pathlib import Path

import pytest

from artifactctl.zenml import save_artifact
from artifactctl.zenml.client import Client
from artifactctl.zenml.exceptions import IllegalOperationError
from artifactctl.zenml.utils import io_utils


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mine"


def test_a_text_is_written_and_read_and_only_a_text_is(folder: Path) -> None:
    io_utils.create_dir_recursive_if_not_exists(folder / "a" / "b")
    file = os.path.join(folder, "a", "b", "notes.txt")
    io_utils.write_file_contents_as_string(file, "größer")
    assert io_utils.read_file_contents_as_string(file) == "größer"
    with pytest.raises(ValueError, match="not a text"):
        io_utils.write_file_contents_as_string(file, 1)  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError):
        io_utils.read_file_contents_as_string(folder / "none")


def test_what_exists_is_left_as_it_is(folder: Path) -> None:
    io_utils.create_file_if_not_exists(folder / "new" / "facts.json")
    assert Path(folder, "new", "facts.json").read_text() == "{}"
    io_utils.create_file_if_not_exists(folder / "new" / "facts.json", "[]")
    io_utils.create_dir_if_not_exists(folder / "new")
    assert Path(folder, "new", "facts.json").read_text() == "{}"
    with pytest.raises(FileNotFoundError):
        io_utils.create_dir_if_not_exists(folder / "none" / "deep")


def test_a_folder_is_copied_whole_and_replaces_files_only_when_it_may(folder: Path) -> None:
    io_utils.create_file_if_not_exists(folder / "from" / "deep" / "a.png", "1")
    io_utils.copy_dir(str(folder / "from"), str(folder / "to"))
    assert list(io_utils.find_files(folder / "to", "*.png")) == [str(folder / "to/deep/a.png")]
    io_utils.write_file_contents_as_string(folder / "from/deep/a.png", "2")
    with pytest.raises(FileExistsError):
        io_utils.copy_dir(folder / "from", folder / "to")
    io_utils.copy_dir(folder / "from", folder / "to", overwrite=True)
    assert io_utils.read_file_contents_as_string(folder / "to/deep/a.png") == "2"


def test_a_file_is_moved_and_none_into_what_the_store_keeps(folder: Path, here: Client) -> None:
    save_artifact(1, "one")
    store = Path(here.active_stack.artifact_store.path)
    io_utils.create_file_if_not_exists(folder / "one")
    io_utils.move(str(folder / "one"), str(folder / "two"))
    assert [path.name for path in folder.iterdir()] == ["two"]
    with pytest.raises(IllegalOperationError, match="belongs to the artifact store"):
        io_utils.move(str(folder / "two"), str(store / "blobs" / "two"))
