"""Links, FIFOs, devices, sockets and folders in the places of a store's files and folders."""

import io
import os
import stat
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from artifactctl.digests import blob_key, digest_of, manifest_key
from artifactctl.errors import ArtifactctlError, CatalogUnusableError, IntegrityError, UnsafeError
from artifactctl.store import Foreign, Owner
from artifactctl.store.local import LocalStore
from tests.store.oddities import MAKERS, in_time, seen
from tests.store.places import LocalPlace, write_files

pytestmark = pytest.mark.usefixtures("small_chunks")

SMALL = b"a small file"
BIG = bytes(range(256)) * 5
MANIFEST = b'{"files":[]}'
RECORD = str(uuid.UUID(int=1))
OWNER = Owner(str(uuid.UUID(int=2)), "sqlite:////home/catalog.db")

Use = Callable[[LocalStore], object]


@pytest.fixture(autouse=True)
def time_limit() -> Iterator[None]:
    with in_time():
        yield


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The good files, to be put again."""
    write_files(tmp_path / "files", SMALL, BIG)
    return tmp_path / "files"


@pytest.fixture
def place(tmp_path: Path, files: Path) -> LocalPlace:
    """A store of two blobs, a manifest, a record, damaged bytes, and work that was cut short."""
    made = LocalPlace(tmp_path / "store")
    store = LocalStore(made.folder, lambda: OWNER)
    put_again(store, files)
    made.write("quarantine/aside", b"damaged")
    made.write("tmp/0123456789abcdef-1", b"cut short")
    return made


def put_again(store: LocalStore, files: Path) -> None:
    from tests.store.places import source_of

    store.put([source_of(path) for path in sorted(files.iterdir())])
    store.put_manifest(MANIFEST)
    store.put_records({RECORD: b"{}"})


def handle(place: LocalPlace) -> LocalStore:
    return LocalStore(place.folder, lambda: OWNER)


def work(store: LocalStore) -> None:
    with store.workspace() as folder:
        (Path(folder) / "file").write_bytes(b"x")


SHARD = os.path.dirname(blob_key(digest_of(SMALL)))
MANIFEST_SHARD = os.path.dirname(manifest_key(digest_of(MANIFEST)))
USES: dict[str, Use] = {
    "put": lambda store: store.put_stream(io.BytesIO(SMALL)),
    "open": lambda store: store.open(digest_of(SMALL)).close(),
    "size": lambda store: store.size_bytes(digest_of(SMALL)),
    "missing": lambda store: store.missing([digest_of(SMALL), digest_of(BIG)]),
    "list blobs": lambda store: list(store.list_blobs()),
    "quarantine": lambda store: store.quarantine(digest_of(SMALL)),
    "put manifest": lambda store: store.put_manifest(MANIFEST),
    "get manifest": lambda store: store.get_manifest(digest_of(MANIFEST)),
    "has manifest": lambda store: store.has_manifest(digest_of(MANIFEST)),
    "list manifests": lambda store: list(store.list_manifests()),
    "put records": lambda store: store.put_records({RECORD: b"[]"}),
    "get record": lambda store: store.get_record(RECORD),
    "list records": lambda store: list(store.list_records()),
    "has quarantined": lambda store: store.has_quarantined(digest_of(SMALL)),
    "clear up": lambda store: store.clear_temporary(dry_run=False),
    "work": work,
    "is in use": lambda store: store.is_in_use("0123456789abcdef-work"),
    "owners": lambda store: store.owners(),
    "delete blob": lambda store: store.delete_blobs([digest_of(SMALL)]),
    "delete manifest": lambda store: store.delete_manifests([digest_of(MANIFEST)]),
}
BLOB_USES = {"put", "open", "size", "missing", "delete blob", "quarantine"}
MANIFEST_USES = {"put manifest", "get manifest", "has manifest", "delete manifest"}
WRITING = {"put", "put manifest", "put records", "delete blob", "delete manifest", "quarantine",
           "clear up", "work"}  # fmt: skip
# What cannot do without a folder; the rest may go on.
NEED = {
    "blobs": BLOB_USES | {"list blobs"} | WRITING,
    SHARD: BLOB_USES,
    "manifests": MANIFEST_USES | {"list manifests"} | WRITING,
    MANIFEST_SHARD: MANIFEST_USES,
    "records": {"put records", "get record", "list records"} | WRITING,
    "quarantine": {"has quarantined"},
    "tmp": {"clear up", "work", "is in use"} | WRITING,
    "owners": {"owners"} | WRITING,
}


def told(use: Use, store: LocalStore) -> ArtifactctlError | None:
    """The error that somebody is told, or None."""
    try:
        use(store)
    except ArtifactctlError as error:
        return error
    return None


def take_place(path: Path, outside: Path, kind: str) -> None:
    """Have something else where a folder was; what was there is outside, and tempting."""
    path.rename(outside / "real")
    if kind == "link to the folder":
        path.symlink_to(outside / "real")
    elif kind == "file":
        path.write_bytes(b"")
    else:
        MAKERS[kind](path)


FOLDER_KINDS = ["link to the folder", "file", *(kind for kind in MAKERS if kind != "folder")]


@pytest.mark.parametrize("kind", FOLDER_KINDS)
@pytest.mark.parametrize("folder", NEED)
def test_what_is_no_folder_of_the_store_is_named_and_never_followed(
    place: LocalPlace, tmp_path: Path, folder: str, kind: str
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    take_place(place.folder / folder, outside, kind)
    before = seen(outside)
    for name, use in USES.items():
        error = told(use, handle(place))
        if name in NEED[folder]:
            assert isinstance(error, IntegrityError), name
            assert f"{folder} in the store is " in error.message
        else:
            assert error is None, name
    assert seen(outside) == before
    assert not stat.S_ISDIR((place.folder / folder).lstat().st_mode)


def test_a_store_that_is_a_link_is_not_followed(place: LocalPlace, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(place.folder)
    before = seen(place.folder)
    for use in USES.values():
        with pytest.raises(UnsafeError, match="is a link") as refused:
            use(LocalStore(link))
        assert str(place.folder) in refused.value.hint
    assert seen(place.folder) == before


@pytest.mark.parametrize("kind", ["FIFO", "socket", "device", "file"])
def test_a_store_that_is_no_folder_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "store"
    if kind == "file":
        path.write_bytes(b"")
    else:
        MAKERS[kind](path)
    for use in USES.values():
        with pytest.raises(IntegrityError, match="not a folder"):
            use(LocalStore(path))


def test_links_on_the_way_to_a_store_are_the_users(place: LocalPlace, tmp_path: Path) -> None:
    (tmp_path / "way").symlink_to(tmp_path)
    store = LocalStore(tmp_path / "way" / "store", lambda: OWNER)
    for use in USES.values():
        use(store)
    assert place.read("quarantine/aside") == b"damaged"


FILES = {
    "small blob": blob_key(digest_of(SMALL)),
    "big blob": blob_key(digest_of(BIG)),
    "manifest": manifest_key(digest_of(MANIFEST)),
    "record": f"records/{RECORD}.json",
}


@pytest.mark.parametrize("kind", [*MAKERS, "link to the file"])
@pytest.mark.parametrize("file", FILES)
def test_what_is_no_file_is_told_and_gives_way_to_the_good_one(
    place: LocalPlace, files: Path, tmp_path: Path, file: str, kind: str
) -> None:
    path, outside = place.folder / FILES[file], tmp_path / "outside"
    outside.mkdir()
    path.rename(outside / "real")
    MAKERS.get(kind, lambda path: path.symlink_to(outside / "real"))(path)
    before, thing = seen(outside), path.lstat()
    store = handle(place)
    for use in USES:
        if use not in WRITING:
            error = told(USES[use], store)
            assert error is None or isinstance(error, IntegrityError)
            assert error is None or "not a regular file" in error.message
    listed = [*store.list_blobs(), *store.list_manifests()]
    named = [*store.list_foreign(), *(item.path for item in listed if isinstance(item, Foreign))]
    assert FILES[file] in named
    assert path.lstat() == thing

    put_again(store, files)
    assert stat.S_ISREG(path.lstat().st_mode)
    assert path.read_bytes() == (outside / "real").read_bytes()
    (aside,) = [found for found in place.folder.glob("quarantine/*") if found.name != "aside"]
    assert (aside.lstat().st_ino, aside.lstat().st_mode) == (thing.st_ino, thing.st_mode)
    assert aside.name.startswith(path.name)
    assert seen(outside) == before


@pytest.mark.parametrize("kind", [*MAKERS, "link to the file"])
@pytest.mark.parametrize("use", ["delete blob", "delete manifest"])
def test_what_is_no_file_is_not_deleted(
    place: LocalPlace, tmp_path: Path, use: str, kind: str
) -> None:
    key = FILES["small blob" if use == "delete blob" else "manifest"]
    path = place.folder / key
    path.rename(tmp_path / "real")
    MAKERS.get(kind, lambda path: path.symlink_to(tmp_path / "real"))(path)
    USES[use](handle(place))
    assert os.path.lexists(path)


@pytest.mark.parametrize("kind", MAKERS)
def test_what_is_no_blob_is_put_aside_whole_when_it_is_found(place: LocalPlace, kind: str) -> None:
    path = place.folder / FILES["small blob"]
    path.unlink()
    MAKERS[kind](path)
    thing = path.lstat()
    assert handle(place).quarantine(digest_of(SMALL))
    assert not os.path.lexists(path)
    (aside,) = place.folder.glob(f"quarantine/{path.name}.*")
    assert aside.lstat().st_ino == thing.st_ino
    assert kind != "folder" or (aside / "inside").read_bytes() == b"inside"


@pytest.mark.parametrize("kind", [*MAKERS, "text", "other version", "deep"])
def test_a_store_whose_format_is_unreadable_is_read_and_not_changed(
    place: LocalPlace, kind: str
) -> None:
    path = place.folder / "format.json"
    path.unlink()
    texts = {"text": "{", "other version": '{"format": 2}', "deep": "[" * 60000}
    MAKERS.get(kind, lambda path: path.write_text(texts[kind]))(path)
    before = seen(place.folder)
    for name, use in USES.items():
        if name in WRITING:
            with pytest.raises(CatalogUnusableError, match="format"):
                use(handle(place))
        else:
            use(handle(place))
    assert "format.json" in list(handle(place).list_foreign())
    assert seen(place.folder) == before


def test_a_record_without_end_is_not_read_to_it(place: LocalPlace) -> None:
    path = place.folder / FILES["record"]
    path.chmod(0o600)
    os.truncate(path, 1 << 40)
    assert handle(place).get_record(RECORD) == b""


def test_a_manifest_without_end_is_not_read_into_memory(place: LocalPlace) -> None:
    path = place.folder / FILES["manifest"]
    path.chmod(0o600)
    os.truncate(path, 1 << 40)
    with pytest.raises(IntegrityError, match="damaged"):
        handle(place).get_manifest(digest_of(MANIFEST))


@pytest.mark.parametrize("word", ["", "x", "../x", "../../x", f"{RECORD}/../x", "0" * 36])
def test_what_is_no_id_never_becomes_a_path(place: LocalPlace, word: str) -> None:
    before = place.keys("..")
    for use in (handle(place).get_record, lambda word: handle(place).put_records({word: b"{}"})):
        with pytest.raises(IntegrityError, match="not the ID"):
            use(word)
    assert place.keys("..") == before


# --- work in progress


def test_only_files_and_folders_of_work_go_and_nothing_is_followed(
    place: LocalPlace, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_bytes(b"theirs")
    tmp, prefix = place.folder / "tmp", "0123456789abcdef"
    (tmp / f"{prefix}-2").symlink_to(outside / "file")
    (tmp / f"{prefix}-a-work").symlink_to(outside)
    (tmp / f"{prefix}-work").mkdir()
    (tmp / f"{prefix}-work" / "out").symlink_to(outside)
    (tmp / f"{prefix}-work" / "file").write_bytes(b"12345")
    (tmp / f"{prefix}-folder").mkdir()
    (tmp / f"{prefix}-folder" / "file").write_bytes(b"theirs")
    before = seen(outside)
    assert sorted(handle(place).clear_temporary(dry_run=True))[-2:] == [5, len(b"cut short")]
    handle(place).clear_temporary(dry_run=False)
    assert seen(outside) == before
    left = {path.name for path in tmp.iterdir()}
    assert left == {f"{prefix}-2", f"{prefix}-a-work", f"{prefix}-folder"}
    assert (tmp / f"{prefix}-folder" / "file").read_bytes() == b"theirs"


@pytest.mark.parametrize("kind", MAKERS)
def test_a_sign_of_work_that_is_no_file_keeps_nobody_waiting(place: LocalPlace, kind: str) -> None:
    lock = place.folder / "tmp" / "0123456789abcdef-lock"
    MAKERS[kind](lock)
    assert not handle(place).is_in_use("0123456789abcdef-work")
    handle(place).clear_temporary(dry_run=False)
    assert {path.name for path in (place.folder / "tmp").iterdir()} == {lock.name}


@pytest.mark.parametrize("use", ["delete blob", "delete manifest", "quarantine", "clear up"])
def test_nothing_goes_from_a_folder_that_does_not_say_that_it_is_a_store(
    place: LocalPlace, use: str
) -> None:
    (place.folder / "format.json").unlink()
    (place.folder / FILES["small blob"]).chmod(0o600)
    (place.folder / FILES["small blob"]).write_bytes(b"damaged")
    before = seen(place.folder)
    assert not USES[use](handle(place))
    assert seen(place.folder) == before


def test_a_folder_of_work_that_cannot_be_removed_keeps_nothing_else(place: LocalPlace) -> None:
    work = place.folder / "tmp" / "0123456789abcdef-work"
    work.mkdir()
    folder = os.open(work, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("deeper", dir_fd=folder)
        above, folder = folder, os.open("deeper", os.O_RDONLY, dir_fd=folder)
        os.close(above)
    os.close(folder)
    handle(place).clear_temporary(dry_run=False)
    assert place.read("tmp/0123456789abcdef-1") is None
    work.rename(place.folder / "tmp" / "mine")
    subprocess.run(["rm", "-rf", str(place.folder / "tmp" / "mine")], check=True)
