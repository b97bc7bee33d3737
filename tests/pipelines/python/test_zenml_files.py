"""Files of Python pipelines as ZenML's users write them: `extra`, `settings`, tags, `${NAME}`."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pytest

from artifactctl import (
    ExternalArtifact,
    get_pipeline_context,
    get_step_context,
    pipeline,
    step,
)
from artifactctl.client import Client
from artifactctl.errors import ClashingParametersError, InvalidInputError

Write = Callable[[str], Path]
SEEN: dict[str, Any] = {}


@step(extra={"own": 1})
def load(rows: int = 1) -> Annotated[int, "rows"]:
    here = get_step_context()
    SEEN["run"], SEEN["step"] = here.pipeline_run.config, here.step_run.config
    return rows


@pipeline(enable_cache=False, extra={"from": "code", "kept": 1})
def loading(depth: int = 0) -> None:
    SEEN["composing"] = dict(get_pipeline_context().extra)
    load()


def test_extra_of_a_file_reaches_the_pipeline_and_its_steps(here: Client, config: Write) -> None:
    path = config("extra: {from: file, deep: {a: [1]}}\nsteps: {load: {extra: {more: 2}}}\n")
    run = loading.with_options(config_path=path)()
    expected = {"from": "file", "kept": 1, "deep": {"a": [1]}}
    assert SEEN["composing"] == SEEN["run"].extra == run.config.extra == expected
    # As in ZenML, a step has the pipeline's `extra` too.
    assert SEEN["step"].extra == run.steps["load"].config.extra == {**expected, "own": 1, "more": 2}
    assert run.steps["load"].config.parameters == {"rows": 1}


def test_what_is_said_directly_wins_over_extra_of_the_file(here: Client, config: Write) -> None:
    path = config("extra: {from: file, deep: 1}\n")
    run = loading.with_options(config_path=path, extra={"from": "here"})()
    assert run.config.extra == {"from": "here", "kept": 1, "deep": 1}


def test_settings_are_recorded_and_it_is_said_that_they_are_no_more(
    here: Client, config: Write
) -> None:
    path = config(
        "settings: {docker: {a: [x]}}\nsteps: {load: {settings: {resources: {cpu: 1}}}}\n"
    )
    with pytest.warns(UserWarning, match=r"run.yaml:1:1: 'settings' .* is recorded"):
        configured = loading.with_options(config_path=path)
    run = configured()
    assert SEEN["run"].settings == run.config.settings == {"docker": {"a": ["x"]}}
    assert run.steps["load"].config.settings == {"docker": {"a": ["x"]}, "resources": {"cpu": 1}}


def test_metadata_of_outputs_is_switched_off_in_a_file(here: Client, config: Write) -> None:
    for text in (
        "enable_artifact_metadata: false\n",
        "steps: {load: {enable_artifact_metadata: no}}\n",
    ):
        run = loading.with_options(config_path=config(text))()
        assert run.steps["load"].output.metadata == {}
    assert "storage_size" in loading().steps["load"].output.metadata


def test_tags_are_texts_or_say_more(here: Client, config: Write) -> None:
    path = config(
        "tags:\n- nightly\n- {name: all, cascade: true}\n- {name: run only, color: blue}\n"
        "- {name: one, exclusive: true}\n"
        "steps: {load: {outputs: {rows: {tags: [raw, {name: best, exclusive: true}]}}}}\n"
    )
    first = loading.with_options(config_path=path)()
    second = loading.with_options(config_path=path)()
    assert second.tags == ("all", "nightly", "one", "run only")
    assert second.steps["load"].output.tags == ("all", "best", "nightly", "raw")
    assert here.get_pipeline_run(first.id).tags == ("all", "nightly", "run only")
    assert here.find_artifact_version("rows:1").tags == ("all", "nightly", "raw")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("tags: [{name: a, cascad: true}]", "did you mean 'cascade'?"),
        ("tags: [{cascade: true}]", "'name' is missing"),
        ("tags: [{name: 'a,b'}]", "'a,b'"),
        ("tags: [{name: a, exclusive: maybe}]", "exclusive"),
        ("tags: {name: a}", "must be a text or a list"),
        ("steps: {load: {outputs: {rows: {tags: [{name: a, cascade: true}]}}}}", "cannot cascade"),
        ("extra: [1]", "extra: must be keys and values"),
        ("settings: 1", "settings: must be keys and values"),
    ],
)
def test_what_is_none_of_these_is_refused_by_name(config: Write, text: str, problem: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        loading.with_options(config_path=config(text))
    assert problem in str(caught.value)


def test_names_in_braces_are_the_environments_and_no_record_shows_them(
    here: Client, config: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROWS", "5")
    monkeypatch.setenv("TOKEN", "s3cret-value")
    path = config(
        "vars: {ROWS2: 7}\nparameters: {depth: '${ROWS2}'}\n"
        "extra: {token: 'a ${TOKEN}'}\nsettings: {docker: {password: '${TOKEN}'}}\n"
        "steps: {load: {parameters: {rows: '${ROWS}'}, extra: {same: '${TOKEN}'}}}\n"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run = loading.with_options(config_path=path)()
    assert run.steps["load"].output.load() == 5
    assert SEEN["composing"]["token"] == SEEN["run"].extra["token"] == "a s3cret-value"
    assert SEEN["run"].settings == {"docker": {"password": "s3cret-value"}}
    assert SEEN["step"].extra["same"] == "s3cret-value"
    assert run.config.extra["token"] == "a ***"
    kept = (path for path in here.settings.home_path.rglob("*") if path.is_file())
    assert not any(b"s3cret-value" in path.read_bytes() for path in kept)


def test_names_that_nobody_knows_are_all_refused_by_name(config: Write) -> None:
    with pytest.raises(InvalidInputError) as caught:
        loading.with_options(config_path=config("extra: {a: '${NO_SUCH}', b: '${NOR_SUCH}'}\n"))
    assert "${NO_SUCH} is not in vars nor in the environment" in str(caught.value)
    assert "${NOR_SUCH} is not in vars nor in the environment" in str(caught.value)


SAME = [(3, "3"), (3, "'3'"), ("3", "3")]


@pytest.mark.parametrize(("in_code", "in_file"), SAME)
def test_a_parameter_may_be_said_twice_alike(
    here: Client, config: Write, in_code: Any, in_file: str
) -> None:
    @pipeline
    def run(depth: int) -> None:
        load(in_code)

    steps = f"{{load: {{parameters: {{rows: {in_file}}}}}}}"
    path = config(f"parameters: {{depth: {in_file}}}\nsteps: {steps}\n")
    assert run.with_options(config_path=path)(in_code).status == "completed"


def test_a_steps_parameter_in_code_and_file_is_a_conflict(here: Client, config: Write) -> None:
    @pipeline
    def run() -> None:
        load(3)

    path = config("steps: {load: {parameters: {rows: 4}}}\n")
    with pytest.raises(ClashingParametersError) as caught:
        run.with_options(config_path=path)()
    assert "parameter 'rows' of step 'load': a conflict, 3 in the code and 4" in str(caught.value)
    assert "run.yaml:1:29" in str(caught.value)
    assert here.list_pipeline_runs().total == 0


def test_a_pipelines_parameter_in_a_call_and_elsewhere_is_a_conflict(
    here: Client, config: Write
) -> None:
    filed = loading.with_options(config_path=config("parameters: {depth: 4}\n"))
    for configured in (filed, loading.with_options(parameters={"depth": 4})):
        with pytest.raises(RuntimeError, match="'depth' of pipeline 'loading': a conflict"):
            configured(depth=3)
        with pytest.raises(RuntimeError, match="'depth' of pipeline 'loading': a conflict"):
            configured(3)
    assert here.list_pipeline_runs().total == 0


def test_a_version_in_code_and_a_parameter_in_the_file_are_a_conflict(
    here: Client, config: Write
) -> None:
    @pipeline
    def run() -> None:
        load(ExternalArtifact(3))

    path = config("steps: {load: {parameters: {rows: 3}}}\n")
    with pytest.raises(ClashingParametersError, match="'rows' of step 'load'"):
        run.with_options(config_path=path)()


def test_a_conflict_shows_no_secret(
    here: Client, config: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "4711")

    @pipeline
    def run() -> None:
        load(3)

    path = config("steps: {load: {parameters: {rows: '${TOKEN}'}}}\n")
    with pytest.raises(ClashingParametersError) as caught:
        run.with_options(config_path=path)()
    assert "4711" not in str(caught.value)


def test_conflicts_are_said_with_all_else_that_does_not_fit(here: Client, config: Write) -> None:
    @pipeline
    def run() -> None:
        load(3)

    path = config("steps:\n  load: {parameters: {rows: 4, row: 1}, outputs: {x: {}}}\n  lod: {}\n")
    with pytest.raises(InvalidInputError) as caught:
        run.with_options(config_path=path)()
    text = str(caught.value)
    assert all(word in text for word in ("'rows'", "'row'", "output 'x'", "step 'lod'"))
    assert not isinstance(caught.value, ClashingParametersError)
