"""Files of runs as they are meant."""

from pathlib import Path

import pytest

from artifactctl.enums import ArtifactType
from artifactctl.errors import InvalidInputError, NotFoundError
from artifactctl.materializers import BaseMaterializer
from artifactctl.pipelines.artifact_config import ArtifactConfig
from artifactctl.pipelines.files import (
    OutputConfig,
    RunConfig,
    StepConfig,
    needed_steps,
    read_run_file,
    run_config_of,
)
from artifactctl.yaml_text import MAX_BYTES
from tests.pipelines.files.configs import mistakes, read

COMMANDS = """\
pipeline: iris_training
run: nightly-{date}-{time}
vars: {data_dir: data, seed: 7}
tags: [nightly]
metadata: {trigger: ci}
steps:
  load:
    command: python load.py --seed ${seed} --out ${data_dir}/iris.csv
    outputs:
      iris_dataset:
        path: ${data_dir}/iris.csv
        version: raw_2023
        type: data
        tags: [raw]
        metadata: {source: uci, seed: "${seed}"}
        metadata_file: ${data_dir}/iris.meta.json
  train:
    inputs: {dataset: iris_dataset}
    command: [python, train.py, 1.10]
    env: {OMP_NUM_THREADS: 2}
    timeout: 10m
    retries: 1
    outputs:
      - out/report.json
      - {name: iris_model, path: out/model.pkl, type: model, link: false}
"""
ZENML = """\
enable_cache: False
run_name: weekly_{date}
parameters: {rate: 1e-3, when: 2024-01-01}
tags: [a]
substitutions: {custom: x}
steps:
  load:
    enable_cache: true
    parameters: {seed: 7}
    outputs:
      output:
        materializer_source: [{module: a.b, attribute: C}]
        artifact_config:
          name: iris_{custom}
          version: 1.10
          tags: [no, on, 2024-01-01]
          run_metadata: {rows: 150, ok: false, ratio: 1.50}
          artifact_type: ModelArtifact
"""


def test_a_file_of_commands_is_read_as_what_it_says(tmp_path: Path):
    load = OutputConfig(
        key="iris_dataset",
        name="iris_dataset",
        version="raw_2023",
        type=ArtifactType.DATA,
        tags=("raw",),
        metadata={"source": "uci", "seed": 7},
        path="data/iris.csv",
        metadata_file="data/iris.meta.json",
    )
    model = OutputConfig(
        key="iris_model", name="iris_model", type=ArtifactType.MODEL, path="out/model.pkl"
    )
    report = OutputConfig(key="output", path="out/report.json")
    config = read(tmp_path, COMMANDS)
    assert config == RunConfig(
        pipeline="iris_training",
        run_name="nightly-{date}-{time}",
        vars={"data_dir": "data", "seed": 7},
        tags=("nightly",),
        metadata={"trigger": "ci"},
        path=tmp_path / "run.yaml",
        steps={
            "load": StepConfig(
                command="python load.py --seed 7 --out data/iris.csv",
                outputs={"iris_dataset": load},
            ),
            "train": StepConfig(
                command=("python", "train.py", "1.10"),
                inputs={"dataset": "iris_dataset"},
                env={"OMP_NUM_THREADS": "2"},
                timeout_s=600,
                retries=1,
                outputs={"output": report, "iris_model": model},
            ),
        },
    )
    assert needed_steps(config) == {"load": (), "train": ("load",)}


def test_a_file_that_zenml_understands_is_read_as_what_it_says(tmp_path: Path):
    config = read(tmp_path, ZENML)
    assert config.run_name == "weekly_{date}"
    assert config.enable_cache is False
    assert config.parameters == {"rate": 0.001, "when": "2024-01-01"}
    step = config.steps["load"]
    assert (step.enable_cache, step.parameters) == (True, {"seed": 7})
    assert step.outputs["output"] == OutputConfig(
        key="output",
        name="iris_{custom}",
        version="1.10",
        type=ArtifactType.MODEL,
        tags=("no", "on", "2024-01-01"),
        metadata={"rows": 150, "ok": False, "ratio": 1.5},
        materializer="a.b:C",
    )


def test_where_a_key_stood_can_be_shown_later(tmp_path: Path):
    config = read(tmp_path, COMMANDS)
    at = str(tmp_path / "run.yaml")
    assert config.places["steps", "load"] == f"{at}:7:3"
    assert config.places["steps", "load", "outputs", "iris_dataset", "version"] == f"{at}:12:9"
    assert config.places["steps", "train", "outputs", "iris_model", "type"] == f"{at}:25:49"


@pytest.mark.parametrize(
    "written", ["1.10", "0123", "1_0", "1e3", "2024-01-01", "5", "no", "0x1F", "1."]
)
def test_versions_and_tags_stay_as_they_are_written(tmp_path: Path, written: str):
    text = f"tags: [{written}]\nsteps: {{a: {{outputs: {{o: {{version: {written}}}}}}}}}"
    config = read(tmp_path, text)
    assert config.tags == (written,)
    assert config.steps["a"].outputs["o"].version == written


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1.10", 1.1),
        ("1e-3", 0.001),
        ("1_000", "1_000"),
        ("0x1f", 31),
        ("-0x1f", "-0x1f"),
        ("6063e25", "6063e25"),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("yes", "yes"),
        ("True", True),
        ("NO", "NO"),
        ("~", None),
        ("", None),
        ("12:30", "12:30"),
        ("2024-01-01", "2024-01-01"),
        ("'1'", "1"),
        ("[1, {a: é}]", [1, {"a": "é"}]),
    ],
)
def test_parameters_and_metadata_are_typed(tmp_path: Path, written: str, value: object):
    config = read(tmp_path, f"parameters: {{x: {written}}}\nmetadata:\n  x: {written}\n")
    assert config.parameters == config.metadata == {"x": value}
    assert type(config.parameters["x"]) is type(value)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("10m", 600), ("90s", 90), ("1h30m", 5400), ("90", 90), ("1.5", 1.5), ("1d1s", 86401)],
)
def test_timeouts_are_seconds(tmp_path: Path, written: str, seconds: float):
    config = read(tmp_path, f"steps: {{a: {{command: x, timeout: {written}}}}}")
    assert config.steps["a"].timeout_s == seconds


@pytest.mark.parametrize(
    ("outputs", "keys"),
    [
        ("[a]", ["output"]),
        ("[a, b]", ["output_0", "output_1"]),
        ("[a, {path: b, name: n}]", ["output", "n"]),
        ("[a, {path: b, artifact_config: {name: n}}, c]", ["output_0", "n", "output_2"]),
        ("[]", []),
        ("", []),
    ],
)
def test_outputs_of_lists_get_the_default_keys(tmp_path: Path, outputs: str, keys: list[str]):
    config = read(tmp_path, f"steps: {{a: {{command: x, outputs: {outputs}}}}}")
    assert list(config.steps["a"].outputs) == keys


@pytest.mark.parametrize("text", ["", "# nothing\n", "steps:\n", "steps: {a: }\ntags:\nrun: ~\n"])
def test_what_is_not_said_is_left_to_the_defaults(tmp_path: Path, text: str):
    config = read(tmp_path, text)
    assert config == RunConfig(path=config.path, steps={"a": StepConfig()} if "a:" in text else {})


def test_what_zenml_knows_and_nothing_here_needs_is_warned_of_once(tmp_path: Path):
    text = "settings: {docker: {a: 1}}\nsteps:\n  a: {settings: {}}\n  b: {experiment_tracker: x}\n"
    with pytest.warns(UserWarning, match="has no effect here") as caught:
        read(tmp_path, text)
    messages = [str(warning.message) for warning in caught]
    assert [message.partition("run.yaml:")[2] for message in messages] == [
        "1:1: 'settings' has no effect here but is recorded",
        "4:7: 'experiment_tracker' has no effect here and is ignored",
    ]


class Mine(BaseMaterializer):
    """A materializer of a user's."""

    ASSOCIATED_TYPES = (bytearray,)


def test_the_same_is_understood_from_python():
    weights = object()
    made = ArtifactConfig(name="n", version=5, artifact_type=ArtifactType.MODEL, tags=["a"])
    step = {
        "parameters": {"weights": weights, "pair": (1, 2), "text": "${x}", "loss": float("inf")},
        "outputs": {"a": {"materializer_source": Mine, "artifact_config": made}},
    }
    config = run_config_of({"run_name": "x", "metadata": {"y": {1}}, "steps": {"s": step}}, "here")
    assert (config.run_name, config.metadata, config.path) == ("x", {"y": [1]}, None)
    assert config.steps["s"].parameters == step["parameters"]
    assert config.steps["s"].parameters["weights"] is weights
    assert config.steps["s"].outputs["a"] == OutputConfig(
        key="a",
        name="n",
        version="5",
        type=ArtifactType.MODEL,
        tags=("a",),
        materializer=f"{__name__}:Mine",
    )


@pytest.mark.parametrize("version", [1.10, True, [1], object()])
def test_a_version_given_in_python_is_a_text_or_a_whole_number(version: object):
    with pytest.raises(InvalidInputError) as caught:
        run_config_of({"steps": {"s": {"outputs": {"a": {"version": version}}}}}, "here")
    assert caught.value.details[0].startswith("here: steps.s.outputs.a.version: must be a text")


def test_a_file_that_is_not_there_is_not_found(tmp_path: Path):
    with pytest.raises(NotFoundError, match="does not exist"):
        read_run_file(tmp_path / "none.yaml")
    with pytest.raises(InvalidInputError, match="is not a file"):
        read_run_file(tmp_path)


def test_a_file_beyond_the_limits_is_refused(tmp_path: Path):
    assert mistakes(tmp_path, "#" * (MAX_BYTES + 1)) == ["larger than 1 MiB"]
    assert "nested deeper than 32" in mistakes(tmp_path, f"a: {'[' * 40}{']' * 40}")[0]
    (tmp_path / "run.yaml").write_bytes(b"run: \xff")
    with pytest.raises(InvalidInputError) as caught:
        read_run_file(tmp_path / "run.yaml")
    assert "not UTF-8" in caught.value.details[0]
