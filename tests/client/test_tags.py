"""Tags as things: made, found, changed, given, protected and deleted by programs."""

import json
import pickle
import sqlite3
import threading
from contextlib import closing

import pytest

from artifactctl import Tag, add_tags, pipeline, remove_tags, save_artifact, step
from artifactctl.catalog.reading.versions import list_unrecorded
from artifactctl.client import Client, TagResource
from artifactctl.enums import ColorVariants, TaggableResourceTypes
from artifactctl.errors import ArtifactctlError, ConflictError, EntityExistsError
from artifactctl.tags import color_of

VERSION = TaggableResourceTypes.ARTIFACT_VERSION


@pytest.fixture(autouse=True)
def here(home, monkeypatch):
    """The client's home is also that of the functions at the top of the package."""
    monkeypatch.setenv("ARTIFACTCTL_HOME", str(home))


@pytest.fixture
def two(client):
    """Two versions of an artifact."""
    for value in (1, 2):
        save_artifact(value, "a")
    return client


def version(client, ref="a"):
    found = client.get_artifact_version(ref)
    return TagResource(found.id, VERSION)


def test_a_tag_is_made_with_a_colour_and_found_by_name_id_and_start(client):
    made = client.create_tag("foo")
    assert (made.name, made.color, made.exclusive) == ("foo", color_of("foo"), False)
    assert client.create_tag("bar", color="yellow").color == "yellow" == ColorVariants.YELLOW.value
    for text in ("foo", made.id, str(made.id), made.id.hex, "fo", made.id.hex[:8]):
        assert client.get_tag(text) == made
    for text in ("fo", "x", "a" * 32):
        with pytest.raises(KeyError):
            client.get_tag(text, allow_name_prefix_match=False)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ({"name": "foo"}, EntityExistsError),
        ({"name": "I will fail\n"}, ValueError),
        ({"name": "a" * 32}, ValueError),
        ({"name": "x", "color": "pink"}, ValueError),
        ({"color": "yellow"}, TypeError),
    ],
)
def test_a_tag_that_cannot_be_is_not_made(client, words, error: type[Exception]):
    client.create_tag("foo")
    with pytest.raises(error):
        client.create_tag(**words)
    assert [tag.name for tag in client.list_tags()] == ["foo"]


def test_tags_are_listed_oldest_first_and_by_what_they_are(two):
    two.create_tag("unused", color="red")
    save_artifact(3, "a", tags=["t", "u"])
    two.tag_artifact("a", ["t"])
    assert [tag.name for tag in two.list_tags()] == ["unused", "t", "u"]
    assert [tag.tagged_count for tag in two.list_tags()] == [0, 2, 1]
    asked = [{"color": "red", "name": "unused"}, {"resource_type": "artifact"}, {"name": "u"}]
    found = [[tag.name for tag in two.list_tags(**words)] for words in asked]
    assert found == [["unused"], ["t"], ["u"]]
    assert [tag.name for tag in two.list_tags(tagged_count="gt:1")] == ["t"]


def test_a_renamed_tag_is_renamed_wherever_it_is(two):
    two.tag("a:1", ["prod", "kept"])
    two.tag_artifact("a", ["prod"])
    before = two.get_tag("prod")
    done = two.update_tag("prod", name="production", color="blue")
    assert (done, done.color, done.tagged_count) == (before, "blue", 2)
    assert two.get_artifact_version("a@production").tags == ("kept", "production")
    assert two.get_artifact("a").tags == ("production",)
    with pytest.raises(EntityExistsError):
        two.update_tag("production", name="kept")
    assert two.verify() == []


def test_a_deleted_tag_is_nowhere_and_its_name_is_free(two):
    save_artifact(3, "a", tags=["draft"])
    before = two.get_tag("draft")
    two.delete_tag("draft")
    assert two.get_artifact_version("a").tags == ()
    with pytest.raises(KeyError):
        two.get_tag(before.id)
    assert two.create_tag("draft") != before


def test_an_exclusive_tag_stays_exclusive_however_it_is_given(two):
    two.create_tag("prod", exclusive=True)
    assert two.attach_tag("prod", [version(two, "a:1")]) == ()
    assert two.attach_tag("prod", [version(two, "a:2")]) == ("'prod' was taken from a:1",)
    save_artifact(3, "a", tags=["prod"])
    assert two.get_artifact_version("a:2").tags == ()
    (tag,) = two.get_artifact_version("a").tags
    assert (tag.name, tag.exclusive, tag.color) == ("prod", True, color_of("prod"))
    artifact = TagResource(two.get_artifact("a").id, TaggableResourceTypes.ARTIFACT)
    with pytest.raises(ValueError, match="an artifact cannot have it"):
        two.attach_tag("prod", [artifact])


@pytest.mark.parametrize(
    "tag", [Tag("prod"), Tag("plain", exclusive=True), Tag("new", cascade=True)]
)
def test_a_tag_that_is_otherwise_than_it_is_given_is_refused(two, tag: Tag):
    two.create_tag("prod", exclusive=True)
    two.create_tag("plain")
    with pytest.raises(ValueError, match="tag"):
        two.attach_tag(tag, [version(two)])
    with pytest.raises(ValueError, match="tag"):
        add_tags(tag, artifact_name="a")
    assert two.get_artifact_version("a").tags == ()


def test_a_tag_that_several_versions_share_cannot_become_exclusive(two):
    two.attach_tag(Tag("t", color="teal"), [version(two, "a:1"), version(two, "a:2")])
    assert two.get_tag("t").color == "teal"
    with pytest.raises(ValueError, match="2 versions that belong together"):
        two.update_tag("t", exclusive=True)
    two.detach_tag("t", [version(two, "a:1")])
    assert two.update_tag("t", exclusive=True).exclusive


def test_a_tag_is_given_to_all_resources_or_to_none(two):
    gone = TagResource("00000000-0000-4000-8000-000000000000", VERSION)
    with pytest.raises(KeyError):
        two.attach_tag("t", [version(two), gone])
    assert two.get_artifact_version("a").tags == ()
    with pytest.raises(ValueError, match="has no tags"):
        two.attach_tag("t", [TagResource(gone.id, "model")])  # type: ignore[arg-type]


def test_who_has_a_protected_tag_changes_only_when_it_is_expected(two):
    two.tag("a:1", "prod")
    two.protect_tag("prod")
    refused = (
        lambda: two.tag("a:2", "prod"),
        lambda: two.tag("a:1", remove="prod"),
        lambda: two.tag_artifact("a", "prod"),
        lambda: save_artifact(3, "a", tags=["prod"]),
        lambda: two.delete_tag("prod"),
        lambda: two.update_tag("prod", name="x"),
        lambda: two.delete_artifact_version("a:1", force=True),
        lambda: two.delete_artifact("a", force=True),
    )
    for change in refused:
        with pytest.raises(ConflictError, match="'prod' is protected"):
            change()
    pruned = two.prune_artifacts(unused=True, older_than=None)
    assert [item.version.version for item in pruned.choices if not item.goes] == ["1"]
    assert "has the tag prod, which is protected" in [item.reason for item in pruned.choices]
    assert two.get_artifact_version("a@prod").version == "1"
    save_artifact(4, "a")
    two.tag("a", "prod", expect="a:1")
    assert two.get_artifact_version("a@prod").version == "3"
    two.protect_tag("prod", protected=False)
    two.delete_tag("prod")


@step
def one() -> int:
    return 1


def test_pipelines_have_tags_of_their_own(client):
    made = pipeline(one_step, name="p")()
    add_tags(["t", "u"], pipeline="p")
    remove_tags("u", pipeline=made.pipeline.id)
    assert (client.get_pipeline("p").tags, made.tags) == (("t",), ())
    assert [item.name for item in client.list_pipelines(tags=["t"])] == ["p"]
    assert len(client.list_pipelines(tags=["u"])) == 0
    with pytest.raises(ValueError, match="a pipeline cannot have it"):
        add_tags(Tag("e", exclusive=True), pipeline="p")
    with pytest.raises(KeyError):
        client.get_tag("e")
    with pytest.raises(ValueError, match="it is on 1 pipeline;"):
        client.update_tag("t", exclusive=True)


def one_step() -> None:
    one()


def test_a_tag_kept_as_cascading_is_on_all_that_a_run_makes(client):
    client.create_tag("nightly", cascade=True)
    made = pipeline(one_step, name="p", tags=["nightly", "plain"])()
    assert made.tags == ("nightly", "plain")
    assert made.steps["one"].output.tags == ("nightly",)


def test_the_tags_of_every_result_have_colours_without_a_question_each(two, monkeypatch):
    two.create_tag("c", color="red")
    made = pipeline(one_step, name="p", tags=["c"])()
    add_tags("c", pipeline="p")
    two.tag_artifact("a", "c")
    two.attach_tag("c", [version(two, "a:1"), version(two, "a:2")])
    found = [
        *two.list_artifacts(name="a"),
        *two.list_artifact_versions(artifact="a"),
        *two.list_pipelines(),
        *two.list_pipeline_runs(),
        two.get_artifact_version("a:1"),
        two.get_artifact("a"),
        two.get_pipeline_run(made.id),
        pickle.loads(pickle.dumps(two.get_pipeline("p"))),
    ]
    made_tag = two.get_tag("c")
    with monkeypatch.context() as patched:
        patched.setattr(Client, "get_tag", crash)
        for one in found:
            (tag,) = one.tags
            facts = (tag.name, tag.color, tag.exclusive, tag.id)
            assert facts == ("c", "red", False, made_tag.id)
    assert (tag.tagged_count, tag.created) == (made_tag.tagged_count, made_tag.created)


def test_the_colour_of_a_tag_in_a_result_is_that_at_the_time_it_was_read(two):
    two.tag("a:1", "t")
    before = two.get_artifact_version("a:1")
    two.update_tag("t", color="red", name="u")
    assert before.tags[0].color == color_of("t")
    assert two.get_artifact_version("a:1").tags[0].color == "red"


def everything(client) -> list:
    shown = [tag.as_json() for tag in client.list_tags(size=0)]
    return [*shown, *(item.as_json()["tags"] for item in client.list_artifact_versions(size=0))]


def test_tags_survive_the_loss_of_the_catalog(two):
    two.create_tag("unused", color="red", exclusive=True, cascade=True)
    two.attach_tag("t", [version(two, "a:1")])
    two.protect_tag("t")
    two.create_tag("gone")
    two.delete_tag("gone")
    pipeline(one_step, name="p")()
    add_tags("t2", pipeline="p")
    before = everything(two)
    two.close()
    two.settings.catalog_path.unlink()
    two.rebuild_catalog()
    assert everything(two) == before
    assert two.get_pipeline("p").tags == ("t2",)
    assert two.verify() == []


def test_tags_survive_a_collection_of_garbage_and_a_backup(two, tmp_path):
    two.create_tag("unused", color="red", exclusive=True)
    two.attach_tag("t", [version(two, "a:1")])
    two.create_tag("gone")
    two.delete_tag("gone")
    before = everything(two)
    two.collect_garbage(grace_s=0)
    two.backup_catalog(tmp_path / "kept.db")
    two.update_tag("t", name="later")
    two.delete_tag("unused")
    two.restore_catalog(tmp_path / "kept.db", force=True)
    assert everything(two) == before
    assert two.verify() == []


def spoilt(two, **values: object) -> list[str]:
    """Rebuild from records of which that of the tag `t` has other values; return its problems."""
    folder = two.settings.home_path / "store" / "records"
    path = folder / f"{two.get_tag('t').id}.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **values}))
    two.close()
    two.settings.catalog_path.unlink()
    return list(two.rebuild_catalog().problems)


@pytest.mark.parametrize(
    "values",
    [
        {"color": "pink"},
        {"color": "\x1b[31m"},
        {"color": None},
        {"color": ["red"]},
        {"name": "t\x1b[31m"},
        {"name": "t\nu"},
        {"name": "a" * 300},
        {"name": "a,b"},
        {"name": 7},
        {"exclusive": "yes"},
        {"protected": 2},
        {"created": "now"},
    ],
)
def test_a_record_of_a_tag_that_is_none_of_ours_is_named_and_left_out(two, values):
    two.attach_tag("t", [version(two, "a:1")])
    two.update_tag("t", color="red")
    (problem,) = spoilt(two, **values)
    assert problem.isprintable()
    (tag,) = two.get_artifact_version("a:1").tags  # its version's record says that it has it
    assert (tag.name, tag.color, tag.exclusive) == ("t", color_of("t"), False)
    assert [item.name for item in two.list_tags()] == ["t"]


def test_a_record_that_renames_a_tag_makes_a_tag_of_its_own(two):
    two.attach_tag("t", [version(two, "a:1")])
    assert spoilt(two, name="other") == []
    assert two.get_artifact_version("a:1").tags == ("t",)
    assert sorted(item.name for item in two.list_tags()) == ["other", "t"]
    assert len({item.id for item in two.list_tags()}) == 2


def test_a_row_of_a_tag_that_was_changed_by_hand_is_shown_harmlessly(two):
    two.attach_tag("t", [version(two, "a:1")])
    two.close()
    catalog = two.settings.catalog_path
    with closing(sqlite3.connect(catalog)) as connection, connection:
        connection.execute("UPDATE tag SET color = '\x1b[31mpink', exclusive = 'x', id = x'ff'")
    (tag,) = two.get_artifact_version("a:1").tags
    assert tag.color in set(ColorVariants)
    assert tag.exclusive in (True, False)
    (details,) = two.list_tags()
    assert details.color == tag.color
    with closing(sqlite3.connect(catalog)) as connection, connection:
        connection.execute("DELETE FROM tag")
    (tag,) = two.get_artifact_version("a:1").tags
    assert (tag.color, tag.exclusive) == (color_of("t"), False)
    two.rebuild_catalog()


@pytest.mark.parametrize("change", ["rename", "delete"])
def test_a_change_whose_records_a_crash_prevented_is_whole(two, change: str, monkeypatch):
    two.attach_tag("t", [version(two, "a:1"), version(two, "a:2")])
    with monkeypatch.context() as patched:
        patched.setattr("artifactctl.home.change.Change.finish", crash)
        with pytest.raises(KeyboardInterrupt):
            two.update_tag("t", name="u") if change == "rename" else two.delete_tag("t")
    two.close()
    assert [item.tags for item in two.list_artifact_versions()] == (
        [("u",), ("u",)] if change == "rename" else [(), ()]
    )
    save_artifact(3, "other")  # the next change writes the records
    before = everything(two)
    two.close()
    two.settings.catalog_path.unlink()
    two.rebuild_catalog()
    assert everything(two) == before
    assert list_unrecorded(two.catalog) == []


def crash(*_args: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    "change",
    [
        lambda other: other.create_tag("new"),
        lambda other: other.update_tag("t", name="u"),
        lambda other: other.delete_tag("t"),
    ],
)
def test_of_several_that_make_rename_or_delete_a_tag_at_once_one_does(two, change):
    two.attach_tag("t", [version(two, "a:1"), version(two, "a:2")])
    refused: list[Exception] = []

    def run() -> None:
        other = Client(two.settings.home_path)
        try:
            change(other)
        except ArtifactctlError as error:
            refused.append(error)
        finally:
            other.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 3
    assert all(isinstance(error, EntityExistsError | KeyError) for error in refused)
    assert len({item.tags for item in two.list_artifact_versions()}) == 1
    assert two.verify() == []


def test_a_pipeline_with_a_protected_tag_is_not_deleted_and_a_deleted_one_loses_its_tags(client):
    for name in ("p", "p2"):
        pipeline(one_step, name=name)()
    add_tags("t", pipeline="p")
    client.protect_tag("t")
    with pytest.raises(ConflictError, match="'t' is protected"):
        client.delete_pipeline("p")
    assert client.get_pipeline("p").run_count == 1
    client.protect_tag("t", protected=False)
    for text in ("p3", client.get_pipeline("p").id_text[:8], ""):
        with pytest.raises(KeyError):
            client.delete_pipeline(text)
    assert len(client.delete_pipeline(client.get_pipeline("p").id)) == 1
    assert client.get_tag("t").tagged_count == 0
    pipeline(one_step, name="p")()
    assert client.get_pipeline("p").tags == ()
    client.close()
    client.settings.catalog_path.unlink()
    client.rebuild_catalog()
    assert [(one.name, one.tags) for one in client.list_pipelines()] == [("p2", ()), ("p", ())]
