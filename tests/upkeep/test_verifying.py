"""The check that finds every damage, and keeps what it finds."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from artifactctl.client import Client
from artifactctl.digests import blob_key, manifest_key
from tests.checker import check_home


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
        (lambda path: overwrite(path, b"OWN 1"), "damaged", False),
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
    assert bool(client.verify(quick=True)) == quick
    (problem,) = client.verify()
    assert (problem.artifact, problem.version, problem.path) == ("x", "1", "own")
    assert says in problem.problem
    assert client.verify(["x:2"]) == []
    (again,) = client.verify()
    aside = "" if says == "missing" else "; damaged bytes are in quarantine"
    assert (again.path, again.problem) == ("own", f"missing from the store{aside}")


def test_every_version_that_shares_a_damaged_blob_is_named(client: Client, home: Path) -> None:
    overwrite(blob(client, home, "x:1", "same"), b"SAME")
    assert found(client) == {("1", "same"), ("2", "same")}
    assert [path.read_bytes() for path in (home / "store" / "quarantine").iterdir()] == [b"SAME"]


@pytest.mark.parametrize("content", [b"OWN 1", b"own", b"", b"own 1+"])
def test_damaged_bytes_are_kept_in_quarantine_and_never_lost(
    client: Client, home: Path, content: bytes
) -> None:
    place = blob(client, home, "x:1", "own")
    overwrite(place, content)
    client.verify(quick=True)
    assert place.read_bytes() == content
    (problem,) = client.verify()
    assert problem.problem.endswith("; kept in quarantine")
    assert not place.exists()
    (kept,) = (home / "store" / "quarantine").iterdir()
    assert (kept.name.partition(".")[0], kept.read_bytes()) == (place.name, content)


def test_a_wrong_look_is_not_taken_for_damage(client: Client, monkeypatch) -> None:
    """A bit that flips on the way is no damage when a second look is right."""
    from artifactctl.upkeep import verifying

    real, looks = verifying.hash_stream, []

    def look(stream, advance):
        digest, size = real(stream, advance)
        looks.append(digest)
        return ("blake3:" + "0" * 64 if len(looks) % 2 else digest), size

    monkeypatch.setattr(verifying, "hash_stream", look)
    assert client.verify() == []
    assert len(looks) == 6


def test_a_version_whose_data_was_given_up_needs_no_bytes(client: Client, home: Path) -> None:
    client.prune_artifacts(names=["x"], unused=True, keep_last=1, only_artifact=True)
    assert client.get_artifact_version("x:1").data_deleted is not None
    assert client.verify() == []
    blob(client, home, "x:2", "own").unlink()
    assert found(client) == {("2", "own")}


def test_what_is_no_blob_is_named_and_left_alone(client: Client, home: Path) -> None:
    for name in ("blobs/mine", "blobs/ab/x", "manifests/notes.txt"):
        path = home / "store" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"mine")
    checked = client.check()
    assert sorted(checked.foreign) == ["blobs/ab/x", "blobs/mine", "manifests/notes.txt"]
    assert list(checked.problems) == []
    assert client.check(["x:1"]).foreign == ()
    for name in checked.foreign:
        assert (home / "store" / name).read_bytes() == b"mine"
        (home / "store" / name).unlink()


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
