"""What the pages on tags and on keeping order do: labels given, moved, found and taken away."""

from typing import Annotated

import pytest

from artifactctl.zenml import ArtifactConfig, Tag, add_tags, pipeline, save_artifact, step
from artifactctl.zenml.client import Client
from artifactctl.zenml.utils.tag_utils import remove_tags


def names(tagged: object) -> list[str]:
    return [tag.name for tag in tagged.tags]  # type: ignore[attr-defined]


@step
def load() -> Annotated[int, ArtifactConfig(name="numbers", tags=["raw"])]:
    return 1


@pipeline(enable_cache=False)
def loading() -> None:
    load()


def test_tags_are_given_to_artifacts_versions_and_runs_by_name_or_id(here: Client) -> None:
    version = save_artifact(1, "mine", version="v1", tags=["first"])
    run = loading()
    add_tags(tags=["of_artifact"], artifact="mine")
    add_tags(tags=["by_name"], artifact_name="mine", artifact_version="v1")
    add_tags(tags="by_id", artifact_version_id=str(version.id))
    add_tags(tags=["by_run_name"], run=run.name)
    add_tags(tags=["by_run_id"], run=str(run.id))
    assert names(here.get_artifact("mine")) == ["of_artifact"]
    assert names(here.get_artifact_version("mine")) == ["by_id", "by_name", "first"]
    assert names(here.get_pipeline_run(run.id)) == ["by_run_id", "by_run_name"]
    assert names(here.get_artifact_version("numbers")) == ["raw"]
    remove_tags(tags=["of_artifact", "never_given"], artifact="mine")
    remove_tags(tags=["by_id"], artifact_version_id=version.id)
    assert names(here.get_artifact("mine")) == []
    assert names(here.get_artifact_version("mine")) == ["by_name", "first"]


def test_a_step_tags_its_run_or_one_of_its_outputs(here: Client) -> None:
    @step
    def two() -> tuple[Annotated[int, "one"], Annotated[int, "other"]]:
        add_tags(tags=["of_run"])
        add_tags(tags=["of_output"], artifact_name="other", infer_artifact=True)
        with pytest.raises(ValueError, match="output"):
            add_tags(tags=["unclear"], infer_artifact=True)
        return 1, 2

    @pipeline(tags=["of_pipeline"])
    def counting() -> None:
        two()

    run = here.get_pipeline_run(counting().id)
    assert sorted(names(run)) == ["of_pipeline", "of_run"]
    assert names(here.get_artifact_version("one")) == []
    assert names(here.get_artifact_version("other")) == ["of_output"]


def test_an_exclusive_tag_is_on_one_run_of_a_pipeline_or_one_version(here: Client) -> None:
    tagged = loading.with_options(tags=["plain", Tag(name="latest", exclusive=True)])
    runs = [here.get_pipeline_run(tagged().id) for _ in range(2)]
    kept = [sorted(names(here.get_pipeline_run(run.id))) for run in runs]
    assert kept == [["plain"], ["latest", "plain"]]
    for version in ("a", "b"):
        save_artifact(1, "model", version=version, tags=[Tag(name="best", exclusive=True)])
    assert [names(one) for one in here.list_artifact_versions(artifact="model")] == [[], ["best"]]
    save_artifact(1, "model", version="c", tags=["best"])  # it stays exclusive
    assert names(here.get_artifact_version("model", "b")) == []


def test_a_tag_that_was_made_exclusive_moves_when_it_is_given_by_its_name(here: Client) -> None:
    here.create_tag(name="only", exclusive=True)
    tagged = loading.with_options(tags=["only"])
    runs = [tagged() for _ in range(2)]
    assert [names(here.get_pipeline_run(run.id)) for run in runs] == [[], ["only"]]


def test_a_cascading_tag_of_a_pipeline_is_on_the_versions_of_its_runs(here: Client) -> None:
    loading.with_options(tags=["plain", Tag(name="domain", cascade=True)])()
    assert names(here.get_artifact_version("numbers")) == ["domain", "raw"]
    with pytest.raises(ValueError, match="cascad"):
        add_tags(tags=[Tag(name="wrong", cascade=True)], artifact="numbers")


def test_things_are_found_by_several_tags_at_once(here: Client) -> None:
    for tags in (["one", "two", "three"], ["one"], []):
        save_artifact(len(tags), f"of_{len(tags)}", tags=tags)
    loading.with_options(tags=["fraud", "daily"])()

    def found(*tags: str) -> list[str]:
        return [one.name for one in here.list_artifact_versions(tags=list(tags))]

    assert found("contains:wo", "startswith:t", "equals:three") == ["of_3"]
    assert found("contains:wo", "equals:four") == []
    assert found("one") == ["of_3", "of_1"]
    runs = here.list_pipeline_runs(tags=["fraud"])
    assert [sorted(names(run)) for run in runs.items] == [["daily", "fraud"]]
