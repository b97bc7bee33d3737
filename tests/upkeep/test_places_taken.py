"""A store in which something is a link, a FIFO, a device or a folder: checked and cleared."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from artifactctl.client import Client
from artifactctl.digests import blob_key
from artifactctl.errors import IntegrityError
from tests.store.oddities import MAKERS, in_time, seen


@pytest.fixture(autouse=True)
def time_limit() -> Iterator[None]:
    with in_time():
        yield


@pytest.fixture
def client(tmp_path: Path, work: Path) -> Iterator[Client]:
    """A client with the versions x:1 and y:1, of which y:1 has wrong bytes."""
    made = Client(tmp_path / "home")
    for name in ("x", "y"):
        (work / name).write_text(name)
        made.register(name, work / name)
    damaged = tmp_path / "home" / "store" / key_of(made, "y", "blob")
    damaged.unlink()
    damaged.write_bytes(b"Y")
    yield made
    made.close()


def key_of(client: Client, ref: str, what: str) -> str:
    found = client.find_artifact_version(ref)
    (file,) = client.describe_artifact_version(ref).files
    return {
        "blob": blob_key(str(file.digest)),
        "manifest": found.uri.rpartition("/store/")[2],
        "record": f"records/{found.id}.json",
        "format": "format.json",
        "folder of records": "records",
        "folder of blobs": "blobs",
        "folder of work": "tmp",
    }[what]


def take_place(client: Client, tmp_path: Path, what: str, kind: str) -> Path:
    """Have something else lie in the place of a part of x:1; what was there lies outside."""
    path = tmp_path / "home" / "store" / key_of(client, "x", what)
    (tmp_path / "outside").mkdir()
    path.rename(tmp_path / "outside" / "real")
    if kind == "link":
        path.symlink_to(tmp_path / "outside" / "real")
    else:
        MAKERS[kind](path)
    return path


@pytest.mark.parametrize("kind", [*MAKERS, "link"])
@pytest.mark.parametrize("what", ["blob", "manifest", "record", "format"])
def test_what_is_no_file_is_named_and_hides_no_other_damage(
    client: Client, tmp_path: Path, what: str, kind: str
) -> None:
    key = key_of(client, "x", what)
    path = take_place(client, tmp_path, what, kind)
    before = seen(tmp_path / "outside")
    quick = client.check(quick=True)
    assert [problem.artifact for problem in quick.problems] == {
        "blob": ["x"], "manifest": ["x"]
    }.get(what, [])  # fmt: skip
    assert key in quick.foreign
    found = client.check()
    named = {problem.artifact: problem.problem for problem in found.problems}
    assert named["y"].startswith("damaged")
    if what in ("blob", "manifest"):
        assert "not a regular file" in named["x"]
    elif what == "record":
        # The catalog knows what it said.
        assert stat.S_ISREG(path.lstat().st_mode)
    else:
        assert key in found.foreign
    assert seen(tmp_path / "outside") == before


@pytest.mark.parametrize("kind", ["link", "FIFO", "socket"])
@pytest.mark.parametrize("what", ["folder of records", "folder of blobs", "folder of work"])
def test_what_is_no_folder_is_named_and_hides_no_other_damage(
    client: Client, tmp_path: Path, what: str, kind: str
) -> None:
    take_place(client, tmp_path, what, kind)
    client_of_now = Client(tmp_path / "home")
    before = seen(tmp_path / "outside")
    for quick in (True, False):
        found = client_of_now.check(quick=quick)
        assert key_of(client, "x", what) in found.foreign
        named = {problem.artifact for problem in found.problems}
        assert named == ({"x", "y"} if what == "folder of blobs" else set() if quick else {"y"})
    with pytest.raises(IntegrityError, match="not a folder"):
        client_of_now.collect_garbage(grace_s=0)
    assert seen(tmp_path / "outside") == before


@pytest.mark.parametrize("kind", [*MAKERS, "link"])
@pytest.mark.parametrize("what", ["blob", "manifest", "record"])
def test_garbage_is_collected_unless_it_is_unknown_what_is_referred_to(
    client: Client, tmp_path: Path, what: str, kind: str
) -> None:
    take_place(client, tmp_path, what, kind)
    before = seen(tmp_path / "outside")
    if what == "manifest":
        with pytest.raises(IntegrityError, match="cannot tell which bytes version"):
            client.collect_garbage(grace_s=0)
    else:
        client.collect_garbage(grace_s=0)
    client.delete_artifact("y")
    if what != "manifest":
        assert client.collect_garbage(grace_s=0).blobs == 1
    assert seen(tmp_path / "outside") == before


@pytest.mark.parametrize("kind", [*MAKERS, "link"])
@pytest.mark.parametrize("what", ["blob", "manifest"])
def test_a_version_heals_when_its_file_is_registered_again(
    client: Client, tmp_path: Path, work: Path, what: str, kind: str
) -> None:
    path = take_place(client, tmp_path, what, kind)
    thing = path.lstat()
    before = seen(tmp_path / "outside")
    client.register("x", work / "x")
    client.register("y", work / "y")
    assert client.check().problems == []
    aside = [found.lstat().st_ino for found in (tmp_path / "home/store/quarantine").iterdir()]
    assert thing.st_ino in aside
    assert seen(tmp_path / "outside") == before


@pytest.mark.parametrize("kind", [*MAKERS, "link"])
def test_bytes_that_are_given_up_leave_what_is_none_of_ours(
    client: Client, tmp_path: Path, kind: str
) -> None:
    path = take_place(client, tmp_path, "blob", kind)
    before = seen(tmp_path / "outside")
    client.delete_artifact_version("x:1", delete_from_artifact_store=True)
    assert path.is_symlink() or path.exists()
    assert seen(tmp_path / "outside") == before


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"record": "version"}'])
def test_a_record_that_says_nothing_of_an_unknown_version_is_named(
    client: Client, tmp_path: Path, content: bytes
) -> None:
    key = "records/00000000-0000-0000-0000-000000000001.json"
    (tmp_path / "home" / "store" / key).write_bytes(content)
    found = client.check()
    assert found.foreign == (key,)
    assert {problem.artifact for problem in found.problems} == {"y"}
    with pytest.raises(IntegrityError, match="cannot be read"):
        client.collect_garbage(grace_s=0)


@pytest.mark.parametrize("content", [b"", b"{", b"[]"])
def test_a_damaged_record_of_a_known_version_is_written_again(
    client: Client, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "home" / "store" / key_of(client, "x", "record")
    before = path.read_bytes()
    path.write_bytes(content)
    client.collect_garbage(grace_s=0)
    assert client.check().foreign == ()
    assert path.read_bytes() == before
