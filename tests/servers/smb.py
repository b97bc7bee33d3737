"""SMB: Samba's server over a folder, with one share and one user of its own."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.programs import free_port, program, serving

USER, PASSWORD = "nobody", "hunter2secret"
SHARE = "share"

_SETTINGS = """
[global]
  server role = standalone server
  interfaces = 127.0.0.1/8
  bind interfaces only = yes
  private dir = {folder}/private
  lock directory = {folder}/lock
  state directory = {folder}/state
  cache directory = {folder}/cache
  pid directory = {folder}/pid
  ncalrpc dir = {folder}/rpc
  passdb backend = tdbsam:{folder}/private/users.tdb
  log file = {folder}/log
  load printers = no
  disable spoolss = yes
[share]
  path = {folder}/data
  read only = no
  force user = root
"""


@dataclass(frozen=True)
class SmbServer:
    """A server of the files below `folder`."""

    port: int
    folder: Path

    def url(self, prefix: str, *, port: int | None = None) -> str:
        """The URL of a store; `port` is that of a proxy."""
        return f"smb://{USER}:{PASSWORD}@127.0.0.1:{port or self.port}/{SHARE}/{prefix}"


@contextmanager
def serve_samba(folder: Path) -> Iterator[SmbServer]:
    """Serve the folder `folder/data`; only root can."""
    pytest.importorskip("smbprotocol", reason="smbprotocol is not installed")
    if os.geteuid() != 0:
        pytest.skip("Samba wants to be started by root")
    server, users, port = program("smbd"), program("pdbedit"), free_port()
    for name in ("data", "private", "lock", "state", "cache", "pid", "rpc"):
        (folder / name).mkdir()
    settings = folder / "smb.conf"
    settings.write_text(_SETTINGS.format(folder=folder))
    words = [users, "-s", str(settings), "-a", "-t", "-u", USER]
    said = f"{PASSWORD}\n" * 2
    subprocess.run(words, input=said, text=True, capture_output=True, check=True, timeout=60)
    words = [server, "--foreground", "--no-process-group", f"--configfile={settings}"]
    words += ["--debug-stdout", f"--port={port}"]
    with serving(words, port, folder / "smbd.log"):
        yield SmbServer(port, folder / "data")


@pytest.fixture(scope="session")
def samba(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmbServer]:
    with serve_samba(tmp_path_factory.mktemp("samba")) as server:
        yield server
