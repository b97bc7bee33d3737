"""A link that is slow is no silent server."""

import os
import uuid
from pathlib import Path

import pytest

from artifactctl.errors import RemoteUnavailableError
from artifactctl.store import open_store
from artifactctl.store.remote import uploading
from artifactctl.testing.places import write_files
from tests.servers import s3
from tests.servers.proxy import Fault, Kind, proxied
from tests.servers.s3 import S3Server

pytestmark = pytest.mark.sweep  # what is slow takes its time

TIMEOUT_S = 2.0
FILE_BYTES = 256 << 10


def test_files_that_together_take_longer_than_the_timeout_are_uploaded(
    rclone_s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3.ENVIRON.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(uploading, "_FIRST_BYTES", FILE_BYTES)
    sources = write_files(tmp_path / "files", *(os.urandom(FILE_BYTES) for _ in range(4)))
    with proxied(rclone_s3.port) as link:
        link.bytes_per_s = FILE_BYTES
        url = rclone_s3.url(uuid.uuid4().hex, port=link.port)
        store = open_store(url, timeout_s=TIMEOUT_S)
        digests = store.put(sources, jobs=4)
        link.bytes_per_s = 0
        assert store.missing(digests) == []


def test_a_big_file_whose_parts_take_too_long_together_is_sent_part_by_part(
    rclone_s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3.ENVIRON.items():
        monkeypatch.setenv(name, value)
    content = os.urandom(12 << 20)
    sources = write_files(tmp_path / "files", content)
    told: list[int] = []
    with proxied(rclone_s3.port) as link:
        url = rclone_s3.url(uuid.uuid4().hex, port=link.port)
        store = open_store(url, timeout_s=4.0)
        store.put_manifest(b"{}")
        link.bytes_per_s = 5 << 19  # a part of 5 MiB takes two seconds
        (digest,) = store.put(sources, told.append)
        link.bytes_per_s = 0
        with store.open(digest) as stream:
            assert stream.read() == content
    assert (min(told) >= 0, sum(told)) == (True, len(content))


def test_the_end_of_a_server_amid_a_big_file_is_no_slow_link(
    rclone_s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3.ENVIRON.items():
        monkeypatch.setenv(name, value)
    sources = write_files(tmp_path / "files", os.urandom(12 << 20))
    with proxied(rclone_s3.port) as link:
        store = open_store(rclone_s3.url(uuid.uuid4().hex, port=link.port), timeout_s=TIMEOUT_S)
        store.put_manifest(b"{}")
        link.break_with(Fault(Kind.SILENT, 600))  # all is asked, and the upload begun
        with pytest.raises(RemoteUnavailableError) as silent:
            store.put(sources)
        assert "too slow" not in silent.value.message
