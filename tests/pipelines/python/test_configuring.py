"""`configure`, `copy` and `configuration` of steps and pipelines, and templates of run files."""

from pathlib import Path
from typing import Annotated

import pytest

from artifactctl import get_pipeline_context, get_step_context, pipeline, step
from artifactctl.client import Client
from artifactctl.errors import NoContextError
from artifactctl.pipelines.files import read_run_file


def make_step():
    @step
    def count(rows: int = 1) -> Annotated[int, "rows"]:
        return rows

    return count


def test_a_step_is_configured_in_place_and_copied() -> None:
    count = make_step()
    copied = count.copy()
    assert count.configure(enable_cache=False, extra={"a": 1}) is count
    assert (count.enable_cache, copied.enable_cache) == (False, None)
    count.configure(extra={"b": 2})
    assert count.configuration.extra == {"a": 1, "b": 2}
    count.configure(extra={"c": 3}, merge=False)
    assert count.configuration.extra == {"c": 3}
    assert count.with_options(extra={"d": 4}, merge=False).configuration.extra == {"d": 4}
    assert copied.configuration.extra == {}


def test_a_pipeline_uses_a_step_as_it_is_configured_when_it_runs(here: Client) -> None:
    count = make_step()

    @pipeline
    def counting() -> None:
        count()

    counting()
    assert counting().steps["count"].status == "cached"
    count.configure(enable_cache=False)
    assert counting().steps["count"].status == "completed"
    other = counting.copy().configure(parameters={}, tags=["a"])
    other.configure(tags=["b"])
    assert [tag for run in (other(), counting()) for tag in run.tags] == ["a", "b"]


def test_a_file_wins_over_configure_when_the_pipeline_runs(here: Client, work: Path) -> None:
    path = work / "run.yaml"
    path.write_text("extra: {a: 1}\nparameters: {rows: 2}\nenable_cache: false\n")

    @pipeline
    def counting(rows: int) -> None:
        make_step()(rows)

    configured = counting.with_options(config_path=path)
    assert configured.configuration.extra == {"a": 1}
    assert configured.configuration.parameters == {"rows": 2}
    with pytest.warns(UserWarning, match="the run file sets 'extra', 'parameters' too"):
        configured.configure(extra={"a": 2}, parameters={"rows": 3}, substitutions={"x": "y"})
    assert configured.configuration.extra == {"a": 2}
    assert configured.enable_cache is False
    run = configured()
    assert run.config.extra == {"a": 1}
    assert run.config.parameters == {"rows": 2}
    assert run.steps["count"].output.load() == 2


def test_options_of_steps_have_two_names(here: Client) -> None:
    @pipeline
    def counting() -> None:
        make_step()()

    said = {"count": {"parameters": {"rows": 7}}}
    assert counting.with_options(step_configurations=said)().steps["count"].output.load() == 7
    assert counting.with_options(steps=said)().steps["count"].output.load() == 7


def test_a_template_has_every_key_as_a_comment(here: Client, work: Path) -> None:
    count, path = make_step(), work / "template.yaml"

    @pipeline
    def counting(rows: int) -> None:
        count(rows)

    with pytest.raises(RuntimeError, match="needs rows"):
        counting.write_run_configuration_template(str(path))
    counting.configure(parameters={"rows": 1}).write_run_configuration_template(path)
    text = path.read_text()
    assert all(line.startswith("# ") for line in text.splitlines())
    read_run_file(path, for_python=True)
    path.write_text("".join(line[2:] for line in text.splitlines(keepends=True)))
    config = read_run_file(path, for_python=True)
    assert list(config.steps["count"].outputs) == ["rows"]
    assert "      rows:  # int" in path.read_text()


def test_the_context_of_a_pipeline_is_that_of_its_function(here: Client) -> None:
    seen: list[object] = []

    @step(enable_cache=False)
    def looking() -> None:
        context = get_step_context()
        seen.append((context.model, context.pipeline.name, context.pipeline_state))
        with pytest.raises(RuntimeError, match="Inside a step"):
            get_pipeline_context()

    @pipeline(enable_cache=False, enable_step_logs=True, extra={"a": 1})
    def composing() -> None:
        context = get_pipeline_context()
        seen.append((context.name, context.enable_cache, context.enable_step_logs, context.extra))
        seen.append((context.settings, context.enable_artifact_metadata, context.model))
        looking()

    composing()
    assert seen == [
        ("composing", False, True, {"a": 1}),
        ({}, None, None),
        (None, "composing", None),
    ]
    with pytest.raises(NoContextError, match="No active"):
        get_pipeline_context()
