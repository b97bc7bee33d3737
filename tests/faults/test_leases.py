"""Runs whose process is away: on another machine, stopped, or slow to tell that it lives."""

import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from artifactctl.client import Client
from artifactctl.verbs import beating, recording
from tests.checker import check_home
from tests.cli.test_run import start, wait_for, write

WAITING = """
pipeline: p
run: slow
steps:
  make:
    command: echo 1 > begun; while [ ! -e go ]; do sleep 0.05; done; echo late > out
    outputs: {late: {path: out}}
"""


def change(home: Path, sql: str) -> None:
    with closing(sqlite3.connect(home / "catalog.db", isolation_level=None)) as connection:
        connection.execute(sql)


def leases(client: Client) -> list[tuple[Any, ...]]:
    return client.catalog.rows("SELECT id, kind, ends_ms FROM lease")


def status_of(client: Client, name: str) -> str:
    return str(client.get_pipeline_run(name).status)


def begin_another(client: Client) -> None:
    """Begin a run, which ends those that are dead."""
    with recording.begin_run(client.home, "p", "other", details={}, metadata={}) as run:
        recording.end_run(client.home, run.id, recording.RunStatus.COMPLETED, {})


@pytest.fixture
def slow(home: Path, work: Path) -> "subprocess.Popen[bytes]":
    write(work, WAITING)
    process = start(home, work)
    wait_for(work / "begun")
    return process


def test_a_run_on_another_machine_is_alive_until_its_lease_lapses(
    home: Path, work: Path, client: Client, slow: "subprocess.Popen[bytes]"
) -> None:
    change(home, "UPDATE lease SET machine = 'other', host = 'far'")
    begin_another(client)
    assert status_of(client, "slow") == "running"
    slow.send_signal(signal.SIGSTOP)
    change(home, "UPDATE lease SET ends_ms = ends_ms - 1000 * 3600 WHERE host = 'far'")
    begin_another(client)
    assert status_of(client, "slow") == "failed"
    assert leases(client) == []
    (work / "go").touch()
    slow.send_signal(signal.SIGCONT)
    _, err = slow.communicate(timeout=60)
    assert slow.returncode == 4, err
    assert b"has ended already, as failed" in err
    assert status_of(client, "slow") == "failed"
    assert client.list_artifact_versions().total == 0
    check_home(home)


def test_a_stopped_run_on_this_machine_is_not_ended_for_it(
    home: Path, work: Path, client: Client, slow: "subprocess.Popen[bytes]"
) -> None:
    slow.send_signal(signal.SIGSTOP)
    change(home, "UPDATE lease SET ends_ms = ends_ms - 1000 * 3600")
    begin_another(client)
    assert status_of(client, "slow") == "running"
    (work / "go").touch()
    slow.send_signal(signal.SIGCONT)
    assert (slow.communicate(timeout=60)[1], slow.returncode)[1] == 0
    assert status_of(client, "slow") == "completed"


def test_a_killed_run_on_this_machine_is_ended_at_once(
    home: Path, client: Client, slow: "subprocess.Popen[bytes]"
) -> None:
    slow.kill()
    slow.communicate(timeout=60)
    begin_another(client)
    assert status_of(client, "slow") == "failed"


def test_a_long_run_renews_its_lease_and_a_short_one_does_not(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with recording.begin_run(client.home, "p", "short", details={}, metadata={}) as run:
        time.sleep(0.2)
        ((lease_id, kind, first),) = leases(client)
        assert (lease_id, kind) == (run.id, "run")
        time.sleep(0.2)
        assert leases(client) == [(run.id, "run", first)]
        recording.end_run(client.home, run.id, recording.RunStatus.COMPLETED, {})
    assert leases(client) == []
    monkeypatch.setattr(beating, "BEAT_S", 0.02)
    with recording.begin_run(client.home, "p", "long", details={}, metadata={}) as run:
        ((_, _, first),) = leases(client)
        until = time.monotonic() + 60
        while leases(client)[0][2] == first:
            assert time.monotonic() < until
            time.sleep(0.02)
        recording.end_run(client.home, run.id, recording.RunStatus.COMPLETED, {})
        assert leases(client) == []


def test_a_run_whose_end_could_not_be_written_is_dead_to_its_own_process(client: Client) -> None:
    with recording.begin_run(client.home, "p", "left", details={}, metadata={}):
        begin_another(client)
        assert status_of(client, "left") == "running"
    begin_another(client)
    assert status_of(client, "left") == "failed"


def test_a_run_that_is_deleted_while_it_runs_leaves_no_lease(client: Client) -> None:
    with recording.begin_run(client.home, "p", "gone", details={}, metadata={}) as run:
        client.delete_pipeline_run(run.id, force=True)
        assert leases(client) == []
