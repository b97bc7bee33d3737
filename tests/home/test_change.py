"""`Home.change()`: one transaction, and the records of what it changed."""

import errno
import os
from pathlib import Path

import pytest

from artifactctl.catalog.reading.finding import find_version
from artifactctl.catalog.reading.versions import list_unrecorded
from artifactctl.catalog.writing.labelling import Labels, change_version_tags, put_version_metadata
from artifactctl.client import Client
from artifactctl.errors import NotFoundError
from artifactctl.home import Home
from artifactctl.refs import parse_ref
from tests.catalog.test_rows import everything


@pytest.fixture
def version_id(client: Client, work: Path) -> str:
    (work / "f").write_bytes(b"text")
    return client.register("a", work / "f", tags=["t"]).version.id_text


@pytest.fixture
def at_home(client: Client) -> Home:
    return client.home


def label(home: Home, version_id: str, key: str) -> None:
    with home.change() as change:
        change.record(put_version_metadata(change.transaction, version_id, {key: 1}))


def test_the_record_is_written_after_the_commit(at_home: Home, version_id: str) -> None:
    label(at_home, version_id, "k")
    record = at_home.store.get_record(version_id)
    assert record is not None
    assert b'"k":1' in record


def test_an_error_rolls_back_and_writes_no_record(at_home: Home, version_id: str) -> None:
    before = everything(at_home.catalog), at_home.store.get_record(version_id)

    def fail() -> None:
        with at_home.change() as change:
            change.record(put_version_metadata(change.transaction, version_id, {"k": 1}))
            raise OSError(errno.EIO, "device")

    with pytest.raises(OSError, match="device"):
        fail()
    assert (everything(at_home.catalog), at_home.store.get_record(version_id)) == before


def test_a_record_that_a_crash_kept_from_being_written_is_written_and_noted(
    at_home: Home, version_id: str
) -> None:
    with at_home.catalog.transaction() as transaction:
        put_version_metadata(transaction, version_id, {"late": 1})
    (pending,) = (item for item in list_unrecorded(at_home.catalog) if item.id == version_id)
    with at_home.change():
        record = at_home.store.get_record(version_id)
    assert record is not None
    assert b'"late":1' in record
    assert pending not in list_unrecorded(at_home.catalog)


def test_a_change_that_fails_notes_nothing(at_home: Home, version_id: str) -> None:
    pending = list_unrecorded(at_home.catalog)
    with pytest.raises(NotFoundError), at_home.change():
        raise NotFoundError("gone")
    assert pending
    assert list_unrecorded(at_home.catalog) == pending


def test_a_record_that_cannot_be_written_is_only_a_note(
    at_home: Home, version_id: str, monkeypatch
) -> None:
    def fail(_records: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with at_home.change() as change:
        monkeypatch.setattr(at_home.store, "put_records", fail)
        change.record(put_version_metadata(change.transaction, version_id, {"k": 1}))
    (note,) = change.notes
    assert "could not be written (No space left" in note
    assert find_version(at_home.catalog, parse_ref("a")).metadata["k"] == 1
    monkeypatch.undo()


def test_the_notes_tell_which_versions_lost_a_tag(client: Client, work: Path) -> None:
    (work / "f").touch()
    versions = [client.register("a", work, tags=["t"]).version for _ in range(2)]
    with client.home.change() as change:
        changed = change_version_tags(
            change.transaction, versions[0].id_text, Labels(exclusive=["t"])
        )
        change.record(changed.ids, changed.taken)
    assert change.notes == ("'t' was taken from a:2",)


def test_what_a_change_adds_is_seen_by_nobody_before_its_end(
    client: Client, home: Path, version_id: str
) -> None:
    other = Client(home)
    with client.home.change() as change:
        put_version_metadata(change.transaction, version_id, {"k": 1})
        seen = other.get_artifact_version("a").metadata
    other.close()
    assert "k" not in seen
