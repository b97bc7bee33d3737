import json
import os
import sqlite3
from pathlib import Path

import pytest

from artifactctl.client import Client
from artifactctl.errors import ConflictError, UnsafeError
from artifactctl.verbs import saving
from artifactctl.verbs.publishing import VersionSpec
from artifactctl.verbs.saving import NewObject


@pytest.mark.parametrize("inside", ["catalog.db", "config.yaml", "store/x", "store/records/evil"])
def test_a_download_never_writes_among_artifactctls_own_data(
    client: Client, home: Path, work: Path, inside: str
) -> None:
    (work / "f").write_text("x")
    client.register("a", "f")
    (work / "link").symlink_to(home)
    for dest in (home / inside, work / "link" / inside):
        with pytest.raises(UnsafeError, match="own data"):
            client.download("a", dest, force=True)
    with sqlite3.connect(home / "catalog.db") as catalog:
        assert catalog.execute("SELECT COUNT(*) FROM artifact_version").fetchone() == (1,)


def test_a_folder_whose_files_would_land_in_the_home_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tree" / ".artifactctl").mkdir(parents=True)
    (tmp_path / "tree" / ".artifactctl" / "catalog.db").write_text("not one")
    client = Client(tmp_path / "project" / ".artifactctl")
    client.register("a", tmp_path / "tree")
    with pytest.raises(UnsafeError, match="own data"):
        client.download("a", tmp_path / "project", force=True)
    assert client.verify() == []


def test_artifactctls_own_data_is_neither_registered_nor_linked(
    client: Client, home: Path, work: Path
) -> None:
    (work / "f").write_text("x")
    client.register("a", "f")
    for path in (home, home / "store", home / "catalog.db"):
        with pytest.raises(UnsafeError, match="own data"):
            client.register("b", path)
    for path in (home / "store" / "blobs", home / "catalog.db", home / "token"):
        with pytest.raises(UnsafeError, match="own data"):
            client.register("b", path, link=True)


def test_what_a_program_made_beside_the_blobs_may_be_linked(client: Client, home: Path) -> None:
    assert client.active_stack.artifact_store.path == str(home / "store")
    (home / "store" / "mine").mkdir()
    (home / "store" / "mine" / "checkpoint").write_text("x")
    assert client.register("b", home / "store" / "mine", link=True).version.linked


def test_linking_a_folder_leaves_out_the_home_in_it(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "f").write_text("x")
    client = Client(project / ".artifactctl")
    client.register("before", project / "f")
    linked = client.register("all", project, link=True)
    assert [file.path for file in client.describe_artifact_version("all").files] == ["f"]
    assert any("own data" in note for note in linked.notes)
    client.register("after", project / "f")
    assert client.verify() == []


def test_a_copy_is_made_although_the_latest_version_links_the_same_content(
    client: Client, work: Path
) -> None:
    (work / "f").write_text("x")
    client.register("a", "f", link=True)
    stored = client.register("a", "f", if_changed=True)
    assert (stored.is_new, stored.version.linked) == (True, False)
    linked = client.register("a", "f", link=True, if_changed=True)
    assert (linked.is_new, linked.version.linked) == (True, True)
    assert not client.register("a", "f", link=True, if_changed=True).is_new


def test_what_was_asked_of_a_version_that_is_not_made_is_said(client: Client, work: Path) -> None:
    (work / "f").write_text("x")
    client.register("a", "f")
    kept = client.register("a", "f", if_changed=True, version="custom", type="model")
    assert not kept.is_new
    assert "version 'custom' was not made" in kept.notes
    assert "a:1 stays a DataArtifact" in kept.notes


def test_a_refused_download_leaves_nothing_beside_its_destination(
    client: Client, work: Path
) -> None:
    (work / "d" / "sub").mkdir(parents=True)
    (work / "d" / "sub" / "f").write_text("x")
    client.register("a", "d")
    (work / "out").mkdir()
    (work / "out" / "sub").symlink_to(work)
    with pytest.raises(UnsafeError):
        client.download("a", "out", force=True)
    (work / "other" / "sub" / "f").mkdir(parents=True)
    with pytest.raises(ConflictError):
        client.download("a", "other", force=True)
    assert sorted(os.listdir(work)) == ["d", "other", "out"]


def test_verify_writes_the_records_that_somebody_removed(
    client: Client, home: Path, work: Path
) -> None:
    (work / "f").write_text("x")
    for _ in range(3):
        client.register("a", "f")
    records = home / "store" / "records"
    before = {path.name: json.loads(path.read_bytes())["version"] for path in records.iterdir()}
    for path in records.iterdir():
        path.unlink()
    assert client.verify() == []
    found = {path.name: json.loads(path.read_bytes()) for path in records.iterdir()}
    assert {name: found[name]["version"] for name in before} == before
    # It writes the artifact's own as well, which no change had called for.
    others = [found[name]["record"] for name in found.keys() - before.keys()]
    assert others == ["artifact"]


def test_a_path_that_holds_the_home_is_saved_without_it(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "f").write_text("x")
    client = Client(project / ".artifactctl")
    saving.save(client.home, NewObject(project, VersionSpec("p")))
    files = client.describe_artifact_version("p:1").files
    assert sorted(file.path for file in files) == ["content/f", "path.json"]
    assert sorted(os.listdir(client.load("p"))) == ["f"]
    mine = client.settings.home_path / "store" / "mine"
    mine.mkdir()
    (mine / "checkpoint").write_text("x")
    saving.save(client.home, NewObject(mine, VersionSpec("mine")))
    for own in (mine.parent / "blobs", client.settings.home_path / "token"):
        with pytest.raises(UnsafeError, match="own data"):
            saving.save(client.home, NewObject(own, VersionSpec("own")))
