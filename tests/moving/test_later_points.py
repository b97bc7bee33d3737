"""Series of what is there already: what is newer is appended, and nothing is changed."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from artifactctl.client import Client
from tests.checker import check_home
from tests.recorded import Did, make, record

Move = Callable[[Client, Path], Any]


def by_push(client: Client, there: Path) -> object:
    return client.push("m", there)


def by_copy(client: Client, there: Path) -> object:
    return client.copy(there)


def by_bundle(client: Client, there: Path) -> object:
    path = there.parent / "all.zip"
    client.export(None, path, force=True)
    with closing(Client(there)) as other:
        return other.import_(path, trust=True)


def log(client: Client, start: int, end: int, plus: float = 0.0) -> None:
    run = client.get_pipeline_run("nightly")
    steps = range(start, end)
    values = [float(step) + plus for step in steps]
    client.log_run_metadata(run.id, {"lr": values}, step=steps)
    client.log_step_metadata(run.steps["fit"].id, {"loss": values}, step=steps)
    client.log_metadata("m", {"drift": values}, step=steps)


def values_of(home: Path) -> dict[str, list[float]]:
    with closing(Client(home)) as client:
        run, version = client.get_pipeline_run("nightly"), client.get_artifact_version("m")
        found = {**run.series, **version.series}
        assert {**run.all_metadata, **version.metadata}["lr"] == found["lr"].last
        return {key: list(one.points.values) for key, one in found.items()}


@pytest.mark.parametrize("move", [by_push, by_copy, by_bundle])
def test_later_points_come_along_and_nothing_else_changes(
    client: Client, work: Path, tmp_path: Path, move: Move
):
    record(client, "nightly", Did("fit", outputs=["m"]))
    log(client, 0, 5)
    there = Client.init(tmp_path / "b")[0].settings.home_path
    move(client, there)
    log(client, 5, 5000)
    done = move(client, there)
    wanted = [float(step) for step in range(5000)]
    assert values_of(there) == dict.fromkeys(("lr", "loss", "drift"), wanted)
    assert (done.notes, done.extended_series) == ((), 3)
    # What is longer there stays, and so does what differs, which is told.
    with closing(Client(there)) as other:
        log(other, 5000, 5001)
        assert move(client, there).notes == ()
        log(other, 3, 4, plus=0.5)
        log(client, 5000, 5003)
        before = values_of(there)
        notes = move(client, there).notes
        assert values_of(there) == before
        assert len(notes) == 3
        assert "series 'loss' of run nightly has other points there, and stays as it is" in notes
        # What was removed there stays removed.
        other.remove_metadata("m", ["drift"])
        log(client, 5003, 5004)
        assert len(move(client, there).notes) == 2
        assert dict(other.get_artifact_version("m").series) == {}
    check_home(there)


@pytest.mark.parametrize("move", [by_push, by_copy, by_bundle])
def test_a_value_that_was_set_there_stays(client: Client, work: Path, tmp_path: Path, move: Move):
    make(client, "m")
    there = Client.init(tmp_path / "b")[0].settings.home_path
    move(client, there)
    client.log_metadata("m", {"acc": [1.0, 2.0]}, step=range(2))
    client.log_metadata("m", {"drift": 1.0}, step=0)
    with closing(Client(there)) as other:
        other.log_metadata("m", {"acc": "mine"})
        assert len(move(client, there).notes) == 1
        metadata = other.get_artifact_version("m").metadata
        assert (metadata["acc"], metadata["drift"]) == ("mine", 1)
        other.log_metadata("m", {"drift": "odd"})
        client.log_metadata("m", {"drift": 2.0}, step=1)
        assert len(move(client, there).notes) == 2
        assert other.get_artifact_version("m").metadata["drift"] == "odd"
    check_home(there)
