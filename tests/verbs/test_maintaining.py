"""Throwing away, backing up and bringing back, as programs do it."""

import shutil
from pathlib import Path

import pytest

from artifactctl.client import Client
from artifactctl.errors import CatalogUnusableError, ConflictError, IntegrityError, NotFoundError
from tests.catalog.test_rows import use
from tests.checker import assert_gapless, check_home, records


@pytest.fixture
def kept(client: Client, work: Path) -> Client:
    """Versions 1 and 2 of `a`, raw of `b`, all with labels."""
    for name, version in (("a", None), ("a", None), ("b", "raw")):
        (work / "f").write_text(f"{name} {version} {len(list(work.iterdir()))}")
        client.register(name, work / "f", version=version, tags=["t"], metadata={"k": {"i": 0}})
    client.tag_artifact("a", ["team"])
    return client


def everything(client: Client) -> list:
    return [
        item.as_json()
        for page in (client.list_artifact_versions(size=0), client.list_artifacts(size=0))
        for item in page
    ]


def test_deleted_versions_are_named_and_their_numbers_stay_used_up(
    kept: Client, home: Path, work: Path
) -> None:
    assert kept.delete_artifact_version(["a:2", "b:raw", "a@t"]) == ["a:2", "b:raw"]
    assert kept.delete_artifact_version("a", 1) == ["a:1"]
    with pytest.raises(ConflictError, match="was deleted"):
        kept.register("b", work / "f", version="raw")
    assert kept.register("a", work / "f").version.version == "3"
    assert_gapless(home, "a", 3)
    with pytest.raises(NotFoundError, match="was deleted"):
        kept.download("a:1", work / "out")


def test_a_deleted_artifact_gives_its_versions_and_its_name_back_without_them(
    kept: Client, work: Path
) -> None:
    assert sorted(kept.delete_artifact("a")) == ["a:1", "a:2"]
    with pytest.raises(NotFoundError):
        kept.get_artifact("a")
    made = kept.register("a", work / "f").version
    assert (made.version, kept.get_artifact("a").tags) == ("3", ())
    assert kept.verify() == []


def test_what_a_run_used_is_deleted_only_by_force(kept: Client) -> None:
    use(kept.catalog, kept.get_artifact_version("a:1").id_text, name="nightly")
    with pytest.raises(ConflictError, match="nightly"):
        kept.delete_artifact_version(["a:2", "a:1"])
    assert kept.get_artifact("a").version_count == 2
    assert kept.describe_artifact_version("a:1").consumers[0]["run"] == "nightly"
    kept.delete_artifact_version("a:1", force=True)
    assert kept.verify() == []


def test_a_version_made_by_a_run_names_its_producer(kept: Client) -> None:
    use(kept.catalog, kept.get_artifact_version("a:1").id_text, "output", name="r", step="s")
    version = kept.get_artifact_version("a:1")
    assert version.producer == {"run": "r", "step": "s"}
    found = kept.list_artifact_versions(pipeline_run="r", step="s", pipeline="train")
    assert [item.ref for item in found] == ["a:1"]


def test_a_catalog_that_is_lost_is_rebuilt_as_it_was(kept: Client, home: Path, work: Path) -> None:
    use(kept.catalog, kept.get_artifact_version("a:1").id_text, "output", name="r")
    kept.verify()
    kept.delete_artifact_version("a:2")
    before = everything(kept)
    kept.close()
    (home / "catalog.db").unlink()
    with pytest.raises(CatalogUnusableError, match="gone while the store"):
        kept.list_artifacts()
    done = kept.rebuild_catalog()
    assert (done.versions, done.artifacts, done.deletions, done.runs) == (2, 2, 1, 1)
    assert (done.problems, done.kept) == ((), None)
    assert everything(kept) == before
    assert kept.verify() == []
    assert kept.register("a", work / "f").version.version == "3"


def test_a_catalog_that_is_damaged_is_kept_when_it_is_rebuilt(kept: Client, home: Path) -> None:
    before = everything(kept)
    kept.close()
    harmed = b"SQLite format 3\0" + b"\xff" * 5000
    (home / "catalog.db").write_bytes(harmed)
    done = kept.rebuild_catalog()
    assert done.kept is not None
    assert Path(done.kept).read_bytes() == harmed
    assert Path(done.kept).parent == home / "store" / "quarantine"
    assert everything(kept) == before


def test_records_that_say_nothing_are_reported(kept: Client, home: Path) -> None:
    version = kept.get_artifact_version("b")
    kept.close()
    place = home / "store" / "records" / f"{version.id}.json"
    good = place.read_bytes()
    place.write_bytes(good[:-9])
    (home / "catalog.db").unlink()
    done = kept.rebuild_catalog()
    (problem,) = done.problems
    assert version.id_text in problem
    assert done.versions == 2
    place.write_bytes(good)
    assert kept.rebuild_catalog().versions == 1
    assert kept.get_artifact_version("b:raw").id == version.id


def test_a_backup_brings_back_what_was_and_keeps_what_came_since(
    kept: Client, work: Path, tmp_path: Path
) -> None:
    saved = kept.backup_catalog(tmp_path / "saved.db")
    assert saved.size_bytes == Path(saved.path).stat().st_size
    kept.tag("a:1", ["late"])
    (work / "f").write_text("since")
    since = kept.register("c", work / "f", tags=["since"]).version
    kept.delete_artifact_version("b:raw")
    done = kept.restore_catalog(tmp_path / "saved.db")
    assert (done.versions, done.artifacts, done.problems) == (1, 1, ())
    assert kept.get_artifact_version("a:1").tags == ("t",)
    assert kept.get_artifact_version("c@since").id == since.id
    assert kept.get_artifact_version("b:raw").tags == ("t",)
    assert done.kept is not None
    assert kept.verify() == []


def test_a_backup_of_versions_whose_bytes_are_gone_is_refused_without_force(
    kept: Client, tmp_path: Path
) -> None:
    kept.backup_catalog(tmp_path / "saved.db")
    kept.delete_artifact_version("b:raw", delete_from_artifact_store=True)
    kept.collect_garbage(grace_s=0)
    before = everything(kept)
    with pytest.raises(IntegrityError, match="b:raw"):
        kept.restore_catalog(tmp_path / "saved.db")
    assert everything(kept) == before


def test_the_force_brings_versions_back_without_their_bytes(
    fragile: Client, work: Path, tmp_path: Path
) -> None:
    (work / "f").write_text("x")
    fragile.register("a", work / "f", tags=["t"])
    fragile.backup_catalog(tmp_path / "saved.db")
    fragile.delete_artifact_version("a:1", delete_from_artifact_store=True)
    fragile.restore_catalog(tmp_path / "saved.db", force=True)
    version = fragile.get_artifact_version("a:1")
    assert version.data_deleted is not None
    assert fragile.verify() == []
    assert version.tags == ("t",)
    with pytest.raises(NotFoundError, match="was deleted on"):
        fragile.download("a:1", work / "out")


def test_a_home_that_was_copied_is_a_home(kept: Client, tmp_path: Path) -> None:
    """Records, catalog and bytes are all there is."""
    before = everything(kept)
    kept.close()
    shutil.copytree(kept.settings.home_path, tmp_path / "copy")
    other = Client(tmp_path / "copy")
    assert [item["id"] for item in everything(other)] == [item["id"] for item in before]
    other.rebuild_catalog()
    assert other.verify() == []
    other.close()
    check_home(tmp_path / "copy")
    assert len(records(tmp_path / "copy", "version")) == 3
