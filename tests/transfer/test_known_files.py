"""Known files: which digests are kept, and that no change of a file goes unseen."""

import mmap
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from blake3 import blake3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artifactctl.digests import PREFIX, digest_of
from artifactctl.store import Source
from artifactctl.store.local import LocalStore
from artifactctl.transfer import (
    CollectOptions,
    collect,
    file_systems,
    known_files,
    known_table,
    upload,
)
from artifactctl.transfer.known_files import KnownFiles
from tests.faults import mounts
from tests.on_disk import trusted_folder
from tests.surroundings import place_in_memory
from tests.transfer.conftest import write_tree

TICK_NS = 40_000_000
"""More than the grain of ctime in the file systems that tests run on."""

Open = Callable[[], KnownFiles]


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder of which the tests' usual place, in memory, would tell nothing."""
    with trusted_folder() as folder:
        yield folder


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens the table of a test, as the next process does; whatever is read is noted."""
    monkeypatch.setattr(known_files, "_LITTLE_BYTES", 1)
    monkeypatch.setattr(known_files, "_SHARE", 1 << 40)
    return lambda: KnownFiles(str(tmp_path / "table"), lambda: "secret", grain_ns=TICK_NS)


def source_of(path: Path) -> Source:
    found = os.lstat(path)
    return Source(
        *(str(path), found.st_size, found.st_mtime_ns, found.st_ino),
        device=found.st_dev,
        ctime_ns=found.st_ctime_ns,
    )


def hashed(known: KnownFiles, path: Path) -> str:
    """Read a file and note it if that may be, as an upload does."""
    source = source_of(path)
    may_note = known.may_note(source)
    digest = digest_of(path.read_bytes())
    if may_note:
        known.note(source, digest)
    known.save()
    return digest


def aged(path: Path, content: bytes) -> Path:
    """A file that was changed longer ago than the grain."""
    path.write_bytes(content)
    time.sleep(2 * TICK_NS / 1e9)
    return path


def test_the_next_process_knows_a_file_that_was_hashed(opened: Open, tmp_path: Path) -> None:
    path = aged(tmp_path / "file", b"content")
    assert opened().digest_of(source_of(path)) is None
    digest = hashed(opened(), path)
    assert opened().digest_of(source_of(path)) == digest == digest_of(b"content")
    os.link(path, tmp_path / "other")  # changes the ctime
    assert opened().digest_of(source_of(path)) is None
    time.sleep(2 * TICK_NS / 1e9)
    hashed(opened(), path)
    assert opened().digest_of(source_of(tmp_path / "other")) == digest


def test_a_file_that_was_just_written_is_not_noted(opened: Open, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    hashed(opened(), path)
    assert opened().digest_of(source_of(path)) is None
    assert not (tmp_path / "table").exists()


def test_an_mtime_that_was_set_back_does_not_hide_a_change(opened: Open, tmp_path: Path) -> None:
    path = aged(tmp_path / "file", b"content")
    hashed(opened(), path)
    before = path.stat()
    path.write_bytes(b"changed")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert opened().digest_of(source_of(path)) is None


def test_a_file_that_is_open_for_writing_or_mapped_is_not_noted(
    opened: Open, tmp_path: Path
) -> None:
    path = aged(tmp_path / "file", b"content")
    with path.open("r+b") as file:
        assert not opened().may_note(source_of(path))
        mapped = mmap.mmap(file.fileno(), 0)
    assert not opened().may_note(source_of(path))

    def changes_unseen() -> bool:
        mapped[0:1] = b"x"
        first = path.stat().st_ctime_ns
        time.sleep(2 * TICK_NS / 1e9)
        mapped[0:1] = b"y"
        return path.stat().st_ctime_ns == first

    # Why: the second of two changes through a mapping has no time of its own, unless the kernel
    # has written the first one out meanwhile.
    assert any(changes_unseen() for _ in range(20))
    mapped.close()
    assert opened().may_note(source_of(path))


def test_a_file_that_changes_while_it_is_read_is_not_noted(opened: Open, tmp_path: Path) -> None:
    path = aged(tmp_path / "file", b"content")
    known, source = opened(), source_of(path)
    assert known.may_note(source)
    path.write_bytes(b"changed")
    known.note(source, digest_of(b"content"))
    known.save()
    assert opened().digest_of(source) is None


def test_a_file_of_another_user_is_not_noted(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Only the owner, and a process with CAP_LEASE, can ask for a lease.
    def refuse(_descriptor: int, command: int, _argument: int) -> None:
        if command == known_files.fcntl.F_SETLEASE:
            raise PermissionError(13, "Permission denied")

    path = aged(tmp_path / "file", b"content")
    monkeypatch.setattr(known_files.fcntl, "fcntl", refuse)
    assert not opened().may_note(source_of(path))


def test_files_in_memory_are_not_noted(opened: Open) -> None:
    folder = place_in_memory()
    if folder is None:
        pytest.skip("there is no file system in memory here")
    with TemporaryDirectory(dir=folder) as name:
        path = aged(Path(name) / "file", b"content")
        # Why: who maps it and reads it first changes it without a new ctime.
        with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
            before = path.stat().st_ctime_ns
            assert mapped[0:1] == b"c"
            mapped[0:1] = b"x"
            assert path.read_bytes() == b"xontent"
            assert path.stat().st_ctime_ns == before
        assert not opened().may_note(source_of(path))


def test_files_of_an_overlay_are_not_noted(opened: Open, tmp_path: Path) -> None:
    # Why: no lease tells that a file is mapped there after it was closed.
    with mounts.overlay(tmp_path / "overlay") as folder:
        assert not opened().may_note(source_of(aged(folder / "file", b"content")))


def test_a_disk_that_was_mounted_again_is_read_again(opened: Open, tmp_path: Path) -> None:
    """A power cut leaves new bytes with the times of the old ones, which nothing else tells."""
    with mounts.disk(tmp_path) as disk:
        path = aged(disk.folder / "file", b"content" * 1000)
        os.sync()
        digest = hashed(opened(), path)
        assert opened().digest_of(source_of(path)) == digest
        found = path.stat()
        descriptor = os.open(path, os.O_WRONLY)
        os.write(descriptor, b"changed" * 1000)
        os.fdatasync(descriptor)
        os.close(descriptor)
        disk.cut_power()
        after = path.stat()
        assert (after.st_ino, after.st_ctime_ns) == (found.st_ino, found.st_ctime_ns)
        assert path.read_bytes() == b"changed" * 1000
        assert opened().digest_of(source_of(path)) is None


def test_nothing_is_known_after_the_machine_has_started_again(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = aged(tmp_path / "file", b"content")
    digest = hashed(opened(), path)
    assert opened().digest_of(source_of(path)) == digest
    lines, size = file_systems._first_line, (tmp_path / "table").stat().st_size
    monkeypatch.setattr(
        file_systems, "_first_line", lambda path: lines(path) + "2" * ("boot" in path)
    )
    assert opened().digest_of(source_of(path)) is None
    hashed(opened(), path)
    assert opened().digest_of(source_of(path)) == digest
    assert (tmp_path / "table").stat().st_size == size  # in place of what was noted before


@pytest.mark.parametrize(
    "kind",
    [0x6969, 0xFF534D42, 0xFE534D42, 0x65735546, 0x01021997, 0x4D44, 0x2011BAB0, 0x5346544E, 0],
    ids=["nfs", "cifs", "smb2", "fuse", "9p", "vfat", "exfat", "ntfs", "unknown"],
)
def test_other_file_systems_are_not_trusted(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: int
) -> None:
    path = aged(tmp_path / "file", b"content")
    assert opened().may_note(source_of(path))
    monkeypatch.setattr(file_systems, "_kind_of", lambda _path: kind)
    assert not opened().may_note(source_of(path))
    assert opened().digest_of(source_of(path)) is None


def test_what_another_machine_has_noted_is_not_known(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = aged(tmp_path / "file", b"content")
    digest = hashed(opened(), path)
    lines = file_systems._first_line
    with monkeypatch.context() as patch:
        patch.setattr(file_systems, "_first_line", lambda path: lines(path)[::-1])
        assert opened().digest_of(source_of(path)) is None
        hashed(opened(), path)
    assert opened().digest_of(source_of(path)) == digest  # both are in the table


def test_what_is_hashed_all_the_same_takes_the_place_of_what_was_noted(
    opened: Open, tmp_path: Path
) -> None:
    path = aged(tmp_path / "file", b"content")
    known = opened()
    known.note(source_of(path), PREFIX + "0" * 64)
    known.save()
    again = KnownFiles(str(tmp_path / "table"), lambda: "secret", is_asked=False, grain_ns=TICK_NS)
    assert again.digest_of(source_of(path)) is None
    digest = hashed(again, path)
    assert opened().digest_of(source_of(path)) == digest == digest_of(b"content")


def test_no_table_stays_open(opened: Open, tmp_path: Path) -> None:
    path = aged(tmp_path / "file", b"content")
    hashed(opened(), path)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        assert opened().digest_of(source_of(path)) is not None
    assert len(os.listdir("/proc/self/fd")) == before


def test_two_at_once_keep_what_both_have_noted(opened: Open, tmp_path: Path) -> None:
    paths = [aged(tmp_path / name, name.encode()) for name in "abcd"]
    both = [opened(), opened()]
    for known in both:
        assert known.digest_of(source_of(paths[0])) is None
    for path in paths:
        known = both[int(path.name in "bd")]
        source = source_of(path)
        assert known.may_note(source)
        known.note(source, digest_of(path.read_bytes()))
    for known in both:
        known.save()
    assert [opened().digest_of(source_of(path)) for path in paths] == [
        digest_of(name.encode()) for name in "abcd"
    ]


def test_files_that_are_not_used_for_longest_are_left_out(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_table, "MOST_FILES", 10)
    paths = [aged(tmp_path / f"{i}", b"%d" % i) for i in range(14)]
    for day, path in enumerate(paths[:10]):
        monkeypatch.setattr(known_files, "_today", lambda day=day: 100 + day)
        hashed(opened(), path)
    monkeypatch.setattr(known_files, "_today", lambda: 200)
    known = opened()
    assert known.digest_of(source_of(paths[0])) is not None  # it is used, and so it stays
    known.save()
    for path in paths[10:]:
        hashed(opened(), path)
    left = [path.name for path in paths if opened().digest_of(source_of(path))]
    assert left[0] == "0"
    assert left[-4:] == ["10", "11", "12", "13"]
    assert 5 <= len(left) <= 10


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(
            ["write", "overwrite", "touch", "rename", "replace", "copy", "wait", "look"]
        ),
        st.integers(0, 2),
        st.integers(0, 2),
        st.binary(min_size=3, max_size=3),
        st.booleans(),
    ),
    max_size=14,
)


@given(changes=CHANGES)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_done_to_files_what_is_known_is_true(
    opened: Open, tmp_path: Path, changes: list[tuple[str, int, int, bytes, bool]]
) -> None:
    """All files have one size, and mtimes are set back: only inode and ctime tell them apart."""
    paths = [tmp_path / f"file-{i}" for i in range(3)]
    for path in paths:
        path.write_bytes(b"abc")
    for what, one, other, content, is_set_back in changes:
        change(what, paths[one], paths[other], content)
        if is_set_back:
            os.utime(paths[one], ns=(10**18, 10**18))
        for path in paths if what == "look" else [paths[one]]:
            found = opened().digest_of(source_of(path))
            assert found in (None, digest_of(path.read_bytes()))
            hashed(opened(), path)


def change(what: str, path: Path, other: Path, content: bytes) -> None:
    """Do one thing to a file, so that there is a file at each path again."""
    aside = path.parent / "aside"
    if what == "write":
        path.unlink()
        path.write_bytes(content)
    elif what == "overwrite":
        with path.open("r+b") as file:
            file.write(content)
    elif what == "swap" and path != other:
        path.rename(aside)
        other.rename(path)
        aside.rename(other)
    elif what == "replace":
        aside.write_bytes(content)
        aside.replace(path)
    elif what == "copy" and path != other:
        path.write_bytes(other.read_bytes())
    elif what == "wait":
        time.sleep(1.5 * TICK_NS / 1e9)


def test_an_upload_reads_only_what_is_not_known(
    opened: Open, tmp_path: Path, store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = {f"sub/{i}": b"%d" % i for i in range(5)}
    folder = write_tree(tmp_path / "tree", tree)
    aged(folder / "big", b"big" * 1_000_000)

    def read() -> list[str]:
        """The files that an upload reads."""
        seen: list[str] = []
        put = store.put

        def watched(sources: list[Source], *args: object, **options: object) -> list[str]:
            seen.extend(os.path.relpath(source.path, folder) for source in sources)
            return put(sources, *args, **options)

        counts: list[int] = []
        with monkeypatch.context() as patch:
            patch.setattr(store, "put", watched)
            collected = collect([str(folder)], CollectOptions())
            manifest = upload(collected, store, known=opened(), advance=counts.append)
        assert manifest.content_digest == upload(collected, store).content_digest
        assert sum(counts) == manifest.size_bytes
        return sorted(seen)

    everything = ["big", *sorted(tree)]
    assert read() == everything
    assert read() == []
    (folder / "sub/3").write_bytes(b"x")
    assert read() == ["sub/3"]
    # What the store has lost, or has with another size, is read and put again.
    for name, harm in (("big", Path.unlink), ("sub/1", lambda path: path.write_bytes(b""))):
        blob = store.path(digest_of((folder / name).read_bytes()))
        assert blob is not None
        blob.chmod(0o644)
        harm(blob)
    assert [name for name in read() if name != "sub/3"] == ["big", "sub/1"]
    assert [name for name in read() if name != "sub/3"] == []


HARMS: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "truncated": lambda data: data[:-1],
    "longer": lambda data: data + b"\0",
    "a digest changed": lambda data: data[:-33] + bytes([data[-33] ^ 1]) + data[-32:],
    "an inode changed": lambda data: data[:24] + bytes([data[24] ^ 1]) + data[25:],
    "a check of nobody": lambda data: data[:-32] + blake3(data[:-32]).digest(),
    "another magic": lambda data: b"x" + data[1:],
    "countless": lambda data: data[:16] + b"\xff" * 8 + data[24:],
    "only a head": lambda data: data[:24],
    "noise": lambda data: os.urandom(len(data)),
}


@pytest.mark.parametrize("harm", HARMS)
def test_a_table_that_is_not_whole_is_none(opened: Open, tmp_path: Path, harm: str) -> None:
    path, table = aged(tmp_path / "file", b"content"), tmp_path / "table"
    hashed(opened(), path)
    table.write_bytes(HARMS[harm](table.read_bytes()))
    assert opened().digest_of(source_of(path)) is None
    digest = hashed(opened(), path)
    assert opened().digest_of(source_of(path)) == digest


def test_a_table_of_another_secret_is_none(opened: Open, tmp_path: Path) -> None:
    path = aged(tmp_path / "file", b"content")
    forged = KnownFiles(str(tmp_path / "table"), lambda: "another", grain_ns=TICK_NS)
    source = source_of(path)
    forged.note(source, PREFIX + "0" * 64)
    forged.save()
    assert forged.digest_of(source) == PREFIX + "0" * 64
    assert opened().digest_of(source) is None


def test_without_a_secret_there_is_no_table(opened: Open, tmp_path: Path) -> None:
    path = aged(tmp_path / "file", b"content")
    opened()
    known = KnownFiles(str(tmp_path / "table"), lambda: None, grain_ns=TICK_NS)
    hashed(known, path)
    assert not (tmp_path / "table").exists()


@pytest.mark.parametrize("what", ["link", "fifo", "folder", "others may read it", "huge"])
def test_something_else_in_the_place_of_the_table_is_none(
    opened: Open, tmp_path: Path, what: str
) -> None:
    path, table = aged(tmp_path / "file", b"content"), tmp_path / "table"
    hashed(opened(), path)
    if what == "others may read it":
        table.chmod(0o644)
    elif what == "huge":
        os.truncate(table, 1 << 40)
    else:
        table.rename(tmp_path / "aside")
        makers: dict[str, Callable[[Path], object]] = {
            "link": lambda place: place.symlink_to("aside"),
            "fifo": os.mkfifo,
            "folder": Path.mkdir,
        }
        makers[what](table)
    assert opened().digest_of(source_of(path)) is None
    digest = hashed(opened(), path)
    expected = None if what == "folder" else digest
    assert opened().digest_of(source_of(path)) == expected
    assert (tmp_path / "aside").exists() == (what in ("link", "fifo", "folder"))


def test_a_table_that_belongs_to_another_user_is_none(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = aged(tmp_path / "file", b"content")
    hashed(opened(), path)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert opened().digest_of(source_of(path)) is None


def test_little_is_read_again_rather_than_looked_up(tmp_path: Path) -> None:
    known = KnownFiles(str(tmp_path / "table"), lambda: "secret")
    assert not known.pays(1, 1000)
    assert known.pays(1, 2 << 20)
    assert known.pays(100, 100)
    os.truncate(os.open(tmp_path / "table", os.O_CREAT | os.O_WRONLY), 1 << 30)
    assert not known.pays(100, 2 << 20)
    assert known.pays(1, 1 << 30)
