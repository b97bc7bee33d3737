"""Registers and collections in each other's way, with a catalog on a server and objects."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from artifactctl.client import Client
from tests.checker import check_catalog
from tests.faults.processes import Scatter, Worker, workers
from tests.kept import Bucket
from tests.servers.s3 import ENVIRON, S3Server, rclone_s3  # noqa: F401 (a fixture)

pytestmark = [pytest.mark.sweep, pytest.mark.timeout(900)]

ROUNDS = 100
LATEST_S = 0.05  # about as long as what it is to meet takes


@pytest.fixture
def team(
    home: Path,
    work: Path,
    postgres_url: str,
    rclone_s3: S3Server,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, str]:
    """What two machines have in their environments to share a catalog and a store."""
    store = rclone_s3.url(f"races-{os.urandom(4).hex()}")
    shared = {"ARTIFACTCTL_CATALOG": postgres_url, "ARTIFACTCTL_STORE": store, **ENVIRON}
    for name, value in shared.items():
        monkeypatch.setenv(name, value)
    return shared


@pytest.fixture
def pair(home: Path, work: Path, team: dict[str, str]) -> Iterator[tuple[Worker, Worker]]:
    with workers(home, work, 2, **team) as (first, second):
        yield first, second


def test_content_is_registered_while_gc_takes_it_away_from_the_bucket(
    home: Path, work: Path, team: dict[str, str], pair: tuple[Worker, Worker]
) -> None:
    client, delays = Client(home), Scatter(LATEST_S, seed=4)
    for number in range(ROUNDS):
        (work / "f").write_text(f"content {number}")
        client.register("x", work / "f")
        client.delete_artifact_version("x")
        first_s, second_s = delays.delays_s()
        pair[0].begin("collect_garbage", grace_s=0, delay_s=first_s)
        pair[1].begin("register", "y", str(work / "f"), delay_s=second_s)
        pair[0].end().ok()
        pair[1].end().ok()
    client.close()
    bucket = Bucket(team["ARTIFACTCTL_STORE"], ENVIRON)
    versions = check_catalog(team["ARTIFACTCTL_CATALOG"], bucket)
    assert [version["number"] for version in versions] == list(range(1, ROUNDS + 1))
