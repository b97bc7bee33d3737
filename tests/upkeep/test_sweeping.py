"""Giving room back: what nothing refers to goes, and nothing else."""

import errno
import json
import os
import signal
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artifactctl.catalog import backups
from artifactctl.catalog.engine.temporary import Marks
from artifactctl.catalog.references import iterate_references, unknown_ids
from artifactctl.catalog.writing import condemning
from artifactctl.client import Client
from artifactctl.digests import blob_key, digest_of, manifest_key
from artifactctl.errors import BusyError, IntegrityError
from artifactctl.store.local import LocalStore
from artifactctl.upkeep import sweeping
from tests.checker import check_home
from tests.store.test_listing_and_clearing import working

DAY_S = 86400.0


@pytest.fixture
def data(work: Path) -> Path:
    folder = work / "data"
    folder.mkdir()
    return folder


def register(client: Client, data: Path, name: str, *contents: bytes, **options):
    for path in data.iterdir():
        path.unlink()
    for number, content in enumerate(contents):
        (data / str(number)).write_bytes(content)
    return client.register(name, data, **options).version


def files(home: Path, *folders: str) -> set[str]:
    """Everything below some folders of the store."""
    store = home / "store"
    found = (path for folder in folders for path in (store / folder).rglob("*") if path.is_file())
    return {str(path.relative_to(store)) for path in found}


def keys(*contents: bytes) -> set[str]:
    return {blob_key(digest_of(content)) for content in contents}


def gc(client: Client, **options):
    return client.collect_garbage(grace_s=options.pop("grace_s", 0), **options)


def test_bytes_that_another_version_needs_stay(client: Client, home: Path, data: Path) -> None:
    gone = register(client, data, "a", b"shared", b"alone")
    kept = register(client, data, "b", b"shared", b"other")
    assert gc(client).blobs == 0
    client.delete_artifact_version("a:1")
    assert files(home, "blobs") == keys(b"shared", b"alone", b"other")
    garbage = gc(client)
    assert (garbage.blobs, garbage.manifests, garbage.temporary) == (1, 1, 0)
    assert garbage.size_bytes > len(b"alone")
    assert files(home, "blobs") == keys(b"shared", b"other")
    assert len(files(home, "manifests")) == 1
    assert gone.uri != kept.uri
    assert client.verify() == []


contents = st.lists(st.sampled_from([b"1", b"22", b"333", b"4444"]), min_size=1, max_size=3)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    versions=st.lists(st.tuples(st.sampled_from("ab"), contents, st.booleans()), max_size=6),
    orphans=st.sets(st.sampled_from([b"1", b"333", b"orphan"])),
)
def test_exactly_what_nothing_refers_to_goes(tmp_path_factory, versions, orphans):
    base = tmp_path_factory.mktemp("gc")
    home, data = base / "home", base / "data"
    data.mkdir()
    client = Client(home)
    register(client, data, "a", b"always")
    needed = {b"always"}
    for name, parts, stays in versions:
        made = register(client, data, name, *parts)
        if stays:
            needed |= set(parts)
        else:
            client.delete_artifact_version(made.id)
    for content in orphans:
        (data / "orphan").write_bytes(content)
        client.store.put_stream((data / "orphan").open("rb"))
    before = files(home, "blobs", "manifests", "tmp")
    sizes = {path: (home / "store" / path).stat().st_size for path in before}
    planned = gc(client, dry_run=True)
    assert files(home, "blobs", "manifests", "tmp") == before
    assert gc(client) == planned
    after = files(home, "blobs", "manifests", "tmp")
    assert {path for path in after if path.startswith("blobs")} == keys(*needed)
    assert planned.size_bytes == sum(sizes[path] for path in before - after)
    assert planned.blobs + planned.manifests == len(before - after)
    again = gc(client)
    assert (again.blobs, again.manifests, again.size_bytes) == (0, 0, 0)
    assert client.verify() == []
    client.close()
    check_home(home)


def test_what_is_younger_than_the_grace_stays(client: Client, home: Path, data: Path) -> None:
    register(client, data, "a", b"kept")
    register(client, data, "a", b"old", b"young")
    client.delete_artifact_version("a:2")
    old = home / "store" / next(iter(keys(b"old")))
    now = old.stat().st_mtime
    os.utime(old, (now - 3 * DAY_S, now - 3 * DAY_S))
    assert gc(client, grace_s=4 * DAY_S).blobs == 0
    assert gc(client, grace_s=2 * DAY_S).blobs == 1
    assert files(home, "blobs") == keys(b"kept", b"young")
    assert client.collect_garbage().blobs == 0


def test_foreign_files_and_the_quarantine_are_left_alone(
    client: Client, home: Path, data: Path
) -> None:
    register(client, data, "a", b"one")
    places = ["blobs/mine", "blobs/ab/mine", "manifests/mine.json", "tmp/mine"]
    places += [f"quarantine/{'ab' * 32}.12345678"]
    for name in places:
        path = home / "store" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"mine")
    garbage = gc(client)
    assert (garbage.blobs, garbage.manifests, garbage.temporary) == (0, 0, 0)
    assert {name for name in places if (home / "store" / name).exists()} == set(places)
    for name in places:
        (home / "store" / name).unlink()


def test_linked_data_is_never_touched(client: Client, home: Path, work: Path, data: Path) -> None:
    register(client, data, "other", b"x")
    (work / "mine").write_bytes(b"mine")
    client.register("a", work / "mine", link=True)
    client.delete_artifact_version("a:1", delete_from_artifact_store=True)
    gc(client)
    assert (work / "mine").read_bytes() == b"mine"
    assert len(files(home, "manifests")) == 1


def test_versions_that_only_records_know_keep_their_bytes(
    client: Client, home: Path, data: Path, tmp_path: Path
) -> None:
    """A catalog from before they were registered was put in place of the newer one."""
    register(client, data, "a", b"first")
    client.close()
    saved = (home / "catalog.db").read_bytes()
    later = register(client, data, "b", b"later", b"first")
    register(client, data, "gone", b"gone")
    client.delete_artifact("gone")
    client.close()
    (home / "catalog.db").write_bytes(saved)
    garbage = gc(client)
    assert garbage.unknown_versions == 1
    assert files(home, "blobs") == keys(b"first", b"later")
    done = client.rebuild_catalog()
    assert (done.versions, done.deletions) == (1, 1)
    assert client.get_artifact_version("b").id == later.id
    assert client.verify() == []


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"\xff", b'"x"', b"[" * 9999, b'{"a": NaN}']
)
def test_nothing_goes_while_a_record_cannot_be_read(
    client: Client, home: Path, data: Path, content: bytes
) -> None:
    register(client, data, "a", b"one")
    place = home / "store" / "records" / f"{uuid.uuid4()}.json"
    place.write_bytes(content)
    client.store.put_manifest(b"garbage")
    with pytest.raises(IntegrityError, match=place.stem):
        gc(client)
    assert len(files(home, "manifests")) == 2
    place.unlink()
    assert gc(client).manifests == 1


def test_a_record_that_names_no_manifest_of_ours_stops_nothing(
    client: Client, home: Path, data: Path
) -> None:
    register(client, data, "a", b"one")
    for manifest in ("../../x", digest_of(b"not there"), 7):
        row_id = str(uuid.uuid4())
        record = {"record": "version", "id": row_id, "link": None, "manifest": manifest}
        place = home / "store" / "records" / f"{row_id}.json"
        place.write_text(json.dumps(record))
        assert gc(client).unknown_versions == 1
        place.unlink()
    assert files(home, "blobs") == keys(b"one")


@pytest.fixture
def fragile(tmp_path: Path) -> Iterator[Client]:
    made = Client(tmp_path / "fragile")
    yield made
    made.close()


@pytest.mark.parametrize("harm", ["missing", "changed"])
@pytest.mark.parametrize("dry_run", [True, False])
def test_nothing_goes_while_it_is_not_known_what_a_version_refers_to(
    fragile: Client, tmp_path: Path, data: Path, harm: str, dry_run: bool
) -> None:
    home = tmp_path / "fragile"
    register(fragile, data, "gone", b"garbage")
    fragile.delete_artifact("gone")
    made = register(fragile, data, "a", b"one")
    place = home / "store" / manifest_key("blake3:" + Path(made.uri).stem)
    if harm == "missing":
        place.unlink()
    else:
        place.chmod(0o600)
        place.write_bytes(b"{}")
    before = files(home, "blobs", "manifests")
    with pytest.raises(IntegrityError, match=made.id_text) as caught:
        gc(fragile, dry_run=dry_run)
    assert "verify" in caught.value.hint
    assert files(home, "blobs", "manifests") == before
    fragile.delete_artifact_version("a:1")
    gc(fragile)
    assert files(home, "blobs") == set()


def test_what_is_left_of_dead_work_goes_and_living_work_stays(
    client: Client, home: Path, data: Path
) -> None:
    register(client, data, "a", b"one")
    tmp = home / "store" / "tmp"
    (tmp / "0123456789abcdef-1").write_bytes(b"12345")
    with working(tmp) as (process, prefix):
        (tmp / f"{prefix}-1").write_bytes(b"123")
        planned = gc(client, dry_run=True)
        assert (planned.temporary, planned.size_bytes) == (1, 5)
        assert gc(client) == planned
        assert files(home, "tmp") == {f"tmp/{prefix}-1", f"tmp/{prefix}-lock"}
        process.kill()
        process.wait()
        assert gc(client).temporary == 2
    assert files(home, "tmp") == set()


def test_a_home_without_a_catalog_has_no_garbage_and_gets_none(tmp_path: Path) -> None:
    client = Client(tmp_path / "new")
    assert gc(client, dry_run=True).blobs == 0
    assert not (tmp_path / "new" / "catalog.db").exists()
    client.close()


def test_bytes_can_go_with_their_version_unless_another_needs_them(
    client: Client, home: Path, data: Path
) -> None:
    register(client, data, "a", b"shared", b"alone")
    register(client, data, "b", b"shared")
    client.delete_artifact_version("a:1", delete_from_artifact_store=True)
    assert files(home, "blobs") == keys(b"shared")
    assert len(files(home, "manifests")) == 1
    assert client.verify() == []


def test_equal_versions_keep_the_bytes_and_the_manifest_of_each_other(
    client: Client, home: Path, data: Path
) -> None:
    for name in ("a", "b"):
        (data / "f").write_bytes(b"same")
        os.utime(data / "f", (1, 1))
        client.register(name, data)
    client.delete_artifact_version("a:1", delete_from_artifact_store=True)
    assert client.verify() == []
    client.prune_artifacts(names=["b"], unused=True, only_artifact=True)
    assert files(home, "blobs") == set()
    assert len(files(home, "manifests")) == 1
    gc(client)
    assert client.verify() == []
    assert [file.path for file in client.describe_artifact_version("b").files] == ["f"]


def test_bytes_are_asked_for_again_when_they_went_during_a_registration(
    client: Client, data: Path, collect_at_next_change
) -> None:
    """Garbage is collected between the bytes and the row: the bytes are stored again."""
    register(client, data, "a", b"first")
    collected = collect_at_next_change()
    register(client, data, "b", b"new")
    assert collected == [1]
    assert client.verify() == []


def test_marks_are_a_set_however_many_there_are() -> None:
    marks = Marks()
    digests = [digest_of(b"%d" % number) for number in range(1200)]
    marks.add(digests[:1100])
    marks.add(digests[:5])
    assert marks.missing(digests) == digests[1100:]
    assert marks.missing([]) == []
    marks.close()


def test_references_are_read_in_the_order_of_allocation_behind_one(
    client: Client, data: Path, monkeypatch
) -> None:
    from artifactctl.catalog.reading import statements

    monkeypatch.setattr(statements, "BATCH", 2)
    ids = [register(client, data, "a", b"%d" % number).id_text for number in range(5)]
    (data / "0").write_bytes(b"linked")
    ids.append(client.register("a", data, link=True).version.id_text)
    found = list(iterate_references(client.catalog))
    assert [item.id for item in found] == ids
    assert [item.needs_bytes for item in found] == [True] * 5 + [False]
    assert [item.id for item in iterate_references(client.catalog, 4)] == ids[4:]
    stranger = str(uuid.uuid4())
    artifact = client.get_artifact("a").id_text
    client.delete_artifact_version("a:1")
    assert unknown_ids(client.catalog, [*ids, stranger, artifact]) == [stranger]


def test_a_catalog_changed_while_garbage_is_looked_for_is_looked_at_again(
    client: Client, home: Path, data: Path, monkeypatch
) -> None:
    """A version is registered after the first look, with bytes that were garbage until then."""
    from artifactctl.upkeep import sweeping

    register(client, data, "a", b"first")
    register(client, data, "gone", b"again needed")
    client.delete_artifact("gone")
    real = sweeping._Sweep._delete
    done: list[str] = []

    def delete(self, garbage, act):
        if not done:
            other = Client(home)
            done.append(register(other, data, "b", b"again needed").id)
            other.close()
        return real(self, garbage, act)

    monkeypatch.setattr(sweeping._Sweep, "_delete", delete)
    assert gc(client).blobs == 0
    assert client.verify() == []
    with sqlite3.connect(home / "catalog.db") as catalog:
        assert catalog.execute("SELECT COUNT(*) FROM artifact_version").fetchone() == (2,)
    catalog.close()


def test_a_hostile_manifest_stops_garbage_collection_until_its_version_is_deleted(
    fragile: Client, tmp_path: Path, data: Path
) -> None:
    made = register(fragile, data, "a", b"one")
    register(fragile, data, "b", b"two")
    entry = {"path": "../x", "size": 3, "digest": digest_of(b"one"), "mtime": 0}
    files_of = [{**entry, "executable": False}]
    hostile = json.dumps({"format": 1, "kind": "file", "files": files_of}).encode()
    digest = fragile.store.put_manifest(hostile)
    with fragile.catalog.transaction() as connection:
        connection.execute(
            "UPDATE artifact_version SET manifest = ? WHERE id = ?", (digest, made.id_text)
        )
    with pytest.raises(IntegrityError, match=made.id_text):
        gc(fragile)
    (choice,) = fragile.prune_artifacts(names=["a"], unused=True, dry_run=True).choices
    assert (choice.goes, choice.frees_bytes) == (True, 0)
    fragile.delete_artifact_version("a:1", delete_from_artifact_store=True)
    assert gc(fragile).blobs == 1
    assert fragile.verify() == []
    assert files(tmp_path / "fragile", "blobs") == keys(b"two")


def test_bytes_are_neither_deleted_nor_asked_for_while_the_catalog_is_locked(
    client: Client, home: Path, data: Path, monkeypatch
) -> None:
    """Neither a collection nor a register keeps others waiting for a store that is far away."""
    register(client, data, "a", b"one", b"two")
    register(client, data, "b", b"garbage")
    client.delete_artifact("b")
    asked: list[tuple[str, bool]] = []

    def watched(name: str):
        real = getattr(LocalStore, name)

        def watching(mine: LocalStore, *words, **named):
            connection = client.catalog._session.connection
            asked.append((name, connection is not None and connection.in_transaction))
            return real(mine, *words, **named)

        return watching

    for name in ("delete_blobs", "delete_manifests", "missing", "has_manifest", "put", "open"):
        monkeypatch.setattr(LocalStore, name, watched(name))
    for name in ("put_manifest", "get_manifest", "size_bytes"):
        monkeypatch.setattr(LocalStore, name, watched(name))
    assert gc(client).blobs == 1
    register(client, data, "c", b"one", b"three")
    register(client, data, "c", b"one", b"three", if_changed=True)
    client.delete_artifact_version("a:1", delete_from_artifact_store=True)
    assert {"delete_blobs", "delete_manifests", "put", "put_manifest"} <= {n for n, _ in asked}
    assert [name for name, is_locked in asked if is_locked] == []


def test_a_collection_that_was_stopped_for_longer_than_its_lease_deletes_nothing_more(
    client: Client, home: Path, data: Path, monkeypatch
) -> None:
    register(client, data, "a", *(b"%d" % number for number in range(5)))
    client.delete_artifact("a")
    monkeypatch.setattr(sweeping, "_AT_ONCE", 2)
    real, now = LocalStore.delete_blobs, [0.0]
    monkeypatch.setattr(sweeping, "running_s", lambda: now[0])

    def stopped(mine: LocalStore, digests) -> None:
        real(mine, digests)
        now[0] += condemning.LEASE_S

    with monkeypatch.context() as patch:
        patch.setattr(LocalStore, "delete_blobs", stopped)
        assert gc(client).blobs == 2
    assert len(files(home, "blobs")) == 3
    assert not condemning.is_deleting(client.catalog)
    assert gc(client).blobs == 3


def test_a_collection_that_fails_leaves_nobody_waiting(
    client: Client, home: Path, data: Path, monkeypatch
) -> None:
    register(client, data, "a", b"one")
    client.delete_artifact("a")

    def failing(mine: LocalStore, digests) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO), "blobs")

    with monkeypatch.context() as patch:
        patch.setattr(LocalStore, "delete_blobs", failing)
        with pytest.raises(OSError, match="blobs"):
            gc(client)
    assert not condemning.is_deleting(client.catalog)
    assert client.catalog.rows("SELECT 1 FROM lease") == []
    register(client, data, "b", b"one")
    assert client.verify() == []


KILLED_GC = """
import os, signal, sys
from artifactctl.client import Client
from artifactctl.store.local import LocalStore
real = LocalStore.delete_blobs
def killed(mine, digests):
    if sys.argv[2] == "after":
        real(mine, digests)
    os.kill(os.getpid(), signal.SIGKILL)
LocalStore.delete_blobs = killed
Client(sys.argv[1]).collect_garbage(grace_s=0)
"""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_who_needs_what_a_killed_collection_condemned_waits_for_nothing(
    client: Client, home: Path, data: Path, work: Path, moment: str
) -> None:
    register(client, data, "a", b"one")
    client.delete_artifact("a")
    killed = subprocess.run([sys.executable, "-c", KILLED_GC, home, moment], timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert condemning.is_deleting(client.catalog)
    register(client, data, "b", b"one")
    assert not condemning.is_deleting(client.catalog)
    assert client.verify() == []
    assert gc(client).blobs == 0


def test_a_restore_waits_for_a_deletion_and_finds_that_the_bytes_are_gone(
    client: Client, home: Path, data: Path, work: Path, monkeypatch
) -> None:
    """The bytes are there when the restore looks first, and gone when it has the lock."""
    register(client, data, "other", b"x")
    register(client, data, "a", b"one")
    client.backup_catalog(work / "backup.db")
    client.delete_artifact("a")
    real = backups.put_back

    def collect_first(*words, **named):
        other = Client(home)
        assert gc(other).blobs == 1
        other.close()
        return real(*words, **named)

    monkeypatch.setattr(backups, "put_back", collect_first)
    with pytest.raises(IntegrityError, match="bytes are gone"):
        client.restore_catalog(work / "backup.db")
    monkeypatch.undo()
    digest = digest_of(b"x")
    with client.catalog.transaction() as transaction:
        condemning.condemn(transaction, [digest], str(uuid.uuid4()))
    monkeypatch.setattr(backups, "_DELETION_TIMEOUT_S", 0.0)
    with pytest.raises(BusyError, match="still deleting"):
        client.restore_catalog(work / "backup.db", force=True)
    client.catalog.close()
    with client.catalog.transaction() as transaction:
        transaction.execute("DELETE FROM condemned")
