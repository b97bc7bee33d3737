"""What the pages on configuration do: a YAML file decides for a run, a template tells its keys."""

from pathlib import Path
from typing import Annotated

import pytest
import yaml

from artifactctl.zenml import get_step_context, pipeline, step
from artifactctl.zenml.client import Client


@step
def load(rows: int = 1) -> Annotated[list[int], "numbers"]:
    return list(range(rows))


@step
def train(numbers: list[int], rate: float = 0.5) -> Annotated[float, "score"]:
    return rate * sum(numbers)


@pipeline
def training(rows: int = 2) -> None:
    train(load(rows))


def configured(folder: Path, text: str) -> str:
    file = folder / "config.yaml"
    file.write_text(text)
    return str(file)


def test_a_file_sets_parameters_the_cache_tags_and_the_name_of_a_run(
    here: Client, tmp_path: Path
) -> None:
    path = configured(
        tmp_path,
        """
        enable_cache: false
        run_name: nightly_{date}
        parameters: {rows: 4}
        tags: [{name: nightly}, {name: of_all, cascade: true}]
        extra: {note: "${NOTE}"}
        steps:
          train:
            enable_cache: true
            parameters: {rate: 2.0}
            outputs:
              score: {materializer_source: zenml.materializers.BuiltInMaterializer}
        """,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NOTE", "from the environment")
        run = training.with_options(config_path=path)()
    assert run.steps["train"].output.load() == 12.0
    assert run.name.startswith("nightly_20")
    assert {tag.name for tag in run.tags} == {"nightly", "of_all"}
    assert [tag.name for tag in here.get_artifact_version("score").tags] == ["of_all"]
    assert run.config.extra == {"note": "***"}  # the step's code sees the text itself
    assert (run.config.enable_cache, run.steps["train"].config.enable_cache) == (False, True)


def test_a_file_names_and_versions_an_output(here: Client, tmp_path: Path) -> None:
    path = configured(
        tmp_path,
        """
        steps:
          load:
            outputs:
              numbers:
                artifact_config: {name: renamed, version: raw, tags: [t], run_metadata: {a: 1}}
        """,
    )
    made = training.with_options(config_path=path)().steps["load"].output
    assert (made.name, made.version, made.run_metadata["a"]) == ("renamed", "raw", 1)
    assert [tag.name for tag in here.get_artifact_version("renamed").tags] == ["t"]


def test_options_in_code_go_before_the_file_and_a_clash_of_parameters_is_an_error(
    here: Client, tmp_path: Path
) -> None:
    path = configured(tmp_path, "enable_cache: true\nparameters: {rows: 3}")
    run = training.with_options(config_path=path, enable_cache=False)()
    assert run.config.enable_cache is False
    with pytest.raises(RuntimeError, match="rows"):
        training.with_options(config_path=path)(rows=4)
    steps = {"train": {"parameters": {"rate": 3}}}
    assert training.with_options(steps=steps)().steps["train"].output.load() == 3.0
    assert here.list_pipeline_runs().total == 2


def test_parameters_of_one_call_are_set_by_its_options(here: Client) -> None:
    @pipeline
    def loading() -> None:
        load.with_options(parameters={"rows": 3})()

    assert loading().steps["load"].output.load() == [0, 1, 2]


def test_a_value_of_the_environment_is_read_when_the_step_runs(
    here: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLACE", "here")

    @step(extra={"place": "${PLACE}"})
    def look() -> str:
        return str(get_step_context().step_run.config.extra["place"])

    assert look() == "here"


def test_a_template_has_every_step_with_its_parameters_and_outputs(
    here: Client, tmp_path: Path
) -> None:
    target = tmp_path / "template.yaml"
    training.write_run_configuration_template(path=str(target))
    lines = [line.removeprefix("# ") for line in target.read_text().splitlines()]
    found = yaml.safe_load("\n".join(lines))
    assert list(found["steps"]) == ["load", "train"]
    assert list(found["steps"]["train"]["parameters"]) == ["numbers", "rate"]
    assert list(found["steps"]["train"]["outputs"]) == ["score"]


def test_a_mistake_in_a_file_is_named_before_anything_runs(here: Client, tmp_path: Path) -> None:
    path = configured(tmp_path, "steps: {trian: {enable_cache: false}}")
    with pytest.raises(ValueError, match=r"trian.*train"):
        training.with_options(config_path=path)()
    with pytest.raises(FileNotFoundError):
        training.with_options(config_path=str(tmp_path / "none.yaml"))()
    assert here.list_pipeline_runs().total == 0
