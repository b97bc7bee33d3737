"""The checker sees a promise that is broken on servers."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.test_wire import on_postgres
from tests.faults.wire import Team
from tests.kept import Bucket, Folder
from tests.servers.postgres import Server
from tests.servers.s3 import S3Server

# What breaks a promise, and what keeps it again.
SPOILED_CATALOG = {
    "UPDATE artifact_version SET file_count = 7": "UPDATE artifact_version SET file_count = 2",
    "UPDATE artifact_version SET number = 9, version = '9'": (
        "UPDATE artifact_version SET number = 1, version = '1'"
    ),
    "UPDATE artifact_version SET size_bytes = size_bytes + 1": (
        "UPDATE artifact_version SET size_bytes = size_bytes - 1"
    ),
    "UPDATE artifact SET last_number = 0": "UPDATE artifact SET last_number = 1",
}


@pytest.fixture
def team(tmp_path: Path, postgres: Server, rclone_s3: S3Server) -> Iterator[Team]:
    with on_postgres(tmp_path / uuid.uuid4().hex, postgres, rclone_s3) as made:
        yield made


@pytest.fixture
def objects(team: Team, rclone_s3: S3Server) -> Path:
    """The objects of the team's store as files."""
    assert rclone_s3.folder is not None
    return rclone_s3.folder / team.folder.name


def test_a_bucket_reads_as_the_files_behind_it(team: Team, objects: Path) -> None:
    assert isinstance(team.kept, Bucket)
    behind = Folder(objects)
    for folder in ("", "blobs", "manifests", "records"):
        assert team.kept.keys(folder) == behind.keys(folder)
    for key in behind.keys(""):
        assert team.kept.read(key) == behind.read(key)
    assert team.kept.read("blobs/none") is None


def test_what_is_broken_is_seen(team: Team, postgres: Server) -> None:
    schema = str(team.catalog).partition("schema=")[2]
    assert [row["version"] for row in team.check()] == ["1"]
    with postgres.asked() as connection:
        connection.execute(f'SET search_path = "{schema}"'.encode())
        for spoil, mend in SPOILED_CATALOG.items():
            connection.execute(spoil.encode())
            with pytest.raises(AssertionError):
                team.check()
            connection.execute(mend.encode())
            team.check()
    assert isinstance(team.kept, Bucket)
    for kind in ("blobs", "manifests"):
        key = team.kept.keys(kind)[0]
        content = team.kept.read(key) or b""
        for bad in (content[:-1], bytes([content[0] ^ 1]) + content[1:]):
            team.kept.write(key, bad)
            with pytest.raises(AssertionError):
                team.check()
        team.kept.write(key, content)
        team.check()
