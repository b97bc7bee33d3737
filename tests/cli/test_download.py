"""`download`: where files go, and what is refused."""

import json
import os
import zipfile

import pytest
import yaml


@pytest.fixture
def stored(client, work):
    """A file version `one`, a folder version `tree`, and nothing else in the folder."""
    source = work.parent / "source"
    (source / "tree" / "sub").mkdir(parents=True)
    (source / "one.csv").write_text("a,b\n")
    (source / "tree" / "x.csv").write_text("x")
    (source / "tree" / "sub" / "y.txt").write_text("y")
    (source / "tree" / "sub" / "tool.sh").write_text("#!/bin/sh\n")
    (source / "tree" / "sub" / "tool.sh").chmod(0o755)
    os.utime(source / "one.csv", (1_600_000_000, 1_600_000_000))
    client.register("one", str(source / "one.csv"))
    client.register("pipe::step::tree", str(source / "tree"))
    client.close()
    return work


TREE = "pipe::step::tree"
MEMBERS = ["sub/tool.sh", "sub/y.txt", "x.csv"]


def files_below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def assert_refused(result, code, *words):
    assert (result.code, result.out) == (code, ""), result.err
    assert len(result.err.splitlines()) == 1
    for word in words:
        assert word in result.err


def test_a_file_keeps_its_own_name_and_a_folder_takes_the_artifacts_name(run, stored):
    done = run("download", "one").ok()
    assert (stored / "one.csv").read_text() == "a,b\n"
    assert (stored / "one.csv").stat().st_mtime == 1_600_000_000
    assert "one:1" in done.out
    assert done.err == ""
    assert run("download", TREE, "-q").ok().out == f"{TREE}:1\n"
    assert files_below(stored / TREE) == MEMBERS
    assert os.access(stored / TREE / "sub" / "tool.sh", os.X_OK)
    assert not [name for name in os.listdir(stored) if "part" in name]


def test_dest_is_a_new_name_or_an_existing_folder(run, stored):
    run("download", "one", "new/deep/renamed.csv").ok()
    assert (stored / "new" / "deep" / "renamed.csv").read_text() == "a,b\n"
    (stored / "there").mkdir()
    run("download", "one", "there").ok()
    assert files_below(stored / "there") == ["one.csv"]
    (stored / "empty").mkdir()
    run("download", TREE, "empty").ok()
    assert files_below(stored / "empty") == MEMBERS


def test_a_zip_is_asked_for_by_the_ending_or_by_the_flag(run, stored):
    run("download", TREE, "out.zip").ok()
    run("download", TREE, "--zip").ok()
    run("download", "one", "--zip").ok()
    for name in ("out.zip", f"{TREE}.zip"):
        with zipfile.ZipFile(stored / name) as archive:
            assert archive.testzip() is None
            assert sorted(archive.namelist()) == MEMBERS
            assert archive.read("x.csv") == b"x"
    with zipfile.ZipFile(stored / "one.csv.zip") as archive:
        assert archive.namelist() == ["one.csv"]
    assert_refused(run("download", TREE, "out.zip"), 4, "out.zip", "--force")
    run("download", TREE, "out.zip", "--force", "--include", "x.csv").ok()
    assert zipfile.ZipFile(stored / "out.zip").namelist() == ["x.csv"]


def test_a_dash_writes_one_file_to_standard_output_and_nothing_else(run, stored):
    done = run("download", "one", "-").ok()
    assert (done.out, done.err) == ("a,b\n", "")
    assert run("download", TREE, "-", "--include", "x.csv").ok().out == "x"
    assert_refused(run("download", TREE, "-"), 2, "3 files")
    assert_refused(run("download", "one", "-", "--zip"), 2)
    assert files_below(stored) == []


def test_include_and_exclude_choose_files(run, stored):
    run(
        "download", TREE, "some", "--include", "*.csv", "--include", "sub", "--exclude", "*.sh"
    ).ok()
    assert files_below(stored / "some") == ["sub/y.txt", "x.csv"]
    assert_refused(run("download", TREE, "none", "--include", "*.parquet"), 3)
    assert not (stored / "none").exists()


def test_what_would_be_overwritten_is_refused_without_force(run, stored):
    (stored / "one.csv").write_text("mine")
    (stored / "full").mkdir()
    (stored / "full" / "mine").write_text("mine")
    assert_refused(run("download", "one"), 4, "one.csv", "--force")
    assert_refused(run("download", TREE, "full"), 4, "full", "--force")
    assert_refused(run("download", TREE, "one.csv"), 4, "one.csv")
    assert (stored / "one.csv").read_text() == "mine"
    assert files_below(stored / "full") == ["mine"]


def test_force_replaces_the_versions_own_paths_and_nothing_else(run, stored):
    (stored / "one.csv").write_text("mine")
    (stored / "full" / "sub").mkdir(parents=True)
    (stored / "full" / "mine").write_text("mine")
    (stored / "full" / "sub" / "mine too").write_text("mine")
    (stored / "full" / "x.csv").write_text("old")
    run("download", "one", "--force").ok()
    assert (stored / "one.csv").read_text() == "a,b\n"
    run("download", TREE, "full", "-f").ok()
    assert files_below(stored / "full") == sorted([*MEMBERS, "mine", "sub/mine too"])
    assert (stored / "full" / "x.csv").read_text() == "x"
    (stored / "full" / "x.csv").unlink()
    (stored / "full" / "x.csv").mkdir()
    assert_refused(run("download", TREE, "full", "--force"), 4, "x.csv")


def test_hard_and_symbolic_links_share_the_stores_bytes(run, stored, home):
    run("download", "one", "hard", "--mode", "hardlink").ok()
    run("download", TREE, "soft", "--mode", "symlink").ok()
    assert (stored / "hard").stat().st_nlink == 2
    assert not (stored / "hard").stat().st_mode & 0o222
    link = stored / "soft" / "x.csv"
    assert link.is_symlink()
    assert link.resolve().is_relative_to(home / "store" / "blobs")
    assert link.read_text() == "x"
    run("verify").ok()
    assert_refused(run("download", "one", "x.zip", "--mode", "hardlink"), 2)
    assert_refused(run("download", "one", "x", "--mode", "reflink"), 2, "reflink")


def test_linked_data_is_copied_and_never_linked(run, stored):
    (stored / "mine").write_text("mine")
    run("register", "l", "mine", "--link").ok()
    assert_refused(run("download", "l", "got", "--mode", "symlink"), 2, "symlink")
    assert_refused(run("download", "l", "got", "--mode", "hardlink"), 2, "hardlink")
    run("download", "l", "got").ok()
    assert (stored / "got").read_text() == "mine"
    assert not (stored / "got").is_symlink()


def test_a_dry_run_says_what_would_be_written_and_writes_nothing(run, stored):
    shown = run("download", TREE, "deep/out", "--dry-run").ok()
    assert shown.out.splitlines() == MEMBERS
    assert f"{stored}/deep/out" in shown.err
    as_json = json.loads(run("download", TREE, "out", "--dry-run", "-o", "json").ok().out)
    assert as_json["dry_run"] is True
    assert as_json["files"] == MEMBERS
    run("download", "one", "-", "--dry-run").ok()
    assert os.listdir(stored) == []
    (stored / "one.csv").write_text("mine")
    assert_refused(run("download", "one", "--dry-run"), 4, "one.csv")


def test_several_files_at_a_time_give_the_same_folder(run, stored):
    done = run("download", TREE, "out", "-j", "4", "-o", "json").ok()
    made = json.loads(done.out)
    assert set(made) == {
        *("artifact", "version", "path", "size_bytes", "file_count", "files", "dry_run"),
    }
    assert (made["path"], made["file_count"]) == (f"{stored}/out", 3)
    assert files_below(stored / "out") == MEMBERS
    assert_refused(run("download", TREE, "out2", "-j", "0"), 2)


def test_a_destination_whose_name_is_no_text_is_written_and_shown(run, stored):
    done = run("download", "one", os.fsdecode(b"out\xff"), "-o", "yaml").ok()
    assert os.listdir(os.fsencode(stored)) == [b"out\xff"]
    assert yaml.safe_load(done.out)["path"].startswith(f"{stored}/out")
