"""Downloads that were cut short, run again."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from artifactctl.digests import blob_key
from artifactctl.errors import ConflictError
from artifactctl.manifest import Manifest
from artifactctl.store.local import LocalStore
from artifactctl.transfer import download, placing
from tests.transfer.conftest import TREE, Tree, planned, read_tree, write_tree

Stored = Callable[[Tree], Manifest]
StoredFile = Callable[[bytes], Manifest]

BIG = bytes(range(256)) * 20_000
FLAT: Tree = {"a.csv": b"1,2\n", "b.csv": b"3,4\n"}


class Interrupted(BaseException):
    """Stands for a kill."""


def interrupt_after(count: int) -> Callable[[int], None]:
    """An `advance` that ends everything at its call number `count`."""
    calls: list[int] = []

    def advance(size: int) -> None:
        calls.append(size)
        if len(calls) == count:
            raise Interrupted

    return advance


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_an_interrupted_folder_is_completed(
    store: LocalStore, stored: Stored, tmp_path: Path, count: int
) -> None:
    plan = planned(stored(TREE), tmp_path / "dest")
    with pytest.raises(Interrupted):
        download(plan, store, interrupt_after(count))
    assert not (tmp_path / "dest").exists()
    download(plan, store)
    assert read_tree(tmp_path / "dest") == TREE
    assert not Path(plan.part).exists()


@pytest.mark.parametrize("begun", [b"", BIG[:100], BIG[:-1], BIG, BIG + b"x", b"wrong" * 9000])
def test_a_file_goes_on_from_what_is_right_in_its_part(
    store: LocalStore, stored_file: StoredFile, tmp_path: Path, begun: bytes
) -> None:
    plan = planned(stored_file(BIG), tmp_path / "g.bin")
    Path(plan.part).write_bytes(begun)
    download(plan, store)
    assert (tmp_path / "g.bin").read_bytes() == BIG
    assert not Path(plan.part).exists()


@pytest.mark.parametrize(
    "kind",
    [
        *("good", "half", "wrong", "longer", "stranger", "nested stranger"),
        *("folder for a file", "file for a folder"),
    ],
)
def test_a_folder_goes_on_from_what_is_right_in_its_part(
    store: LocalStore, stored: Stored, tmp_path: Path, kind: str
) -> None:
    plan = planned(stored(TREE), tmp_path / "dest")
    good = TREE["sub/b.csv"]
    found = {
        "good": {"sub/b.csv": good},
        "half": {"sub/b.csv": good[: len(good) // 2]},
        "wrong": {"sub/b.csv": good[::-1]},
        "longer": {"sub/b.csv": good + b"x", "sub/deep/c.bin": b"x"},
        "stranger": {"evil": b"evil"},
        "nested stranger": {"sub/deep/evil": b"evil"},
        "folder for a file": {"a.csv/deep/x": b"x", "sub/b.csv/x": b"x"},
        "file for a folder": {"sub": b"x"},
    }[kind]
    write_tree(Path(plan.part), found)
    download(plan, store)
    assert read_tree(tmp_path / "dest") == TREE


def test_empty_folders_of_strangers_in_a_part_do_not_come_along(
    store: LocalStore, stored: Stored, tmp_path: Path
) -> None:
    plan = planned(stored(TREE), tmp_path / "dest")
    for folder in ("strange", "strange/deep", "sub/strange", "run.sh"):
        Path(plan.part, folder).mkdir(parents=True)
    download(plan, store)
    assert read_tree(tmp_path / "dest") == TREE
    folders = {path for path in (tmp_path / "dest").rglob("*") if path.is_dir()}
    assert folders == {tmp_path / "dest" / "sub", tmp_path / "dest" / "sub" / "deep"}


def test_the_part_of_a_folder_gives_way_to_that_of_a_file(
    store: LocalStore, stored_file: StoredFile, tmp_path: Path
) -> None:
    plan = planned(stored_file(BIG), tmp_path / "dest")
    write_tree(Path(plan.part), TREE)
    download(plan, store)
    assert (tmp_path / "dest").read_bytes() == BIG
    assert not Path(plan.part).exists()


def test_the_part_of_a_file_gives_way_to_that_of_a_folder(
    store: LocalStore, stored: Stored, tmp_path: Path
) -> None:
    plan = planned(stored(TREE), tmp_path / "dest")
    Path(plan.part).write_bytes(BIG)
    download(plan, store)
    assert read_tree(tmp_path / "dest") == TREE
    assert not Path(plan.part).exists()


@pytest.mark.parametrize("member", ["a.csv", "sub"])
def test_a_link_in_a_part_is_not_written_through(
    store: LocalStore, stored: Stored, tmp_path: Path, member: str
) -> None:
    outside = write_tree(tmp_path / "outside", {"b.csv": b"precious"})
    plan = planned(stored(TREE), tmp_path / "dest")
    write_tree(Path(plan.part), {})
    goal = outside if member == "sub" else outside / "b.csv"
    (Path(plan.part) / member).symlink_to(goal)
    download(plan, store)
    assert read_tree(outside) == {"b.csv": b"precious"}
    assert read_tree(tmp_path / "dest") == TREE


def test_a_part_that_is_a_link_is_not_written_through(
    store: LocalStore, stored_file: StoredFile, tmp_path: Path
) -> None:
    outside = write_tree(tmp_path / "outside", {"x": b"precious"})
    plan = planned(stored_file(BIG), tmp_path / "g.bin")
    Path(plan.part).symlink_to(outside / "x")
    download(plan, store)
    assert read_tree(outside) == {"x": b"precious"}
    assert (tmp_path / "g.bin").read_bytes() == BIG


def test_a_hard_link_to_a_blob_in_a_part_leaves_the_blob_alone(
    store: LocalStore, stored: Stored, stored_file: StoredFile, tmp_path: Path
) -> None:
    other = stored_file(b"another blob").entries[0].digest
    blob = tmp_path / "store" / blob_key(str(other))
    for manifest, dest, inside in (
        (stored(TREE), tmp_path / "dest", "sub/b.csv"),
        (stored_file(BIG), tmp_path / "g.bin", ""),
    ):
        plan = planned(manifest, dest)
        place = Path(plan.part, inside)
        place.parent.mkdir(parents=True, exist_ok=True)
        os.link(blob, place)
        download(plan, store)
    assert blob.read_bytes() == b"another blob"
    assert blob.stat().st_nlink == 1
    assert read_tree(tmp_path / "dest") == TREE


def test_verified_bytes_in_a_part_are_not_copied_again(
    store: LocalStore, stored: Stored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = stored(TREE)
    plan = planned(manifest, tmp_path / "dest")
    write_tree(Path(plan.part), {"sub/b.csv": TREE["sub/b.csv"]})
    opened: list[str] = []
    real = store.open
    monkeypatch.setattr(store, "open", lambda digest: opened.append(digest) or real(digest))
    download(plan, store)
    digests = {entry.path: entry.digest for entry in manifest.entries}
    assert digests["sub/b.csv"] not in opened


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_a_download_interrupted_while_it_is_published_is_completed(
    store: LocalStore,
    stored: Stored,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    count: int,
) -> None:
    (tmp_path / "dest").mkdir()
    plan = planned(stored(TREE), tmp_path / "dest")
    real, calls = placing.rename_new, []

    def rename_new(source: str, target: str, **folders: int) -> None:
        calls.append(target)
        if len(calls) > count:
            raise Interrupted
        real(source, target, **folders)

    monkeypatch.setattr(placing, "rename_new", rename_new)
    with pytest.raises(Interrupted):
        download(plan, store)
    monkeypatch.undo()
    download(plan, store)
    assert read_tree(tmp_path / "dest") == TREE
    assert not Path(plan.part).exists()


def test_a_part_does_not_excuse_overwriting_what_the_user_has(
    store: LocalStore, stored: Stored, tmp_path: Path
) -> None:
    dest = write_tree(tmp_path / "dest", {"a.csv": b"mine"})
    plan = planned(stored(TREE), dest)
    write_tree(Path(plan.part), {"sub/b.csv": b"half"})
    with pytest.raises(ConflictError, match="is not empty"):
        download(plan, store)
    assert read_tree(dest) == {"a.csv": b"mine"}


@pytest.mark.parametrize("tree", [TREE, FLAT], ids=["deep", "flat"])
def test_a_download_interrupted_after_it_was_published_can_be_run_again(
    store: LocalStore, stored: Stored, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tree: Tree
) -> None:
    (tmp_path / "dest").mkdir()
    plan = planned(stored(tree), tmp_path / "dest")

    def rmtree(_path: str) -> None:
        raise Interrupted

    monkeypatch.setattr(shutil, "rmtree", rmtree)
    with pytest.raises(Interrupted):
        download(plan, store)
    monkeypatch.undo()
    download(plan, store)
    assert read_tree(tmp_path / "dest") == tree
    assert not Path(plan.part).exists()
