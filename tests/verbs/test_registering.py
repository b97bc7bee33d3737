"""Registering: versions, labels, and what makes content the same."""

import os
from pathlib import Path

import pytest

from artifactctl.client import Client
from artifactctl.errors import (
    ConflictError,
    IntegrityError,
    InvalidInputError,
    NotFoundError,
    WrongUsageError,
)
from tests.checker import assert_gapless, leftovers


@pytest.fixture
def data(work: Path) -> Path:
    folder = work / "data"
    (folder / "sub").mkdir(parents=True)
    (folder / "a").write_bytes(b"first")
    (folder / "sub" / "b").write_bytes(b"other")
    return folder


def digest_of(client: Client, path: Path) -> str | None:
    return client.register("digests", path).version.digest


def test_versions_count_up_as_strings(client: Client, data: Path, home: Path) -> None:
    versions = [client.register("x", data).version.version for _ in range(3)]
    assert versions == ["1", "2", "3"]
    assert_gapless(home, "x", 3)
    assert client.verify() == []


def test_numbers_go_on_after_the_highest_given_one(client: Client, data: Path) -> None:
    given = [client.register("x", data, version=v).version.version for v in (10, "05", "raw")]
    assert given == ["10", "05", "raw"]
    assert client.register("x", data).version.version == "11"


def test_a_version_has_all_that_was_given(client: Client, data: Path) -> None:
    made = client.register(
        "x", data, type="model", tags=["b", "a", "b"], metadata={"n": 0, "deep": {"k": [1, None]}}
    ).version
    assert (made.artifact, made.type, made.tags) == ("x", "ModelArtifact", ("a", "b"))
    assert made.metadata == {"n": 0, "deep": {"k": [1, None]}}
    assert (made.size_bytes, made.file_count, made.linked, made.kind) == (10, 2, False, "folder")
    assert client.get_artifact_version(made.id).as_json() == made.as_json()


def test_a_custom_version_that_exists_is_refused_before_anything_is_stored(
    client: Client, data: Path, home: Path
) -> None:
    client.register("x", data, version="raw")
    blobs = set((home / "store" / "blobs").rglob("*"))
    (data / "a").write_bytes(b"new content")
    with pytest.raises(ConflictError, match="exists already"):
        client.register("x", data, version="raw")
    assert set((home / "store" / "blobs").rglob("*")) == blobs
    assert leftovers(home) == []


def test_unchanged_content_makes_no_version(client: Client, data: Path) -> None:
    first = client.register("x", data, if_changed=True)
    os.utime(data / "a", ns=(1, 1))
    again = client.register("x", data, if_changed=True)
    assert (first.is_new, again.is_new) == (True, False)
    assert again.version.id == first.version.id
    assert client.get_artifact("x").version_count == 1


def test_the_unchanged_version_gets_new_tags_and_metadata(client: Client, data: Path) -> None:
    client.register("x", data, tags=["old"], metadata={"k": 1, "kept": True})
    done = client.register("x", data, if_changed=True, tags=["new"], metadata={"k": 2})
    assert not done.is_new
    assert done.version.tags == ("new", "old")
    assert done.version.metadata == {"k": 2, "kept": True}
    assert client.verify() == []


def test_only_the_latest_version_counts_as_unchanged(client: Client, data: Path) -> None:
    client.register("x", data)
    (data / "a").write_bytes(b"second")
    client.register("x", data)
    (data / "a").write_bytes(b"first")
    assert client.register("x", data, if_changed=True).version.version == "3"


def test_the_digest_covers_every_byte_of_a_big_file(client: Client, work: Path) -> None:
    big = work / "big"
    big.write_bytes(b"x" * (3 << 20))
    before = digest_of(client, big)
    with big.open("r+b") as file:
        file.seek(1_500_000)
        file.write(b"y")
    assert digest_of(client, big) != before


def test_the_digest_covers_paths(client: Client, data: Path) -> None:
    seen = [digest_of(client, data)]
    (data / "a").rename(data / "c")
    seen.append(digest_of(client, data))
    (data / "c").rename(data / "sub" / "a")
    seen.append(digest_of(client, data))
    (data / "sub" / "a").rename(data / "t")
    (data / "sub" / "b").rename(data / "a")
    (data / "t").rename(data / "sub" / "b")
    seen.append(digest_of(client, data))
    assert len(set(seen)) == 4


def test_the_digest_covers_neither_times_nor_modes(client: Client, data: Path) -> None:
    before = digest_of(client, data)
    os.utime(data / "a", ns=(1, 1))
    (data / "a").chmod(0o755)
    assert digest_of(client, data) == before


def test_equal_content_has_one_digest_wherever_it_comes_from(client: Client, data: Path) -> None:
    copy = data.parent / "copy"
    os.system(f"cp -r {data} {copy}")
    assert client.register("x", data).version.digest == client.register("y", copy).version.digest


def test_a_linked_file_is_not_copied(client: Client, data: Path, home: Path) -> None:
    done = client.register("x", data / "a", link=True).version
    assert (done.linked, done.uri, done.url) == (True, f"{data}/a", f"file://{data}/a")
    assert done.digest == client.register("y", data / "a").version.digest
    assert len(list((home / "store" / "blobs").glob("*/*"))) == 1
    client.download("x", "copy")
    assert Path("copy").read_bytes() == b"first"
    with pytest.raises(WrongUsageError, match="cannot be used for linked data"):
        client.download("x", "link", mode="hardlink")
    assert client.verify() == []


@pytest.mark.parametrize("change", ["changed", "gone"])
def test_a_linked_folder_that_changed_is_refused(client: Client, data: Path, change: str) -> None:
    client.register("x", data, link=True)
    (data / "a").write_bytes(b"FIRST") if change == "changed" else (data / "a").unlink()
    assert [problem.path for problem in client.verify()] == ["a"]
    with pytest.raises(IntegrityError):
        client.download("x", "copy")
    assert not Path("copy").exists()


def test_a_path_that_is_not_there_makes_no_artifact(client: Client, work: Path) -> None:
    with pytest.raises(NotFoundError):
        client.register("x", work / "nothing")
    assert client.list_artifacts().total == 0


def test_the_home_itself_is_left_out_with_a_note(work: Path) -> None:
    client, _ = Client.init(work)
    (work / "a").write_bytes(b"1")
    client.register("x", work / "a")
    done = client.register("all", work)
    assert done.version.file_count == 1
    assert any("artifactctl's own data" in note for note in done.notes)
    client.close()


@pytest.mark.parametrize("path", ["a\0b", "a\ud800", "a\ud800/b"])
@pytest.mark.parametrize("link", [False, True])
def test_what_can_be_no_path_is_refused(client: Client, path: str, link: bool) -> None:
    with pytest.raises(InvalidInputError):
        client.register("x", path, link=link)
