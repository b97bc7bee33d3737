"""Records that agree with the catalog, and the check that finds every damage."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from artifactctl.client import Client
from artifactctl.digests import blob_key, manifest_key
from tests.checker import check_home
from tests.store.places import at_once


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home that tests may damage."""
    yield tmp_path / "home"
    check_home(tmp_path / "home", damaged=True)


@pytest.fixture
def client(client: Client, work: Path) -> Client:
    """A client with the versions x:1 and x:2, which share the file `same`."""
    for number in (1, 2):
        folder = work / str(number)
        folder.mkdir()
        (folder / "same").write_bytes(b"same")
        (folder / "own").write_bytes(b"own %d" % number)
        client.register("x", folder, tags=["t"])
    return client


def record(home: Path, row_id: str) -> dict[str, object]:
    return json.loads((home / "store" / "records" / f"{row_id}.json").read_bytes())


def blob(client: Client, home: Path, ref: str, path: str) -> Path:
    files = client.describe_artifact_version(ref).files
    (digest,) = [file.digest for file in files if file.path == path]
    return home / "store" / blob_key(str(digest))


def overwrite(path: Path, content: bytes) -> None:
    path.unlink()
    path.write_bytes(content)
    path.chmod(0o444)


def change_row(home: Path, sql: str) -> None:
    with sqlite3.connect(home / "catalog.db") as connection:
        connection.execute(sql)
    connection.close()


def found(client: Client, **arguments: bool) -> set[tuple[str, str | None]]:
    return {(item.version, item.path) for item in client.verify(**arguments)}


def test_what_is_whole_has_no_problems(client: Client) -> None:
    assert client.verify() == client.verify(quick=True) == client.verify(["x:1"]) == []


@pytest.mark.parametrize(
    ("harm", "says", "quick"),
    [
        (lambda path: overwrite(path, b"OWN 1"), "changed", False),
        (lambda path: overwrite(path, b"own"), "truncated: 3 of 5 bytes", True),
        (lambda path: overwrite(path, b""), "truncated: 0 of 5 bytes", True),
        (lambda path: overwrite(path, b"own 1+"), "too long", True),
        (lambda path: path.unlink(), "missing", True),
    ],
)
def test_every_damage_of_a_blob_is_found(
    client: Client, home: Path, harm: Callable[[Path], None], says: str, quick: bool
) -> None:
    harm(blob(client, home, "x:1", "own"))
    (problem,) = client.verify()
    assert (problem.artifact, problem.version, problem.path) == ("x", "1", "own")
    assert says in problem.problem
    assert bool(client.verify(quick=True)) == quick
    assert client.verify(["x:2"]) == []


def test_every_version_that_shares_a_damaged_blob_is_named(client: Client, home: Path) -> None:
    overwrite(blob(client, home, "x:1", "same"), b"SAME")
    assert found(client) == {("1", "same"), ("2", "same")}


@pytest.mark.parametrize("content", [None, b"", b"{}", b'{"files": []}'])
def test_a_damaged_manifest_is_found(client: Client, home: Path, content: bytes | None) -> None:
    name = client.get_artifact_version("x:1").uri.rpartition("/")[2].removesuffix(".json")
    path = home / "store" / manifest_key(f"blake3:{name}")
    saved = path.read_bytes()
    path.unlink() if content is None else overwrite(path, content)
    assert found(client) == found(client, quick=True) == {("1", None)}
    path.unlink(missing_ok=True)
    path.write_bytes(saved)


@pytest.mark.parametrize(
    "change",
    [
        "type = 'ModelArtifact'",
        "version = '7', number = NULL",
        "created = '2001-01-01T00:00:00.000000Z'",
        "facts = 'blake3:00'",
        "id = '00000000-0000-4000-8000-000000000000'",
    ],
)
def test_a_row_that_was_changed_is_found(client: Client, home: Path, change: str) -> None:
    change_row(home, f"UPDATE artifact_version SET {change} WHERE version = '1'")
    (problem,) = client.verify()
    assert "row in the catalog was changed" in problem.problem


def test_a_row_with_the_manifest_of_another_version_is_found(client: Client, home: Path) -> None:
    change_row(
        home,
        "UPDATE artifact_version SET manifest ="
        " (SELECT manifest FROM artifact_version WHERE version = '2') WHERE version = '1'",
    )
    assert found(client) == {("1", None)}
    assert any("manifest" in problem.problem for problem in client.verify())
    change_row(home, "DELETE FROM version_tag")


def test_a_healed_blob_has_no_problem_any_more(client: Client, home: Path, work: Path) -> None:
    overwrite(blob(client, home, "x:1", "own"), b"OWN 1")
    client.register("again", work / "1")
    assert client.verify() == []
    assert len(list((home / "store" / "quarantine").iterdir())) == 1


def test_a_record_follows_each_change(client: Client, home: Path) -> None:
    row_id = client.get_artifact_version("x:2").id
    assert record(home, row_id)["tags"] == ["t"]
    client.tag("x:2", ["new"], ["t"])
    assert record(home, row_id)["tags"] == ["new"]
    assert record(home, row_id)["revision"] == 2


def test_an_exclusive_tag_changes_the_records_of_all_that_lose_it(
    client: Client, home: Path
) -> None:
    client.tag("x:2", ["t"], exclusive=True)
    assert record(home, client.get_artifact_version("x:1").id)["tags"] == []
    assert record(home, client.get_artifact_version("x:2").id)["tags"] == ["t"]


def test_tags_of_an_artifact_are_recorded(client: Client, home: Path) -> None:
    artifact = client.tag_artifact("x", ["team"])
    assert record(home, artifact.id)["tags"] == ["team"]


@pytest.mark.parametrize("harm", ["deleted", "older"])
@pytest.mark.parametrize("by", ["verify", "tag", "register"])
def test_a_record_that_a_crash_kept_from_being_written_is_mended(
    client: Client, home: Path, work: Path, harm: str, by: str
) -> None:
    row_id = client.get_artifact_version("x:2").id
    path = home / "store" / "records" / f"{row_id}.json"
    wanted = path.read_bytes()
    path.unlink() if harm == "deleted" else path.write_bytes(b'{"revision": 0}')
    client.close()
    if by == "verify":
        assert client.verify() == []
    elif by == "tag":
        client.tag("x:1", ["other"])
    else:
        client.register("y", work / "1")
    assert path.read_bytes() == wanted


def test_records_agree_after_tagging_at_the_same_time(client: Client, home: Path) -> None:
    def tag(number: int) -> None:
        own = Client(home)
        for count in range(5):
            own.tag("x:1", [f"{number}-{count}"], [f"{number}-{count - 1}"])
        own.close()

    at_once(4, tag)
    version = client.get_artifact_version("x:1")
    assert set(version.tags) == {"t", "0-4", "1-4", "2-4", "3-4"}
    assert record(home, version.id)["tags"] == sorted(version.tags)
    assert client.verify() == []
