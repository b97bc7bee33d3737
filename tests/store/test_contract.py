"""What every store must do, whatever is behind it."""

import io
import uuid
from pathlib import Path

import pytest
from blake3 import blake3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artifactctl.digests import blob_key
from artifactctl.errors import ConflictError
from artifactctl.store import Store
from tests.store.conftest import CHUNK_BYTES, IN_MEMORY_BYTES
from tests.store.places import Place, Stores, flipped, source_of, write_files

pytestmark = pytest.mark.usefixtures("small_chunks")

BIG = bytes(range(256)) * 5
SMALL = b"a small file"
RECORD = str(uuid.uuid4())

sizes = st.sampled_from(
    [0, 1, IN_MEMORY_BYTES - 1, IN_MEMORY_BYTES, IN_MEMORY_BYTES + 1, CHUNK_BYTES]
) | st.integers(0, 5 * CHUNK_BYTES)
contents = st.builds(
    lambda size, seed: (seed * (size // 3 + 1))[:size], sizes, st.binary(min_size=3)
)


def read(store: Store, digest: str) -> bytes:
    with store.open(digest) as blob:
        return blob.read()


def blake(content: bytes) -> str:
    return "blake3:" + blake3(content).hexdigest()


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.lists(contents, min_size=1, max_size=4))
def test_files_come_back_as_they_were_put(
    stores: Stores, tmp_path: Path, files: list[bytes]
) -> None:
    store = stores().open()
    digests = store.put(write_files(tmp_path / uuid.uuid4().hex, *files))
    assert digests == [blake(content) for content in files]
    assert [read(store, digest) for digest in digests] == files
    assert [store.size_bytes(digest) for digest in digests] == [len(file) for file in files]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=contents)
def test_a_stream_comes_back_as_it_was_put(stores: Stores, content: bytes) -> None:
    store = stores().open()
    assert store.put_stream(io.BytesIO(content)) == (blake(content), len(content))
    assert read(store, blake(content)) == content


@pytest.mark.parametrize("content", [b"", SMALL, BIG])
def test_equal_files_are_stored_once(place: Place, tmp_path: Path, content: bytes) -> None:
    place.open().put(write_files(tmp_path / "a", content, content))
    place.open().put(write_files(tmp_path / "b", content))
    place.open().put_stream(io.BytesIO(content))
    assert place.keys("blobs") == {blob_key(blake(content))}


@pytest.mark.parametrize("content", [SMALL, BIG])
@pytest.mark.parametrize("harm", ["flipped", "truncated", "emptied", "longer"])
@pytest.mark.parametrize("way", ["file", "expected file", "stream"])
def test_a_damaged_blob_is_healed_and_its_bytes_are_kept_aside(
    place: Place, tmp_path: Path, content: bytes, harm: str, way: str
) -> None:
    harmed = {
        "flipped": flipped(content, len(content) // 2),
        "truncated": content[:-3],
        "emptied": b"",
        "longer": content + b"x",
    }[harm]
    sources = write_files(tmp_path / "files", content)
    (digest,) = place.open().put(sources)
    place.write(blob_key(digest), harmed)
    store = place.open()
    if way == "stream":
        store.put_stream(io.BytesIO(content))
    else:
        store.put([source_of(Path(sources[0].path), digest if way != "file" else None)])
    assert read(store, digest) == content
    assert [place.read(key) for key in place.keys("quarantine")] == [harmed]


def test_a_file_that_has_the_expected_digest_is_not_stored_again(
    place: Place, tmp_path: Path
) -> None:
    (source,) = write_files(tmp_path / "files", BIG)
    place.open().put([source])
    advanced: list[int] = []
    again = source_of(Path(source.path), expected=blake(BIG))
    assert place.open().put([again], advanced.append) == [blake(BIG)]
    assert sum(advanced) == len(BIG)
    assert place.keys("quarantine") == set()


@pytest.mark.parametrize("content", [SMALL, BIG])
def test_a_file_that_changed_since_it_was_found_is_refused(
    place: Place, tmp_path: Path, content: bytes
) -> None:
    sources = write_files(tmp_path / "files", b"other", content)
    Path(sources[1].path).write_bytes(content + b"more")
    with pytest.raises(ConflictError, match="changed while it was read"):
        place.open().put(sources)
    assert place.keys("blobs") | place.keys("tmp") == set()


@pytest.mark.parametrize("change", ["append", "truncate", "rewrite", "replace", "delete"])
def test_a_file_that_changes_while_it_is_read_is_refused_and_nothing_published(
    place: Place, tmp_path: Path, change: str
) -> None:
    small, source = write_files(tmp_path / "files", SMALL, BIG * 40)
    path = Path(source.path)

    def disturb(count: int) -> None:
        if count == len(SMALL) or not path.exists():
            return
        if change == "append":
            with path.open("ab") as file:
                file.write(b"more")
        elif change == "truncate":
            path.write_bytes(BIG)
        elif change == "rewrite":
            path.write_bytes(flipped(BIG * 40))
        elif change == "replace":
            path.rename(path.with_suffix(".old"))
            path.write_bytes(BIG * 40)
        else:
            path.unlink()

    if change in ("replace", "delete"):
        # The open file is still what was found: storing that is right, and so is refusing.
        try:
            digests = place.open().put([small, source], disturb)
        except ConflictError:
            assert place.keys("blobs") == set()
        else:
            assert digests[1] == blake(BIG * 40)
        return
    with pytest.raises(ConflictError, match="changed while it was read"):
        place.open().put([small, source], disturb)
    assert place.keys("blobs") | place.keys("tmp") == set()


@pytest.mark.parametrize("gone", ["nothing", "link", "folder"])
def test_a_path_that_is_no_file_any_more_is_refused(
    place: Place, tmp_path: Path, gone: str
) -> None:
    (source,) = write_files(tmp_path / "files", SMALL)
    path = Path(source.path)
    path.rename(tmp_path / "moved")
    if gone == "link":
        path.symlink_to(tmp_path / "moved")
    elif gone == "folder":
        path.mkdir()
    with pytest.raises(ConflictError):
        place.open().put([source])
    assert place.keys("blobs") | place.keys("tmp") == set()


def test_an_error_on_the_way_leaves_nothing_behind(place: Place, tmp_path: Path) -> None:
    sources = write_files(tmp_path / "files", SMALL, BIG, b"other")

    def fail(_count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        place.open().put(sources[1:], fail)
    assert place.keys("blobs") | place.keys("tmp") == set()


def test_a_stream_that_breaks_leaves_nothing_behind(place: Place) -> None:
    class Broken(io.BytesIO):
        def read(self, _size: int | None = -1) -> bytes:
            if self.tell() > 300:
                raise OSError(5, "Input/output error")
            return super().read(100)

    with pytest.raises(OSError, match="Input/output error"):
        place.open().put_stream(Broken(BIG))
    assert place.keys("blobs") | place.keys("tmp") == set()


def test_nothing_is_visible_before_the_whole_batch_is_there(place: Place, tmp_path: Path) -> None:
    seen: list[set[str]] = []
    sources = write_files(tmp_path / "files", SMALL, BIG, b"other")
    place.open().put(sources, lambda _count: seen.append(place.keys("blobs")))
    assert seen
    assert set().union(*seen) == set()
    assert len(place.keys("blobs")) == 3
