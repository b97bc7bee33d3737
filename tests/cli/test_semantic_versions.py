"""References such as `NAME:^1.2`, `register --bump` and `register --dry-run`."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from artifactctl.client import Client


@pytest.fixture
def model(client, work):
    """model:1.0.0 … 2.1.0-rc.1, 1 and raw; each holds its own version."""
    for version in ("1.0.0", "1.10.0", "1.9.2", "1", "raw", "2.0.0", "2.1.0-rc.1", "1.11.0"):
        (work / "f").write_text(version)
        client.register("model", work / "f", version=version)
    client.delete_artifact_version("model:1.11.0")
    client.close()
    return client


@pytest.mark.parametrize(
    ("ref", "found"),
    [
        ("model:^1.2", "1.10.0"),
        ("model:~1.9", "1.9.2"),
        ("model:^2", "2.0.0"),
        ("model:^2.1.0-rc.0", "2.1.0-rc.1"),
        ("model", "2.1.0-rc.1"),
    ],
)
def test_a_range_means_the_highest_version_in_it(run, model, ref, found):
    assert run("download", ref, "-").ok().out == found
    assert run("artifact", "version", "describe", ref, "-q").ok().out == f"model:{found}\n"


def test_a_range_is_understood_wherever_a_version_is(run, model, work):
    assert run("download", "model", "-", "-v", "^1").ok().out == "1.10.0"
    run("tag", "model:^1", "stable").ok()
    assert run("download", "model@stable", "-").ok().out == "1.10.0"
    assert "model:1.9.2 → model:1.10.0" in run("diff", "model:~1.9", "model:^1").ok().out
    run("register", "made", "f", "--input", "model:~1.9").ok()
    assert "model:1.9.2" in run("lineage", "made").ok().out
    (work / "r.yaml").write_text(
        "pipeline: p\nsteps: {s: {inputs: {m: 'model:^1'},"
        " command: 'cat $ARTIFACTCTL_INPUT_M > out', outputs: {copy: {path: out}}}}\n"
    )
    run("run", "r.yaml").ok()
    assert run("download", "copy", "-").ok().out == "1.10.0"
    assert model.find_artifact_version("model", "^1").version == "1.10.0"
    assert model.get_artifact_version("model:^1").version == "1.10.0"


def test_what_no_version_is_in_or_no_range_is_said(run, model):
    refused = run("download", "model:^3", "-")
    assert (refused.code, refused.out) == (3, "")
    assert "no version of 'model' is in ^3; the highest is 2.1.0-rc.1" in refused.err
    assert run("download", "model:^x", "-").code == 5
    assert run("register", "model", "f", "-v", "^1").code == 5
    assert run("restore", "model:^1.11").code == 3


def test_a_bump_counts_a_part_of_the_highest_version_up_and_takes_no_deleted_one(run, model):
    words = ("register", "model", "f", "-q", "--bump")
    assert run(*words, "minor").ok().out == "model:2.1.0\n"
    assert run(*words, "patch").ok().out == "model:2.1.1\n"
    run("artifact", "version", "delete", "model:2.1.1", "--yes").ok()
    assert run(*words, "patch").ok().out == "model:2.1.2\n"
    assert run(*words, "major").ok().out == "model:3.0.0\n"
    assert run("register", "other", "f", "-q", "--bump", "minor").ok().out == "other:0.1.0\n"
    assert run(*words, "minor", "-v", "x").code == 2
    assert run(*words, "little").code == 2
    assert run("register", "model", "f", "-q").ok().out == "model:2\n"


def test_bumps_at_once_get_versions_of_their_own(client, work, home):
    (work / "f").write_text("x")
    client.register("m", work / "f", bump="minor")

    def bump(_number: int) -> str:
        with closing(Client(home)) as other:
            return other.register("m", work / "f", bump="patch").version.version

    with ThreadPoolExecutor(4) as pool:
        made = sorted(pool.map(bump, range(8)))
    assert made == [f"0.1.{number}" for number in range(1, 9)]


def test_a_dry_run_tells_what_would_be_registered_and_makes_not_even_a_home(run, home, work):
    (work / "d").mkdir()
    (work / "d" / "a").write_text("a")
    (work / "d" / "b").write_text("bb")
    done = run("register", "x", "d", "--dry-run").ok()
    assert "Would register x:1 (2 files, 3 B, DataArtifact)" in done.err
    assert "a " in done.out
    found = json.loads(
        run("register", "x", "d", "--dry-run", "--bump", "major", "-o", "json").ok().out
    )
    assert (found["version"], found["is_new"], found["size_bytes"]) == ("1.0.0", True, 3)
    assert [file["path"] for file in found["files"]] == ["a", "b"]
    assert not home.exists()


def files_of(home: Path) -> dict[str, bytes]:
    found = (path for path in home.rglob("*") if path.is_file() and "catalog.db-" not in path.name)
    return {str(path): path.read_bytes() for path in found}


def test_a_dry_run_says_whether_the_content_is_new_and_refuses_what_a_real_one_does(
    run, work, home
):
    (work / "f").write_text("x")
    run("register", "x", "f", "--type", "model").ok()
    before = files_of(home)
    words = ("register", "x", "f", "--dry-run")
    same = run(*words, "--if-changed").ok()
    assert "Would keep x:1" in same.err
    assert "x:2" in run(*words).ok().err
    (work / "f").write_text("y")
    assert run(*words, "--if-changed", "-q").ok().out == "x:2\n"
    assert run(*words, "--link", "-q").ok().out == "x:2\n"
    for more, code in (
        (("-v", "1"), 4),
        (("--input", "nothing"), 3),
        (("--type", "strange"), 2),
        (("--metadata", "=1"), 5),
    ):
        assert run(*words, *more).code == code, more
    assert run("register", "x", "nothing", "--dry-run").code == 3
    assert run("register", "x", "-", "--dry-run", stdin=b"x").code == 2
    assert files_of(home) == before
