"""Records: they follow every change, and are written again when they are not what they were."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from artifactctl.client import Client
from artifactctl.upkeep.mending import mend_all_records, write_records
from tests.checker import records
from tests.store.places import at_once
from tests.upkeep.test_verifying import home as home
from tests.upkeep.test_verifying import record


@pytest.fixture
def client(client: Client, work: Path) -> Client:
    """A client with the versions x:1 and x:2."""
    for number in (1, 2):
        folder = work / str(number)
        folder.mkdir()
        (folder / "own").write_bytes(b"own %d" % number)
        client.register("x", folder, tags=["t"])
    return client


def test_a_record_follows_each_change(client: Client, home: Path) -> None:
    row_id = client.get_artifact_version("x:2").id_text
    assert record(home, row_id)["tags"] == ["t"]
    client.tag("x:2", ["new"], ["t"])
    assert record(home, row_id)["tags"] == ["new"]
    assert record(home, row_id)["revision"] == 2


def test_an_exclusive_tag_changes_the_records_of_all_that_lose_it(
    client: Client, home: Path
) -> None:
    client.tag("x:2", ["t"], exclusive=True)
    assert record(home, client.get_artifact_version("x:1").id_text)["tags"] == []
    assert record(home, client.get_artifact_version("x:2").id_text)["tags"] == ["t"]


def test_tags_of_an_artifact_are_recorded(client: Client, home: Path) -> None:
    artifact = client.tag_artifact("x", ["team"])
    assert record(home, artifact.id_text)["tags"] == ["team"]


@pytest.mark.parametrize("harm", ["deleted", "older"])
@pytest.mark.parametrize("by", ["verify", "tag", "register"])
def test_a_record_that_a_crash_kept_from_being_written_is_mended(
    client: Client, home: Path, work: Path, harm: str, by: str
) -> None:
    row_id = client.get_artifact_version("x:2").id_text
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
    assert record(home, version.id_text)["tags"] == sorted(version.tags)
    assert client.verify() == []


def test_metadata_is_recorded(client: Client, home: Path) -> None:
    version = client.log_metadata("x:1", {"k": {"i": 0}})
    assert record(home, version.id_text)["metadata"] == {"k": {"i": 0}}


def test_a_new_name_is_recorded(client: Client, home: Path) -> None:
    artifact = client.update_artifact("x", "renamed")
    assert record(home, artifact.id_text)["name"] == "renamed"


def test_deletions_are_recorded(client: Client, home: Path, work: Path) -> None:
    version = client.get_artifact_version("x:1")
    client.delete_artifact_version("x:1")
    assert record(home, version.id_text)["record"] == "deletion"
    other = client.register("y", work / "1").version
    artifact = client.get_artifact("y")
    client.delete_artifact("y")
    assert record(home, other.id_text)["record"] == "deletion"
    assert record(home, artifact.id_text)["deleted"] is not None
    assert {item["version"] for item in records(home, "version")} == {"2"}


@pytest.mark.parametrize("harm", [b"", b"{", b"null", b'{"record": "version"}', None])
def test_every_record_that_was_altered_is_written_again(
    client: Client, home: Path, harm: bytes | None
) -> None:
    client.tag_artifact("x", ["team"])
    assert client.verify() == []
    folder = home / "store" / "records"
    mend_all_records(client.catalog, client.store)
    before = without_artifacts(folder)
    for path in folder.iterdir():
        path.unlink() if harm is None else path.write_bytes(harm)
    client.close()
    if harm is None:
        (folder / "00000000-0000-4000-8000-000000000000.json").write_bytes(b"{}")
        mend_all_records(client.catalog, client.store)
        (folder / "00000000-0000-4000-8000-000000000000.json").unlink()
    else:
        assert client.verify() == []
    assert without_artifacts(folder) == before


def without_artifacts(folder: Path) -> dict[str, dict[str, Any]]:
    """All records, without what those of versions say of their artifacts: that may be older."""
    found = {path.name: json.loads(path.read_bytes()) for path in folder.iterdir()}
    for content in found.values():
        content.pop("artifact", None)
    return found


def test_records_that_are_right_are_not_written_again(client: Client, home: Path) -> None:
    client.verify()
    folder = home / "store" / "records"
    before = {path.name: path.stat().st_ino for path in folder.iterdir()}
    client.verify()
    assert {path.name: path.stat().st_ino for path in folder.iterdir()} == before


def test_a_row_that_was_damaged_does_not_spoil_its_record(client: Client, home: Path) -> None:
    """The record is then the only one that knows what was registered."""
    version = client.get_artifact_version("x:1")
    before = record(home, version.id_text)
    client.close()
    with sqlite3.connect(home / "catalog.db") as catalog:
        catalog.execute("UPDATE artifact_version SET type = 'ModelArtifact' WHERE version = '1'")
    catalog.close()
    (problem,) = client.verify()
    assert "row in the catalog was changed" in problem.problem
    assert record(home, version.id_text)["type"] == before["type"] == "DataArtifact"
    client.tag("x:1", ["new"])
    assert record(home, version.id_text)["type"] == "DataArtifact"


def test_what_does_not_exist_has_no_record_to_be_written(client: Client, home: Path) -> None:
    before = len(records(home, "version"))
    write_records(client.catalog, client.store, ["00000000-0000-4000-8000-000000000000"])
    assert len(records(home, "version")) == before


def test_many_records_are_written_in_batches(client: Client, home: Path, monkeypatch) -> None:
    from artifactctl.upkeep import mending

    monkeypatch.setattr(mending, "_BATCH", 2)
    for number in range(5):
        client.tag("x:1", [f"n{number}"])
    for path in (home / "store" / "records").iterdir():
        path.unlink()
    client.verify()
    assert len(records(home, "version")) == 2
    assert len(records(home, "artifact")) == 1
