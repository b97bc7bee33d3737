"""What every store must do with what it holds: list it, delete it, put it aside, clear up."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from artifactctl.digests import blob_key, digest_of, manifest_key
from artifactctl.errors import IntegrityError
from artifactctl.store import quarantining
from artifactctl.store.protocol import Foreign, StoredFile
from tests.store.places import LocalPlace, Place, flipped, write_files

FILES = (b"one", b"two", b"x" * 3000)
DAY_S = 86400


@pytest.fixture
def filled(place: Place, tmp_path: Path) -> Place:
    """A store of three blobs, a manifest and two records."""
    store = place.open()
    store.put(write_files(tmp_path / "files", *FILES))
    store.put_manifest(b"{}")
    store.put_records({str(uuid.UUID(int=number)): b"{}" for number in (1, 2)})
    return place


@pytest.fixture
def local(tmp_path: Path) -> LocalPlace:
    made = LocalPlace(tmp_path / "store")
    made.open().put_manifest(b"{}")
    return made


def test_an_empty_store_lists_nothing(place: Place) -> None:
    store = place.open()
    for listed in (store.list_blobs, store.list_manifests, store.list_records):
        assert list(listed()) == []
    assert store.clear_temporary(dry_run=False) == []
    assert not store.has_manifest(digest_of(b"{}"))


def test_the_time_of_a_blob_is_when_it_was_put(local: LocalPlace, tmp_path: Path) -> None:
    (digest,) = local.open().put(write_files(tmp_path / "files", b"one"))
    os.utime(local.folder / blob_key(digest), (5, 5))
    (item,) = local.open().list_blobs()
    assert isinstance(item, StoredFile)
    assert item.mtime_s == 5.0


def test_what_is_deleted_is_gone_and_nothing_else(filled: Place) -> None:
    store = filled.open()
    before = filled.keys("")
    one, none = digest_of(b"one"), digest_of(b"none")
    store.delete_blobs([none, one])
    store.delete_manifests([digest_of(b"{}")])
    gone = {blob_key(digest_of(b"one")), manifest_key(digest_of(b"{}"))}
    assert filled.keys("") == before - gone
    store.delete_blobs([one])
    store.delete_manifests([digest_of(b"{}")])
    assert store.size_bytes(digest_of(b"one")) is None
    assert not store.has_manifest(digest_of(b"{}"))
    assert store.missing([digest_of(content) for content in FILES]) == [digest_of(b"one")]


@pytest.mark.parametrize("word", ["../../x", "blake3:../x", "", "blake3:" + "A" * 64])
def test_what_is_no_digest_reaches_no_file(filled: Place, word: str) -> None:
    store = filled.open()
    before = filled.keys("")
    for act in (store.quarantine, store.has_manifest):
        with pytest.raises(IntegrityError):
            act(word)
    for delete in (store.delete_blobs, store.delete_manifests):
        with pytest.raises(IntegrityError):
            delete([word])
    assert filled.keys("") == before


FOREIGN = (
    "README",
    "ab/README",
    "ab/" + "ab" * 31,
    "ab/" + "cd" * 32,
    "ab/" + "AB" * 32,
    "ab/" + "ab" * 32 + ".tmp",
    "abc/" + "ab" * 32,
    "AB/" + "AB" * 32,
)


@pytest.mark.parametrize("folder", ["blobs", "manifests"])
@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_none_of_ours_is_named_and_no_blob(filled: Place, folder: str, name: str) -> None:
    filled.write(f"{folder}/{name}", b"theirs")
    store = filled.open()
    listed = list(store.list_blobs() if folder == "blobs" else store.list_manifests())
    expected = f"{folder}/{name}" if name.startswith("ab/") or "/" not in name else None
    places = [item.path for item in listed if isinstance(item, Foreign)]
    assert places == [expected or f"{folder}/{name.partition('/')[0]}"]
    assert len(listed) == (4 if folder == "blobs" else 2)


def test_a_blob_is_no_manifest_and_a_manifest_no_blob(filled: Place) -> None:
    filled.write(f"manifests/ab/{'ab' * 32}", b"")
    filled.write(f"blobs/ab/{'ab' * 32}.json", b"")
    store = filled.open()
    assert Foreign(f"manifests/ab/{'ab' * 32}") in list(store.list_manifests())
    assert Foreign(f"blobs/ab/{'ab' * 32}.json") in list(store.list_blobs())


def test_links_and_folders_among_blobs_are_foreign(local: LocalPlace, tmp_path: Path) -> None:
    shard = local.folder / "blobs" / "ab"
    shard.mkdir(parents=True)
    (shard / ("ab" * 32)).symlink_to(tmp_path)
    (shard / ("ab" + "cd" * 31)).mkdir()
    (local.folder / "blobs" / "cd").symlink_to(shard)
    assert set(local.open().list_blobs()) == {
        Foreign(f"blobs/ab/{'ab' * 32}"),
        Foreign(f"blobs/ab/ab{'cd' * 31}"),
        Foreign("blobs/cd"),
    }


@pytest.mark.parametrize("harm", [flipped(b"one"), b"", b"on", b"one+"])
def test_wrong_bytes_are_put_aside_whole(filled: Place, harm: bytes) -> None:
    digest = digest_of(b"one")
    filled.write(blob_key(digest), harm)
    store = filled.open()
    assert store.quarantine(digest)
    assert store.size_bytes(digest) is None
    (key,) = filled.keys("quarantine")
    assert filled.read(key) == harm
    assert os.path.basename(key).startswith(digest.removeprefix("blake3:"))
    assert not store.quarantine(digest)


def test_wrong_bytes_put_aside_twice_are_kept_twice(filled: Place) -> None:
    digest = digest_of(b"one")
    for harm in (b"bad", b"worse"):
        filled.write(blob_key(digest), harm)
        assert filled.open().quarantine(digest)
    assert {filled.read(key) for key in filled.keys("quarantine")} == {b"bad", b"worse"}


def test_a_blob_that_is_right_stays_in_its_place(filled: Place) -> None:
    digest = digest_of(b"one")
    assert not filled.open().quarantine(digest)
    assert filled.read(blob_key(digest)) == b"one"
    assert filled.keys("quarantine") == set()


def test_a_blob_healed_while_it_is_looked_at_stays_as_it_was_healed(
    local: LocalPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was moved aside is right after all, and somebody stores it again meanwhile."""
    sources = write_files(tmp_path / "files", b"one")
    (digest,) = local.open().put(sources)
    real = quarantining.hash_file

    def heal(descriptor: int) -> tuple[str, int]:
        local.open().put(sources)
        return real(descriptor)

    monkeypatch.setattr(quarantining, "hash_file", heal)
    assert not local.open().quarantine(digest)
    assert local.read(blob_key(digest)) == b"one"
    assert local.keys("quarantine") == set()


def test_a_link_in_the_place_of_a_blob_is_put_aside_unfollowed(
    local: LocalPlace, tmp_path: Path
) -> None:
    (digest,) = local.open().put(write_files(tmp_path / "files", b"one"))
    place = local.folder / blob_key(digest)
    place.unlink()
    place.symlink_to(tmp_path / "files" / "0")
    assert local.open().quarantine(digest)
    assert not os.path.lexists(place)
    assert (tmp_path / "files" / "0").read_bytes() == b"one"


# --- work in progress


@contextmanager
def working(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another process that has reserved a prefix, and works until it is killed."""
    script = (
        "import sys\n"
        "from artifactctl.drafts import reserve\n"
        "with reserve(sys.argv[1]) as prefix:\n"
        "    print(prefix, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def test_what_a_living_process_works_on_stays_and_what_a_dead_one_left_goes(
    local: LocalPlace,
) -> None:
    tmp = local.folder / "tmp"
    with working(tmp) as (process, prefix):
        (tmp / f"{prefix}-1").write_bytes(b"12345")
        before = sorted(tmp.iterdir())
        assert local.open().clear_temporary(dry_run=False) == []
        assert sorted(tmp.iterdir()) == before
        process.kill()
        process.wait()
        assert sorted(local.open().clear_temporary(dry_run=True)) == [0, 5]
        assert sorted(tmp.iterdir()) == before
        assert sorted(local.open().clear_temporary(dry_run=False)) == [0, 5]
    assert list(tmp.iterdir()) == []


def test_every_file_of_abandoned_work_goes_whatever_it_is_called(local: LocalPlace) -> None:
    prefix = "0123456789abcdef"
    for name in (f"{prefix}-1", f"{prefix}-catalog", f"{prefix}-lock"):
        local.write(f"tmp/{name}", b"x")
    assert local.open().clear_temporary(dry_run=False) == [1, 1, 1]
    assert local.keys("tmp") == set()


@pytest.mark.parametrize("end", ["-journal", "-wal", "-shm"])
def test_the_journal_of_an_abandoned_catalog_goes_with_it(local: LocalPlace, end: str) -> None:
    local.write(f"tmp/0123456789abcdef-catalog{end}", b"x")
    os.utime(local.folder / "tmp" / f"0123456789abcdef-catalog{end}", (1, 1))
    assert local.open().clear_temporary(dry_run=False) == [1]


@pytest.mark.parametrize(
    "name", ["mine", "0123-1", "0123456789ABCDEF-1", "0123456789abcdef", "0123456789abcdef-a b"]
)
def test_files_of_no_form_of_ours_stay_however_old_they_are(local: LocalPlace, name: str) -> None:
    local.write(f"tmp/{name}", b"theirs")
    local.write(f"tmp/folder/{name}", b"theirs")
    os.utime(local.folder / "tmp" / name, (1, 1))
    assert local.open().clear_temporary(dry_run=False) == []
    assert local.keys("tmp") == {f"tmp/{name}", f"tmp/folder/{name}"}


def test_clearing_up_never_disturbs_those_who_store(local: LocalPlace, tmp_path: Path) -> None:
    from tests.store.places import at_once

    sources = write_files(tmp_path / "files", *(b"%d" % number for number in range(20)))

    def act(number: int) -> None:
        for _ in range(15):
            if number == 0:
                local.open().clear_temporary(dry_run=False)
            else:
                local.open().put(sources)
                local.open().put_manifest(b"%d" % number)

    at_once(4, act)
    assert local.keys("tmp") == set()
    assert len(local.keys("blobs")) == 20
