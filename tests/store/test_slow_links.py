"""A link that is slow is no silent server."""

import os
import uuid
from pathlib import Path

import pytest

from artifactctl.store import open_store
from artifactctl.store.remote import uploading
from artifactctl.testing.places import write_files
from tests.servers import s3
from tests.servers.proxy import proxied
from tests.servers.s3 import S3Server

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
