"""What does not move, and whose homes are not written to."""

import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from artifactctl.client import Client
from artifactctl.errors import (
    ConflictError,
    IntegrityError,
    NotFoundError,
    UnsafeError,
    WrongUsageError,
)
from tests.conftest import Run
from tests.moving.conftest import Command
from tests.recorded import Did, record


def test_the_other_end_is_a_home_or_a_catalog_with_a_store(run: Run, there: Path, work: Path):
    Path("f").write_text("content")
    run("register", "x", "f").ok()
    assert run("push", "x", "--to", "nowhere").code == 3
    assert run("push", "x", "--to", work).code == 3
    refused = run("push", "x", "--to", "postgresql://me:geheim@localhost/ml")
    assert refused.code == 2
    assert "--store" in refused.err
    assert "geheim" not in refused.err
    assert run("push", "x", "--to", there, "--store", "s3://b/p").code == 2
    assert run("push", "y", "--to", there).code == 3
    assert run("copy", "--to", there).code == 2
    assert run("push", "x", "--to", there.parent).ok()  # the folder that the home is in


def test_a_file_that_is_no_bundle_is_named(run: Run, work: Path):
    Path("notes.txt").write_text("content")
    refused = run("import", "notes.txt")
    assert (refused.code, refused.out) == (5, "")
    assert refused.err.startswith("artifactctl: 'notes.txt': it is no bundle; ")


def test_a_home_is_not_moved_into_itself(client: Client, work: Path):
    (work / "f").write_text("content")
    client.register("x", work / "f")
    with pytest.raises(WrongUsageError, match="itself"):
        client.push("x", client.settings.home_path)


def test_two_catalogs_on_one_store_are_refused(client: Client, work: Path, tmp_path: Path):
    (work / "f").write_text("content")
    client.register("x", work / "f")
    with pytest.raises(ConflictError, match="belongs to the catalog"):
        client.push("x", f"sqlite:///{tmp_path}/other.db", store=client.settings.store.value)
    assert not (tmp_path / "other.db").exists()


def test_a_home_of_another_user_is_read_and_not_written(client: Client, work: Path, tmp_path: Path):
    if os.geteuid() != 0:
        pytest.skip("only root can give a home away")
    (work / "f").write_text("content")
    client.register("mine", work / "f")
    theirs = tmp_path / "theirs"
    with closing(Client(theirs)) as made:
        made.register("x", work / "f", tags=["raw"])
        record(made, "far", Did(outputs=["m"]))
    for path in (theirs, *theirs.rglob("*")):
        os.chown(path, 65534, 65534, follow_symlinks=False)
    with pytest.raises(UnsafeError):
        client.push("mine", theirs)
    assert len(client.pull("x", theirs).moved) == 1
    with pytest.raises(UnsafeError, match="--trust"):
        client.pull("m", theirs)
    assert len(client.pull("m", theirs, trust=True).moved) == 1
    assert client.verify() == []
    assert {path.stat().st_uid for path in theirs.rglob("*")} == {65534}


def test_a_row_that_was_changed_is_not_taken(
    client: Client, work: Path, tmp_path: Path, there: Path
):
    (work / "f").write_text("content")
    with closing(Client(tmp_path / "theirs")) as theirs:
        theirs.register("x", work / "f")
    with closing(sqlite3.connect(tmp_path / "theirs" / "catalog.db")) as catalog, catalog:
        catalog.execute("UPDATE artifact_version SET version = '../../evil'")
    with pytest.raises(IntegrityError):
        client.pull("x", tmp_path / "theirs")
    with closing(Client(tmp_path / "theirs")) as theirs, pytest.raises(IntegrityError):
        theirs.copy(there)
    assert client.list_artifact_versions().total == 0


def test_damaged_bytes_are_named_and_not_taken(client: Client, work: Path, tmp_path: Path):
    for trusted in (True, False):
        (work / "f").write_text(f"content {trusted}")
        folder = tmp_path / f"theirs-{trusted}"
        with closing(Client(folder)) as theirs:
            theirs.register("x", work / "f")
        if not trusted:  # a copy is nobody's own, and its blobs are read as streams
            shutil.copytree(folder, tmp_path / "copied")
            folder = tmp_path / "copied"
        (blob,) = (folder / "store" / "blobs").glob("*/*")
        blob.chmod(0o600)
        blob.write_bytes(b"x" * blob.stat().st_size)
        with pytest.raises(IntegrityError, match="damaged"):
            client.pull("x", folder)
    assert client.list_artifact_versions().total == 0


def test_a_version_without_its_bytes_is_not_pushed_and_is_copied_with_everything(
    client: Client, work: Path, tmp_path: Path, there: Path
):
    (work / "f").write_text("content")
    client.register("x", work / "f")
    client.delete_artifact_version("x", delete_metadata=False, delete_from_artifact_store=True)
    with pytest.raises(NotFoundError, match="deleted"):
        client.push("x", there)
    client.copy(there)
    with closing(Client(there)) as other:
        assert other.get_artifact_version("x").data_deleted is not None


def test_a_version_of_a_run_that_goes_on_is_a_conflict(client: Client, work: Path, there: Path):
    record(client, "nightly", Did(outputs=["m"]), status=None)
    with pytest.raises(ConflictError) as refused:
        client.push("m", there)
    assert "still running" in str(refused.value)


def test_a_protected_tag_is_given_to_nobody_and_a_new_one_keeps_its_colour(
    client: Client, work: Path, there: Path
):
    (work / "f").write_text("content")
    client.create_tag("prod", color="red")
    client.register("x", work / "f", tags=["prod", "kept"])
    with closing(Client(there)) as other:
        other.create_tag("kept")
        other.protect_tag("kept")
        done = client.push("x", there)
        assert any("'kept'" in note for note in done.notes)
        moved = other.get_artifact_version("x")
        assert [str(tag) for tag in moved.tags] == ["prod"]
        assert other.get_tag("prod").color == "red"


def test_the_report_as_json_and_as_rows(run: Run, at_other: Command, there: Path, work: Path):
    Path("f").write_text("content")
    run("register", "x", "f").ok()
    run("register", "y", "f").ok()
    Path("f").write_text("theirs")
    at_other("register", "y", "f").ok()
    planned = run("push", "x", "y", "--to", there, "--dry-run", "-o", "csv")
    assert planned.code == 4
    assert planned.out.splitlines()[0] == "version,action,there,size_bytes,reason"
    assert [line.split(",")[1] for line in planned.out.splitlines()[1:]] == ["new", "conflict"]
    done = json.loads(run("push", "x", "--to", there, "-o", "json").ok().out)
    assert done.keys() == {
        *(
            "source",
            "target",
            "dry_run",
            "counts",
            "runs",
            "size_bytes",
            "extended_series",
            "versions",
            "notes",
        ),
    }
    assert done["counts"] == {"new": 1, "present": 0, "identical": 0, "conflict": 0}
    (version,) = done["versions"]
    assert version.keys() == {
        *("id", "version", "there", "action", "size_bytes", "reason", "needs_trust"),
    }


def test_a_version_with_an_older_number_is_the_latest_and_is_said_to_be(
    client: Client, work: Path, there: Path
):
    for number in range(3):
        (work / "f").write_text(f"{number}")
        client.register("x", work / "f")
    client.push("x:3", there)
    done = client.push("x:1", there)
    assert any("latest" in note and "x:1" in note for note in done.notes)
    with closing(Client(there)) as other:
        assert other.get_artifact_version("x").version == "1"
        assert other.register("x", work / "f").version.version == "4"
