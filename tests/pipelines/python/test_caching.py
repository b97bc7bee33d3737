"""When steps are served by what they made before."""

import re
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest

from artifactctl import (
    ArtifactConfig,
    ExternalArtifact,
    Tag,
    get_step_context,
    log_metadata,
    pipeline,
    save_artifact,
    step,
)
from artifactctl.client import Client
from artifactctl.materializers import BaseMaterializer
from artifactctl.results.runs import PipelineRun

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


def summed(run: PipelineRun) -> str:
    return str(run.steps["total"].output.ref)


@pytest.mark.parametrize(
    "refreshing",
    [
        summing.with_options(enable_cache=False),
        summing.with_options(steps={"total": {"enable_cache": False}}),
    ],
)
def test_what_a_run_without_the_cache_makes_is_reused(here: Client, refreshing: Any):
    assert [summed(summing()), summed(refreshing()), summed(summing())] == [
        "total:1",
        "total:2",
        "total:2",
    ]


def test_what_the_first_run_makes_without_the_cache_is_reused(here: Client):
    summing.with_options(enable_cache=False)()
    summing()
    assert calls == ["make", "total"]


def test_a_step_that_is_never_cached_feeds_the_cache_for_the_same_that_is(here: Client):
    make.with_options(enable_cache=False)()
    make()
    assert calls == ["make"]


def test_what_comes_of_a_value_from_outside_is_reused_where_the_same_comes_from_inside(
    here: Client,
):
    @pipeline
    def outside(kept: bool) -> None:
        total(Client().get_artifact_version("given") if kept else ExternalArtifact(np.arange(3)))

    outside(False)
    save_artifact(np.arange(3), "given")
    outside(True)
    assert calls == ["total"]


def test_a_step_that_counts_its_calls_is_cached_all_the_same(here: Client):
    counted = 0

    @step
    def counting() -> int:
        nonlocal counted
        counted += 1
        return counted

    @pipeline
    def counts() -> None:
        counting()

    counts()
    counts()
    assert counted == 1


@step
def train() -> Annotated[float, "model"]:
    calls.append("train")
    log_metadata({"accuracy": 0.9, "at": {"epoch": 3, "by": {"who": "me"}}})
    log_metadata({"size": 7}, infer_artifact=True)
    return 0.5


@step
def evaluate(model: float, threshold: float) -> bool:
    log_metadata({"threshold": threshold})
    return model > threshold


@pipeline
def training(threshold: float = 0.1) -> None:
    evaluate(train(), threshold)


def test_a_cached_step_tells_what_the_one_that_ran_has_told(here: Client):
    first, second, third = training(), training(0.2), training(0.3)
    assert calls == ["train"]
    told = {"accuracy": 0.9, "at": {"epoch": 3, "by": {"who": "me"}}}
    for run in (second, third):
        assert run.steps["train"].run_metadata == told == first.steps["train"].run_metadata
        assert run.run_metadata["accuracy"] == 0.9
    found = here.list_pipeline_runs(metadata=["accuracy=gt:0.8"])
    assert {run.id for run in found} == {first.id, second.id, third.id}
    compared = here.compare(*(f"run:{run.id}" for run in (first, third)))
    rows = {row.key: row.values for row in compared.rows}
    assert (rows["accuracy"], rows["at.epoch"]) == ((0.9, 0.9), (3, 3))
    assert rows["threshold"] == (0.1, 0.3)


def test_what_a_cached_step_tells_outlives_the_run_that_told_it(here: Client):
    first, second = training(), training(0.2)
    here.delete_pipeline_run(first.id)
    here.log_step_metadata(second.steps["train"].id, {"accuracy": 0.7})
    again = training(0.3)
    assert again.steps["train"].status == "completed"
    assert here.get_pipeline_run(second.id).run_metadata["accuracy"] == 0.7
    assert again.run_metadata["accuracy"] == 0.9


@step(substitutions={"who": "me"})
def several() -> tuple[Annotated[int, "z_{date}_{time}"], Annotated[str, "a_{who}"], float]:
    calls.append("several")
    save_artifact(3, "beside_{who}")
    get_step_context().add_output_metadata({"k": 1}, "a_{who}")
    get_step_context().add_output_tags("t", "a_me")
    return 1, "x", 2.0


@step
def taking(one: int, text: str, number: float) -> str:
    return f"{one}{text}{number}"


@pipeline
def named() -> None:
    taking(*several())


def keys(run: PipelineRun) -> set[str]:
    return set(run.steps["several"].outputs)


def test_outputs_are_called_by_the_filled_names_also_when_they_are_cached(here: Client):
    first, second = named(), named()
    assert calls == ["several"]
    assert keys(first) == keys(second)
    (timed,) = [key for key in keys(first) if key.startswith("z_")]
    assert re.fullmatch(r"z_\d{4}_\d\d_\d\d_\d\d_\d\d_\d\d_\d{6}", timed)
    assert keys(first) - {timed} == {"a_me", "output_2", "beside_me"}
    for run in (first, second):
        assert run.steps["taking"].output.load() == "1x2.0"
        for key in {timed, "a_me", "beside_me"}:
            assert run.steps["several"].outputs[key][0].id == here.get_artifact_version(key).id
    assert here.get_artifact_version("a_me").tags == ("t",)


def test_the_names_of_a_run_that_is_not_cached_are_its_own(here: Client):
    first, second = named(), named.with_options(enable_cache=False)()
    assert len(keys(first) & keys(second)) == len(keys(first)) - 1
    assert keys(named()) == keys(second)


def test_a_date_that_is_substituted_is_a_difference(here: Client):
    fixed = [named.with_options(substitutions={"date": day, "time": "t"}) for day in ("a", "b")]
    runs = [fixed[0](), fixed[0](), fixed[1]()]
    assert calls == ["several"] * 2
    assert [{"z_a_t", "z_b_t"} & keys(run) for run in runs] == [{"z_a_t"}, {"z_a_t"}, {"z_b_t"}]


def test_outputs_that_come_to_be_called_the_same_are_refused(here: Client):
    @step(substitutions={"a": "x", "b": "x"})
    def twins() -> tuple[Annotated[int, "n_{a}"], Annotated[int, "n_{b}"]]:
        return 1, 2

    with pytest.raises(ValueError, match="two outputs 'n_x'"):
        twins()


def test_a_step_alone_gives_the_same_when_it_is_cached(here: Client):
    assert several() == several() == (1, "x", 2.0)
    assert calls == ["several"]


class Phrase:
    """What no materializer but those of these tests is for."""

    def __init__(self, text: str) -> None:
        self.text = text


def written(times: int) -> type[BaseMaterializer]:
    class PhraseMaterializer(BaseMaterializer):
        ASSOCIATED_TYPES = (Phrase,)

        def save(self, data: Phrase) -> None:
            Path(self.uri, "text").write_text(data.text * times)

        def load(self, data_type: type[Phrase]) -> Phrase:
            return data_type(Path(self.uri, "text").read_text())

    return PhraseMaterializer


def test_the_code_of_a_materializer_counts(here: Client):
    def said(times: int) -> Any:
        materializer = written(times)

        @step(output_materializers=materializer)
        def saying() -> Annotated[Phrase, "said"]:
            calls.append("saying")
            return Phrase("a")

        return saying().text

    assert [said(1), said(1), said(2)] == ["a", "a", "aa"]
    assert calls == ["saying"] * 2
