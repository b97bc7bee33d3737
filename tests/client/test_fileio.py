"""The store's files and others, under ZenML's names."""

import os
from pathlib import Path

import pytest

from artifactctl import save_artifact
from artifactctl.client import Client, fileio
from artifactctl.errors import UnsafeError
from artifactctl.zenml.io import fileio as of_zenml
from tests.pipelines.conftest import here as here


def test_a_user_has_folders_in_the_store(here: Client) -> None:
    store = here.active_stack.artifact_store
    folder = os.path.join(store.path, "mine", "deep")
    assert not store.exists(folder)
    store.makedirs(folder)
    store.mkdir(f"{folder}/empty")
    with store.open(f"{folder}/a.txt", "w") as file:
        file.write("äb")
    store.copyfile(f"{folder}/a.txt", f"file://{folder}/b.txt")
    with pytest.raises(FileExistsError):
        store.copyfile(f"{folder}/a.txt", f"{folder}/b.txt")
    store.rename(f"{folder}/a.txt", f"{folder}/b.txt", overwrite=True)
    assert store.listdir(folder) == ["b.txt", "empty"]
    assert store.open(f"{folder}/b.txt").read() == "äb"
    assert store.size(folder) == store.stat(f"{folder}/b.txt").st_size == 3
    assert store.glob(f"{folder}/*.txt") == [f"{folder}/b.txt"]
    assert next(iter(store.walk(folder))) == (folder, ["empty"], ["b.txt"])
    assert store.isdir(folder)
    here.collect_garbage(grace_s=0)
    assert here.verify() == []
    store.remove(f"{folder}/b.txt")
    store.rmtree(os.path.join(store.path, "mine"))
    assert not store.exists(folder)


def test_what_is_outside_of_the_store_is_not_reached_through_it(here: Client, work: Path) -> None:
    store = here.active_stack.artifact_store
    inside, outside = f"{store.path}/own.txt", f"{store.path}/../outside.txt"
    Path(outside).write_text("x")
    Path(inside).write_text("y")
    os.symlink(work, f"{store.path}/link")
    for call in (
        lambda: store.open(outside),
        lambda: store.exists(outside),
        lambda: store.copyfile(outside, inside),
        lambda: store.copyfile(inside, "."),
        lambda: store.makedirs(f"{store.path}/link/new"),
        lambda: store.listdir(f"{store.path}-other"),
        lambda: store.rmtree(f"{store.path}/.."),
    ):
        with pytest.raises(FileNotFoundError, match="outside of the artifact store"):
            call()
    store.remove(inside)
    os.remove(outside)
    os.remove(f"{store.path}/link")


def test_nothing_damages_what_the_store_keeps(here: Client, work: Path) -> None:
    save_artifact([1], "x")
    store = here.active_stack.artifact_store
    blob = next(path for path in Path(store.path, "blobs").rglob("*") if path.is_file())
    assert store.open(blob, "rb").read()
    own = work / "own.txt"
    own.write_text("z")
    for call in (
        lambda: store.open(blob, "w"),
        lambda: store.open(f"{store.path}/records/x.json", "a"),
        lambda: store.remove(blob),
        lambda: store.rmtree(f"{store.path}/manifests"),
        lambda: store.rmtree(store.path),
        lambda: store.rename(blob, f"{store.path}/mine"),
        lambda: store.makedirs(f"{store.path}/blobs/new"),
        lambda: store.remove(f"{store.path}/format.json"),
        lambda: fileio.copy(own, blob, overwrite=True),
        lambda: fileio.remove(f"{store.path}/mine/../format.json"),
        lambda: fileio.open(f"{store.path}/tmp/x", "wb"),
    ):
        with pytest.raises(UnsafeError, match="belongs to the artifact store"):
            call()
    assert here.verify() == []


def test_other_files_are_plain_files(work: Path) -> None:
    folder = str(work / "some")
    of_zenml.makedirs(folder)
    with of_zenml.open(f"{folder}/a", "wb") as file:
        file.write(b"12")
    of_zenml.copy(f"{folder}/a", f"{folder}/b")
    assert of_zenml.listdir(folder, only_file_names=False) == [f"{folder}/a", f"{folder}/b"]
    assert of_zenml.size(folder) == 4
    with pytest.raises(FileNotFoundError):
        of_zenml.remove(f"{folder}/c")
    with pytest.raises(FileNotFoundError):
        of_zenml.mkdir(f"{folder}/c/d")
    with pytest.raises(TypeError):
        of_zenml.rmtree(f"{folder}/a")
    with pytest.raises(UnsafeError, match="not a local path"):
        of_zenml.open("s3://bucket/x")
    of_zenml.rmtree(folder)
    assert not of_zenml.exists(folder)
