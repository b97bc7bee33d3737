"""S3 servers: rclone's, whose objects are plain files, and moto's, which is nearer to Amazon's."""

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.programs import ROOT, free_port, program, serving

KEY, SECRET = "KEYKEY", "SECRETSECRET"
BUCKET = "bucket"
ENVIRON = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}
"""What programs find the credentials in."""


@dataclass(frozen=True)
class S3Server:
    """A server with one bucket; `folder` has its objects as files, for rclone's."""

    port: int
    folder: Path | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def url(self, prefix: str, *, port: int | None = None, bucket: str = BUCKET) -> str:
        """The URL of a store; `port` is that of a proxy."""
        return f"s3://{bucket}/{prefix}?endpoint=http://127.0.0.1:{port or self.port}"


@contextmanager
def serve_rclone(folder: Path) -> Iterator[S3Server]:
    """Serve the folders below `folder/data` as buckets."""
    rclone, port, data = program("rclone"), free_port(), folder / "data"
    (data / BUCKET).mkdir(parents=True)
    words = [rclone, "serve", "s3", "--addr", f"127.0.0.1:{port}"]
    words += ["--auth-key", f"{KEY},{SECRET}", "--vfs-cache-mode", "off", str(data)]
    with serving(words, port, folder / "rclone.log"):
        yield S3Server(port, data / BUCKET)


@contextmanager
def serve_moto(folder: Path) -> Iterator[S3Server]:
    """Serve from memory."""
    moto, port = program("moto_server", ROOT / ".venv-servers" / "bin"), free_port()
    with serving([moto, "-H", "127.0.0.1", "-p", port], port, folder / "moto.log"):
        made = S3Server(port)
        request = urllib.request.Request(f"{made.endpoint}/{BUCKET}", method="PUT")
        urllib.request.urlopen(request, timeout=60).close()
        yield made


@pytest.fixture(scope="session")
def rclone_s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with serve_rclone(tmp_path_factory.mktemp("rclone")) as server:
        yield server


@pytest.fixture(scope="session")
def moto_s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with serve_moto(tmp_path_factory.mktemp("moto")) as server:
        yield server
