"""The contract of stores, as a suite of tests for pytest.

class TestMyStore(StoreContract):
    @pytest.fixture
    def place(self, tmp_path):
        return MyPlace(tmp_path)
"""

import io
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from artifactctl.digests import blob_key, digest_of, manifest_key
from artifactctl.errors import CatalogUnusableError, ConflictError, IntegrityError
from artifactctl.store import Foreign, Owner, Store, StoredFile
from artifactctl.testing.places import Place, flipped, source_of, write_files

SMALL = b"a small file"
MANIFEST = b'{"files":[]}'
RECORD = str(uuid.UUID(int=9))
ONE = Owner(str(uuid.UUID(int=1)), "sqlite:////one/catalog.db")
TWO = Owner(str(uuid.UUID(int=2)), "sqlite:////two/catalog.db")
HARMS = ("flipped", "truncated", "emptied", "longer")


def read(store: Store, digest: str) -> bytes:
    """All bytes of a blob."""
    with store.open(digest) as blob:
        return blob.read()


def harmed(content: bytes, harm: str) -> bytes:
    """Bytes that are damaged in one of the ways of `HARMS`."""
    return {
        "flipped": flipped(content, len(content) // 2),
        "truncated": content[:-3],
        "emptied": b"",
        "longer": content + b"x",
    }[harm]


class StoreContract:
    """The suite; a subclass gives the fixture `place`, a new and empty store for each test.

    `big` is a file that the store treats as a big one. `compares_content`: storing a file again
    finds damage that leaves the size as it is; otherwise `quarantine` has to find it first.
    `is_all_or_nothing`: a batch that fails leaves no blob behind.
    """

    big = bytes(range(256)) * 5
    compares_content = True
    is_all_or_nothing = True

    @pytest.fixture
    def owned(self, place: Place) -> Callable[[Owner], Store]:
        """Opens the store as the one of a catalog; a subclass overrides it."""
        raise NotImplementedError

    # --- blobs

    def test_files_come_back_as_they_were_put(self, place: Place, tmp_path: Path) -> None:
        files = [b"", SMALL, self.big, b"\0" * 100, SMALL]
        digests = place.open().put(write_files(tmp_path / "files", *files))
        assert digests == [digest_of(content) for content in files]
        store = place.open()
        assert [read(store, digest) for digest in digests] == files
        assert [store.size_bytes(digest) for digest in digests] == [len(file) for file in files]
        assert place.keys("blobs") == {blob_key(digest) for digest in digests}
        assert place.keys("tmp") == set()

    @pytest.mark.parametrize("is_big", [False, True])
    def test_a_stream_comes_back_as_it_was_put(self, place: Place, is_big: bool) -> None:
        content = self.big if is_big else SMALL
        store = place.open()
        assert store.put_stream(io.BytesIO(content)) == (digest_of(content), len(content))
        assert store.put_stream(io.BytesIO(content)) == (digest_of(content), len(content))
        assert read(store, digest_of(content)) == content

    def test_a_stream_that_gives_little_at_a_time_is_read_to_its_end(self, place: Place) -> None:
        class Trickle(io.BytesIO):
            def read(self, _size: int | None = -1) -> bytes:
                return super().read(7)

        content = bytes(range(256)) * 3
        assert place.open().put_stream(Trickle(content)) == (digest_of(content), len(content))

    def test_reading_may_begin_anywhere_and_end_anywhere(
        self, place: Place, tmp_path: Path
    ) -> None:
        (digest,) = place.open().put(write_files(tmp_path / "files", self.big))
        with place.open().open(digest) as blob:
            assert blob.read(10) == self.big[:10]
            assert blob.seekable()
            blob.seek(len(self.big) - 7)
            assert blob.read() == self.big[-7:]
            assert blob.read(1) == b""

    def test_parts_are_read_from_anywhere(self, place: Place, tmp_path: Path) -> None:
        content = bytes(range(251)) * (1 << 13)
        (digest,) = place.open().put(write_files(tmp_path / "files", content))
        with place.open().open_parts(digest) as blob:
            for start in (len(content) - 5, 3, 700_000, 0):
                assert blob.seek(start) == blob.tell() == start
                assert blob.read(5) == content[start : start + 5]
            blob.seek(0)
            assert b"".join(iter(lambda: blob.read(1 << 20), b"")) == content
        with pytest.raises(IntegrityError):
            place.open().open_parts(digest_of(b"never stored"))

    def test_many_files_are_stored_at_once_and_found_again(
        self, place: Place, tmp_path: Path
    ) -> None:
        files = [b"%d" % number for number in range(300)]
        sources = write_files(tmp_path / "files", *files)
        expected = [digest_of(content) for content in files]
        counts: list[int] = []
        assert place.open().put(sources, counts.append, jobs=8) == expected
        assert sum(counts) == sum(map(len, files))
        assert place.open().put(sources, counts.append) == expected
        assert sum(counts) == 2 * sum(map(len, files))
        gone = digest_of(b"never stored")
        assert place.open().missing([*expected, gone]) == [gone]

    def test_many_files_are_read_in_one_block_by_several_threads(
        self, place: Place, tmp_path: Path
    ) -> None:
        files = [b"%d" % number for number in range(60)]
        digests = place.open().put(write_files(tmp_path / "files", *files))
        store = place.open()

        def read(digest: str) -> bytes:
            with store.open(digest) as blob:
                return b"".join(iter(lambda: blob.read(100), b""))

        with store.reading_many(), store.reading_many(), ThreadPoolExecutor(4) as pool:
            assert list(pool.map(read, digests)) == files
            with pytest.raises(IntegrityError):
                store.open(digest_of(b"never stored"))
        assert read(digests[0]) == files[0]
        assert len(place.keys("blobs")) == len(files)

    def test_what_is_lacking_is_told_by_size(self, place: Place, tmp_path: Path) -> None:
        files = [b"%d" % number for number in range(300)]
        store = place.open()
        digests = store.put(write_files(tmp_path / "files", *files, self.big))
        sizes = dict(zip(digests, map(len, [*files, self.big]), strict=True))
        few = dict(list(sizes.items())[-3:])
        assert place.open().lacking({}) == place.open().lacking(sizes) == set()
        place.remove(blob_key(digests[0]))
        place.write(blob_key(digests[1]), b"")
        place.write(blob_key(digests[-1]), self.big[:-1])
        gone = digest_of(b"never stored")
        assert place.open().lacking({**sizes, gone: 3}) == {*digests[:2], digests[-1], gone}
        assert place.open().lacking({**few, gone: 3}) == {digests[-1], gone}
        with pytest.raises(IntegrityError, match="is not a digest"):
            place.open().lacking({"blake3:../../x": 1})

    def test_progress_adds_up_to_all_bytes(self, place: Place, tmp_path: Path) -> None:
        sources = write_files(tmp_path / "files", SMALL, self.big, b"", SMALL)
        for _ in range(2):
            counts: list[int] = []
            place.open().put(sources, counts.append)
            assert sum(counts) == 2 * len(SMALL) + len(self.big)

    @pytest.mark.parametrize(
        ("harm", "way", "is_big"),
        [
            *((harm, "file", False) for harm in HARMS),
            ("flipped", "stream", False),
            ("flipped", "expected file", True),
            ("truncated", "expected file", True),
            ("longer", "stream", True),
        ],
    )
    def test_a_damaged_blob_is_healed_and_its_bytes_are_kept_aside(
        self, place: Place, tmp_path: Path, is_big: bool, harm: str, way: str
    ) -> None:
        content = self.big if is_big else SMALL
        (source,) = write_files(tmp_path / "files", content)
        (digest,) = place.open().put([source])
        bad = harmed(content, harm)
        place.write(blob_key(digest), bad)
        store = place.open()
        if harm == "flipped" and not self.compares_content:
            assert store.quarantine(digest)
        if way == "stream":
            store.put_stream(io.BytesIO(content))
        else:
            store.put([source_of(Path(source.path), digest if way != "file" else None)])
        assert read(store, digest) == content
        assert [place.read(key) for key in place.keys("quarantine")] == [bad]

    def test_an_expectation_that_is_wrong_does_no_harm(self, place: Place, tmp_path: Path) -> None:
        (source,) = write_files(tmp_path / "files", self.big)
        store = place.open()
        again = source_of(Path(source.path), digest_of(SMALL))
        assert store.put([again]) == [digest_of(self.big)]
        assert read(store, digest_of(self.big)) == self.big

    @pytest.mark.parametrize("is_big", [False, True])
    def test_a_file_that_changed_since_it_was_found_is_refused(
        self, place: Place, tmp_path: Path, is_big: bool
    ) -> None:
        content = self.big if is_big else SMALL
        (source,) = write_files(tmp_path / "files", content)
        Path(source.path).write_bytes(content + b"more")
        with pytest.raises(ConflictError, match="changed while it was read"):
            place.open().put([source])
        assert place.keys("blobs") | place.keys("tmp") == set()

    def test_an_error_on_the_way_leaves_no_half_of_a_file(
        self, place: Place, tmp_path: Path
    ) -> None:
        sources = write_files(tmp_path / "files", self.big, SMALL)

        def fail(_count: int) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            place.open().put(sources, fail)
        left = place.keys("blobs")
        assert place.keys("tmp") == set()
        assert all(blob_key(digest_of(place.read(key) or b"")) == key for key in left)
        assert not (left and self.is_all_or_nothing)

    def test_a_stream_that_breaks_leaves_nothing_behind(self, place: Place) -> None:
        class Broken(io.BytesIO):
            def read(self, _size: int | None = -1) -> bytes:
                if self.tell() > 300:
                    raise OSError(5, "Input/output error")
                return super().read(100)

        with pytest.raises(OSError, match="Input/output error"):
            place.open().put_stream(Broken(self.big))
        assert place.keys("blobs") | place.keys("tmp") == set()

    def test_a_blob_that_is_missing_is_an_integrity_error(self, place: Place) -> None:
        store = place.open()
        gone = digest_of(b"never stored")
        assert store.size_bytes(gone) is None
        assert store.missing([gone]) == [gone]
        assert store.missing([]) == []
        with pytest.raises(IntegrityError, match="missing"):
            store.open(gone)

    @pytest.mark.parametrize(
        "digest", ["", "blake3:", "blake3:../../x", "md5:00", "blake3:" + "Z" * 64]
    )
    def test_what_is_no_digest_never_becomes_a_path(self, place: Place, digest: str) -> None:
        store = place.open()
        for use in (store.open, store.size_bytes, store.get_manifest, store.path):
            with pytest.raises(IntegrityError, match="is not a digest"):
                use(digest)

    def test_reading_makes_nothing(self, place: Place) -> None:
        store = place.open()
        assert store.missing([digest_of(b"x")]) == [digest_of(b"x")]
        assert store.get_record(RECORD) is None
        assert not store.holds_records()
        assert store.owners() == []
        for listed in (store.list_blobs, store.list_manifests, store.list_records):
            assert list(listed()) == []
        assert not store.has_manifest(digest_of(b"{}"))
        assert place.keys("") == set()

    def test_a_workspace_is_a_folder_of_this_machine_while_it_is_used(self, place: Place) -> None:
        store = place.open()
        with store.workspace() as folder:
            Path(folder, "file").write_bytes(SMALL)
            assert place.open().is_in_use(Path(folder).name)
            (digest,) = store.put([source_of(Path(folder, "file"))], move=True)
        assert not Path(folder).exists()
        assert not store.is_in_use(Path(folder).name)
        assert read(store, digest) == SMALL

    # --- manifests and records

    def test_a_manifest_comes_back_under_its_digest(self, place: Place) -> None:
        digest = place.open().put_manifest(MANIFEST)
        assert digest == digest_of(MANIFEST) == place.open().put_manifest(MANIFEST)
        assert place.open().get_manifest(digest) == MANIFEST
        assert place.open().has_manifest(digest)

    @pytest.mark.parametrize("harm", HARMS)
    def test_a_damaged_manifest_is_refused_until_it_is_put_again(
        self, place: Place, harm: str
    ) -> None:
        digest = place.open().put_manifest(MANIFEST)
        place.write(manifest_key(digest), harmed(MANIFEST, harm))
        with pytest.raises(IntegrityError, match="damaged"):
            place.open().get_manifest(digest)
        assert place.open().put_manifest(MANIFEST) == digest
        assert place.open().get_manifest(digest) == MANIFEST
        assert [place.read(key) for key in place.keys("quarantine")] == [harmed(MANIFEST, harm)]

    def test_a_large_manifest_comes_in_parts(self, place: Place) -> None:
        parts = [MANIFEST[:3], MANIFEST[3:4], MANIFEST[4:]]
        digest = place.open().put_manifest(iter(parts))
        assert digest == digest_of(MANIFEST) == place.open().put_manifest(iter(parts))
        assert place.open().get_manifest(digest) == MANIFEST
        place.write(manifest_key(digest), b"?")
        assert place.open().put_manifest(iter(parts)) == digest
        assert place.open().get_manifest(digest) == MANIFEST
        assert [place.read(key) for key in place.keys("quarantine")] == [b"?"]
        assert place.keys("tmp") == place.keys("blobs") == set()

    def test_a_missing_manifest_is_an_integrity_error(self, place: Place) -> None:
        digest = place.open().put_manifest(MANIFEST)
        place.remove(manifest_key(digest))
        with pytest.raises(IntegrityError, match="missing"):
            place.open().get_manifest(digest)

    def test_a_record_is_replaced_whole(self, place: Place) -> None:
        store = place.open()
        assert not store.holds_records()
        store.put_records({RECORD: b"a long first record"})
        store.put_records({RECORD: b"short"})
        assert place.open().get_record(RECORD) == b"short"
        assert place.open().holds_records()
        assert list(place.open().list_records()) == [RECORD]
        assert place.keys("records") == {f"records/{RECORD}.json"}
        assert place.keys("tmp") == set()

    def test_readers_of_a_record_never_see_half_of_it(self, place: Place) -> None:
        store = place.open()
        store.put_records({RECORD: b"0" * 5000})

        def act(number: int) -> None:
            for _ in range(10):
                if number < 2:
                    place.open().put_records({RECORD: b"%d" % number * 5000})
                found = store.get_record(RECORD) or b""
                assert len(found) == 5000
                assert len(set(found)) == 1

        at_once(3, act)

    def test_threads_put_the_same_blobs_at_once(self, place: Place, tmp_path: Path) -> None:
        files = [SMALL, *(b"%d" % number for number in range(30))]
        sources = write_files(tmp_path / "files", *files)

        def act(_number: int) -> None:
            assert place.open().put(sources) == [digest_of(content) for content in files]
            place.open().put_manifest(MANIFEST)

        at_once(4, act)
        assert {place.read(key) for key in place.keys("blobs")} == set(files)
        assert place.keys("tmp") | place.keys("quarantine") == set()

    # --- the store as a whole

    def test_everything_that_is_kept_is_listed_once_with_its_size(
        self, place: Place, tmp_path: Path
    ) -> None:
        files = (b"one", b"two", b"x" * 3000)
        store = place.open()
        store.put(write_files(tmp_path / "files", *files))
        store.put_manifest(b"{}")
        listed = [item for item in store.list_blobs() if isinstance(item, StoredFile)]
        assert len(listed) == len(files)
        assert {(item.digest, item.size_bytes) for item in listed} == {
            (digest_of(content), len(content)) for content in files
        }
        (manifest,) = store.list_manifests()
        assert isinstance(manifest, StoredFile)
        assert (manifest.digest, manifest.size_bytes) == (digest_of(b"{}"), 2)
        assert list(store.list_foreign()) == []

    @pytest.mark.parametrize("name", ["README", "ab/README", "ab/" + "cd" * 32, "ab/" + "AB" * 32])
    @pytest.mark.parametrize("folder", ["blobs", "manifests"])
    def test_what_is_none_of_ours_is_named_and_is_no_blob(
        self, place: Place, folder: str, name: str
    ) -> None:
        store = place.open()
        store.put_manifest(MANIFEST)
        place.write(f"{folder}/{name}", b"theirs")
        listed = [*store.list_blobs(), *store.list_manifests()]
        assert [item for item in listed if isinstance(item, Foreign)] == [
            Foreign(f"{folder}/{name}")
        ]
        assert len(listed) == 2

    @pytest.mark.parametrize("harm", HARMS)
    def test_wrong_bytes_are_put_aside_whole(self, place: Place, tmp_path: Path, harm: str) -> None:
        (digest,) = place.open().put(write_files(tmp_path / "files", SMALL))
        assert not place.open().quarantine(digest)
        place.write(blob_key(digest), harmed(SMALL, harm))
        store = place.open()
        assert store.quarantine(digest)
        assert store.size_bytes(digest) is None
        assert store.has_quarantined(digest)
        (key,) = place.keys("quarantine")
        assert place.read(key) == harmed(SMALL, harm)
        assert not store.quarantine(digest)
        with pytest.raises(IntegrityError, match="quarantine"):
            store.open(digest)

    @pytest.mark.parametrize("content", [b'{"format": 2, "digest": "blake3"}', b"[1]", b"{"])
    def test_a_store_of_another_format_is_not_written_to(
        self, place: Place, tmp_path: Path, content: bytes
    ) -> None:
        place.write("format.json", content)
        with pytest.raises(CatalogUnusableError, match="format"):
            place.open().put(write_files(tmp_path / "files", SMALL))
        assert place.keys("") == {"format.json"}

    def test_a_place_with_other_files_does_not_become_a_store(self, place: Place) -> None:
        place.write("theirs/data.bin", b"theirs")
        with pytest.raises(ConflictError, match="neither a store nor an empty folder"):
            place.open().put_manifest(MANIFEST)
        assert place.keys("") == {"theirs/data.bin"}

    def test_every_file_of_the_store_is_listed_with_its_size(
        self, place: Place, tmp_path: Path
    ) -> None:
        store = place.open()
        assert list(store.list_sizes()) == []
        digests = store.put(write_files(tmp_path / "files", SMALL, self.big))
        manifest = store.put_manifest(MANIFEST)
        store.put_records({RECORD: b"{}"})
        found = dict(store.list_sizes())
        assert found[blob_key(digests[0])] == len(SMALL)
        assert found[blob_key(digests[1])] == len(self.big)
        assert found[manifest_key(manifest)] == len(MANIFEST)
        assert sum(name.startswith("records/") for name in found) == 1

    # --- owners

    def test_a_second_catalog_changes_nothing_and_is_told_of_the_first(
        self, place: Place, owned: Callable[[Owner], Store], tmp_path: Path
    ) -> None:
        (digest,) = owned(ONE).put(write_files(tmp_path / "files", SMALL))
        before = place.keys("")
        for change in (
            lambda: owned(TWO).put_manifest(MANIFEST),
            lambda: owned(TWO).put_records({RECORD: b"{}"}),
        ):
            with pytest.raises(ConflictError) as refused:
                change()
            assert all(word in refused.value.message for word in (ONE.catalog, TWO.catalog))
        place.write(blob_key(digest), b"bad")
        with pytest.raises(ConflictError):
            owned(TWO).quarantine(digest)
        assert place.keys("") == before
        assert place.open().owners() == [ONE]
        owned(ONE).put_manifest(MANIFEST)

    def test_a_catalog_that_has_moved_says_where_it_is_now(
        self, place: Place, owned: Callable[[Owner], Store]
    ) -> None:
        owned(ONE).put_manifest(MANIFEST)
        moved = Owner(ONE.catalog_id, "sqlite:////elsewhere/catalog.db")
        owned(moved).put_manifest(MANIFEST)
        assert place.open().owners() == [moved]

    def test_of_two_that_claim_at_once_never_both_get_it(
        self, place: Place, owned: Callable[[Owner], Store]
    ) -> None:
        won: list[Owner] = []

        def act(number: int) -> None:
            owner = (ONE, TWO)[number]
            try:
                owned(owner).put_manifest(MANIFEST)
            except ConflictError:
                return
            won.append(owner)

        at_once(2, act)
        assert len(won) <= 1
        assert place.open().owners() in ([], won)


def at_once(count: int, action: Callable[[int], None]) -> None:
    """Run `action(0)`, `action(1)` … in threads that start together; raise what any raised."""
    barrier = threading.Barrier(count)
    errors: list[BaseException] = []

    def work(number: int) -> None:
        barrier.wait()
        try:
            action(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
