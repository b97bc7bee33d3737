"""File systems that know no second names, no modes and no renames that never replace."""

import io
import os
from pathlib import Path
from typing import Any

import pytest

from artifactctl import durable
from artifactctl.digests import blob_key, digest_of, manifest_key
from artifactctl.store import quarantining
from artifactctl.store.local import LocalStore
from tests.store.places import LocalPlace, flipped, source_of, write_files

pytestmark = pytest.mark.usefixtures("small_chunks")

BIG = bytes(range(256)) * 5
SMALL = b"a small file"


@pytest.fixture(params=[1, 95, 38])
def plain(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not offered says so: not permitted, not supported, not implemented."""

    def not_offered(*_: object, **__: object) -> None:
        raise OSError(request.param, os.strerror(request.param))

    monkeypatch.setattr(os, "link", not_offered)
    monkeypatch.setattr(durable, "_renameat2", lambda: None)


@pytest.fixture
def place(tmp_path: Path) -> LocalPlace:
    return LocalPlace(tmp_path / "store")


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize("content", [SMALL, BIG, b""])
def test_what_is_damaged_is_kept_whole_where_a_file_has_one_name_only(
    place: LocalPlace, tmp_path: Path, content: bytes
) -> None:
    sources = write_files(tmp_path / "files", content)
    (digest,) = place.open().put(sources)
    harmed = flipped(content) if content else b"something"
    place.write(blob_key(digest), harmed)
    place.open().put([source_of(Path(sources[0].path))])
    assert place.read(blob_key(digest)) == content
    assert [place.read(key) for key in place.keys("quarantine")] == [harmed]


@pytest.mark.usefixtures("plain")
def test_a_damaged_manifest_heals_there_too(place: LocalPlace) -> None:
    digest = place.open().put_manifest(b"{}")
    place.write(manifest_key(digest), b"[]")
    place.open().put_manifest(b"{}")
    assert place.open().get_manifest(digest) == b"{}"
    assert [place.read(key) for key in place.keys("quarantine")] == [b"[]"]


@pytest.mark.usefixtures("plain")
def test_what_cannot_be_read_whole_is_moved_there(
    place: LocalPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = write_files(tmp_path / "files", BIG)
    (digest,) = place.open().put(sources)

    def fail(*_: object) -> str:
        raise OSError(5, "Input/output error")

    place.write(blob_key(digest), flipped(BIG))
    inode = (place.folder / blob_key(digest)).stat().st_ino
    monkeypatch.setattr(quarantining, "copy_file", fail)
    place.open().put([source_of(Path(sources[0].path))])
    assert place.read(blob_key(digest)) == BIG
    (aside,) = place.keys("quarantine")
    assert (place.folder / aside).stat().st_ino == inode


@pytest.mark.usefixtures("plain")
def test_a_blob_that_was_healed_meanwhile_goes_back_there_too(
    place: LocalPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = write_files(tmp_path / "files", SMALL)
    (digest,) = place.open().put(sources)
    real = quarantining.hash_file
    place.write(blob_key(digest), flipped(SMALL))

    def heal(descriptor: int) -> tuple[str, int]:
        found = real(descriptor)
        place.write(blob_key(digest), SMALL)
        return found

    monkeypatch.setattr(quarantining, "hash_file", heal)
    assert not place.open().quarantine(digest)
    assert place.read(blob_key(digest)) == SMALL
    assert place.keys("quarantine") == set()


@pytest.mark.usefixtures("plain")
def test_modes_that_cannot_be_set_keep_nothing_from_being_stored(
    place: LocalPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_permitted(*_: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "fchmod", not_permitted)
    monkeypatch.setattr(os, "chmod", not_permitted)
    store = LocalStore(place.folder)
    with store.workspace() as folder:
        path = Path(folder) / "file"
        path.write_bytes(BIG)
        assert store.put([source_of(path)], move=True) == [digest_of(BIG)]
    assert store.put_stream(io.BytesIO(SMALL))[0] == digest_of(SMALL)
    assert place.keys("tmp") == set()
