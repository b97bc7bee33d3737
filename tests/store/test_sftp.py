"""SFTP: how long a server is waited for, and whom it is spoken to."""

import asyncio
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from artifactctl.errors import InvalidInputError, RemoteUnavailableError
from artifactctl.store.remote.objects import Objects
from artifactctl.store.remote.opening import open_objects
from artifactctl.store_url import parse_store_url
from tests.servers import sftp
from tests.servers.programs import free_port
from tests.servers.proxy import proxied
from tests.servers.sftp import SftpServer

TIMEOUT_S = 3.0
BIG = bytes(range(256)) * 8_000


def objects_at(url: str, timeout_s: float = TIMEOUT_S) -> Objects:
    return open_objects(parse_store_url(url), timeout_s)


def test_what_is_slow_and_gets_on_takes_longer_than_the_timeout(rclone_sftp: SftpServer) -> None:
    """Each of these is one request, and takes twice as long."""
    prefix = uuid.uuid4().hex
    with proxied(rclone_sftp.port) as link:
        objects = objects_at(rclone_sftp.url(prefix, port=link.port))
        objects.put("small", b"1")
        link.bytes_per_s = len(BIG) // 6
        objects.put("big", BIG)
        assert objects.get("big", len(BIG)) == BIG


@contextmanager
def stuck(folder: Path) -> Iterator[str]:
    """The URL of a server that gives signs of life, and never answers what it is asked."""
    import asyncssh

    class Login(asyncssh.SSHServer):
        def begin_auth(self, _username: str) -> bool:
            return False

    class Stuck(asyncssh.SFTPServer):
        async def stat(self, _path: bytes) -> Any:
            await asyncio.sleep(3600)

    key = asyncssh.generate_private_key("ssh-ed25519")
    (folder / "hosts").write_text(f"[127.0.0.1]:* {key.export_public_key().decode()}")
    loop, port = asyncio.new_event_loop(), free_port()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    listening = asyncssh.listen(
        "127.0.0.1", port, server_factory=Login, server_host_keys=[key], sftp_factory=Stuck
    )
    server = asyncio.run_coroutine_threadsafe(_waited(listening), loop).result(30)
    try:
        yield f"sftp://{sftp.USER}@127.0.0.1:{port}/x?known_hosts={folder / 'hosts'}"
    finally:
        asyncio.run_coroutine_threadsafe(_ended(server), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


async def _ended(server: Any) -> None:
    server.close()
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    await asyncio.sleep(0.1)


async def _waited(work: Any) -> Any:
    return await work


def test_signs_of_life_of_a_stuck_server_are_no_answer(tmp_path: Path) -> None:
    with (
        stuck(tmp_path) as url,
        pytest.raises(RemoteUnavailableError, match="no answer within 3 s"),
    ):
        objects_at(url).head("a")


def test_after_a_silence_the_next_request_waits_for_less(tmp_path: Path) -> None:
    with stuck(tmp_path) as url:
        objects = objects_at(url, 3)
        for silence in ("within 3 s", "within 1 s"):
            with pytest.raises(RemoteUnavailableError, match=silence):
                objects.head("a")


@pytest.mark.parametrize("hosts", ["", None])
def test_a_host_that_is_not_known_is_told_of(
    rclone_sftp: SftpServer, tmp_path: Path, hosts: str | None
) -> None:
    """A missing file of known hosts is none of the files on the server."""
    known = tmp_path / "known_hosts"
    if hosts is not None:
        known.write_text(hosts)
    url = rclone_sftp.url("x").partition("?")[0]
    objects = objects_at(f"{url}?known_hosts={known}")
    for ask in (lambda: objects.head("a"), lambda: objects.put("a", b"1")):
        with pytest.raises(RemoteUnavailableError, match="cannot be trusted") as refused:
            ask()
        assert "known_hosts" in refused.value.hint


def test_a_key_that_cannot_be_read_is_named(rclone_sftp: SftpServer) -> None:
    objects = objects_at(f"{rclone_sftp.url('x')}&key=/nowhere/key")
    with pytest.raises(InvalidInputError, match="'/nowhere/key' cannot be read"):
        objects.head("a")
