"""Bytes, files and folders come back with the content that they had."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactctl.errors import InvalidInputError, NotFoundError, UnsafeError
from artifactctl.materializers import load, save
from tests.materializers.again import again, contents


@given(st.binary() | st.binary().map(bytearray))
def test_bytes_are_a_file_of_just_these_bytes(value):
    loaded = again(value)
    assert loaded == value
    assert type(loaded) is type(value)


def test_a_file_comes_back_under_its_name(tmp_path: Path):
    source = tmp_path / "iris.csv"
    source.write_text("a,b\n")
    loaded = again(source)
    assert loaded.name == "iris.csv"
    assert loaded.read_text() == "a,b\n"
    loaded.write_text("changed")
    assert source.read_text() == "a,b\n"


def test_a_folder_comes_back_with_all_that_is_in_it(tmp_path: Path):
    source = tmp_path / "data"
    (source / "deep" / "er").mkdir(parents=True)
    (source / "deep" / "er" / "x").write_bytes(b"1")
    (source / "y").write_bytes(b"")
    (source / "link").symlink_to("deep")
    loaded = again(source)
    assert loaded.name == "data"
    assert contents(loaded) == {"deep/er/x": b"1", "link/er/x": b"1", "y": b""}


def test_an_empty_folder_comes_back(tmp_path: Path):
    loaded = again(tmp_path)
    assert loaded.is_dir()
    assert list(loaded.iterdir()) == []


def test_links_out_of_a_folder_and_what_is_no_file_are_refused(tmp_path: Path):
    source = tmp_path / "data"
    source.mkdir()
    (source / "link").symlink_to(tmp_path)
    with pytest.raises(UnsafeError, match="leads out"):
        again(source)
    (source / "link").unlink()
    (source / "loop").symlink_to(source)
    with pytest.raises(InvalidInputError, match="leads back"):
        again(source)
    (source / "loop").unlink()
    os.mkfifo(source / "pipe")
    with pytest.raises(UnsafeError, match="neither"):
        again(source)
    with pytest.raises(UnsafeError, match="neither"):
        again(source / "pipe")


def test_a_path_to_nothing_is_not_found(tmp_path: Path):
    with pytest.raises(NotFoundError, match="does not exist") as caught:
        again(tmp_path / "gone")
    assert "str(path)" in caught.value.hint


@pytest.mark.parametrize("name", ["../../x", "..", "/etc/passwd", "a\0b", 5, None])
def test_hostile_names_are_refused(name, tmp_path: Path):
    import json

    (tmp_path / "in").mkdir()
    save(tmp_path / "in", tmp_path)
    (tmp_path / "path.json").write_text(json.dumps({"kind": "file", "name": name}))
    with pytest.raises(UnsafeError, match="names a file"):
        load(tmp_path, "path", "pathlib.PosixPath", allow_pickle=False)


def test_artifactctls_own_data_is_no_part_of_a_folder_that_is_saved(tmp_path: Path):
    home, target = tmp_path / ".home", tmp_path / ".home" / "tmp" / "target"
    target.mkdir(parents=True)
    for name in ("token", "tmp/x", "mine/x"):
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_text(name)
    (tmp_path / "f").write_text("1")
    own = [str(home / "token"), str(home / "tmp")]
    save(tmp_path, target, leave_out=own)
    found = contents(target / "content")
    assert found == {"f": b"1", ".home/mine/x": b"mine/x"}
    for number, inside in enumerate((home / "token", home / "tmp", home / "tmp" / "x")):
        (tmp_path / str(number)).mkdir()
        with pytest.raises(UnsafeError, match="own data"):
            save(inside, tmp_path / str(number), leave_out=own)
