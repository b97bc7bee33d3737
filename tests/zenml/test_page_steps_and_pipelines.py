"""What the pages on steps and pipelines, simple and advanced, do."""

import logging
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import pytest

from artifactctl.zenml import get_step_context, pipeline, step
from artifactctl.zenml.client import Client
from artifactctl.zenml.config import StepRetryConfig
from artifactctl.zenml.steps import BaseStep


@step
def load(name: str = "plain") -> dict[str, Any]:
    return {"features": [[1, 2], [3, 4]], "labels": [0, 1], "name": name}


@step
def divide(a: int, b: int) -> tuple[Annotated[int, "quotient"], Annotated[int, "remainder"]]:
    return a // b, a % b


@step
def count(data: dict[str, Any], factor: int = 1) -> int:
    print("counting")
    return factor * len(data["features"])


@pipeline
def counting(name: str = "plain", factor: int = 1) -> None:
    count(data=load(name=name), factor=factor)


def test_parameters_of_a_pipeline_are_passed_on_to_steps(here: Client) -> None:
    run = counting(name="custom", factor=3)
    assert run.steps["count"].output.load() == 6
    assert run.steps["load"].config.parameters == {"name": "custom"}
    assert run.config.parameters == {"name": "custom", "factor": 3}


def test_a_step_alone_is_a_run_and_its_function_alone_is_none(here: Client) -> None:
    assert divide(a=7, b=2) == (3, 1)
    assert divide.entrypoint(a=9, b=2) == (4, 1)
    assert here.list_pipeline_runs().total == 1
    assert list(here.get_pipeline("divide").last_run.steps["divide"].outputs) == [
        "quotient",
        "remainder",
    ]


def test_options_are_set_in_place_or_for_a_copy(here: Client) -> None:
    own, whole = count.copy(), counting.copy()
    own.configure(enable_cache=False)
    whole.configure(enable_cache=False)
    fast = whole.with_options(run_name="mine_{word}_{date}", substitutions={"word": "x"})
    assert (own.enable_cache, whole.enable_cache) == (False, False)
    assert (count.enable_cache, counting.enable_cache) == (None, None)
    assert fast().name.startswith("mine_x_20")


def test_steps_are_called_again_under_numbers_or_names_and_wait_for_each_other() -> None:
    @step
    def wait() -> int:
        return 1

    @pipeline
    def waiting() -> None:
        first, second = wait(), wait()
        wait(id="mine", after=[first, second])
        wait(id="last", after="mine")

    waiting.prepare()
    assert {name: call.upstream_steps for name, call in waiting.invocations.items()} == {
        "wait": set(),
        "wait_2": set(),
        "mine": {"wait", "wait_2"},
        "last": {"mine"},
    }


def test_a_pipeline_within_a_pipeline_adds_its_steps_and_gives_its_outputs(here: Client) -> None:
    @pipeline
    def preparing(name: str) -> Any:
        return load(name=name)

    @pipeline
    def comparing() -> None:
        count(preparing(name="train"))
        count(preparing(name="test"))

    assert list(comparing().steps) == ["load", "count", "load_2", "count_2"]


def test_parallel_branches_are_collected_by_the_names_of_their_steps(here: Client) -> None:
    @step
    def process(number: int) -> int:
        return number * number

    @step
    def combine(prefix: str) -> int:
        run = Client().get_pipeline_run(get_step_context().pipeline_run.name)
        steps = {name: made for name, made in run.steps.items() if name.startswith(prefix)}
        return sum(made.outputs["output"][0].load() for made in steps.values())

    @pipeline(enable_cache=False)
    def fanning(size: int) -> None:
        done = [process(number, id=f"process_{number}") for number in range(size)]
        combine(prefix="process_", after=done)

    assert fanning(4).steps["combine"].output.load() == 14


def test_a_step_is_tried_again_and_its_hooks_hear_how_it_ended(here: Client) -> None:
    heard: list[str] = []

    def failed(error: BaseException) -> None:
        context = get_step_context()
        heard.append(f"{context.step_run.name} {context.step_run.config.parameters} {error}")

    def succeeded() -> None:
        heard.append("fine")

    @step(
        retry=StepRetryConfig(max_retries=1, delay=0, backoff=1),
        on_failure=failed,
        on_success=succeeded,
    )
    def try_it(needed: int) -> None:
        heard.append("try")
        if heard.count("try") < needed:
            raise ValueError("not yet")

    @pipeline(enable_cache=False)
    def trying(needed: int) -> None:
        try_it(needed)

    trying(2)
    assert heard == ["try", "try", "fine"]
    with pytest.raises(ValueError, match="not yet"):
        trying(9)
    assert heard[-1] == "try_it {'needed': 9} not yet"


class Adding(BaseStep):
    """A step in the older form."""

    def entrypoint(self, number: int, more: int = 1) -> Annotated[int, "sum"]:
        return number + more


def test_a_class_with_an_entrypoint_is_a_step(here: Client) -> None:
    once, twice = Adding(), Adding(name="twice", enable_cache=False)
    assert isinstance(once, BaseStep)

    @pipeline
    def adding() -> None:
        twice(once(1), more=2)

    adding()
    run = adding()
    assert [(name, made.status.value) for name, made in run.steps.items()] == [
        ("Adding", "cached"),
        ("twice", "completed"),
    ]
    assert run.steps["twice"].output.load() == 4
    assert twice.with_options(enable_cache=True).name == "twice"


LOGGING = """
import logging
from artifactctl.zenml import pipeline, step
from artifactctl.zenml.client import Client

@step
def talk() -> None:
    logging.info("softly")
    logging.warning("loudly")
    print("plainly")

@pipeline(enable_cache=False)
def talking() -> None:
    talk()
    talk.with_options(enable_step_logs=False)(id="silent")

run = talking()
for name, made in run.steps.items():
    print(name, [line.rpartition(" ")[2] for line in made.log().splitlines()])
"""


def test_what_a_step_prints_and_logs_is_kept_and_warnings_are_shown(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTIFACTCTL_HOME", str(home))
    done = subprocess.run(
        [sys.executable, "-c", LOGGING], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        *("plainly", "plainly"),
        "talk ['softly', 'loudly', 'plainly']",
        "silent []",
    ]
    assert [line for line in done.stderr.splitlines() if "loudly" in line] == ["loudly", "loudly"]
    assert "softly" not in done.stderr
    assert logging.getLogger().level == logging.WARNING
