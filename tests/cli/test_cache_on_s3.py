"""The cache before a store on S3: what was read once is not requested again, in any process."""

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.wire import BIG, Team, team_of
from tests.servers.proxy import Fault, Kind, Proxy
from tests.servers.s3 import S3Server


@pytest.fixture
def team(tmp_path: Path, rclone_s3: S3Server) -> Iterator[Team]:
    """A team whose `seed` was registered without a cache; from now on it has one."""
    with team_of(tmp_path / uuid.uuid4().hex, store=rclone_s3) as made:
        made.environ["ARTIFACTCTL_CACHE"] = str(tmp_path / "cache")
        yield made


@pytest.fixture
def store(team: Team) -> Proxy:
    assert team.to_store is not None
    return team.to_store


def test_the_second_download_reaches_no_server(team: Team, store: Proxy) -> None:
    team.ok("download", "seed", "first")
    store.break_with(Fault(Kind.REFUSED))
    team.ok("download", "seed", "second", "-j", "4")
    assert (team.work / "second" / "inner" / "big").read_bytes() == BIG
    assert store.connections == 0
    without = team.do("download", "seed", "third", "--no-cache")
    assert without.code == 10


def test_an_object_that_was_saved_is_there_already(team: Team, store: Proxy) -> None:
    """Its files are moved into the cache once they are uploaded."""
    script = "from artifactctl import save_artifact; save_artifact(b'x' * 3_000_000, 'object')"
    words = [sys.executable, "-c", script]
    subprocess.run(words, cwd=team.work, env=team.all_environ, check=True, timeout=120)
    store.break_with(Fault(Kind.REFUSED))
    team.ok("download", "object", "copy")
    assert sum(path.stat().st_size for path in (team.work / "copy").glob("*")) >= 3_000_000


def test_verify_asks_only_whether_bytes_are_there(team: Team, store: Proxy) -> None:
    team.ok("verify")
    store.heal()
    told = team.ok("verify").err
    assert "was not read from the store; --no-cache reads all" in told
    assert 0 < store.answered_bytes < len(BIG) // 10
    store.heal()
    assert "--no-cache" not in team.ok("verify", "--no-cache").err
    assert store.answered_bytes > len(BIG)


def test_verify_without_the_cache_sees_what_is_damaged_in_the_store(
    team: Team, rclone_s3: S3Server
) -> None:
    team.ok("verify")
    assert rclone_s3.folder is not None
    blobs = (rclone_s3.folder / team.folder.name / "blobs").glob("*/*")
    big = next(path for path in blobs if path.stat().st_size == len(BIG))
    big.write_bytes(BIG[::-1])
    assert team.do("verify", "--no-cache").code == 8
    team.ok("register", "again", "data")
    team.ok("verify", "--no-cache")


def test_info_tells_what_is_in_it(team: Team) -> None:
    team.ok("download", "seed", "first")
    found = json.loads(team.ok("info", "-o", "json").out)["cache"]
    assert (found["count"], found["value"]) == (3, team.environ["ARTIFACTCTL_CACHE"])
    assert json.loads(team.ok("gc", "--cache=0", "-o", "json").out)["removed"] == 3
