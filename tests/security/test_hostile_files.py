"""File names, trees and stored manifests made to do harm: nothing is written outside of DEST."""

import json
import os
import re
import shutil
import sqlite3

import pytest
from blake3 import blake3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artifactctl.client import Client
from tests.checker import count_versions
from tests.cli.test_errors import in_process

RAW = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
BAD_NAMES = [
    *(b"a\\b", b"..\\..\\x"),
    *(b"new\nline", b"\x1b[31mred", b"\x07", b"\xff\xfe", "\u202egpj.exe".encode(), b"tab\t"),
    "c1\u0085".encode(),
    *(b" ", b"...", b".. "),
]
GOOD_NAMES = [
    b"-rf",
    b"--force",
    b"%s",
    "\u00e9\u4e2d".encode(),
    b"[bold]x",
    b"console",
]
RESERVED_NAMES = [b"CON", b"aux.txt", b"com1", b"nul .csv", b"C:evil", b"dot.", b"space ", b'"q"']
GOOD_NAMES += RESERVED_NAMES
GOOD_NAMES += [b"'quoted'", b"12:30", b"~", b"$HOME", b"*", b"x" * 255]


@pytest.mark.parametrize("name", BAD_NAMES, ids=repr)
def test_file_names_that_are_unsafe_somewhere_are_refused(capsys, home, work, name):
    folder = os.fsencode(work / "d")
    os.mkdir(folder)
    with open(os.path.join(folder, name), "wb") as file:
        file.write(b"x")
    for words in (("d",), (os.fsdecode(os.path.join(b"d", name)),), ("d", "--link")):
        refused = in_process(capsys, home, "register", "x", *words)
        # As an argument it is no text at all.
        code = 5 if name == b"\xff\xfe" and words[0] != "d" else 12
        assert (refused.code, refused.out) == (code, ""), refused.err
        assert len(refused.err.splitlines()) == 1
        assert not RAW.search(refused.err)
    assert count_versions(home) == 0


def test_odd_but_harmless_file_names_come_back_as_they_were(run, work):
    (work / "d").mkdir()
    for name in GOOD_NAMES:
        with open(os.path.join(os.fsencode(work / "d"), name), "wb") as file:
            file.write(name)
    run("register", "x", "d").ok()
    run("download", "x", "out").ok()
    run("download", "x", "out.zip").ok()
    assert sorted(os.listdir(os.fsencode(work / "out"))) == sorted(GOOD_NAMES)
    for name in GOOD_NAMES:
        with open(os.path.join(os.fsencode(work / "out"), name), "rb") as file:
            assert file.read() == name


@pytest.mark.parametrize("name", RESERVED_NAMES, ids=repr)
def test_a_name_that_windows_cannot_have_is_noted_and_comes_back(run, work, name):
    (work / "d" / "sub").mkdir(parents=True)
    (work / "d" / "sub" / name.decode()).write_text("x")
    done = run("register", "x", "d").ok()
    assert f"these file names are not valid on Windows: sub/{name.decode()}" in done.err
    run("register", "y", f"d/sub/{name.decode()}").ok()
    run("download", "x", "out").ok()
    assert os.listdir(work / "out" / "sub") == [name.decode()]
    run("download", "y", "other/").ok()
    assert (work / "other" / name.decode()).read_text() == "x"


def test_all_bad_names_of_a_tree_are_told_at_once(run, work):
    (work / "d" / "sub").mkdir(parents=True)
    for name in BAD_NAMES:
        with open(os.path.join(os.fsencode(work / "d" / "sub"), name), "wb") as file:
            file.write(b"x")
    (work / "d" / "good").write_text("x")
    refused = run("register", "x", "d")
    assert (refused.code, refused.out) == (12, "")
    assert len(refused.err.splitlines()) == len(BAD_NAMES)
    details = json.loads(run("register", "x", "d", "-o", "json").err)["error"]["details"]
    assert len(details) == len(BAD_NAMES)
    for name in BAD_NAMES:
        assert any(repr("sub/" + os.fsdecode(name)) in line for line in details)
    run("register", "x", "d", "--exclude", "sub/*", "-q").ok()


@settings(
    max_examples=60,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(name=st.binary(min_size=1, max_size=60).filter(lambda b: not set(b) & {0, 47}))
def test_any_file_name_is_kept_exactly_or_refused(capsys, home, work, name):
    if name in (b".", b".."):
        return
    shutil.rmtree(work / "d", ignore_errors=True)
    shutil.rmtree(work / "out", ignore_errors=True)
    (work / "d").mkdir()
    with open(os.path.join(os.fsencode(work / "d"), name), "wb") as file:
        file.write(b"x")
    done = in_process(capsys, home, "register", "x", "d", "-q")
    assert done.code in (0, 12), done.err
    assert not RAW.search(done.out + done.err)
    if done.code == 0:
        in_process(capsys, home, "download", done.out.strip(), "out").ok()
        assert os.listdir(os.fsencode(work / "out")) == [name]


def test_a_linked_folder_whose_own_name_is_no_text_is_refused(capsys, home, work):
    os.mkdir(b"d\xff")
    (work / os.fsdecode(b"d\xff") / "x").write_text("x")
    done = in_process(capsys, home, "register", "x", "--link", os.fsdecode(b"d\xff"))
    assert (done.code, done.out) == (5, "")
    assert not RAW.search(done.err)
    assert count_versions(home) == 0


@pytest.fixture
def poisoned(tmp_path, work):
    """A home whose only version has the manifest that someone else wrote."""
    home = tmp_path / "poisoned"
    (work / "evil").write_text("evil")

    def poison(kind, *paths):
        client = Client(home)
        made = client.register("x", str(work / "evil"))
        client.close()
        digest = blake3(b"evil").hexdigest()
        files = [
            {
                "path": path,
                "size": 4,
                "digest": f"blake3:{digest}",
                "mtime": 0,
                "executable": False,
            }
            for path in paths
        ]
        content = json.dumps({"format": 1, "kind": kind, "files": files}).encode()
        name = blake3(content).hexdigest()
        place = home / "store" / "manifests" / name[:2] / f"{name}.json"
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(content)
        with sqlite3.connect(home / "catalog.db") as catalog:
            catalog.execute(
                "UPDATE artifact_version SET manifest = ?, kind = ? WHERE id = ?",
                (f"blake3:{name}", kind, made.version.id_text),
            )
        catalog.close()
        return home

    return poison


def everything_but_records(folder):
    """All paths below a folder; `verify` writes the records that were not there."""
    return sorted(str(path) for path in folder.rglob("*") if path.parent.name != "records")


@pytest.mark.parametrize(
    "paths",
    [
        ("../x",),
        ("/tmp/absolute-evil",),
        ("a/../../x",),
        ("..",),
        ("",),
        ("a\\..\\..\\x",),
        ("C:/x",),
        ("a//b",),
        ("ok", "sub/../../x"),
        ("a", "a/b"),
        ("same", "same"),
        ("nul\x00byte",),
        ("CON",),
        ("red\x1b[31m",),
        ("\ud800",),
    ],
    ids=repr,
)
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_hostile_manifest_writes_nothing_at_all(capsys, tmp_path, work, poisoned, kind, paths):
    home = poisoned(kind, *paths)
    before = everything_but_records(tmp_path)
    for words in (("out",), ("out", "--force"), ("out.zip",), ("-",), ("out", "--mode", "symlink")):
        refused = in_process(capsys, home, "download", "x", *words)
        assert refused.code in (8, 12), refused.err
        assert refused.out == ""
        assert len(refused.err.splitlines()) == 1
        assert not RAW.search(refused.err)
    shown = in_process(capsys, home, "artifact", "version", "describe", "x")
    assert shown.code in (8, 12)
    assert in_process(capsys, home, "verify").code in (8, 12)
    assert everything_but_records(tmp_path) == before
    assert not os.path.lexists("/tmp/absolute-evil")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"format": 2}',
        b"\xff",
        b'{"format": 1, "kind": "x"}',
        pytest.param(b"[" * 9000, id="nested too deep"),
    ],
    ids=repr,
)
def test_a_manifest_that_is_none_is_damage(capsys, home, work, poisoned, content):
    broken = poisoned("file", "evil")
    name = blake3(content).hexdigest()
    place = broken / "store" / "manifests" / name[:2] / f"{name}.json"
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(content)
    with sqlite3.connect(broken / "catalog.db") as catalog:
        catalog.execute("UPDATE artifact_version SET manifest = ?", (f"blake3:{name}",))
    catalog.close()
    for words in (("download", "x", "out"), ("verify",)):
        refused = in_process(capsys, broken, *words)
        assert refused.code == 8, refused.err


def test_force_follows_no_link_that_lies_in_the_destination(run, work, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("precious")
    (work / "d" / "sub").mkdir(parents=True)
    (work / "d" / "top").write_text("new")
    (work / "d" / "sub" / "f").write_text("new")
    (work / "one").write_text("new")
    run("register", "x", "d").ok()
    run("register", "one", "one").ok()
    (work / "out").mkdir()
    (work / "out" / "top").symlink_to(outside / "precious")
    (work / "file").symlink_to(outside / "precious")
    run("download", "one", "file", "--force").ok()
    assert not (work / "file").is_symlink()
    run("download", "x", "out", "--force").ok()
    assert not (work / "out" / "top").is_symlink()
    shutil.rmtree(work / "out" / "sub")
    (work / "out" / "sub").symlink_to(outside)
    refused = run("download", "x", "out", "--force")
    assert (refused.code, refused.out) == (12, "")
    assert (outside / "precious").read_text() == "precious"
    assert os.listdir(outside) == ["precious"]


def test_links_planted_as_the_unfinished_download_are_not_followed(run, work, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("precious")
    (work / "d").mkdir()
    (work / "d" / "f").write_text("new")
    run("register", "x", "d").ok()
    run("register", "one", "d/f").ok()
    (work / ".file.artifactctl-part").symlink_to(outside / "precious")
    (work / ".out.artifactctl-part").symlink_to(outside)
    for ref, dest in (("one", "file"), ("x", "out")):
        assert run("download", ref, dest).code in (0, 7, 12)
    shutil.rmtree(work / "out", ignore_errors=True)
    (work / ".out.artifactctl-part").unlink(missing_ok=True)
    (work / ".out.artifactctl-part").mkdir()
    (work / ".out.artifactctl-part" / "f").symlink_to(outside / "precious")
    run("download", "x", "out").ok()
    assert (work / "out" / "f").read_text() == "new"
    assert (outside / "precious").read_text() == "precious"
    assert os.listdir(outside) == ["precious"]
