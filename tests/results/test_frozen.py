"""Results are frozen values that stay good wherever they go."""

import json
import pickle
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from artifactctl.client import Client
from artifactctl.errors import IntegrityError, WrongUsageError
from tests.recorded import Did, record

TIMES = ("created", "updated", "started", "ended")


@pytest.fixture
def held(client: Client, work: Path) -> dict[str, Any]:
    """One result of each class."""
    (work / "f").write_text("x")
    client.register("x", work / "f", tags=["t"], metadata={"a": {"b": [1]}})
    record(client, "nightly", Did("fit", metadata={"loss": [1.5]}, outputs=["m"]))
    run = client.get_pipeline_run("nightly")
    return {
        "artifact": client.get_artifact("x"),
        "version": client.get_artifact_version("x"),
        "run": run,
        "step": run.steps["fit"],
        "made": run.steps["fit"].output,
        "pipeline": client.get_pipeline(run.pipeline),
    }


def test_times_are_aware_and_json_has_them_as_the_catalog(held: dict[str, Any]) -> None:
    found = 0
    for result in held.values():
        shown = result.as_json()
        for name in set(TIMES) & set(shown):
            moment = getattr(result, name)
            assert moment.utcoffset() == timedelta(0)
            assert timedelta(0) <= datetime.now(UTC) - moment < timedelta(minutes=10)
            written = moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
            assert shown[name] == result.kept(name) == written
            found += 1
        json.dumps(shown)
    assert found == 12
    run = held["run"]
    assert run.duration_s == (run.ended - run.started).total_seconds()
    assert (run.start_time, run.end_time) == (run.started, run.ended)


def test_the_time_when_bytes_were_deleted_is_one_too(client: Client, held: Any) -> None:
    assert held["version"].data_deleted is None
    client.delete_artifact_version("x", delete_metadata=False, delete_from_artifact_store=True)
    deleted = client.get_artifact_version("x")
    assert deleted.created < deleted.data_deleted <= datetime.now(UTC)


def test_a_damaged_time_is_shown_as_it_is_and_refused_when_it_is_read(
    tmp_path: Path, work: Path
) -> None:
    fragile = Client(tmp_path / "fragile")
    (work / "f").write_text("x")
    fragile.register("x", work / "f")
    record(fragile, "nightly", Did("fit"))
    fragile.close()
    with sqlite3.connect(fragile.settings.catalog_path) as db:
        db.execute("UPDATE artifact_version SET created = '<b>'")
        db.execute("UPDATE run SET started = 'x'")
    found = fragile.get_artifact_version("x")
    assert found.as_json()["created"] == "<b>"
    assert found == fragile.get_artifact_version("x")
    assert "&lt;b&gt;" in found._repr_html_()
    with pytest.raises(IntegrityError, match="'<b>' in the catalog is not a time"):
        found.created  # noqa: B018
    assert fragile.get_pipeline_run("nightly").duration_s is None
    fragile.close()


def test_nothing_that_is_held_can_be_changed(held: dict[str, Any]) -> None:
    before = {name: json.dumps(result.as_json()) for name, result in held.items()}
    for result in held.values():
        for name in (*asdict(result), "anything"):
            with pytest.raises(FrozenInstanceError):
                setattr(result, name, 1)
        for name, value in asdict(result).items():
            if isinstance(value, dict):
                getattr(result, name)["new"] = 1
    held["version"].metadata["a"]["b"].append(2)
    held["version"].run_metadata["a"]["b"].append(2)
    held["version"].as_json()["metadata"]["a"]["b"].append(2)
    held["run"].steps["fit"].metadata["loss"].append(2)
    held["run"].all_metadata["loss"].append(2)
    held["step"].config.extra["x"] = 1
    held["step"].details.clear()
    assert before == {name: json.dumps(result.as_json()) for name, result in held.items()}


def test_a_page_cannot_be_changed(client: Client, held: Any) -> None:
    page = client.list_artifact_versions()
    assert (page.page, page.size, page.total, len(page.items)) == (1, 2, 2, 2)
    assert isinstance(page.items, tuple)
    with pytest.raises(FrozenInstanceError):
        page.total = 3


def test_results_are_equal_by_class_and_id_and_hash_alike(client: Client, held: Any) -> None:
    artifact, version = held["artifact"], held["version"]
    assert artifact == client.get_artifact("x")
    assert hash(artifact) == hash(client.get_artifact("x"))
    assert version == client.get_artifact_version("x") != held["made"]
    assert version == replace(version, size_bytes=7)
    assert replace(version, id=version.id).as_json() == version.as_json()
    assert replace(version, created=version.created).as_json() == version.as_json()
    assert len({version, held["made"], client.get_artifact_version("x")}) == 2
    assert artifact != version
    assert artifact != "x"
    assert client.list_artifacts() == client.list_artifacts()


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_what_was_pickled_still_asks(held: dict[str, Any], protocol: int) -> None:
    def back(value: Any) -> Any:
        return pickle.loads(pickle.dumps(value, protocol))

    for result in held.values():
        assert back(result) == result
    assert back(held["artifact"].versions)["1"] == held["version"]
    assert back(held["step"].outputs)["m"].load() == "m"
    assert back(held["made"]).run == held["run"]
    assert back(held["made"]).save_type == held["made"].save_type
    assert back(held["step"]).log() == held["step"].log()
    assert back(held["pipeline"]).last_run == held["run"]


def test_what_one_thread_got_another_may_ask(held: dict[str, Any]) -> None:
    outputs, versions = held["step"].outputs, held["artifact"].versions
    asked: list[Callable[[], Any]] = [
        lambda: [version.load() for version in outputs["m"]],
        lambda: versions["1"].id,
        lambda: held["made"].step.name,
    ]
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.extend(ask() for ask in asked))
    thread.start()
    thread.join()
    assert answers == [["m"], held["version"].id, "fit"]


def test_what_was_made_by_hand_has_no_home_to_ask(held: dict[str, Any]) -> None:
    made = replace(held["version"], size_bytes=7)
    with pytest.raises(WrongUsageError, match="belongs to no home"):
        made.load()
