"""Options of steps and runs: flags, retries, environment, hooks, and what is recorded of them."""

import inspect
import os
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from artifactctl import ExternalArtifact, get_step_context, pipeline, save_artifact, step
from artifactctl.client import Client
from artifactctl.errors import (
    EntityExistsError,
    HookError,
    InvalidInputError,
    NotFoundError,
    StepInterfaceError,
)
from artifactctl.pipelines.step_options import StepRetryConfig

HEARD: list[object] = []


def hear(error: BaseException) -> None:
    HEARD.append(f"failed: {error}")


def prepare(word: str) -> str:
    HEARD.append("prepared")
    return word


def clean() -> None:
    HEARD.append("clean")


@step
def first(value: int = 1) -> int:
    """Give a number."""
    print("printed")
    return value


@step(enable_cache=True)
def second(number: int, other: int = 0, looked_up: int = 0) -> int:
    return number + other + looked_up


@pipeline
def two() -> None:
    """Two steps."""
    second(first(), id="last", after="first")


@pytest.fixture(autouse=True)
def _silent() -> None:
    HEARD.clear()


def test_a_step_records_its_code_its_docstring_and_what_comes_before_it(here: Client) -> None:
    for _ in range(2):  # the second time from the cache
        steps = two().steps
        details = steps["first"].details
        assert details["source_code"] == inspect.getsource(first.entrypoint) == first.source_code
        assert details["docstring"] == "Give a number." == first.docstring
        assert steps["last"].details["upstream"] == ["first"]
        assert "docstring" not in steps["last"].details
    assert two.model.last_run.details["docstring"] == "Two steps."


def test_long_code_is_cut_as_zenml_cuts_it(here: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(first), "source_code", "x" * 100_000)
    found = two().steps["first"].details["source_code"]
    assert found == "x" * 65_532 + "..."


def test_what_is_recorded_survives_a_rebuild(here: Client) -> None:
    before = two.with_options(enable_cache=False, substitutions={"stage": "a"})()
    here.rebuild_catalog()
    after = here.get_pipeline_run(before.name)
    assert after.details == before.details
    assert after.details["options"] == {"enable_cache": False}
    assert after.details["substitutions"]["stage"] == "a"
    assert after.steps["last"].details == before.steps["last"].details


def test_each_input_tells_how_it_came_to_the_step(here: Client) -> None:
    save_artifact(5, "five")

    @pipeline
    def mixed() -> None:
        second(first(), ExternalArtifact(2), Client().get_artifact_version("five"))

    found = mixed().steps["second"].details["input_types"]
    assert found == {"number": "step_output", "other": "external", "looked_up": "lazy"}


def test_a_flag_of_a_step_wins_over_the_pipelines_and_a_files_over_both(
    here: Client, config: Callable[[str], Path]
) -> None:
    two()
    run = two.with_options(enable_cache=False)()
    assert [one.status for one in run.steps.values()] == ["completed", "cached"]
    run = two.with_options(config_path=config("enable_cache: false"))()
    assert [one.status for one in run.steps.values()] == ["completed", "completed"]
    text = "enable_cache: false\nsteps: {last: {enable_cache: true}}"
    run = two.with_options(config_path=config(text))()
    assert [one.status for one in run.steps.values()] == ["completed", "cached"]


def test_logs_are_kept_unless_they_are_switched_off(here: Client) -> None:
    def printed(**options: bool) -> str:
        run = two.with_options(enable_cache=False, **options)()
        assert bool(run.steps["first"].log_collection) == bool(run.steps["first"].log())
        return run.steps["first"].log()

    assert printed() == "printed\n"
    assert printed(enable_step_logs=False) == ""


def test_a_step_is_tried_again(here: Client, config: Callable[[str], Path]) -> None:
    @step(retry=StepRetryConfig(max_retries=2, delay=0.01, backoff=2), enable_cache=False)
    def flaky(failures: int) -> int:
        HEARD.append("call")
        if len(HEARD) <= failures:
            raise OSError("not yet")
        return len(HEARD)

    @pipeline(on_failure=hear)
    def trying(failures: int = 0) -> None:
        flaky(failures)

    run = trying(2)
    assert run.steps["flaky"].output.load() == run.steps["flaky"].details["attempts"] == 3
    assert "attempt 3 of 3" in run.steps["flaky"].log()
    HEARD.clear()
    with pytest.raises(OSError, match="not yet"):
        trying(9)
    assert HEARD == ["call", "call", "call", "failed: not yet"]
    HEARD.clear()
    once = config("steps: {flaky: {retry: {max_retries: 0}}}")
    with pytest.raises(OSError, match="not yet"):
        trying.with_options(config_path=once)(1)
    assert HEARD == ["call", "failed: not yet"]


def wants_a_number(number: int) -> None:
    """Be called with a number, and not with an error."""


@pytest.mark.parametrize("wrong", [{"max_retries": -1}, {"delay": "1"}, {"times": 3}, 3])
def test_wrong_retries_are_refused(wrong: object) -> None:
    with pytest.raises(InvalidInputError, match="retr"):
        first.with_options(retry=wrong)


def test_environment_variables_are_set_while_a_step_runs(
    here: Client, config: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_STEP", "before")

    @step(environment={"OF_STEP": 1})
    def reading() -> str:
        return f"{os.environ['OF_STEP']} {os.environ['OF_FILE']}"

    @pipeline(enable_cache=False)
    def alone() -> None:
        reading()

    path = config("environment: {OF_FILE: file, OF_STEP: file}")
    assert alone.with_options(config_path=path)().steps["reading"].output.load() == "1 file"
    assert os.environ["OF_STEP"] == "before"
    assert "OF_FILE" not in os.environ


def test_hooks_may_be_named_and_begin_and_end_a_run(
    here: Client, config: Callable[[str], Path]
) -> None:
    @step
    def using() -> str:
        HEARD.append("step")
        return str(get_step_context().pipeline_state)

    @pipeline(enable_cache=False)
    def hooked() -> None:
        using()

    here_name = __name__
    path = config(
        textwrap.dedent(f"""
        init_hook_source: {here_name}.prepare
        init_hook_kwargs: {{word: state}}
        cleanup_hook_source: {{module: {here_name}, attribute: clean}}
        steps: {{using: {{success_hook_source: {here_name}.clean}}}}
        """)
    )
    run = hooked.with_options(config_path=path)()
    assert run.steps["using"].output.load() == "state"
    assert HEARD == ["prepared", "step", "clean", "clean"]
    with pytest.raises(NotFoundError, match=r"on_failure of step 'using': there is no 'no.such'"):
        hooked.with_options(on_failure="no.such")()


def test_variables_of_the_environment_stand_in_extra_and_settings_of_the_code(
    here: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    @step(extra={"both": ["${OF_STEP}", 1]}, enable_cache=False)
    def telling() -> None:
        context = get_step_context()
        HEARD.append(context.step_run.config.extra)

    @pipeline(extra={"of": "a ${TOKEN} b"})
    def secretive() -> None:
        telling()

    with pytest.raises(KeyError, match="'TOKEN' is not set"):
        secretive()
    monkeypatch.setenv("TOKEN", "s3cret-value")
    monkeypatch.setenv("OF_STEP", "x")
    run = secretive()
    assert HEARD == [{"of": "a s3cret-value b", "both": ["x", 1]}]
    assert run.config.extra == {"of": "a *** b"}
    kept = (path for path in here.settings.home_path.rglob("*") if path.is_file())
    assert not any(b"s3cret-value" in path.read_bytes() for path in kept)


def test_the_function_of_a_step_is_called_with_converted_arguments() -> None:
    assert second.call_entrypoint("2", other=3) == 5
    for wrong in ((), (1, 2, 3, 4), ("x",)):
        with pytest.raises(StepInterfaceError):
            second.call_entrypoint(*wrong)
    with pytest.raises(StepInterfaceError):
        second.call_entrypoint(1, number=2)


def test_a_materializer_is_for_an_output_that_exists() -> None:
    with pytest.raises(StepInterfaceError, match="no output 'none' for a materializer"):
        first.with_options(output_materializers={"none": "json"})
    with pytest.raises(StepInterfaceError, match="no output 'none' for a materializer"):
        first.copy().configure(output_materializers={"none": "json"})
    assert first.with_options(output_materializers={"output": "json"}).name == "first"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"on_success": hear}, "on_success .* cannot be called with nothing"),
        ({"on_failure": isinstance}, "with the error or nothing"),
        ({"on_failure": wants_a_number}, r"wants_a_number takes \(number: int\)"),
        ({"on_init": lambda: None, "on_init_kwargs": {"a": 1}}, "on_init .* with a"),
        ({"on_cleanup": hear}, "on_cleanup .* with nothing"),
        ({"on_success": 3}, "is 3; give a function"),
    ],
)
def test_a_hook_that_cannot_be_called_is_an_error_before_anything_runs(
    here: Client, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(HookError, match=said):
        two.with_options(**options)()
    assert here.list_pipeline_runs().total == 0


def test_a_hook_that_fails_is_a_warning(here: Client) -> None:
    def broken() -> None:
        raise ValueError("broken hook")

    with pytest.warns(UserWarning, match="hook .*broken failed: ValueError: broken hook"):
        run = two.with_options(on_success=broken, enable_cache=False)()
    assert run.status == "completed"


def test_the_name_of_a_run_is_taken_once(here: Client) -> None:
    named = two.with_options(run_name="only")
    named()
    with pytest.raises(EntityExistsError, match="a run 'only' already exists"):
        named()
    assert two.model.last_run.name == "only"
