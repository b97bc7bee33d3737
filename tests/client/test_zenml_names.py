"""Scripts written for ZenML's client find the same names and the same kinds of error."""

import pickle
import uuid
import zipfile
from dataclasses import asdict
from pathlib import Path

import pytest

from artifactctl import Tag
from artifactctl.client import Client, RunMetadataResource
from artifactctl.enums import ArtifactSaveType, ArtifactType, MetadataResourceTypes
from artifactctl.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    UnsafeError,
    WrongUsageError,
)


@pytest.fixture
def two(client: Client, work: Path) -> Client:
    """Two versions of `iris`, the first called `raw`, and one of `other`."""
    (work / "f.csv").write_text("a,b\n1,2\n")
    client.register("iris", work / "f.csv", version="raw", tags=["t"], metadata={"n": 3, "b": True})
    client.register("iris", work / "f.csv", type="model")
    client.register("other", work / "f.csv")
    return client


def test_versions_and_artifacts_are_found_by_zenmls_words_and_ours(two: Client) -> None:
    made = two.get_artifact_version("iris", "raw")
    for found in (
        two.get_artifact_version(name_id_or_prefix="iris", version="raw"),
        two.get_artifact_version("iris", "raw", None, False),
        two.get_artifact_version(made.id),
        two.get_artifact_version(made.id_text[:8], hydrate=True),
        two.get_artifact_version(name="iris", version="raw"),
        two.get_artifact_version(ref="iris:raw"),
    ):
        assert found == made
    artifact = two.get_artifact("iris")
    assert two.get_artifact(name_id_or_prefix=artifact.id) == artifact
    assert two.get_artifact(name="iris", hydrate=True) == artifact
    with pytest.raises(TypeError, match="give one name"):
        two.get_artifact("iris", name="iris")
    with pytest.raises(TypeError, match="give one name"):
        two.get_artifact_version(version="raw")
    with pytest.raises(TypeError, match="nmae"):
        two.get_artifact(nmae="iris")  # type: ignore[call-arg]


def test_a_whole_id_wins_over_a_version_beside_it(two: Client) -> None:
    made = two.get_artifact_version("iris", "raw")
    with pytest.warns(UserWarning, match="is ignored"):
        assert two.get_artifact_version(made.id, version="7") == made


def test_what_is_missing_is_a_key_error_whose_text_is_plain(two: Client) -> None:
    with pytest.raises(KeyError) as caught:
        two.get_artifact_version("iris", "9")
    assert isinstance(caught.value, NotFoundError)
    assert (
        str(caught.value) == "there is no version '9' of 'iris'; the latest is 1, there are 1, raw"
    )
    with pytest.raises(KeyError):
        two.get_artifact("nothing")


@pytest.mark.parametrize("word", ["project", "user", "model"])
def test_what_does_not_exist_here_is_refused_only_when_it_is_asked_for(two, word) -> None:
    assert two.list_artifact_versions(**{word: None}).total == 3
    with pytest.raises(WrongUsageError, match=f"there is no {word} here"):
        two.list_artifact_versions(**{word: "mine"})
    if word == "project":
        with pytest.raises(ValueError, match="no project"):
            two.get_artifact("iris", project="mine")


def test_listings_take_zenmls_words(two: Client) -> None:
    def refs(*positional, **wish):
        return [v.ref for v in two.list_artifact_versions(*positional, **wish)]

    assert refs("created", 1, 2, "and") == ["iris:raw", "iris:1"]
    assert refs(name="iris", hydrate=True) == ["iris:raw", "iris:1"]
    assert refs(type=ArtifactType.MODEL) == ["iris:1"]
    assert refs(tags=["t"], run_metadata={"n": 3}) == refs(tag="t", metadata="n=3") == ["iris:raw"]
    assert refs(artifact=two.get_artifact_version("other").artifact) == ["other:1"]
    assert [a.name for a in two.list_artifacts("desc:name", 1, 5)] == ["other", "iris"]


def test_a_version_answers_what_zenmls_does(two: Client) -> None:
    raw = two.get_artifact_version("iris", "raw")
    assert (raw.name, raw.artifact.name, raw.artifact.id) == (
        "iris",
        "iris",
        two.get_artifact("iris").id,
    )
    assert [tag.name for tag in raw.tags] == ["t"]
    assert raw.type is ArtifactType.DATA
    assert two.get_artifact_version("iris").type == "ModelArtifact"
    assert (raw.run_metadata["n"], raw.run_metadata["n"].value) == (3, 3)
    assert raw.run_metadata["b"] is True
    assert type(raw.metadata["n"]) is int
    assert raw.save_type is ArtifactSaveType.MANUAL
    assert raw.content_hash == raw.digest
    assert raw.get_hydrated_version() is raw
    assert raw.producer_step_run_id is raw.producer_pipeline_run_id is None
    for ask in (lambda: raw.run, lambda: raw.step):
        with pytest.raises(NotFoundError, match="made by no run"):
            ask()


def test_an_artifact_answers_what_zenmls_does(two: Client, work: Path) -> None:
    iris = two.get_artifact("iris")
    assert (list(iris.versions), len(iris.versions)) == (["raw", "1"], 2)
    assert iris.versions["raw"] == two.get_artifact_version("iris:raw")
    assert iris.versions[1].version == "1"
    assert "2" not in iris.versions
    assert iris.versions.get("2") is None
    assert {name: v.type for name, v in iris.versions.items()}["1"] is ArtifactType.MODEL
    assert iris.latest_version_id == two.get_artifact_version("iris").id
    assert iris.get_hydrated_version() is iris
    loaded = iris.load()
    assert loaded.read_text() == (work / "f.csv").read_text()
    two.delete_artifact_version(["iris:1", "iris:raw"])
    assert two.get_artifact("iris").latest_version_id is None


def test_results_are_values_that_nothing_but_their_fields_shows_in(two: Client) -> None:
    made = two.get_artifact_version("iris", "raw")
    assert "settings" not in repr(made)
    assert not any(key.startswith("_") for key in (*asdict(made), *made.as_json()))
    back = pickle.loads(pickle.dumps(made))
    assert back == made
    assert back.load().name == "f.csv"
    assert back.tags[0].name == "t"
    assert (back.artifact.id, back.save_type) == (made.artifact.id, made.save_type)
    assert pickle.loads(pickle.dumps(two.get_artifact("iris"))).versions["1"].ref == "iris:1"


def test_labels_change_by_zenmls_words(two: Client) -> None:
    assert two.update_artifact(name_id_or_prefix="iris", new_name="iris2", add_tags=["a"]).tags == (
        "a",
    )
    same = two.update_artifact(name="iris2", remove_tags=["a"], has_custom_name=True)
    assert (same.name, same.tags) == ("iris2", ())
    with pytest.raises(WrongUsageError, match="cannot be changed"):
        two.update_artifact("iris2", has_custom_name=False)
    done = two.update_artifact_version("iris2", "raw", add_tags=["x", Tag("y")], remove_tags=["t"])
    assert done.tags == ("x", "y")
    with pytest.raises(ValueError, match="cascades"):
        two.update_artifact_version("iris2", "raw", add_tags=[Tag("z", cascade=True)])


def test_metadata_goes_to_several_things_or_to_none(two: Client) -> None:
    ids = [two.get_artifact_version(ref).id for ref in ("iris:raw", "other")]
    kind = MetadataResourceTypes.ARTIFACT_VERSION
    both = [RunMetadataResource(id=ids[0], type=kind), (ids[1], "artifact_version")]
    two.create_run_metadata({"acc": 0.5}, resources=both)
    assert [two.get_artifact_version(i).metadata["acc"] for i in ids] == [0.5, 0.5]
    with pytest.raises(KeyError):
        two.create_run_metadata({"acc": 1}, [both[0], (str(uuid.uuid4()), "step_run")])
    assert two.get_artifact_version(ids[0]).metadata["acc"] == 0.5
    with pytest.raises(ValueError, match="'model_version'"):
        two.create_run_metadata({"acc": 1}, [(ids[0], "model_version")])
    with pytest.raises(WrongUsageError):
        two.create_run_metadata({"acc": 1}, both, stack_component_id=ids[0])  # type: ignore[arg-type]


def test_versions_are_deleted_by_zenmls_words(two: Client) -> None:
    with pytest.raises(WrongUsageError, match="both kept"):
        two.delete_artifact_version("iris", "raw", delete_metadata=False)
    gone = two.delete_artifact_version(
        "iris", "raw", delete_metadata=False, delete_from_artifact_store=True
    )
    assert gone == ["iris:raw"]
    kept = two.get_artifact_version("iris", "raw")
    assert kept.data_deleted is not None
    with pytest.raises(NotFoundError, match="was deleted on"):
        kept.load()
    assert two.get_artifact_version("iris:1").load().read_text()
    two.delete_artifact_version(name_id_or_prefix=kept.id, delete_from_artifact_store=True)
    assert two.delete_artifact(name_id_or_prefix="iris") == ["iris:1"]


def test_pruning_without_a_rule_spares_what_was_saved_by_hand(two: Client) -> None:
    done = two.prune_artifacts(only_versions=True, delete_from_artifact_store=False)
    assert (list(done.deleted), two.list_artifact_versions().total) == ([], 3)
    done = two.prune_artifacts(unused=True, delete_from_artifact_store=False)
    assert (len(done.deleted), done.freed_bytes) == (3, 0)


def test_the_store_has_a_path_in_which_data_is_linked(two: Client) -> None:
    store = Client(two.settings.home.value).active_stack.artifact_store
    folder = Path(store.path, "checkpoints")
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "1.ckpt").write_bytes(b"1")
    made = two.register_artifact(str(folder), "checkpoints", artifact_metadata={"k": 1})
    assert (made.linked, made.save_type) == (True, ArtifactSaveType.PREEXISTING)
    assert made.load() == folder
    assert made.metadata["k"] == 1
    assert (store.name, store.id) == ("default", two.active_stack.artifact_store.id)
    assert isinstance(store.id, uuid.UUID)


def test_data_is_linked_where_it_is(two: Client, work: Path) -> None:
    done = two.register_artifact(
        folder_or_file_uri="f.csv",
        name="linked",
        version="v1",
        artifact_type=ArtifactType.MODEL,
        tags=["x"],
        has_custom_name=False,
    )
    assert (done.ref, done.type, done.tags) == ("linked:v1", ArtifactType.MODEL, ("x",))
    assert done.load() == work / "f.csv"
    assert two.get_artifact("linked").has_custom_name is False
    assert two.register_artifact(work / "f.csv", "linked").version == "1"
    assert two.get_artifact("linked").has_custom_name is True
    with pytest.raises(FileNotFoundError, match="nowhere"):
        two.register_artifact("nowhere", "linked")
    with pytest.raises(NotFoundError):
        two.register_artifact("file:///nowhere", "linked")


def test_files_come_as_a_zip(two: Client, work: Path) -> None:
    (work / "tree" / "deep").mkdir(parents=True)
    (work / "tree" / "deep" / "f").write_bytes(b"x" * 100_000)
    two.register("tree", work / "tree")
    tree = two.get_artifact_version("tree")
    tree.download_files("out/tree.zip")
    with zipfile.ZipFile("out/tree.zip") as archive:
        assert archive.namelist() == ["deep/f"]
        assert archive.read("deep/f") == b"x" * 100_000
    two.get_artifact_version("iris").download_files(work / "one.zip")
    assert zipfile.ZipFile("one.zip").namelist() == ["f.csv"]
    with pytest.raises(FileExistsError) as caught:
        tree.download_files("one.zip")
    assert isinstance(caught.value, ConflictError)
    tree.download_files("one.zip", overwrite=True)
    assert zipfile.ZipFile("one.zip").namelist() == ["deep/f"]
    with pytest.raises(ValueError, match="does not end in") as wrong:
        tree.download_files("one.tar")
    assert isinstance(wrong.value, InvalidInputError)
    (work / "dir.zip").mkdir()
    with pytest.raises(FileExistsError, match="is a folder"):
        tree.download_files("dir.zip", overwrite=True)
    with pytest.raises(UnsafeError):
        tree.download_files(two.settings.home_path / "store" / "x.zip")


def test_linked_data_comes_as_a_zip_too(two: Client, work: Path) -> None:
    two.register_artifact("f.csv", "linked").download_files("l.zip")
    assert zipfile.ZipFile("l.zip").read("f.csv") == (work / "f.csv").read_bytes()


def test_a_tag_takes_zenmls_words() -> None:
    tag = Tag("a", color="red", exclusive=None, cascade=None)
    assert (tag.name, tag.exclusive, tag.cascade) == ("a", None, None)
    assert Tag(name="a", exclusive=True) == Tag("a", None, True)
