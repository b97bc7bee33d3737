"""A YAML file beside the code, and what `with_options` says directly."""

import subprocess
import sys
from typing import Annotated

import pytest

from artifactctl import ArtifactConfig, pipeline, step
from artifactctl.client import Client
from artifactctl.errors import ConflictError, InvalidInputError, WrongUsageError


@step
def load(rows: int = 2) -> Annotated[list[int], ArtifactConfig(name="data", tags=["code"])]:
    return list(range(rows))


@step
def train(data: list[int], rate: float, name: str = "x") -> Annotated[float, "model"]:
    return sum(data) * rate


@pipeline
def training(rate: float = 1.0) -> None:
    train(load(), rate)


FULL = """
pipeline: training
run: release-{date}
tags: [nightly]
metadata: {trigger: ci}
parameters: {rate: 3}
steps:
  load:
    parameters: {rows: "5"}
    outputs:
      data: {version: raw_2023, type: model, tags: [file], metadata: {source: uci}}
  train:
    enable_cache: false
    outputs:
      model: {name: "model_{stage}"}
    substitutions: {stage: prod}
"""


def test_a_file_sets_names_versions_tags_and_parameters(here: Client, config) -> None:
    run = training.with_options(config_path=config(FULL))()
    assert run.name.startswith("release-20")
    assert run.tags == ("nightly",)
    assert run.metadata == {"trigger": "ci"}
    data = here.get_artifact_version("data", "raw_2023")
    assert data.type == "ModelArtifact"
    assert data.tags == ("code", "file", "nightly")
    assert data.metadata["source"] == "uci"
    assert data.load() == [0, 1, 2, 3, 4]
    assert here.get_artifact_version("model_prod").load() == 30.0


def test_the_spelling_of_zenml_means_the_same(here: Client, config) -> None:
    path = config(
        "run_name: mine\n"
        "steps:\n  load:\n    outputs:\n      data:\n        artifact_config:\n"
        "          name: other\n          version: 1.10\n          tags: [no]\n"
        "          run_metadata: {a: 1}\n          artifact_type: DataArtifact\n"
    )
    run = training.with_options(config_path=path)()
    assert run.name == "mine"
    version = here.get_artifact_version("other", "1.10")
    assert version.tags == ("code", "no")
    assert version.metadata["a"] == 1


def test_what_is_said_in_code_wins_over_the_file(here: Client, config) -> None:
    run = training.with_options(config_path=config(FULL), run_name="own")()
    assert run.name == "own"
    assert run.steps["train"].parameters["rate"] == 3.0


def test_a_step_said_directly_is_laid_over_the_file(here: Client, config) -> None:
    steps = {"load": {"parameters": {"rows": 1}}}
    training.with_options(config_path=config(FULL), steps=steps)()
    assert here.get_artifact_version("data", "raw_2023").load() == [0]


def test_a_version_that_exists_is_refused_before_anything_runs(here: Client, config) -> None:
    path = config("enable_cache: false\n" + FULL)
    training.with_options(config_path=path)()
    with pytest.raises(ConflictError, match="raw_2023"):
        training.with_options(config_path=path)()
    assert here.list_pipeline_runs().total == 1


def test_the_same_file_again_is_served_by_the_cache(here: Client, config) -> None:
    path = config(FULL.replace("    enable_cache: false\n", "").replace("-{date}", "-{time}"))
    training.with_options(config_path=path)()
    again = training.with_options(config_path=path)()
    assert [found.status for found in again.steps.values()] == ["cached", "cached"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("steps: {lod: {}}", "no step 'lod'"),
        ("steps: {load: {outputs: {dat: {}}}}", "no output 'dat'"),
        ("steps: {load: {parameters: {row: 1}}}", "no parameter 'row'"),
        ("steps: {load: {parameters: {rows: many}}}", "'rows'"),
        ("parameters: {speed: 1}", "no parameter 'speed'"),
        ("pipeline: other", "is for pipeline 'other'"),
        ("steps: {load: {outputs: {data: {vesion: 1}}}}", "vesion"),
    ],
)
def test_what_does_not_fit_the_pipeline_is_an_error(
    here: Client, config, text: str, message: str
) -> None:
    with pytest.raises((InvalidInputError, WrongUsageError)) as caught:
        training.with_options(config_path=config(text))()
    assert message in "\n".join([caught.value.message, *caught.value.details])
    assert here.list_artifact_versions().total == 0


def test_a_value_from_the_environment_is_not_recorded(
    here: Client, config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_TOKEN", "s3cret-value")
    path = config("steps: {train: {parameters: {name: 'x${env:MY_TOKEN}'}}}")
    run = training.with_options(config_path=path)()
    assert run.steps["train"].parameters["name"] == "x***"
    kept = (p for p in here.settings.home_path.rglob("*") if p.is_file())
    assert not any(b"s3cret-value" in p.read_bytes() for p in kept)


def test_options_that_do_not_exist_are_refused_and_meaningless_ones_are_said(here: Client) -> None:
    with pytest.raises(WrongUsageError, match="'speed'"):
        training.with_options(speed=1)
    with pytest.raises(WrongUsageError, match="'speed'"):
        load.with_options(speed=1)
    with pytest.warns(UserWarning, match="'settings' of a pipeline has no effect here"):
        training.with_options(settings={"docker": {}})


def test_direct_words_win_over_the_file_and_the_file_over_the_decorator(
    here: Client, config
) -> None:
    @pipeline(run_name="decorated", metadata={"from": "code"}, parameters={"rate": 1.0})
    def decorated(rate: float) -> None:
        train(load(), rate)

    path = config(
        "run: filed {time}\nenable_cache: true\nmetadata: {from: file}\nparameters: {rate: 2}\n"
    )
    filed = decorated.with_options(config_path=path)
    run = filed()
    assert (run.name.split()[0], run.metadata["from"]) == ("filed", "file")
    assert run.steps["train"].parameters["rate"] == 2.0
    direct = {"enable_cache": False, "parameters": {"rate": 3.0}}
    for said in (
        filed.with_options(**direct),
        decorated.with_options(config_path=path, **direct),
        decorated.with_options(**direct).with_options(config_path=path),
    ):
        steps = said().steps
        assert steps["train"].parameters["rate"] == 3.0
        assert [found.status for found in steps.values()] == ["completed", "completed"]


def test_all_that_does_not_fit_is_said_at_once_with_its_place(here: Client, config) -> None:
    path = config("steps:\n  laod: {}\n  train:\n    outputs:\n      modl: {}\n")
    with pytest.raises(InvalidInputError) as caught:
        training.with_options(config_path=path)()
    first, second = caught.value.details
    assert "run.yaml:2:3: pipeline 'training' has no step 'laod'; did you mean 'load'?" in first
    assert "run.yaml:5:7: step 'train' has no output 'modl'; did you mean 'model'?" in second
    assert str(caught.value).splitlines()[1:] == [first, second]


def test_a_pipelines_parameter_of_another_type_is_refused(here: Client, config) -> None:
    with pytest.raises(InvalidInputError, match="parameter 'rate' of pipeline 'training'"):
        training.with_options(config_path=config("parameters: {rate: fast}"))()


def test_a_key_of_the_file_that_means_nothing_is_a_warning_to_the_caller(config) -> None:
    with pytest.warns(UserWarning, match=r"run.yaml:1:1: 'settings' has no effect") as caught:
        training.with_options(config_path=config("settings: {docker: {}}\n"))
    assert [warning.filename for warning in caught] == [__file__]


def test_a_parameter_of_another_type_is_said_with_its_place(config) -> None:
    path = config("parameters: {rate: fast}\n")
    with pytest.raises(InvalidInputError) as caught:
        training.with_options(config_path=path)()
    assert caught.value.message.startswith(f"{path}:1:14: parameter 'rate' of pipeline 'training'")
    assert "it must be float" in caught.value.message
    assert "<class" not in caught.value.message


def test_a_pipeline_without_a_file_loads_no_yaml_and_no_pydantic():
    code = (
        "import sys\n"
        "from artifactctl import pipeline, step\n"
        "pipeline(step(lambda: None, name='x') and (lambda: None), name='y')\n"
        "print(sorted({'yaml', 'pydantic'} & sys.modules.keys()))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")
