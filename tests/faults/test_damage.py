"""Damaged bytes are noticed, named, kept apart from good ones, and healed by the good file."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.checker import check_home
from tests.conftest import Run

pytestmark = pytest.mark.sweep

SMALL = b"a small file\n"
BIG = bytes(range(256)) * (8 << 10)


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _delete(path: Path) -> None:
    path.unlink()


def _make_link(path: Path) -> None:
    copy = path.parent.parent.parent.parent.parent / "elsewhere"
    shutil.copy(path, copy)
    path.unlink()
    path.symlink_to(copy)


DAMAGES = [_flip, _truncate, _empty, _delete]
Damage = Callable[[Path], None]
by_damage = pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)


@pytest.fixture
def broken_home(tmp_path: Path) -> Path:
    """A home that ends up damaged: only its own test says how."""
    return tmp_path / "home"


@pytest.fixture
def run(broken_home: Path, work: Path, request: pytest.FixtureRequest) -> Iterator[Run]:
    """The real command, in a home that is not checked at the end."""
    from tests.faults.scenarios import Place

    yield Place(broken_home.parent).run
    check_home(broken_home, damaged=True)


@pytest.fixture
def two_versions(run: Run, work: Path) -> None:
    """`x:1` is a small file and a big one, `x:2` another small file."""
    (work / "d").mkdir()
    (work / "d" / "small").write_bytes(SMALL)
    (work / "d" / "big").write_bytes(BIG)
    (work / "other").write_text("other\n")
    run("register", "x", "d").ok()
    run("register", "x", "other").ok()


@by_damage
@pytest.mark.parametrize("member", ["small", "big"])
@pytest.mark.usefixtures("two_versions")
def test_a_damaged_blob_is_never_handed_out_and_heals(
    run: Run, work: Path, broken_home: Path, damage: Damage, member: str
):
    damage(_blob(broken_home, run, member))
    assert run("download", "x:1", "out").code == 8
    assert not (work / "out").exists()
    assert run("download", "x:1", "out.zip").code == 8
    assert not (work / "out.zip").exists()
    streamed = run("download", "x:1", "-", "--include", member)
    assert (streamed.code, streamed.out) == (8, "")
    found = run("verify", "x:1")
    assert found.code == 8
    assert member in found.out
    run("verify", "x:2").ok()
    run("download", "x:2", "two").ok()

    run("register", "y", "d").ok()
    run("verify").ok()
    check_home(broken_home)
    run("download", "x:1", "out").ok()
    assert (work / "out" / "small").read_bytes() == SMALL
    assert (work / "out" / "big").read_bytes() == BIG


@by_damage
@pytest.mark.usefixtures("two_versions")
def test_a_damaged_manifest_stops_its_own_version_only(
    run: Run, work: Path, broken_home: Path, damage: Damage
):
    damage(_manifest(broken_home, "1"))
    for words in (("download", "x:1", "out"), ("verify", "x:1"), ("verify",)):
        assert run(*words).code == 8, words
    assert not (work / "out").exists()
    run("download", "x:2", "two").ok()
    listing = json.loads(run("artifact", "version", "list", "-o", "json").ok().out)
    assert [item["version"] for item in listing["items"]] == ["2", "1"]

    run("register", "y", "d").ok()
    run("download", "x:1", "out").ok()
    check_home(broken_home)


@by_damage
@pytest.mark.usefixtures("two_versions")
def test_damaged_bytes_that_are_replaced_are_kept_aside(
    run: Run, broken_home: Path, damage: Damage
):
    blob = _blob(broken_home, run, "small")
    damage(blob)
    damaged = blob.read_bytes() if blob.exists() else None
    run("register", "y", "d").ok()
    kept = [path.read_bytes() for path in (broken_home / "store" / "quarantine").glob("*")]
    assert kept == ([] if damaged is None else [damaged])


@pytest.mark.usefixtures("two_versions")
def test_two_blobs_that_changed_places_are_noticed(run: Run, work: Path, broken_home: Path):
    small, big = _blob(broken_home, run, "small"), _blob(broken_home, run, "big")
    first, second = small.read_bytes(), big.read_bytes()
    small.write_bytes(second)
    big.write_bytes(first)
    assert run("download", "x:1", "out").code == 8
    assert run("verify").code == 8


@pytest.mark.usefixtures("two_versions")
def test_two_manifests_that_changed_places_are_noticed(run: Run, work: Path, broken_home: Path):
    one, two = _manifest(broken_home, "1"), _manifest(broken_home, "2")
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    for version in ("x:1", "x:2"):
        assert run("download", version, "out").code == 8
        assert run("verify", version).code == 8


@pytest.mark.usefixtures("two_versions")
def test_a_blob_that_became_a_link_is_not_followed(run: Run, work: Path, broken_home: Path):
    _make_link(_blob(broken_home, run, "small"))
    assert run("download", "x:1", "out").code == 8


@pytest.mark.usefixtures("two_versions")
def test_a_row_that_was_changed_behind_our_back_is_noticed(run: Run, broken_home: Path):
    connection = sqlite3.connect(broken_home / "catalog.db")
    connection.execute("UPDATE artifact_version SET type = 'ModelArtifact' WHERE version = '1'")
    connection.commit()
    connection.close()
    assert run("verify", "x:1").code == 8
    run("verify", "x:2").ok()


def _blob(home: Path, run: Run, member: str) -> Path:
    described = run("artifact", "version", "describe", "x:1", "-o", "json").ok()
    (digest,) = [
        file["digest"] for file in json.loads(described.out)["files"] if file["path"] == member
    ]
    name = digest.removeprefix("blake3:")
    path = home / "store" / "blobs" / name[:2] / name
    path.chmod(0o644)
    return path


def _manifest(home: Path, version: str) -> Path:
    (digest,) = [row["manifest"] for row in check_home(home) if row["version"] == version]
    name = digest.removeprefix("blake3:")
    path = home / "store" / "manifests" / name[:2] / f"{name}.json"
    path.chmod(0o644)
    return path


@pytest.mark.parametrize("member", ["small", "big"])
@pytest.mark.usefixtures("two_versions")
def test_a_blob_that_grew_is_noticed_and_heals(run: Run, broken_home: Path, member: str):
    blob = _blob(broken_home, run, member)
    blob.write_bytes(blob.read_bytes() + b"more")
    assert run("verify", "x:1", "--quick").code == 8
    assert run("verify", "x:1").code == 8
    assert run("download", "x:1", "out").code == 8
    run("register", "y", "d").ok()
    check_home(broken_home)
