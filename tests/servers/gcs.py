"""Google Cloud Storage, as far as its XML API is that of S3 with headers of other names.

No server with that API is to be had. rclone's S3 server answers instead, behind a proxy that
renames the headers; nobody signs anything.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.programs import free_port, program, serving
from tests.servers.proxy import proxied

BUCKET = "bucket"
_KEY = {"disable_oauth": True, "client_email": "", "private_key": "", "private_key_id": ""}


@dataclass(frozen=True)
class GcsServer:
    """A server with one bucket; `key` is the file of a service account that signs nothing."""

    port: int
    key: Path

    @property
    def environ(self) -> dict[str, str]:
        """What programs find the credentials in."""
        return {"GOOGLE_SERVICE_ACCOUNT": str(self.key)}

    def url(self, prefix: str) -> str:
        """The URL of a store."""
        return f"gs://{BUCKET}/{prefix}?endpoint=http://127.0.0.1:{self.port}"


@contextmanager
def serve_gcs(folder: Path) -> Iterator[GcsServer]:
    """Serve the folders below `folder/data` as buckets."""
    rclone, port, data = program("rclone"), free_port(), folder / "data"
    (data / BUCKET).mkdir(parents=True)
    key = folder / "key.json"
    key.write_text(json.dumps(_KEY))
    words = [rclone, "serve", "s3", "--addr", f"127.0.0.1:{port}", "--vfs-cache-mode", "off", data]
    with serving(words, port, folder / "rclone.log"), proxied(port) as proxy:
        proxy.renames = (b"x-goog-copy-source:", b"x-amz-copy-source:")
        yield GcsServer(proxy.port, key)


@pytest.fixture(scope="session")
def gcs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GcsServer]:
    with serve_gcs(tmp_path_factory.mktemp("gcs")) as server:
        yield server
