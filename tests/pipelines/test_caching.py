"""When steps are served by what they made before."""

from typing import Annotated

import numpy as np
import pytest

from artifactctl import ArtifactConfig, ExternalArtifact, Tag, pipeline, save_artifact, step
from artifactctl.client import Client

calls: list[str] = []


@pytest.fixture(autouse=True)
def forget() -> None:
    calls.clear()


@step
def make(n: int = 3) -> Annotated[np.ndarray, "data"]:
    calls.append("make")
    return np.arange(n)


@step
def total(data: np.ndarray, scale: float = 1.0) -> Annotated[float, "total"]:
    calls.append("total")
    return float(data.sum()) * scale


@pipeline
def summing(n: int = 3, scale: float = 1.0) -> None:
    total(make(n), scale)


def test_the_same_again_runs_nothing_and_makes_no_version(here: Client) -> None:
    first, second = summing(), summing()
    assert calls == ["make", "total"]
    assert [found.status for found in second.steps.values()] == ["cached", "cached"]
    assert second.steps["total"].output.id == first.steps["total"].output.id
    assert second.status == "completed"
    assert here.list_artifact_versions().total == 2


def test_another_parameter_runs_the_step_alone(here: Client) -> None:
    summing()
    run = summing(scale=2.0)
    assert [found.status for found in run.steps.values()] == ["cached", "completed"]


def test_an_input_of_equal_content_serves_as_well(here: Client) -> None:
    summing()
    run = summing.with_options(steps={"make": {"enable_cache": False}})()
    assert [found.status for found in run.steps.values()] == ["completed", "cached"]
    assert here.get_artifact("data").version_count == 2


def test_caching_is_switched_off_for_a_step_or_a_pipeline(here: Client) -> None:
    summing()
    summing.with_options(enable_cache=False)()
    assert calls == ["make", "total"] * 2

    @pipeline
    def one() -> None:
        make.with_options(enable_cache=False)()

    one()
    one()
    assert calls.count("make") == 4


def test_another_output_runs_the_step(here: Client) -> None:
    @pipeline
    def named() -> None:
        make()

    named()
    named.with_options(steps={"make": {"outputs": {"data": {"tags": ["x"]}}}})()
    named.with_options(steps={"make": {"outputs": {"data": {"name": "other"}}}})()
    assert calls == ["make"] * 3
    refs = {version.ref for version in here.list_artifact_versions()}
    assert refs == {"data:1", "data:2", "other:1"}


def test_a_name_with_the_time_is_no_difference(here: Client) -> None:
    @step
    def timed() -> Annotated[int, ArtifactConfig(name="at_{date}_{time}")]:
        calls.append("timed")
        return 1

    @pipeline
    def timing() -> None:
        timed()

    timing()
    timing()
    assert calls == ["timed"]


def test_what_was_deleted_is_made_again(here: Client) -> None:
    run = summing()
    here.delete_artifact_version(run.steps["total"].output.id, force=True)
    assert [found.status for found in summing().steps.values()] == ["cached", "completed"]
    assert [v.version for v in here.list_artifact_versions(name="total")] == ["2"]


def test_a_value_from_outside_and_what_comes_of_it_is_not_cached(here: Client) -> None:
    @step
    def double(data: np.ndarray) -> Annotated[np.ndarray, "data"]:
        calls.append("double")
        return data * 2

    @pipeline
    def outside() -> None:
        total(double(ExternalArtifact(np.arange(3))))

    outside()
    outside()
    assert calls == ["double", "total"] * 2


def test_a_version_that_is_looked_up_counts_by_its_content(here: Client) -> None:
    @pipeline
    def looking() -> None:
        total(Client().get_artifact_version("given"))

    save_artifact(np.arange(3), "given")
    looking()
    save_artifact(np.arange(3), "given")
    looking()
    save_artifact(np.arange(4), "given")
    looking()
    assert calls == ["total"] * 2


def test_a_tag_that_cascades_reaches_what_is_reused(here: Client) -> None:
    summing()
    run = summing.with_options(tags=[Tag("wide", cascade=True)])()
    assert calls == ["make", "total"]
    assert run.steps["total"].output.tags == ("wide",)


def test_steps_that_give_nothing_are_cached_too(here: Client) -> None:
    @step
    def show(data: np.ndarray) -> None:
        calls.append("show")

    @pipeline
    def showing() -> None:
        show(make())

    showing()
    assert showing().steps["show"].status == "cached"
    assert calls == ["make", "show"]
