"""SFTP: rclone's server over a folder, with a host key that the tests know."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.programs import free_port, program, serving

USER, PASSWORD = "user", "hunter2secret"


@dataclass(frozen=True)
class SftpServer:
    """A server of the files below `folder`; `known_hosts` has its key for any port."""

    port: int
    folder: Path
    known_hosts: Path

    def url(self, prefix: str, *, port: int | None = None, password: str = PASSWORD) -> str:
        """The URL of a store; `port` is that of a proxy."""
        place = f"{USER}:{password}@127.0.0.1:{port or self.port}"
        return f"sftp://{place}/{prefix}?known_hosts={self.known_hosts}"


@contextmanager
def serve_sftp(folder: Path) -> Iterator[SftpServer]:
    """Serve the folder `folder/data`."""
    import asyncssh  # takes long, and few tests need it

    rclone, port, data = program("rclone"), free_port(), folder / "data"
    data.mkdir()
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(str(folder / "host_key"))
    public = key.export_public_key().decode().strip()
    known_hosts = folder / "known_hosts"
    known_hosts.write_text(f"127.0.0.1,[127.0.0.1]:* {public}\n")
    words = [rclone, "serve", "sftp", "--addr", f"127.0.0.1:{port}", "--user", USER]
    words += ["--pass", PASSWORD, "--key", folder / "host_key", "--vfs-cache-mode", "writes"]
    words += ["--cache-dir", folder / "cache", data]
    with serving(words, port, folder / "sftp.log"):
        yield SftpServer(port, data, known_hosts)


@pytest.fixture(scope="session")
def rclone_sftp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SftpServer]:
    with serve_sftp(tmp_path_factory.mktemp("sftp")) as server:
        yield server
