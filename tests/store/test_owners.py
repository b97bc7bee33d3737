"""The catalog that a store belongs to."""

import json
import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from artifactctl.digests import digest_of
from artifactctl.errors import ConflictError, IntegrityError, InvalidInputError, UnsafeError
from artifactctl.store import Owner, owners
from artifactctl.store.folders import Folders
from artifactctl.store.local import LocalStore
from artifactctl.store.remote import claiming
from artifactctl.store.remote.objects import Found, Objects
from artifactctl.store.remote.opening import open_objects
from artifactctl.store_url import parse_store_url
from tests.store.oddities import MAKERS, in_time
from tests.store.places import write_files

ONE = Owner(str(uuid.UUID(int=1)), "sqlite:////one/catalog.db")
TWO = Owner(str(uuid.UUID(int=2)), "sqlite:////two/catalog.db")
RECORD = str(uuid.UUID(int=9))


def store_of(folder: Path, owner: Owner) -> LocalStore:
    return LocalStore(folder, lambda: owner)


def work(store: LocalStore) -> None:
    with store.workspace():
        pass


CHANGES: dict[str, Callable[[LocalStore], object]] = {
    "put": lambda store: store.put([]),
    "put manifest": lambda store: store.put_manifest(b"{}"),
    "put records": lambda store: store.put_records({RECORD: b"{}"}),
    "work": work,
    "delete blob": lambda store: store.delete_blobs([digest_of(b"x")]),
    "delete manifest": lambda store: store.delete_manifests([digest_of(b"x")]),
    "clear up": lambda store: store.clear_temporary(dry_run=False),
}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store of an earlier version: without an owner."""
    LocalStore(tmp_path / "store").put_manifest(b"{}")
    assert LocalStore(tmp_path / "store").owners() == []
    return tmp_path / "store"


@pytest.mark.parametrize("change", CHANGES)
def test_the_first_that_changes_a_store_owns_it(store: Path, change: str) -> None:
    CHANGES[change](store_of(store, ONE))
    assert LocalStore(store).owners() == [ONE]
    written = json.loads((store / "owners" / f"{ONE.catalog_id}.json").read_bytes())
    assert written == {"format": 1, "catalog": ONE.catalog}


@pytest.mark.parametrize("change", CHANGES)
def test_a_second_catalog_changes_nothing_and_is_told_of_the_first(
    store: Path, change: str
) -> None:
    store_of(store, ONE).put_manifest(b"{}")
    before = sorted(store.rglob("*"))
    with pytest.raises(ConflictError) as refused:
        CHANGES[change](store_of(store, TWO))
    for word in (str(store), ONE.catalog, TWO.catalog):
        assert word in refused.value.message
    assert "a store of its own" in refused.value.hint
    assert sorted(store.rglob("*")) == before
    CHANGES[change](store_of(store, ONE))
    assert LocalStore(store).owners() == [ONE]


def test_wrong_bytes_are_not_put_aside_by_a_second_catalog(store: Path, tmp_path: Path) -> None:
    (digest,) = store_of(store, ONE).put(write_files(tmp_path / "files", b"one"))
    path = LocalStore(store).path(digest)
    assert path is not None
    path.chmod(0o600)
    path.write_bytes(b"bad")
    with pytest.raises(ConflictError):
        store_of(store, TWO).quarantine(digest)
    assert path.read_bytes() == b"bad"
    assert store_of(store, ONE).quarantine(digest)


def test_who_reads_owns_nothing_and_is_not_asked(store: Path, tmp_path: Path) -> None:
    def fail() -> Owner:
        raise AssertionError("asked")

    reader = LocalStore(store, fail)
    reader.get_manifest(digest_of(b"{}"))
    assert reader.clear_temporary(dry_run=True) == []
    for listed in (reader.list_blobs, reader.list_manifests, reader.list_records):
        list(listed())
    assert not reader.quarantine(digest_of(b"x"))
    assert LocalStore(tmp_path / "new", fail).clear_temporary(dry_run=False) == []
    assert reader.owners() == []


def test_the_owner_is_asked_once_for_a_handle(store: Path) -> None:
    asked: list[int] = []

    def owner() -> Owner:
        asked.append(1)
        return ONE

    handle = LocalStore(store, owner)
    for change in CHANGES.values():
        change(handle)
    assert asked == [1]


@pytest.mark.parametrize("change", CHANGES)
def test_where_nothing_may_be_written_nothing_is(store: Path, change: str) -> None:
    def refuse() -> Owner:
        raise UnsafeError("this home is somebody else's")

    before = sorted(store.rglob("*"))
    with pytest.raises(UnsafeError):
        CHANGES[change](LocalStore(store, refuse))
    assert sorted(store.rglob("*")) == before


def test_a_new_store_is_not_made_where_nothing_may_be_written(tmp_path: Path) -> None:
    def refuse() -> Owner:
        raise UnsafeError("this home is somebody else's")

    with pytest.raises(UnsafeError):
        LocalStore(tmp_path / "store", refuse).put_manifest(b"{}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", [*MAKERS, "text", "list", "empty", "no URL"])
def test_an_own_claim_that_cannot_be_read_is_written_again(store: Path, kind: str) -> None:
    store_of(store, ONE).put_manifest(b"{}")
    damage(store, ONE, kind)
    with in_time():
        assert LocalStore(store).owners() == []
        assert list(LocalStore(store).list_foreign()) == [f"owners/{ONE.catalog_id}.json"]
        store_of(store, ONE).put_manifest(b"{}")
    assert LocalStore(store).owners() == [ONE]


@pytest.mark.parametrize("kind", [*MAKERS, "text", "list", "empty", "no URL"])
def test_anothers_claim_that_cannot_be_read_keeps_a_second_catalog_out(
    store: Path, kind: str
) -> None:
    store_of(store, ONE).put_manifest(b"{}")
    damage(store, ONE, kind)
    with in_time(), pytest.raises(IntegrityError, match=ONE.catalog_id):
        store_of(store, TWO).put_manifest(b"{}")
    assert not (store / "owners" / f"{TWO.catalog_id}.json").exists()


def damage(store: Path, owner: Owner, kind: str) -> None:
    path = store / "owners" / f"{owner.catalog_id}.json"
    path.unlink()
    texts = {"text": "{", "list": "[1]", "empty": "", "no URL": '{"format": 1, "catalog": 5}'}
    MAKERS.get(kind, lambda path: path.write_text(texts[kind]))(path)


def test_what_is_named_after_no_catalog_claims_nothing(store: Path) -> None:
    (store / "owners").mkdir()
    (store / "owners" / "README").write_text("x")
    store_of(store, ONE).put_manifest(b"{}")
    assert LocalStore(store).owners() == [ONE]
    assert list(LocalStore(store).list_foreign()) == ["owners/README"]


@pytest.mark.parametrize("word", ["", "../x", "1", "a/b", ONE.catalog_id.upper() + "x"])
def test_what_is_no_id_of_a_catalog_never_becomes_a_path(store: Path, word: str) -> None:
    before = sorted(store.parent.rglob("*"))
    with pytest.raises(InvalidInputError, match="not the ID"):
        store_of(store, Owner(word, "sqlite:///x")).put_manifest(b"{}")
    assert sorted(store.parent.rglob("*")) == before


def test_of_two_that_claim_at_once_never_both_get_it(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second writes its claim between the first one's look and the first one's claim."""
    real = owners._write

    def write(root: str, owner: Owner) -> None:
        monkeypatch.setattr(owners, "_write", real)
        store_of(store, TWO).put_manifest(b"{}")
        real(root, owner)

    monkeypatch.setattr(owners, "_write", write)
    with pytest.raises(ConflictError):
        store_of(store, ONE).put_manifest(b"{}")
    assert LocalStore(store).owners() == [TWO]
    store_of(store, TWO).put_manifest(b"{}")


def test_one_that_gave_up_since_it_was_listed_is_in_nobodys_way(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one claims between the first one's look and its claim, and gives up when listed."""
    write, claims = owners._write, owners._claims
    theirs = store / owners.key_of(TWO.catalog_id)

    def write_after_the_other(root: str, owner: Owner) -> None:
        monkeypatch.setattr(owners, "_claims", list_before_it_gives_up)
        write(root, TWO)
        write(root, owner)

    def list_before_it_gives_up(folders: Folders) -> list[str]:
        found = claims(folders)
        theirs.unlink(missing_ok=True)
        return found

    monkeypatch.setattr(owners, "_write", write_after_the_other)
    store_of(store, ONE).put_manifest(b"{}")
    assert LocalStore(store).owners() == [ONE]


def test_in_a_bucket_one_that_gave_up_is_in_nobodys_way_either() -> None:
    bucket = open_objects(parse_store_url(f"memory://{uuid.uuid4().hex}"), 10)
    theirs = owners.key_of(TWO.catalog_id)

    class Racing:
        """Puts the other one's claim before ours, and removes it once it is listed."""

        def __getattr__(self, name: str) -> Any:
            return getattr(bucket, name)

        def put(self, key: str, content: bytes) -> None:
            bucket.put(theirs, owners.content_of(TWO))
            bucket.put(key, content)

        def list_below(self, folder: str) -> Iterator[Found]:
            found = list(bucket.list_below(folder))
            bucket.delete([theirs])
            return iter(found)

    claiming.claim(cast("Objects", Racing()), "memory://x", lambda: ONE)
    assert claiming.read_owners(bucket) == [ONE]


def test_one_catalog_claims_from_several_processes_at_once(store: Path) -> None:
    children = []
    for _ in range(4):
        process = os.fork()
        if process == 0:
            code = 1
            try:
                store_of(store, ONE).put_manifest(b"{}")
                code = 0 if LocalStore(store).owners() == [ONE] else 2
            finally:
                os._exit(code)
        children.append(process)
    assert [os.waitpid(process, 0)[1] for process in children] == [0] * 4
