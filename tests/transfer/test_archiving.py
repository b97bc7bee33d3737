"""Zip files that other programs read, made without growing memory."""

import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from artifactctl.digests import blob_key
from artifactctl.errors import ConflictError, IntegrityError
from artifactctl.manifest import Manifest
from artifactctl.store.local import LocalStore
from artifactctl.transfer import CollectOptions, collect, download, upload
from tests.transfer.conftest import TREE, Tree, planned, write_tree

Stored = Callable[[Tree], Manifest]
MIB = 1 << 20


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_zip_holds_all_files(store: LocalStore, stored: Stored, tmp_path: Path) -> None:
    noise = os.urandom(300_000)
    download(planned(stored({**TREE, "noise": noise}), tmp_path / "x.zip"), store)
    assert contents(tmp_path / "x.zip") == {**TREE, "noise": noise}
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        assert archive.getinfo("noise").compress_type == zipfile.ZIP_STORED
        assert archive.getinfo("sub/b.csv").compress_type == zipfile.ZIP_DEFLATED
    assert not list(tmp_path.glob(".*"))


@pytest.mark.skipif(shutil.which("unzip") is None, reason="unzip is not installed")
def test_unzip_reads_it_with_times_and_executable_bits(store: LocalStore, tmp_path: Path) -> None:
    source = write_tree(tmp_path / "tree", {**TREE, "sub/ünï.txt": b"1"})
    (source / "run.sh").chmod(0o755)
    os.utime(source / "run.sh", (1_600_000_001, 1_600_000_001))
    manifest = upload(collect([str(source)], CollectOptions()), store)
    download(planned(manifest, tmp_path / "x.zip"), store)
    subprocess.run(["unzip", "-tqq", tmp_path / "x.zip"], check=True)
    subprocess.run(["unzip", "-qq", tmp_path / "x.zip", "-d", tmp_path / "out"], check=True)
    got = (tmp_path / "out" / "run.sh").stat()
    assert int(got.st_mtime) == 1_600_000_001
    assert got.st_mode & 0o777 == 0o755
    assert (tmp_path / "out" / "a.csv").stat().st_mode & 0o111 == 0
    assert (tmp_path / "out" / "sub" / "ünï.txt").read_bytes() == b"1"


@pytest.mark.parametrize("seconds", [0, 1, 300_000_000, 5_000_000_000])
def test_times_that_a_zip_cannot_hold_are_the_nearest(
    store: LocalStore, tmp_path: Path, seconds: int
) -> None:
    source = write_tree(tmp_path / "tree", {"a": b"1"})
    os.utime(source / "a", (seconds, seconds))
    manifest = upload(collect([str(source)], CollectOptions()), store)
    download(planned(manifest, tmp_path / "x.zip"), store)
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        year = archive.getinfo("a").date_time[0]
    assert year == min(max(time.localtime(seconds).tm_year, 1980), 2107)


def test_a_zip_that_exists_is_refused_without_force(
    store: LocalStore, stored: Stored, tmp_path: Path
) -> None:
    (tmp_path / "x.zip").write_bytes(b"mine")
    with pytest.raises(ConflictError, match="exists already"):
        download(planned(stored(TREE), tmp_path / "x.zip"), store)
    assert (tmp_path / "x.zip").read_bytes() == b"mine"
    download(planned(stored(TREE), tmp_path / "x.zip", force=True), store)
    assert contents(tmp_path / "x.zip") == TREE


def test_a_damaged_blob_leaves_no_zip(store: LocalStore, stored: Stored, tmp_path: Path) -> None:
    manifest = stored(TREE)
    blob = tmp_path / "store" / blob_key(str(manifest.entries[0].digest))
    blob.chmod(0o644)
    blob.write_bytes(b"!" * blob.stat().st_size)
    with pytest.raises(IntegrityError, match="is damaged"):
        download(planned(manifest, tmp_path / "x.zip"), store)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source", "store"]


def test_a_zip_is_begun_anew_where_one_was_cut_short(
    store: LocalStore, stored: Stored, tmp_path: Path
) -> None:
    plan = planned(stored(TREE), tmp_path / "x.zip")
    Path(plan.part).write_bytes(b"PK" * 100_000)
    download(plan, store)
    assert contents(tmp_path / "x.zip") == TREE


def test_memory_does_not_grow_with_what_goes_in(tmp_path: Path) -> None:
    with (tmp_path / "big").open("wb") as file:
        file.truncate(200 * MIB)
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from artifactctl.store.local import LocalStore\n"
        "from artifactctl.transfer import CollectOptions, collect, download, upload\n"
        "from tests.transfer.conftest import planned\n"
        "store = LocalStore(Path(sys.argv[2]))\n"
        "manifest = upload(collect([sys.argv[1]], CollectOptions()), store)\n"
        "download(planned(manifest, Path(sys.argv[3])), store)\n"
        "status = Path('/proc/self/status').read_text()\n"
        "print(status.partition('VmHWM:')[2].split()[0])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "big", tmp_path / "store", tmp_path / "x.zip"],
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert int(done.stdout) * 1024 < 150 * MIB
    assert (tmp_path / "x.zip").stat().st_size < MIB


def test_small_big_and_empty_files_come_in_the_order_of_their_paths(
    store: LocalStore, stored: Stored, tmp_path: Path
) -> None:
    tree = {f"{i:03}": os.urandom(i * 97 % 5000) + b"x" * (i % 7 * 1000) for i in range(300)}
    tree |= {"000": b"", "100": os.urandom(3 * MIB), "101": b"y" * (2 * MIB), "299": b""}
    download(planned(stored(tree), tmp_path / "x.zip"), store)
    assert contents(tmp_path / "x.zip") == tree
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        assert archive.namelist() == sorted(tree)


def test_the_archive_is_the_same_however_many_threads_make_it(
    store: LocalStore, stored: Stored, tmp_path: Path
) -> None:
    tree = {f"{i:03}": f"{i},".encode() * 5000 for i in range(200)} | {"big": b"z" * (2 * MIB)}
    manifest = stored(tree)
    archives = []
    for jobs in (1, 7):
        download(planned(manifest, tmp_path / f"{jobs}.zip", jobs=jobs), store)
        archives.append((tmp_path / f"{jobs}.zip").read_bytes())
    assert archives[0] == archives[1]


def test_a_small_file_is_compressed_to_the_bytes_that_zipfile_gives(
    store: LocalStore, stored: Stored, tmp_path: Path
) -> None:
    content = b"1,2,3\n" * 1000
    download(planned(stored({"a.csv": content}), tmp_path / "x.zip"), store)
    with zipfile.ZipFile(tmp_path / "by_zipfile", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", content)
    sizes = []
    for name in ("x.zip", "by_zipfile"):
        with zipfile.ZipFile(tmp_path / name) as archive:
            sizes.append(archive.getinfo("a.csv").compress_size)
    assert sizes[0] == sizes[1]


@pytest.mark.parametrize("size", [20 << 10, MIB, 3 * MIB])
def test_what_is_behind_a_header_decides_whether_a_file_is_compressed(
    store: LocalStore, stored: Stored, tmp_path: Path, size: int
) -> None:
    head = 2 << 10
    tree = {
        "noise": b"h" * head + os.urandom(size - head),
        "text": os.urandom(head) + b"1,2,3\n" * ((size - head) // 6),
    }
    download(planned(stored(tree), tmp_path / "x.zip"), store)
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        assert archive.getinfo("text").compress_type == zipfile.ZIP_DEFLATED
        assert archive.getinfo("noise").compress_type == zipfile.ZIP_STORED


def test_a_damaged_blob_among_many_is_named(
    store: LocalStore, stored: Stored, tmp_path: Path
) -> None:
    manifest = stored({f"{i:03}": f"{i}".encode() for i in range(500)})
    blob = tmp_path / "store" / blob_key(str(manifest.entries[250].digest))
    blob.chmod(0o644)
    blob.write_bytes(b"!!!")
    with pytest.raises(IntegrityError, match="'250'"):
        download(planned(manifest, tmp_path / "x.zip"), store)
    assert not (tmp_path / "x.zip").exists()
