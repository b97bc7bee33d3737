"""Every kind of store keeps the contract that `artifactctl.testing` ships."""

import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from artifactctl.digests import blob_key
from artifactctl.store import Owner, Store, open_store
from artifactctl.store.remote import object_stores
from artifactctl.store.remote.opening import open_objects
from artifactctl.store_url import parse_store_url
from artifactctl.testing.places import Place, write_files
from artifactctl.testing.store import StoreContract
from tests.servers import azure, s3
from tests.servers.azure import AzureServer
from tests.servers.gcs import GcsServer
from tests.servers.proxy import Fault, Kind, proxied
from tests.servers.s3 import S3Server
from tests.servers.sftp import SftpServer
from tests.servers.smb import SmbServer
from tests.servers.webdav import WebdavServer
from tests.store.places import LocalPlace

TIMEOUT_S = 20.0


class RemotePlace:
    """A store on a server; `direct` is its URL without the proxy before it."""

    def __init__(self, url: str, direct: str = "") -> None:
        self.url = url
        self._objects = open_objects(parse_store_url(direct or url), TIMEOUT_S)

    def open(self, owner: Owner | None = None) -> Store:
        asked = None if owner is None else lambda: owner
        return open_store(self.url, asked, timeout_s=TIMEOUT_S)

    def read(self, key: str) -> bytes | None:
        return self._objects.get(key, 1 << 30)

    def write(self, key: str, content: bytes) -> None:
        self._objects.put(key, content)

    def remove(self, key: str) -> None:
        self._objects.delete([key])

    def keys(self, folder: str) -> set[str]:
        return {found.key for found in self._objects.list_below(f"{folder}/" if folder else "")}


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**s3.ENVIRON, **azure.ENVIRON}.items():
        monkeypatch.setenv(name, value)


class TestLocal(StoreContract):
    big = bytes(range(256)) * 8200  # above what is read into memory at once

    @pytest.fixture
    def place(self, tmp_path: Path) -> Place:
        return LocalPlace(tmp_path / "store")

    @pytest.fixture
    def owned(self, tmp_path: Path) -> Callable[[Owner], Store]:
        return lambda owner: open_store(f"file://{tmp_path}/store", lambda: owner)


class _Remote(StoreContract):
    big = bytes(range(256)) * 36_000  # above the size of a part
    compares_content = False
    is_all_or_nothing = False

    @pytest.fixture
    def owned(self, place: RemotePlace) -> Callable[[Owner], Store]:  # type: ignore[override]
        return partial(RemotePlace.open, place)


class TestMemory(_Remote):
    @pytest.fixture
    def place(self) -> Place:
        return RemotePlace(f"memory://{uuid.uuid4().hex}/store")


class TestS3OfRclone(_Remote):
    @pytest.fixture
    def place(self, rclone_s3: S3Server) -> Place:
        return RemotePlace(rclone_s3.url(uuid.uuid4().hex))


@pytest.mark.sweep
class TestS3OfMoto(_Remote):
    @pytest.fixture
    def place(self, moto_s3: S3Server) -> Place:
        return RemotePlace(moto_s3.url(f"deep/{uuid.uuid4().hex}"))


@pytest.mark.sweep
class TestS3BehindADelay(_Remote):
    @pytest.fixture
    def place(self, rclone_s3: S3Server) -> Iterator[Place]:
        prefix = uuid.uuid4().hex
        with proxied(rclone_s3.port) as proxy:
            proxy.delay_s = 0.02
            yield RemotePlace(rclone_s3.url(prefix, port=proxy.port), rclone_s3.url(prefix))


class TestAzure(_Remote):
    @pytest.fixture
    def place(self, azurite: AzureServer) -> Place:
        return RemotePlace(azurite.url(uuid.uuid4().hex))


class TestSftp(_Remote):
    @pytest.fixture
    def place(self, rclone_sftp: SftpServer) -> Place:
        return RemotePlace(rclone_sftp.url(uuid.uuid4().hex))


@pytest.mark.sweep
class TestGoogle(_Remote):
    @pytest.fixture
    def place(self, gcs: GcsServer, monkeypatch: pytest.MonkeyPatch) -> Place:
        for name, value in gcs.environ.items():
            monkeypatch.setenv(name, value)
        return RemotePlace(gcs.url(uuid.uuid4().hex))


@pytest.mark.sweep
class TestWebdav(_Remote):
    @pytest.fixture
    def place(self, rclone_webdav: WebdavServer) -> Place:
        return RemotePlace(rclone_webdav.url(uuid.uuid4().hex))


@pytest.mark.sweep
class TestSmb(_Remote):
    @pytest.fixture
    def place(self, samba: SmbServer) -> Place:
        return RemotePlace(samba.url(uuid.uuid4().hex))


@pytest.mark.sweep
class TestS3ByFsspec(_Remote):
    @pytest.fixture
    def place(self, rclone_s3: S3Server) -> Place:
        pytest.importorskip("s3fs", reason="s3fs is not installed")
        return RemotePlace(f"{rclone_s3.url(uuid.uuid4().hex)}&engine=fsspec")


def test_a_big_file_is_stored_though_the_last_answer_is_lost(
    rclone_s3: S3Server, tmp_path: Path
) -> None:
    prefix = uuid.uuid4().hex
    content = _Remote.big
    with proxied(rclone_s3.port) as proxy:
        place = RemotePlace(rclone_s3.url(prefix, port=proxy.port), rclone_s3.url(prefix))
        store = place.open()
        store.put_manifest(b"{}")
        proxy.break_with(Fault(Kind.UNANSWERED, times=1, word=b"<CompleteMultipartUpload"))
        (digest,) = store.put(write_files(tmp_path / "files", content))
        assert proxy.struck == 1
    assert place.read(blob_key(digest)) == content


def test_a_file_of_any_size_has_as_many_parts_as_servers_take(
    rclone_s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_stores, "_MOST_PARTS", 3)
    content = bytes(range(256)) * 160_000  # 39 MiB, five parts otherwise
    with proxied(rclone_s3.port) as proxy:
        url = rclone_s3.url(uuid.uuid4().hex, port=proxy.port)
        objects = open_objects(parse_store_url(url), TIMEOUT_S)
        objects.put_parts("big", lambda: iter([content]), len(content))
        assert proxy.requests == 1 + 3 + 1
        assert objects.get("big", len(content)) == content
