"""Downloads and tags through the client."""

from pathlib import Path

import pytest

from artifactctl.client import Client
from artifactctl.errors import IntegrityError, NotFoundError, WrongUsageError


@pytest.fixture
def data(work: Path) -> Path:
    folder = work / "data"
    folder.mkdir()
    (folder / "a").write_bytes(b"first")
    (folder / "b").write_bytes(b"other")
    return folder


def test_a_folder_goes_to_the_artifacts_name_and_a_file_to_its_own(
    client: Client, data: Path, work: Path
) -> None:
    client.register("tree", data)
    client.register("file", data / "a")
    assert client.download("tree").path == str(work / "tree")
    assert client.download("file").path == str(work / "a")
    assert client.download("tree", as_zip=True).path == str(work / "tree.zip")
    assert client.download("file", data.parent / "tree", force=True).path == str(work / "tree/a")


def test_every_form_of_a_reference_is_downloaded(client: Client, data: Path, work: Path) -> None:
    first = client.register("x", data / "a", tags=["old"]).version
    client.register("x", data / "b")
    for count, ref in enumerate(["x:1", "x@old", first.id_text, first.id_text[:8]]):
        client.download(ref, f"copy{count}")
        assert (work / f"copy{count}").read_bytes() == b"first"
    client.download("x:latest", "latest")
    assert (work / "latest").read_bytes() == b"other"


def test_a_dry_run_writes_nothing(client: Client, data: Path, work: Path) -> None:
    client.register("x", data)
    plan = client.download("x", "copy", include=["a"], dry_run=True)
    assert (plan.files, plan.size_bytes) == (("a",), 5)
    assert sorted(path.name for path in work.iterdir()) == ["data"]


def test_what_selects_nothing_is_not_found(client: Client, data: Path) -> None:
    client.register("x", data)
    with pytest.raises(NotFoundError, match="no file of this version is selected"):
        client.download("x", "copy", include=["*.csv"])
    with pytest.raises(NotFoundError):
        client.download("nothing", "copy")


def test_a_zip_and_links_do_not_go_together(client: Client, data: Path) -> None:
    client.register("x", data)
    with pytest.raises(WrongUsageError, match="cannot be used for a zip"):
        client.download("x", "copy.zip", mode="symlink")


def test_a_damaged_blob_is_not_downloaded(fragile: Client, data: Path, tmp_path: Path) -> None:
    fragile.register("x", data)
    (blob, *_) = (tmp_path / "fragile" / "store" / "blobs").glob("*/*")
    blob.unlink()
    blob.write_bytes(b"wrong")
    with pytest.raises(IntegrityError):
        fragile.download("x", "copy")
    assert not Path("copy").exists()


def test_tags_are_added_and_removed(client: Client, data: Path) -> None:
    client.register("x", data)
    assert client.tag("x", ["b", "a", "a"]).version.tags == ("a", "b")
    assert client.tag("x:1", ["c"], ["a", "never"]).version.tags == ("b", "c")
    assert client.get_artifact("x").tags == ()
    assert client.verify() == []


def test_a_tag_means_the_newest_version_that_has_it(client: Client, data: Path) -> None:
    for _ in range(3):
        client.register("x", data)
    client.tag("x:2", ["prod"])
    client.tag("x:3", ["prod"])
    (note,) = client.tag("x:1", ["prod"]).notes
    assert "x:3" in note
    assert "--exclusive" in note
    assert client.get_artifact_version("x@prod").version == "3"
    notes = client.tag("x:1", ["prod"], exclusive=True).notes
    assert [loser for note in notes for loser in ("x:2", "x:3") if loser in note] == ["x:2", "x:3"]
    assert client.get_artifact_version("x@prod").version == "1"
    assert client.list_artifact_versions(tag="prod").total == 1


def test_tags_of_an_artifact_are_a_set_of_their_own(client: Client, data: Path) -> None:
    client.register("x", data, tags=["version"])
    assert client.tag_artifact("x", ["team"]).tags == ("team",)
    assert client.get_artifact_version("x").tags == ("version",)


def test_versions_are_listed_oldest_first(client: Client, data: Path) -> None:
    for name in ("x", "y", "x"):
        client.register(name, data)
    listed = [item.ref for item in client.list_artifact_versions().items]
    assert listed == ["x:1", "y:1", "x:2"]
    found = client.list_artifact_versions(artifact="x", size=1, page=2)
    assert ([item.ref for item in found.items], found.total) == (["x:2"], 2)
