"""What the page on caching does: when a step's outputs are reused, and how to prevent it."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import pytest

from artifactctl.zenml import pipeline, step
from artifactctl.zenml.client import Client
from artifactctl.zenml.config import CachePolicy


@step
def load() -> Annotated[list[int], "numbers"]:
    return [1, 2, 3]


@step
def train(numbers: list[int], gamma: float = 0.5) -> Annotated[float, "score"]:
    return gamma * sum(numbers)


@pipeline
def training(gamma: float = 0.5) -> None:
    train(load(), gamma=gamma)


def statuses(run: object) -> list[str]:
    return [made.status.value for made in run.steps.values()]  # type: ignore[attr-defined]


def test_a_changed_parameter_makes_only_its_step_run(here: Client) -> None:
    assert statuses(training()) == ["completed", "completed"]
    assert statuses(training()) == ["cached", "cached"]
    changed = training(gamma=0.25)
    assert statuses(changed) == ["cached", "completed"]
    # What an uncached run made is reused by the next one.
    assert statuses(training.with_options(enable_cache=False)()) == ["completed", "completed"]
    last = training()
    assert statuses(last) == ["cached", "cached"]
    assert last.steps["load"].output.version == "2"
    assert len(here.list_artifact_versions(artifact="numbers")) == 2


def test_a_steps_own_switch_wins_over_the_pipelines(here: Client) -> None:
    fresh = train.with_options(enable_cache=False)
    always = load.with_options(enable_cache=True)

    @pipeline
    def both() -> None:
        fresh(always())

    both()
    assert statuses(both()) == ["cached", "completed"]
    assert statuses(both.with_options(enable_cache=False)()) == ["cached", "completed"]


@pytest.mark.parametrize(
    ("policy", "again"),
    [
        (CachePolicy(include_step_code=False), "cached"),
        (CachePolicy(expires_after=3600), "cached"),
        (CachePolicy(expires_after=0), "completed"),
    ],
)
def test_a_policy_decides_what_counts_and_for_how_long(
    here: Client, policy: CachePolicy, again: str
) -> None:
    @pipeline
    def loading() -> None:
        load.with_options(cache_policy=policy)()

    loading()
    assert statuses(loading()) == [again]


def test_outputs_expire_at_a_time_that_is_set_later(here: Client) -> None:
    first = training().steps["load"]
    ahead = datetime.now(UTC) + timedelta(hours=1)
    assert here.update_step_run(first.id, cache_expires_at=ahead).cache_expires_at == ahead
    assert statuses(training()) == ["cached", "cached"]
    here.update_step_run(first.id, cache_expires_at=datetime.now(UTC))
    assert statuses(training())[0] == "completed"
    assert here.update_step_run(first.id).cache_expires_at is None
