"""`Client.open` and `version.open`: verified readers of files in versions."""

import io
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from artifactctl import pipeline, step
from artifactctl.client import Client
from artifactctl.digests import digest_of
from artifactctl.enums import VersionKind
from artifactctl.errors import IntegrityError, NotFoundError, WrongUsageError
from artifactctl.manifest import Entry, Manifest
from artifactctl.store.local import LocalStore
from artifactctl.transfer import open_verified
from tests.servers import s3
from tests.servers.s3 import S3Server
from tests.store.counting import CountingStore

TABLE = pd.DataFrame({"a": range(1000), "b": [str(number) for number in range(1000)]})


@pytest.fixture
def files(client: Client, work: Path) -> Client:
    (work / "d").mkdir()
    TABLE.to_parquet(work / "d/table.parquet")
    (work / "d/text.txt").write_bytes("ä\r\nb\n".encode())
    with zipfile.ZipFile(work / "d/some.zip", "w") as archive:
        archive.writestr("inner", "x" * 100_000)
    client.register("x", work / "d")
    client.register("one", work / "d/text.txt")
    return client


def test_pandas_and_zipfile_read_a_file_in_a_version(files: Client) -> None:
    with files.open("x", "table.parquet") as opened:
        assert pd.read_parquet(opened, columns=["b"]).equals(TABLE[["b"]])
    with zipfile.ZipFile(files.open("x/some.zip")) as archive:
        assert archive.read("inner") == b"x" * 100_000
    assert pd.read_csv(files.open("one", mode="r"), header=None)[0].tolist() == ["ä", "b"]


def test_a_text_is_decoded_and_bytes_are_what_they_are(files: Client) -> None:
    with files.open("one", mode="r", newline="") as text:
        assert text.read() == "ä\r\nb\n"
    with files.open("one", mode="r", encoding="latin-1") as text:
        assert text.readline() == "Ã¤\n"
    version = files.get_artifact_version("x")
    with version.open("text.txt") as opened:
        assert opened.seek(-2, io.SEEK_END) == 4
        assert (opened.read(), opened.tell(), opened.seekable()) == (b"b\n", 6, True)
    assert files.get_artifact_version("one").open().read() == "ä\r\nb\n".encode()
    assert files.open("x/text.txt", verify=False).read() == "ä\r\nb\n".encode()


def test_what_cannot_be_opened_says_why(files: Client) -> None:
    with pytest.raises(WrongUsageError, match="folder"):
        files.open("x")
    with pytest.raises(NotFoundError, match="no file or folder 'none'"):
        files.open("x", "none")
    with pytest.raises(WrongUsageError, match="does not change"):
        files.open("one", None, "wb")  # type: ignore[call-overload]


@contextmanager
def changed(client: Client, path: str, content: bytes) -> Iterator[None]:
    """Other bytes in the place of a file's own."""
    (item,) = client.list_files("x", path).items
    blob = client.store.path(item.digest or "")
    assert blob is not None
    own = blob.read_bytes()
    blob.chmod(0o600)
    try:
        blob.write_bytes(content)
        yield
    finally:
        blob.write_bytes(own)
        blob.chmod(0o444)


def test_damage_is_found_before_anything_is_read(files: Client, work: Path) -> None:
    content = bytearray((work / "d/some.zip").read_bytes())
    content[50] ^= 1
    with changed(files, "some.zip", bytes(content)), pytest.raises(IntegrityError):
        files.open("x", "some.zip")


def test_a_file_that_is_changed_after_it_was_opened_gives_an_error(files: Client) -> None:
    opened = files.open("x", "table.parquet")
    with changed(files, "table.parquet", b"other"), pytest.raises(IntegrityError):
        opened.read()


def test_linked_files_are_verified_too(client: Client, work: Path) -> None:
    (work / "f").write_text("content")
    client.register("l", work / "f", link=True)
    assert client.open("l").read() == b"content"
    (work / "f").write_text("CONTENT")
    with pytest.raises(IntegrityError):
        client.open("l")


def test_a_step_that_opens_a_version_has_it_as_an_input(files: Client, monkeypatch: Any) -> None:
    monkeypatch.setenv("ARTIFACTCTL_HOME", str(files.settings.home_path))

    @step(enable_cache=False)
    def reader() -> int:
        return len(Client().open("one").read())

    @pipeline
    def reading() -> None:
        reader()

    reading()
    (used,) = files.describe_artifact_version("one").consumers
    assert used["step"] == "reader"


def test_the_reader_of_a_remote_file_is_a_verified_copy(tmp_path: Path) -> None:
    store = CountingStore(tmp_path / "store")
    content = os.urandom(3_000_000)
    digest, size = LocalStore(tmp_path / "store").put_stream(io.BytesIO(content))
    entry = Entry("f", size, digest, 0)
    with open_verified(Manifest.of(VersionKind.FILE, [entry]), entry, store) as opened:
        opened.seek(1_000_000)
        assert opened.read(10) == content[1_000_000:1_000_010]
    store.cut = 100
    with pytest.raises(IntegrityError):
        open_verified(Manifest.of(VersionKind.FILE, [entry]), entry, store)
    assert digest_of(content) == digest


def test_of_a_remote_store_only_the_parts_that_are_read_come_over_the_network(
    moto_s3: S3Server, tmp_path: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3.ENVIRON.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ARTIFACTCTL_STORE", moto_s3.url(f"open/{tmp_path.name}"))
    content = os.urandom(30_000_000)
    (work / "f").write_bytes(content)
    client = Client(tmp_path / "team", cache=False)
    client.register("x", work / "f")
    objects = client.store._objects  # type: ignore[attr-defined]
    asked: list[int] = []
    part: Callable[..., Any] = objects.part

    def counted(key: str, start: int, size_bytes: int) -> Any:
        asked.append(size_bytes)
        return part(key, start, size_bytes)

    monkeypatch.setattr(objects, "part", counted)
    with client.open("x", verify=False) as opened:
        opened.seek(-10, os.SEEK_END)
        assert opened.read(10) == content[-10:]
        opened.seek(5_000_000)
        assert opened.read(3_000_000) == content[5_000_000:8_000_000]
        assert len(asked) == 2 + (asked[1] < 3_000_000)
        assert sum(asked) < 4_000_000
        opened.seek(0)
        assert opened.read() == content
    assert client.open("x").read() == content
    client.close()
