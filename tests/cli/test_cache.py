"""The cache of this machine: where it is, how much it may hold, and trimming it."""

import json
import os
from pathlib import Path

import pytest

from artifactctl.digests import blob_key, digest_of
from artifactctl.store.cache import Cache
from tests.conftest import Run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A cache of ten files of 1,000 bytes, the first one used longest ago."""
    made = tmp_path / "cache"
    cache = Cache(str(made), 1 << 30)
    for number in range(10):
        content = bytes([number]) * 1000
        digest = digest_of(content)
        cache.add_bytes(blob_key(digest), digest, content)
        os.utime(made / blob_key(digest), (1000 + number, 1000 + number))
    return made


def held(folder: Path) -> list[int]:
    return sorted(path.read_bytes()[0] for path in folder.glob("blobs/*/*"))


def test_info_shows_place_size_count_and_limit(run: Run, folder: Path) -> None:
    extra = {"ARTIFACTCTL_CACHE": str(folder), "ARTIFACTCTL_CACHE_SIZE": "2.5 MB"}
    assert json.loads(run("info", "-o", "json", **extra).ok().out)["cache"] == {
        "value": str(folder),
        "source": "ARTIFACTCTL_CACHE",
        "size_bytes": 10_000,
        "count": 10,
        "limit_bytes": 2_500_000,
    }
    shown = f"{folder}  (ARTIFACTCTL_CACHE)  10 files, 10.0 kB of 2.5 MB"
    assert shown in run("info", **extra).ok().out


@pytest.mark.parametrize("value", ["", "0"])
def test_it_can_be_turned_off(run: Run, value: str) -> None:
    found = json.loads(run("info", "-o", "json", ARTIFACTCTL_CACHE=value).ok().out)["cache"]
    assert (found["value"], found["source"]) == ("off", "ARTIFACTCTL_CACHE")
    assert "off  (ARTIFACTCTL_CACHE)" in run("info", ARTIFACTCTL_CACHE=value).ok().out
    refused = run("gc", "--cache", ARTIFACTCTL_CACHE=value)
    assert (refused.code, refused.out) == (4, "")


def test_its_usual_place_is_the_users_cache_folder(run: Run, tmp_path: Path) -> None:
    asked = ("info", "-o", "json")
    assert json.loads(run(*asked).ok().out)["cache"]["value"] == str(
        tmp_path / ".cache" / "artifactctl"
    )
    found = json.loads(run(*asked, XDG_CACHE_HOME="/elsewhere").ok().out)["cache"]
    assert found["value"] == "/elsewhere/artifactctl"
    assert not (tmp_path / ".cache").exists()


def test_a_config_file_sets_its_size_and_not_its_place(run: Run, home: Path) -> None:
    run("info").ok()
    home.mkdir(exist_ok=True)
    (home / "config.yaml").write_text("cache_size: 3GiB\n")
    found = json.loads(run("info", "-o", "json").ok().out)["cache"]
    assert found["limit_bytes"] == 3 << 30
    (home / "config.yaml").write_text("cache: /elsewhere\n")
    assert run("info").code == 5


@pytest.mark.parametrize("size", ["much", "-1", "1 XB", "1e9", "GB"])
def test_what_is_no_size_is_refused(run: Run, size: str) -> None:
    assert run("info", ARTIFACTCTL_CACHE_SIZE=size).code == 5
    refused = run("gc", f"--cache={size}")
    assert refused.code == 2
    assert "is not a size" in refused.err


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (["--cache", "5kB"], [5, 6, 7, 8, 9]),
        (["--cache=1.5 kB"], [9]),
        (["--cache", "0"], []),
        (["--cache"], [8, 9]),
        (["--cache", "--dry-run"], list(range(10))),
        (["--dry-run", "--cache", "0"], list(range(10))),
    ],
)
def test_gc_trims_it_to_a_size_or_its_limit(
    run: Run, folder: Path, words: list[str], left: list[int]
) -> None:
    extra = {"ARTIFACTCTL_CACHE": str(folder), "ARTIFACTCTL_CACHE_SIZE": "2000"}
    done = run("gc", *words, **extra).ok()
    assert held(folder) == left
    verb = "Would delete" if "--dry-run" in words else "Deleted"
    assert done.out.startswith(f"{verb} ")
    assert done.out.endswith(f"stay in {folder}\n")


def test_gc_of_the_cache_leaves_the_store_alone(run: Run, folder: Path, work: Path) -> None:
    (work / "f").write_text("x")
    run("register", "x", "f").ok()
    run("artifact", "delete", "x", "--yes").ok()
    done = run("gc", "--cache=0", "--grace=0", "-o", "json", ARTIFACTCTL_CACHE=str(folder)).ok()
    assert json.loads(done.out) == {
        "removed": 10,
        "freed_bytes": 10_000,
        "left": {
            "place": str(folder),
            "size_bytes": 0,
            "count": 0,
            "limit_bytes": json.loads(done.out)["left"]["limit_bytes"],
        },
        "dry_run": False,
    }
    assert json.loads(run("gc", "--grace=0", "-o", "json").ok().out)["blobs"] == 1


def test_run_without_cache_still_means_steps(run: Run, work: Path) -> None:
    """`run --no-cache` is about the steps' results, `download --no-cache` about stored bytes."""
    (work / "f").write_text("x")
    run("register", "x", "f").ok()
    assert run("download", "x", "-", "--no-cache").ok().out == "x"
    run("verify", "--no-cache").ok()
    (work / "r.yaml").write_text("pipeline: p\nsteps: {s: {command: echo again}}\n")
    for _ in range(2):
        done = json.loads(run("run", "r.yaml", "--no-cache", "-o", "json").ok().out)
        assert [step["status"] for step in done["steps"]] == ["completed"]
