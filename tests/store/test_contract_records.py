"""What every store must do with manifests and records, and when several write at once."""

import multiprocessing
import uuid
from pathlib import Path

import pytest

from artifactctl.digests import blob_key, digest_of, manifest_key
from artifactctl.errors import CatalogUnusableError, IntegrityError
from artifactctl.store import open_store
from tests.store.places import Place, at_once, source_of, write_files

pytestmark = pytest.mark.usefixtures("small_chunks")

BIG = bytes(range(256)) * 5
SMALL = b"a small file"
RECORD = str(uuid.uuid4())


@pytest.mark.parametrize("harmed", [b"", b'{"files":[1]}', b'{"files":'])
def test_a_damaged_manifest_is_refused_until_it_is_put_again(place: Place, harmed: bytes) -> None:
    store = place.open()
    digest = store.put_manifest(b'{"files":[]}')
    place.write(manifest_key(digest), harmed)
    with pytest.raises(IntegrityError, match="damaged"):
        store.get_manifest(digest)
    assert store.put_manifest(b'{"files":[]}') == digest
    assert store.get_manifest(digest) == b'{"files":[]}'
    assert [place.read(key) for key in place.keys("quarantine")] == [harmed]


def test_threads_put_the_same_blobs_at_once(place: Place, tmp_path: Path) -> None:
    files = [SMALL, BIG, *(b"%d" % number for number in range(40))]
    sources = write_files(tmp_path / "files", *files)

    def act(_number: int) -> None:
        assert place.open().put(sources) == [digest_of(content) for content in files]
        place.open().put_manifest(b"{}")

    at_once(6, act)
    assert {place.read(key) for key in place.keys("blobs")} == set(files)
    assert place.keys("tmp") | place.keys("quarantine") == set()


def put_all(url: str, folder: str) -> list[str]:
    return open_store(url).put([source_of(path) for path in sorted(Path(folder).iterdir())])


def test_processes_put_the_same_blobs_at_once(place: Place, tmp_path: Path) -> None:
    write_files(tmp_path / "files", SMALL, BIG, *(b"%d" % number for number in range(5)))
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        work = [(place.open().url, str(tmp_path / "files"))] * 6
        results = pool.starmap(put_all, work, chunksize=1)
    assert len({tuple(digests) for digests in results}) == 1
    assert all(blob_key(digest_of(place.read(key) or b"")) == key for key in place.keys("blobs"))
    assert len(place.keys("blobs")) == 7
    assert place.keys("tmp") == set()


@pytest.mark.parametrize(
    "content", [b'{"format": 2, "digest": "blake3"}', b'{"format": 1, "digest": "sha256"}', b"[1]"]
)
def test_a_store_of_a_newer_format_is_not_written_to(
    place: Place, tmp_path: Path, content: bytes
) -> None:
    place.write("format.json", content)
    with pytest.raises(CatalogUnusableError, match="format"):
        place.open().put(write_files(tmp_path / "files", SMALL))
    assert place.keys("blobs") == set()


def test_an_unreadable_format_is_an_error(place: Place) -> None:
    place.write("format.json", b"{")
    with pytest.raises(CatalogUnusableError, match=r"unreadable format\.json"):
        place.open().put_manifest(b"{}")


def test_the_format_is_written_down(place: Place) -> None:
    place.open().put_manifest(b"{}")
    assert place.read("format.json") in (
        b'{"digest":"blake3","format":1}',
        b'{"format":1,"digest":"blake3"}',
    )
