"""Names, tags and metadata, as programs change them."""

from pathlib import Path

import pytest

from artifactctl import Tag
from artifactctl.client import Client
from artifactctl.errors import ConflictError, InvalidInputError, NotFoundError


@pytest.fixture
def labelled(client: Client, work: Path) -> Client:
    for name, tags in (("a", ["prod"]), ("a", []), ("b", ["prod"])):
        (work / "f").write_text(name)
        client.register(name, work / "f", tags=tags)
    return client


def test_an_exclusive_tag_moves_at_once(labelled: Client) -> None:
    moved = labelled.tag("a:2", [Tag("prod", exclusive=True), "other"])
    assert moved.version.tags == ("other", "prod")
    assert labelled.get_artifact_version("a:1").tags == ()
    assert labelled.get_artifact_version("b").tags == ("prod",)
    assert moved.notes == ("'prod' was taken from a:1",)
    back = labelled.tag("a:1", ["prod"], exclusive=True)
    assert back.notes == ("'prod' was taken from a:2",)
    assert labelled.get_artifact_version("a@prod").version == "1"


def test_a_tag_that_a_newer_version_keeps_is_warned_about(labelled: Client) -> None:
    labelled.tag("a:2", ["prod"])
    (note,) = labelled.tag("a:1", ["prod"]).notes
    assert "a@prod still means a:2" in note


def test_a_version_can_be_registered_with_exclusive_tags(labelled: Client, work: Path) -> None:
    made = labelled.register("a", work / "f", tags=["x", Tag("prod", exclusive=True)]).version
    assert made.tags == ("prod", "x")
    assert labelled.get_artifact_version("a:1").tags == ()
    same = labelled.register("a", work / "f", if_changed=True, tags=[Tag("prod", exclusive=True)])
    assert not same.is_new


def test_tags_change_only_where_they_are_expected(labelled: Client) -> None:
    labelled.tag("a:2", ["prod"], exclusive=True, expect="a:1")
    with pytest.raises(ConflictError, match="version '2' has it"):
        labelled.tag("a:1", ["prod"], exclusive=True, expect="a:1")
    with pytest.raises(ConflictError, match="another artifact"):
        labelled.tag("a:1", ["prod"], exclusive=True, expect="b")
    labelled.tag("a:1", ["fresh"], expect="")
    with pytest.raises(ConflictError):
        labelled.tag("a:2", ["fresh"], expect="")
    assert labelled.get_artifact_version("a@fresh").version == "1"


def test_an_artifact_is_renamed_and_labelled_in_one_go(labelled: Client) -> None:
    before = labelled.get_artifact("a")
    after = labelled.update_artifact("a", "né", ["team"], ["absent"])
    assert (after.id, after.name, after.tags) == (before.id, "né", ("team",))
    assert labelled.get_artifact_version("né:1").tags == ("prod",)
    with pytest.raises(ConflictError, match="exists already"):
        labelled.update_artifact("né", "b")
    for wrong in ("", "a/b", "-x", "a:b"):
        with pytest.raises(InvalidInputError):
            labelled.update_artifact("né", wrong)
    assert labelled.get_artifact(before.id_text[:13]).name == "né"


def test_metadata_is_merged_and_read_back(labelled: Client) -> None:
    labelled.log_metadata("a:1", {"o": {"i": 1}, "n": 0})
    made = labelled.log_metadata("a:1", {"o": {"j": 2}, "l": [None]})
    logged = {"o": {"i": 1, "j": 2}, "n": 0, "l": [None]}
    assert dict(made.metadata) == {"content_type": "text/plain", **logged}
    found = labelled.list_artifact_versions(metadata={"o.j": 2, "n": "0"})
    assert [version.ref for version in found] == ["a:1"]
    with pytest.warns(UserWarning, match="'x': an object cannot be kept and is left out"):
        labelled.log_metadata("a:1", {"x": object()})
    for wrong in (None, [1]):
        with pytest.raises(InvalidInputError, match="mapping"):
            labelled.log_metadata("a:1", wrong)  # type: ignore[arg-type]
    with pytest.raises(NotFoundError):
        labelled.log_metadata("a:9", {"x": 1})
    assert dict(labelled.get_artifact_version("a:1").metadata) == dict(made.metadata)


def test_updating_a_version_is_tagging_it(labelled: Client) -> None:
    updated = labelled.update_artifact_version("a", 1, ["x"], ["prod"])
    assert (updated.version, updated.tags) == ("1", ("x",))


def test_what_a_training_run_logs_is_kept_as_far_as_json_goes(labelled):
    with pytest.warns(UserWarning, match="worst"):
        made = labelled.log_metadata("a:1", {"worst": [float("nan"), float("inf"), 1.5]})
    assert made.metadata["worst"] == [None, None, 1.5]
    assert labelled.log_metadata("a:1", {"s": {2, 1}, "t": (1,)}).metadata["s"] == [1, 2]


def test_one_tag_need_not_be_in_a_list(labelled):
    assert labelled.tag("a:1", "xyz").version.tags.count("xyz") == 1
    assert "xyz" not in labelled.update_artifact_version("a:1", remove_tags="xyz").tags


def test_an_argument_that_does_not_exist_is_refused_before_anything_happens(labelled):
    before = labelled.list_artifact_versions().total
    with pytest.raises(TypeError, match="dryrun"):
        labelled.prune_artifacts(unused=True, dryrun=True)
    with pytest.raises(TypeError, match="tag"):
        labelled.register("a", __file__, tag="x")
    assert labelled.list_artifact_versions().total == before
