"""What may become a store, and first starts that are cut short."""

import json
import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from artifactctl.errors import ConflictError
from artifactctl.store import make_store
from artifactctl.store.local import LocalStore
from tests.store.places import LocalPlace, open_descriptors, write_files

PREFIX = "0123456789abcdef"


def make(folder: Path, *keys: str) -> None:
    for key in keys:
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        if key.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.write_bytes(b"x")


@pytest.mark.parametrize(
    "keys",
    [
        [],
        ["tmp/"],
        [f"tmp/{PREFIX}-lock", f"tmp/{PREFIX}-catalog", f"tmp/{PREFIX}-catalog-journal"],
        [f"tmp/{PREFIX}-work/out"],
        ["blobs/", "manifests/"],
        ["blobs/", "manifests/", "records/", f"tmp/{PREFIX}-1"],
        ["quarantine/catalog.db.01234567", "tmp/"],
    ],
)
def test_a_new_folder_an_empty_one_and_a_first_start_cut_short_become_a_store(
    tmp_path: Path, keys: list[str]
) -> None:
    folder = tmp_path / "store"
    if keys:
        make(folder, *keys)
    store = LocalStore(folder)
    digest = store.put_manifest(b"{}")
    assert LocalStore(folder).get_manifest(digest) == b"{}"
    assert json.loads((folder / "format.json").read_bytes()) == {"format": 1, "digest": "blake3"}


@pytest.mark.parametrize(
    "key",
    [
        "thesis.tex",
        ".hidden",
        "lost+found/",
        "tmp/results.csv",
        "tmp/colleague/model.pt",
        f"tmp/{PREFIX}",
        f"tmp/{PREFIX}-data/file",
        "blobs/mine",
        "blobs/ab/mine",
        "records/x.json",
        "manifests/x",
        "owners/x.json",
        "tmp",
        "blobs",
    ],
)
def test_a_folder_that_has_something_of_others_does_not_become_a_store(
    tmp_path: Path, key: str
) -> None:
    folder = tmp_path / "scratch"
    make(folder, key)
    before = sorted(folder.rglob("*"))
    sources = write_files(tmp_path / "files", b"one")
    changes: list[Callable[[LocalStore], object]] = [
        lambda store: store.put(sources),
        lambda store: store.put_manifest(b"{}"),
        lambda store: store.put_records({}),
        lambda store: store.workspace().__enter__(),
        lambda _store: make_store(f"file://{folder}"),
    ]
    for change in changes:
        with pytest.raises(ConflictError, match="neither a store nor an empty folder") as refused:
            change(LocalStore(folder))
        assert f"{folder}/" in refused.value.hint
    assert LocalStore(folder).clear_temporary(dry_run=False) == []
    assert sorted(folder.rglob("*")) == before


def test_a_link_in_a_folder_does_not_become_a_part_of_a_store(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "store" / "tmp").symlink_to(tmp_path / "outside")
    with pytest.raises(ConflictError, match="'tmp'"):
        LocalStore(tmp_path / "store").put_manifest(b"{}")
    assert list((tmp_path / "outside").iterdir()) == []


def test_others_may_put_folders_beside_what_a_store_keeps(tmp_path: Path) -> None:
    folder = Path(make_store(f"file://{tmp_path}/store"))
    make(folder, "mine/checkpoint")
    LocalStore(folder).put_manifest(b"{}")
    assert (folder / "mine" / "checkpoint").read_bytes() == b"x"


def start_and_die(folder: Path, call: int) -> None:
    """A first start of a process that is killed before its `call`th change of the disk."""
    left = call

    def counted(name: str) -> None:
        real = getattr(os, name)

        def change(*arguments: Any, **also: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                os._exit(9)
            return real(*arguments, **also)

        setattr(os, name, change)

    for name in ("mkdir", "open", "write", "fsync", "rename", "unlink"):
        counted(name)
    LocalStore(folder).put_manifest(b"{}")
    os._exit(0)


def test_a_first_start_that_is_killed_leaves_what_the_next_one_takes_on(tmp_path: Path) -> None:
    for call in range(200):
        folder = tmp_path / str(call)
        process = os.fork()
        if process == 0:
            start_and_die(folder, call)
        _, status = os.waitpid(process, 0)
        digest = LocalStore(folder).put_manifest(b"{}")
        assert LocalStore(folder).get_manifest(digest) == b"{}"
        LocalStore(folder).clear_temporary(dry_run=False)
        assert list((folder / "tmp").iterdir()) == []
        if status == 0:
            return
    raise AssertionError("the start never came to its end")


def start(folder: Path) -> str:
    return LocalStore(folder).put_manifest(b"{}")


def test_several_first_starts_at_once_make_one_store(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        for number in range(10):
            folder = tmp_path / str(number)
            found = pool.starmap(start, [(folder,)] * 4, chunksize=1)
            assert len(set(found)) == 1
            assert LocalPlace(folder).keys("tmp") == set()


@pytest.mark.parametrize("keys", [["mine"], ["tmp/mine"], []])
def test_no_descriptor_stays_open_whatever_is_found(tmp_path: Path, keys: list[str]) -> None:
    make(tmp_path / "store", *keys)
    before = open_descriptors()
    for _ in range(3):
        try:
            LocalStore(tmp_path / "store").put_manifest(b"{}")
        except ConflictError:
            assert keys
    assert open_descriptors() == before
