"""Bundles: versions go out into a zip file and come in again, whole."""

import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from artifactctl.client import Client
from artifactctl.errors import ConflictError, IntegrityError, UnsafeError
from tests.checker import check_home, records
from tests.commands import command, environment
from tests.conftest import Run
from tests.faults.changes import state_of
from tests.moving.conftest import Command
from tests.recorded import Did, record


@pytest.fixture
def filled(client: Client, work: Path) -> Client:
    """A home with files, tags, a run, a link, and a deleted version."""
    (work / "folder").mkdir()
    for name in ("a", "b"):
        (work / "folder" / name).write_text(name)
    (work / "big").write_bytes(bytes(range(256)) * (6 << 10))
    client.register("x", work / "folder", tags=["raw"], metadata={"a": {"b": 1}})
    client.register("x", work / "big", version="raw_2023")
    client.register("x", work / "big")
    client.register("x", work / "folder", inputs=["x:1"])
    client.register("l", work / "big", link=True)
    client.delete_artifact_version("x:2")
    record(client, "nightly", Did("fit", inputs={"x": "x:1"}, outputs=["m"], log="hello"))
    return client


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Client]:
    """Another home of this user, where nothing was ever stored."""
    made = Client(tmp_path / "far")
    yield made
    made.close()
    check_home(tmp_path / "far")


def test_everything_comes_in_again(filled: Client, far: Client, work: Path):
    made = filled.export(None, work / "all.zip")
    assert made.versions == 5
    done = far.import_(work / "all.zip", trust=True)
    assert (len(done.moved), done.runs, done.size_bytes > 0) == (5, 1, True)
    assert state_of(far.settings.home_path) is not None
    assert far.verify() == []
    there = {version.ref: version for version in far.list_artifact_versions(size=0)}
    for version in filled.list_artifact_versions(size=0):
        moved = there.pop(version.ref)
        for name in ("id", "digest", "type", "created", "tags", "metadata", "size_bytes"):
            assert getattr(moved, name) == getattr(version, name)
    assert not there
    assert [str(v.id) for v in far.get_artifact_version("m").run.steps["fit"].inputs.values()]
    # The number of the deleted version stays used up, and the record of the last one is there.
    assert far.register("x", work / "big").version.version == "4"
    again = far.import_(work / "all.zip", trust=True)
    assert (len(again.moved), again.runs, again.size_bytes) == (0, 0, 0)


def test_the_same_versions_make_the_same_bytes_and_any_unzip_reads_them(filled: Client, work: Path):
    filled.export(["x:1", "m"], work / "one.zip")
    filled.export(["m", "x:1"], work / "two.zip")
    assert (work / "one.zip").read_bytes() == (work / "two.zip").read_bytes()
    with zipfile.ZipFile(work / "one.zip") as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names[0] == "bundle.json"
        assert json.loads(archive.read("bundle.json"))["bundle"] == "artifactctl"
        assert len(set(names)) == len(names)
        archive.extractall(work / "unpacked")
    for record_ in (work / "unpacked" / "records").glob("*"):
        assert json.loads(record_.read_bytes())["id"] == record_.stem


def test_a_file_that_is_there_is_not_replaced_without_force(filled: Client, work: Path):
    filled.export(["x:1"], work / "b.zip")
    before = (work / "b.zip").read_bytes()
    with pytest.raises(ConflictError, match="exists"):
        filled.export(None, work / "b.zip")
    assert (work / "b.zip").read_bytes() == before
    filled.export(None, work / "b.zip", force=True)
    assert (work / "b.zip").read_bytes() != before
    assert sorted(os.listdir(work)) == ["b.zip", "big", "folder"]


def test_a_damaged_blob_makes_no_bundle(filled: Client, tmp_path: Path, work: Path):
    copied = tmp_path / "copied"
    shutil.copytree(filled.settings.home_path, copied)
    blob = max((copied / "store" / "blobs").glob("*/*"), key=lambda path: path.stat().st_size)
    blob.chmod(0o600)
    blob.write_bytes(b"x" + blob.read_bytes()[1:])
    damaged = Client(copied)
    with pytest.raises(IntegrityError):
        damaged.export(None, work / "b.zip")
    damaged.close()
    assert not (work / "b.zip").exists()


def test_objects_of_a_bundle_are_taken_only_with_trust(filled: Client, far: Client, work: Path):
    filled.export(["m", "x:1"], work / "b.zip")
    with pytest.raises(UnsafeError, match="--trust") as refused:
        far.import_(work / "b.zip")
    assert "m:1" in str(refused.value)
    assert "x:1" not in str(refused.value)
    assert far.list_artifact_versions().total == 0
    assert len(far.import_(work / "b.zip", trust=True).moved) == 2


def test_conflicts_of_a_bundle_are_all_listed_before_anything_comes_in(
    filled: Client, far: Client, work: Path
):
    filled.export(["x:1", "x:raw_2023", "x:3"], work / "b.zip")
    (work / "other").write_text("other")
    far.register("x", work / "other")
    far.register("x", work / "other", version="3")
    planned = far.import_(work / "b.zip", dry_run=True)
    assert [move.action for move in planned.versions] == ["conflict", "new", "conflict"]
    with pytest.raises(ConflictError) as refused:
        far.import_(work / "b.zip")
    assert len(refused.value.details) == 2
    assert far.list_artifact_versions().total == 2
    done = far.import_(work / "b.zip", renumber=True)
    assert [move.there for move in done.versions] == ["x:4", "x:raw_2023", "x:5"]


def test_an_exclusive_tag_stays_where_it_is(filled: Client, far: Client, work: Path):
    filled.tag("x:1", ["prod"], exclusive=True)
    (work / "other").write_text("other")
    far.register("x", work / "other", version="theirs")
    far.tag("x:theirs", ["prod"], exclusive=True)
    filled.export(["x:1", "x:3"], work / "b.zip")
    done = far.import_(work / "b.zip")
    assert any("'prod'" in note and "x:1" in note for note in done.notes)
    assert far.get_artifact_version("x@prod").version == "theirs"
    assert list(far.get_artifact_version("x:1").tags) == ["raw"]


def test_a_bundle_goes_through_a_pipe(run: Run, home: Path, at_other: Command, there: Path):
    Path("f").write_text("content")
    run("register", "x", "f").ok()
    with Path("piped.zip").open("wb") as file:
        words, environ = command("export", "x", "-"), environment(home)
        subprocess.run(words, env=environ, stdout=file, check=True)
    run("export", "x", "named.zip").ok()
    assert Path("piped.zip").read_bytes() == Path("named.zip").read_bytes()
    at_other("import", "piped.zip").ok()
    assert [item["version"] for item in records(there, "version")] == ["1"]
    refused = run("export", "x", "named.zip")
    assert (refused.code, refused.out) == (4, "")
    assert run("export", "named.zip").code == 2
    assert at_other("import", "missing.zip").code == 3
