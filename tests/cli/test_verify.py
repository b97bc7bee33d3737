"""`verify`, and the exit codes of what is broken, busy or full."""

import fcntl
import json
import os
import resource
import shutil
import sqlite3
import subprocess

import pytest

from artifactctl.client import Client
from tests.checker import check_home
from tests.cli.test_download import assert_refused
from tests.commands import command, environment


@pytest.fixture
def broken(tmp_path, work):
    """A home that a test may damage: two versions of `a`, one of `b`, which shares no bytes."""
    folder = tmp_path / "broken"
    client = Client(folder)
    for name, text in (("a", "one"), ("a", "three"), ("b", "four4")):
        (work / "f").write_text(text)
        client.register(name, str(work / "f"))
    client.close()
    return folder


def blob_of(home, ref):
    client = Client(home)
    digest = client.describe_artifact_version(ref).files[0].digest.removeprefix("blake3:")
    client.close()
    return home / "store" / "blobs" / digest[:2] / digest


def overwrite(path, content):
    path.chmod(0o600)
    path.write_bytes(content)
    path.chmod(0o400)


def test_what_is_intact_is_said_to_be_so(run, broken):
    done = run("--home", broken, "verify").ok()
    assert done.out == ""
    assert done.err
    found = json.loads(run("--home", broken, "verify", "a:1", "b", "-o", "json").ok().out)
    assert found == {"ok": True, "damaged": [], "problems": [], "foreign": []}
    assert run("--home", broken, "verify", "--quick", "-q").ok().out == ""
    assert run("verify").ok().out == ""
    assert_refused(run("--home", broken, "verify", "gone"), 3, "gone")


def test_every_damaged_version_is_named_and_only_those(run, broken):
    overwrite(blob_of(broken, "a:1"), b"ONE")
    blob_of(broken, "b:1").unlink()
    quick = run("--home", broken, "verify", "--quick", "-q")
    assert (quick.code, quick.out) == (8, "b:1\n")
    assert_refused(run("--home", broken, "download", "a:1", "out"), 8, "damaged")
    done = run("--home", broken, "verify")
    assert done.code == 8
    assert "a:1" in done.err
    assert "b:1" in done.err
    assert "a:2" not in done.out + done.err
    assert len(done.err.splitlines()) == 1
    as_json = run("--home", broken, "verify", "-o", "json")
    found = json.loads(as_json.out)
    assert as_json.code == json.loads(as_json.err)["error"]["code"] == 8
    assert (found["ok"], found["damaged"]) == (False, ["a:1", "b:1"])
    assert run("--home", broken, "verify", "-q").out == "a:1\nb:1\n"
    assert run("--home", broken, "verify", "a:2").code == 0
    for ref, where in (("a:1", "quarantine"), ("b", "missing")):
        assert_refused(run("--home", broken, "download", ref, "out"), 8, where)
        assert_refused(run("--home", broken, "download", ref, "-"), 8)
        assert not os.path.lexists("out")


def test_damaged_bytes_are_moved_to_the_quarantine_and_never_lost(run, broken):
    blob = blob_of(broken, "a:1")
    overwrite(blob, b"ONE")
    (broken / "store" / "blobs" / "notes.txt").write_text("not a blob")
    found = json.loads(run("--home", broken, "verify", "--quick", "-o", "json").ok().out)
    assert found["foreign"] == ["blobs/notes.txt"]
    assert blob.read_bytes() == b"ONE"
    found = json.loads(run("--home", broken, "verify", "-o", "json").out)
    (problem,) = found["problems"]
    assert "kept in quarantine" in problem["problem"]
    assert found["foreign"] == ["blobs/notes.txt"]
    assert not blob.exists()
    (kept,) = (broken / "store" / "quarantine").iterdir()
    assert (kept.name.partition(".")[0], kept.read_bytes()) == (blob.name, b"ONE")


def test_a_missing_or_changed_manifest_and_a_changed_row_are_damage(run, broken):
    manifests = sorted((broken / "store" / "manifests").glob("*/*"))
    overwrite(manifests[0], manifests[0].read_bytes().replace(b'"size":', b'"size" :'))
    manifests[1].unlink()
    with sqlite3.connect(broken / "catalog.db") as catalog:
        catalog.execute("UPDATE artifact_version SET type = 'ModelArtifact'")
    catalog.close()
    done = run("--home", broken, "verify", "-q")
    assert (done.code, done.out) == (8, "a:1\na:2\nb:1\n")


def test_registering_the_good_file_again_heals_the_store(run, work, broken):
    blob = blob_of(broken, "a:1")
    overwrite(blob, b"ONE")
    assert run("--home", broken, "verify").code == 8
    (work / "f").write_text("one")
    run("--home", broken, "register", "c", "f").ok()
    run("--home", broken, "verify").ok()
    assert blob.read_bytes() == b"one"
    assert [path.read_bytes() for path in (broken / "store" / "quarantine").iterdir()] == [b"ONE"]
    check_home(broken)


def test_a_catalog_that_cannot_be_used_ends_with_exit_6(run, work, broken):
    newer, foreign, text, empty, gone = (work / name for name in "12345")
    for folder in (newer, foreign, text, empty, gone):
        shutil.copytree(broken, folder)
    with sqlite3.connect(newer / "catalog.db") as catalog:
        catalog.execute("PRAGMA user_version = 99")
    catalog.close()
    with sqlite3.connect(foreign / "catalog.db") as catalog:
        catalog.execute("PRAGMA application_id = 7")
    catalog.close()
    (text / "catalog.db").write_text("this is no database at all " * 100)
    (empty / "catalog.db").write_text("")
    (gone / "catalog.db").unlink()
    for folder in (newer, foreign, text, empty, gone):
        before = sorted(str(path) for path in folder.rglob("*"))
        assert_refused(run("--home", folder, "artifact", "list"), 6)
        assert_refused(run("--home", folder, "register", "new", "f"), 6)
        assert sorted(str(path) for path in folder.rglob("*")) == before
    assert "rebuild" in run("--home", gone, "verify").err


def test_a_download_that_another_one_is_making_is_busy(run, work, broken):
    with open(work / ".out.artifactctl-part", "w") as part:
        fcntl.flock(part, fcntl.LOCK_EX)
        assert_refused(run("--home", broken, "download", "a", "out"), 9, "out")
    run("--home", broken, "download", "a", "out").ok()


def test_a_file_that_may_not_grow_ends_with_exit_7_and_leaves_no_version(run, work, home):
    (work / "big").write_bytes(b"x" * 3_000_000)
    small = subprocess.run(
        command("register", "big", "big"),
        cwd=work,
        env=environment(home),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (small.returncode, small.stdout) == (7, "")
    assert len(small.stderr.splitlines()) == 1
    assert run("artifact", "version", "list", "-q").ok().out == ""
    assert run("register", "big", "big", "-q").ok().out == "big:1\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
@pytest.mark.parametrize("how", [">/dev/full", ">&-"])
def test_output_that_cannot_be_written_ends_with_exit_7_and_one_line(broken, work, how):
    for words in (("artifact", "list"), ("artifact", "version", "list", "-o", "csv"), ("info",)):
        done = subprocess.run(
            ["sh", "-c", f'"$@" {how}', "sh", *command("--home", broken, *words)],
            cwd=work,
            env=environment(broken),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 7, (words, done.stderr)
        assert len(done.stderr.splitlines()) == 1
        assert done.stderr.startswith("artifactctl: ")


def test_closed_streams_never_let_output_into_the_homes_files(work, home):
    (work / "f").write_text("x" * 100)
    for how in (">&-", "2>&-", "<&-", ">&- 2>&- <&-"):
        done = subprocess.run(
            ["sh", "-c", f'"$@" {how}', "sh", *command("register", "x", "f")],
            cwd=work,
            env=environment(home),
            capture_output=True,
            check=False,
        )
        assert done.returncode in (0, 7), done.stderr
    check_home(home)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_download_to_a_full_standard_output_ends_with_exit_7(broken, work):
    done = subprocess.run(
        ["sh", "-c", '"$@" >/dev/full', "sh", *command("--home", broken, "download", "a", "-")],
        cwd=work,
        env=environment(broken),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 7
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("register", "y", "-"),
        ("register", "y", "f"),
        ("download", "a", "-"),
        ("tag", "a"),
        ("verify",),
    ],
    ids=" ".join,
)
def test_closed_standard_input_and_output_are_one_line_or_nothing(broken, work, words):
    done = subprocess.run(
        ["sh", "-c", '"$@" <&- >&-', "sh", *command("--home", broken, *words)],
        cwd=work,
        env=environment(broken),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 5, 7), done.stderr
    assert len(done.stderr.splitlines()) == (1 if done.returncode else 0)
    check_home(broken)
