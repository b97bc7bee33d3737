"""What a pipeline's function asks for is looked up when a step runs, and not before."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from artifactctl import context
from artifactctl.client import Client
from artifactctl.errors import NotFoundError, WrongUsageError
from artifactctl.results.lazy import Lazy


@pytest.fixture
def composed(client: Client, work: Path) -> Iterator[Client]:
    """A client of a catalog with `x:1` that a pipeline's function asks."""
    (work / "f").write_text("x")
    client.register("x", work / "f", tags=["t"], metadata={"n": 1, "o": {"k": [2]}})
    with context.composing():
        yield client


def resolved(client: Client, lazy: Any) -> Any:
    assert isinstance(lazy, Lazy)
    return lazy.resolve(client)


def test_a_version_is_the_one_that_there_is_when_the_step_runs(composed, work) -> None:
    lazy = composed.get_artifact_version("x")
    assert resolved(composed, lazy).ref == "x:1"
    composed.register("x", work / "f")
    assert resolved(composed, lazy).ref == "x:2"
    assert resolved(composed, composed.get_artifact_version("x", 1)).ref == "x:1"
    assert resolved(composed, composed.get_artifact_version(name="x", version="1")).ref == "x:1"
    one = resolved(composed, lazy)
    assert resolved(composed, composed.get_artifact_version(one.id)) == one


def test_parts_of_a_version_are_looked_up_with_it(composed) -> None:
    lazy = composed.get_artifact_version("x")
    now = composed.find_artifact_version("x")
    assert resolved(composed, lazy.run_metadata["n"]) == 1
    assert resolved(composed, lazy.run_metadata["n"].value) == 1
    assert resolved(composed, lazy.metadata["o"]["k"][0]) == 2
    assert resolved(composed, lazy.run_metadata) == now.metadata
    assert resolved(composed, lazy.id) == now.id
    assert resolved(composed, lazy.version) == "1"
    assert resolved(composed, lazy.uri) == now.uri
    assert resolved(composed, lazy.tags) == ("t",)
    assert resolved(composed, lazy.load()) == now
    with pytest.raises(NotFoundError, match="no metadata 'm'"):
        resolved(composed, lazy.run_metadata["m"])


def test_an_artifact_is_lazy_likewise(composed) -> None:
    lazy = composed.get_artifact("x")
    now = composed.find_artifact_version("x")
    assert resolved(composed, lazy) == resolved(composed, lazy.load()) == now
    assert resolved(composed, lazy.versions["1"]) == now
    assert resolved(composed, lazy.latest_version_name) == "1"


def test_nothing_is_looked_up_before_a_step_runs(client: Client) -> None:
    with context.composing():
        lazy = client.get_artifact_version("nothing", "7")
    assert repr(lazy.run_metadata["k"]) == "get_artifact_version('nothing', '7').run_metadata['k']"
    assert not client.settings.home_path.exists()
    with pytest.raises(KeyError):
        resolved(client, lazy)


@pytest.mark.parametrize(
    "use",
    [
        bool, str, list, len, int, float, lambda lazy: f"{lazy}", lambda lazy: lazy == 1,
        lambda lazy: lazy != 1, lambda lazy: lazy < 1, lambda lazy: lazy + 1,
        lambda lazy: 1 in lazy,
    ],
)  # fmt: skip
def test_what_is_not_known_yet_is_not_computed_with(composed, use) -> None:
    version = composed.get_artifact_version("x")
    for lazy in (version, version.run_metadata["n"], version.id, version.load()):
        with pytest.raises(WrongUsageError, match="known only when the step runs"):
            use(lazy)


def test_a_value_that_is_lazy_may_be_a_key(composed) -> None:
    lazy = composed.get_artifact_version("x")
    assert {lazy: 1}[lazy] == 1


def test_verbs_that_change_something_answer_at_once(composed) -> None:
    assert composed.tag("x", ["u"]).version.tags == ("t", "u")
    assert composed.log_metadata("x", {"late": 1}).metadata["late"] == 1
    assert composed.update_artifact("x", add_tags=["v"]).tags == ("v",)
    assert composed.register("y", "f").version.ref == "y:1"
