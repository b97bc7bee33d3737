"""WebDAV: rclone's server over a folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.programs import free_port, program, serving

USER, PASSWORD = "user", "hunter2secret"


@dataclass(frozen=True)
class WebdavServer:
    """A server of the files below `folder`."""

    port: int
    folder: Path

    def url(self, prefix: str, *, port: int | None = None, password: str = PASSWORD) -> str:
        """The URL of a store; `port` is that of a proxy."""
        place = f"127.0.0.1:{port or self.port}"
        return f"webdav://{USER}:{password}@{place}/{prefix}?endpoint=http://{place}"


@contextmanager
def serve_webdav(folder: Path) -> Iterator[WebdavServer]:
    """Serve the folder `folder/data`."""
    pytest.importorskip("webdav4", reason="webdav4 is not installed")
    rclone, port, data = program("rclone"), free_port(), folder / "data"
    data.mkdir()
    words = [rclone, "serve", "webdav", "--addr", f"127.0.0.1:{port}", "--user", USER]
    words += ["--pass", PASSWORD, "--vfs-cache-mode", "writes", "--cache-dir", folder / "cache"]
    with serving([*words, data], port, folder / "webdav.log"):
        yield WebdavServer(port, data)


@pytest.fixture(scope="session")
def rclone_webdav(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebdavServer]:
    with serve_webdav(tmp_path_factory.mktemp("webdav")) as server:
        yield server
