"""From a home on one machine to a team's PostgreSQL and S3, and back."""

import os
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from artifactctl.client import Client
from tests.checker import check_home
from tests.recorded import Did, record
from tests.servers.s3 import ENVIRON, S3Server

REFS = ["many", "big", "m"]
COUNT = 300


@pytest.fixture
def filled(client: Client, work: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A home with many small files, a large one, and a run."""
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    (work / "many").mkdir()
    for number in range(COUNT):
        (work / "many" / f"f{number}").write_text(f"{number}\n" * 20)
    (work / "big").write_bytes(os.urandom(9 << 20))
    client.register("many", work / "many")
    client.register("big", work / "big")
    record(client, "nightly", Did("fit", inputs={"x": "many:1"}, outputs=["m"], log="hello"))
    return client


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Client]:
    made = Client(tmp_path / "other")
    yield made
    made.close()
    check_home(tmp_path / "other")


def test_versions_go_to_a_server_and_a_bucket_and_come_from_there(
    filled: Client, other: Client, postgres_url: str, rclone_s3: S3Server, tmp_path: Path
):
    store = rclone_s3.url(tmp_path.name)
    done = filled.push(REFS, postgres_url, store=store)
    assert (len(done.moved), done.runs) == (3, 1)
    assert done.size_bytes > 9 << 20
    again = filled.push(REFS, postgres_url, store=store)
    assert (len(again.moved), again.size_bytes) == (0, 0)
    pulled = other.pull(REFS, postgres_url, store=store, trust=True, jobs=8)
    assert (len(pulled.moved), pulled.runs, pulled.size_bytes) == (3, 1, done.size_bytes)
    assert other.verify() == []
    versions = {version.id for version in filled.list_artifact_versions(size=0)}
    assert {version.id for version in other.list_artifact_versions(size=0)} == versions


def test_everything_is_copied_and_the_copy_verifies(
    filled: Client,
    postgres_url: str,
    rclone_s3: S3Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    store = rclone_s3.url(tmp_path.name)
    began = time.monotonic()
    filled.copy(postgres_url, store=store)
    assert time.monotonic() - began < 120
    monkeypatch.setenv("ARTIFACTCTL_CATALOG", postgres_url)
    monkeypatch.setenv("ARTIFACTCTL_STORE", store)
    with closing(Client(tmp_path / "member")) as member:
        assert member.verify() == []
        made = member.get_artifact_version("m")
        assert made.run.name == "nightly"
        bundle = tmp_path / "all.zip"
        assert member.export(None, bundle).versions == 3
    monkeypatch.delenv("ARTIFACTCTL_CATALOG")
    monkeypatch.delenv("ARTIFACTCTL_STORE")
    with closing(Client(tmp_path / "far")) as far:
        assert len(far.import_(bundle, trust=True).moved) == 3
        assert far.verify() == []
    check_home(tmp_path / "far")
