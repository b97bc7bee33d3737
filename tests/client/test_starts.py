"""Programs find artifacts, runs and versions by the start of a name or an ID, as in ZenML."""

from pathlib import Path

import pytest

from artifactctl.client import Client
from artifactctl.errors import AmbiguousError, NotFoundError
from tests.recorded import record


@pytest.fixture
def some(client: Client, work: Path) -> Client:
    (work / "f").write_text("x")
    for name in ("iris_dataset", "iris_model", "digits"):
        client.register(name, work / "f")
    record(client, "my_pipeline-1")
    record(client, "my_pipeline-2")
    record(client, "other")
    return client


def test_an_artifact_is_found_by_the_start_of_its_name_or_id(some: Client) -> None:
    found = some.get_artifact("iris_da")
    assert found.name == "iris_dataset"
    assert some.get_artifact(found.id_text[:5]) == found
    assert some.get_artifact(found.id_text[:4].upper()) == found
    for text in ("ris", "IRIS_DA", "iris_dataset_", found.id_text[:3]):
        with pytest.raises(KeyError):
            some.get_artifact(text)


def test_an_exact_name_comes_before_the_start_of_one(some: Client, work: Path) -> None:
    some.register("iris", work / "f")
    assert some.get_artifact("iris").name == "iris"


def test_a_start_of_several_is_an_error_that_names_them(some: Client) -> None:
    for ask, text, names in (
        (some.get_artifact, "iris", ("iris_dataset", "iris_model")),
        (some.get_pipeline_run, "my_pipe", ("my_pipeline-1", "my_pipeline-2")),
    ):
        with pytest.raises(AmbiguousError, match=f"start '{text}' is ambiguous") as caught:
            ask(text)
        assert isinstance(caught.value, KeyError)
        assert all(name in caught.value.message for name in names)


def test_a_run_is_found_by_the_start_of_its_name_or_id(some: Client) -> None:
    found = some.get_pipeline_run("oth")
    assert found.name == "other"
    assert some.get_pipeline_run(found.id_text[:6]) == found
    assert some.get_pipeline_run("my_pipeline-2").name == "my_pipeline-2"
    with pytest.raises(NotFoundError, match="no run 'oth'"):
        some.get_pipeline_run("oth", allow_name_prefix_match=False)


def test_a_version_is_found_by_the_start_of_its_id_but_not_of_a_name(some: Client) -> None:
    found = some.get_artifact_version("digits")
    assert some.get_artifact_version(found.id_text[:5]) == found
    for text in ("digi", found.id_text[:3]):
        with pytest.raises(KeyError):
            some.get_artifact_version(text)


def test_what_is_changed_or_deleted_is_named_whole(some: Client) -> None:
    for change in (
        lambda: some.delete_artifact("iris_da"),
        lambda: some.update_artifact("iris_da", add_tags=["t"]),
        lambda: some.delete_pipeline_run("oth"),
    ):
        with pytest.raises(NotFoundError):
            change()


def test_lists_are_oldest_first_and_runs_newest_first(some: Client) -> None:
    assert [a.name for a in some.list_artifacts()] == ["iris_dataset", "iris_model", "digits"]
    assert [v.name for v in some.list_artifact_versions()][-1] == "digits"
    assert [v.name for v in some.list_artifact_versions(size=2, page=2)] == ["digits"]
    assert some.list_pipeline_runs()[0].name == "other"
    last = some.list_artifact_versions("desc:created", size=1)
    assert last[0].name == "digits"


def test_orders_have_zenmls_words(some: Client, work: Path) -> None:
    some.register("iris_dataset", work / "f", version="raw")
    versions = some.list_artifact_versions("version_number", name="iris_dataset")
    assert [version.version for version in versions] == ["raw", "1"]
    by_latest = [a.name for a in some.list_artifacts("desc:latest_version")]
    assert by_latest == ["iris_dataset", "digits", "iris_model"]
    for word in ("start_time", "end_time", "created", "updated"):
        runs = some.list_pipeline_runs(f"asc:{word}")
        assert [run.name for run in runs] == ["my_pipeline-1", "my_pipeline-2", "other"]
        assert some.list_pipeline_runs(f"desc:{word}")[0].name == "other"
    assert some.list_pipeline_runs(start_time="lt:1d").total == 0


def test_what_is_never_left_out_may_be_asked_for(some: Client) -> None:
    assert some.list_pipeline_runs(hydrate=True, include_full_metadata=True).total == 3
    assert some.get_pipeline_run("other", include_full_metadata=True, hydrate=False)
