"""Series of runs, steps and versions: logged by programs, and wherever their owners go."""

import math
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from artifactctl import log_metadata, pipeline, step
from artifactctl.catalog.writing import restoring
from artifactctl.client import Client
from artifactctl.errors import InvalidInputError, NotFoundError, WrongUsageError
from tests.checker import check_home, records
from tests.recorded import Did, make, record
from tests.servers.s3 import ENVIRON, S3Server, rclone_s3

__all__ = ["rclone_s3"]


@pytest.fixture
def logged(client: Client, work: Path) -> Client:
    """A run with a series of its own and of its step, and a version with one."""
    run = record(client, "nightly", Did("fit", outputs=["m"]))
    client.log_run_metadata(run.id, {"lr": [0.1, 0.01]}, step=[1, 2])
    with pytest.warns(UserWarning, match="nan is kept as null"):
        client.log_step_metadata(run.steps["fit"].id, {"loss": [3, 1.5, math.nan]}, step=range(3))
    client.log_metadata("m", {"drift": 0.5}, step=np.int64(7))
    return client


def known(client: Client) -> dict[str, object]:
    run, version = client.get_pipeline_run("nightly"), client.get_artifact_version("m")
    found = {**run.series, **version.series}
    return {
        key: (one.as_json(), one.points.steps, one.points.times_ms) for key, one in found.items()
    }


def test_the_last_value_is_the_metadata_and_the_extremes_are_found(logged: Client):
    run = logged.get_pipeline_run("nightly")
    assert dict(run.all_metadata) == {"lr": 0.01, "loss": None}
    loss = run.series["loss"]
    assert (loss.count, loss.last, loss.min, loss.max) == (3, None, 1.5, 3)
    assert loss.points.values[:2] == (3.0, 1.5)
    assert list(loss.to_pandas().columns) == ["step", "time", "value"]
    assert len(logged.list_pipeline_runs(metadata="loss.min=lt:2")) == 1
    assert len(logged.list_pipeline_runs(metadata="loss.max=lt:2")) == 0
    assert len(logged.list_artifact_versions(metadata="drift.max=0.5")) == 1


def test_series_are_in_records_and_go_where_their_owners_go(
    logged: Client,
    tmp_path: Path,
    postgres_url: str,
    rclone_s3: S3Server,
    monkeypatch: pytest.MonkeyPatch,
):
    before = known(logged)
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    home = logged.settings.home_path
    logged.export(None, tmp_path / "all.zip")
    others = [Client(tmp_path / name) for name in ("bundle", "pulled")]
    others[0].import_(tmp_path / "all.zip", trust=True)
    store = rclone_s3.url(tmp_path.name)
    logged.push(["m"], postgres_url, store=store)
    others[1].pull(["m"], postgres_url, store=store, trust=True)
    for other in others:
        assert known(other) == before
        assert len(other.list_pipeline_runs(metadata="loss.min=1.5")) == 1
        other.close()
        check_home(other.settings.home_path)
    logged.close()
    (home / "catalog.db").unlink()
    assert not logged.rebuild_catalog().problems
    assert known(logged) == before
    assert len(logged.list_pipeline_runs(metadata="loss.min=1.5")) == 1


def rebuild(client: Client) -> None:
    client.close()
    (client.settings.home_path / "catalog.db").unlink()
    assert not client.rebuild_catalog().problems


def test_what_is_deleted_stays_deleted(logged: Client, tmp_path: Path):
    home = logged.settings.home_path
    logged.delete_pipeline_run("nightly")
    logged.delete_artifact_version("m:1", force=True)
    assert {chunk["key"] for chunk in records(home, "series") if chunk["count"]} == {"drift"}
    logged.collect_garbage(grace_s=0)  # nothing can restore it any more
    assert {chunk["count"] for chunk in records(home, "series")} == {0}
    rebuild(logged)
    assert logged.catalog.rows("SELECT * FROM series WHERE count > 0") == []


def test_a_version_is_restored_with_its_series(logged: Client):
    before = known(logged)
    for is_rebuilt in (False, True):
        logged.delete_artifact("m", force=True)
        assert logged.list_artifact_versions(metadata="drift.max=0.5").total == 0
        if is_rebuilt:
            rebuild(logged)
        assert logged.restore("m").versions[0].series["drift"].last == 0.5
        assert known(logged) == before
        assert logged.list_artifact_versions(metadata="drift.max=0.5").total == 1
        logged.log_metadata("m", {"drift": 0.25}, step=8)
        logged.log_metadata("m", {"drift": 0.5}, step=8)
        assert len(logged.get_artifact_version("m").series["drift"].points) == 2
        logged.remove_metadata("m", ["drift"])
        logged.log_metadata("m", {"drift": 0.5}, step=7)
        before = known(logged)
    check_home(logged.settings.home_path)


def test_a_version_that_is_back_keeps_its_series_when_a_collection_took_it_for_gone(
    logged: Client,
):
    """The collection looks for the bytes first, and they and the version may come back then."""
    version_id = logged.get_artifact_version("m").id_text
    logged.delete_artifact_version("m:1", force=True)
    logged.restore("m:1")
    with logged.home.change() as change:
        assert restoring.forget_former(change.transaction, [version_id]) == []
    assert logged.get_artifact_version("m").series["drift"].count == 1


def test_series_of_a_version_that_cannot_be_restored_go_with_it(logged: Client):
    logged.close()
    harm = "UPDATE version_metadata SET value = x'ff' WHERE key = 'drift'"
    catalog = logged.settings.home_path / "catalog.db"
    with closing(sqlite3.connect(catalog)) as connection, connection:
        connection.execute(harm)
    logged.delete_artifact_version("m:1", force=True)
    assert logged.catalog.rows("SELECT count FROM series WHERE key = 'drift'") == [(0,)]


def test_a_restored_backup_has_the_points_that_came_after_it(logged: Client, tmp_path: Path):
    logged.backup_catalog(tmp_path / "backup.db")
    logged.log_run_metadata("nightly", {"lr": 0.001}, step=3)
    before = known(logged)
    logged.restore_catalog(tmp_path / "backup.db")
    assert known(logged) == before


def test_what_is_no_point_is_left_out_with_a_warning_and_bad_steps_are_refused(
    client: Client, work: Path
):
    make(client, "a")
    with pytest.warns(UserWarning, match="a point is a number, not a str"):
        client.log_metadata("a", {"x": "high", "y": 1}, step=0)
    with pytest.warns(UserWarning, match="inf is kept as null"):
        client.log_metadata("a", {"z": math.inf, "n": {"deep": 2}}, step=0)
    assert sorted(client.get_artifact_version("a").series) == ["n.deep", "y", "z"]
    for bad in (-1, 1.5, True, "1", 1 << 53, [1.5]):
        with pytest.raises(InvalidInputError, match="is not a whole number"):
            client.log_metadata("a", {"x": 1}, step=bad)
    with pytest.raises(InvalidInputError, match="has 2 values for 3 steps"):
        client.log_metadata("a", {"x": [1, 2]}, step=[1, 2, 3])
    with pytest.raises(NotFoundError):
        client.log_metadata("b", {"x": 1}, step=1)


def test_a_step_logs_as_often_as_it_likes_and_its_points_are_there_when_it_ends(
    client: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ARTIFACTCTL_HOME", str(client.settings.home_path))

    @step(enable_cache=False)
    def train() -> int:
        for i in range(20_000):
            log_metadata({"loss": 1 / (i + 1)}, step=i)
        log_metadata({"loss": 7}, step=3)
        return 1

    @step
    def fail(x: int) -> None:
        log_metadata({"acc": x}, step=1)
        with pytest.raises(WrongUsageError, match="has no series"):
            log_metadata({"acc": x}, infer_artifact=True, step=1)
        raise ValueError

    @pipeline
    def training() -> None:
        fail(train())

    with pytest.raises(ValueError):
        training()
    found = client.get_pipeline_run("training").series
    assert (found["loss"].count, found["loss"].max, found["acc"].last) == (20_000, 7, 1)


KILLED = """
import time
from artifactctl import log_metadata, pipeline, step

@step
def train() -> None:
    for i in range(100_000):
        log_metadata({"loss": i}, step=i)
        if i == 500:
            print("logged", flush=True)
        time.sleep(0.002)

@pipeline
def training() -> None:
    train()

training()
"""


def kept_points(client: Client) -> int:
    found = client.get_pipeline_run("training").series
    return found["loss"].count if "loss" in found else 0


def test_a_kill_loses_the_points_of_about_a_second(client: Client, work: Path):
    (work / "train.py").write_text(KILLED)
    environ = {**os.environ, "ARTIFACTCTL_HOME": str(client.settings.home_path)}
    child = subprocess.Popen(
        [sys.executable, "train.py"], cwd=work, env=environ, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert "logged" in "".join(iter(child.stdout.readline, "logged\n")) + "logged"
    until = time.monotonic() + 60
    while kept_points(client) < 400 and time.monotonic() < until:
        time.sleep(0.1)
    child.send_signal(signal.SIGKILL)
    child.wait()
    loss = client.get_pipeline_run("training").series["loss"]
    assert loss.count >= 400
    assert loss.points.values == tuple(map(float, range(loss.count)))


def test_two_processes_write_one_series(client: Client, work: Path):
    record(client, "nightly")
    script = (
        "import sys; from artifactctl.client import Client\n"
        "for i in range(int(sys.argv[1]), 40, 2):\n"
        "    Client().log_run_metadata('nightly', {'x': i}, step=i)\n"
    )
    environ = {**os.environ, "ARTIFACTCTL_HOME": str(client.settings.home_path)}
    children = [
        subprocess.Popen([sys.executable, "-c", script, str(first)], cwd=work, env=environ)
        for first in (0, 1)
    ]
    assert [child.wait() for child in children] == [0, 0]
    assert client.get_pipeline_run("nightly").series["x"].points.steps == tuple(range(40))
