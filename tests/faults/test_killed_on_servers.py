"""Commands on PostgreSQL and S3 that are killed at random, and servers that go away meanwhile."""

import os
import random
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from tests.checker import assert_gapless
from tests.commands import command
from tests.faults.test_wire import on_postgres
from tests.faults.wire import OPERATIONS, WRITING, Team, judge, team_of
from tests.servers import postgres as servers
from tests.servers.postgres import Server
from tests.servers.s3 import S3Server

ROUNDS = 12
EVERY_DAY = {"register"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Its name is the prefix in a bucket."""
    return tmp_path / uuid.uuid4().hex


def start(team: Team, *words: object) -> "subprocess.Popen[bytes]":
    """Start a command in a process group of its own."""
    return subprocess.Popen(
        command(*words),
        cwd=team.work,
        env=team.all_environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def kill_when(team: Team, words: tuple[str, ...], answered_bytes: int) -> bool:
    """Kill a command once the servers have answered so many bytes; whether it was killed."""
    proxies = [proxy for proxy in (team.to_catalog, team.to_store) if proxy is not None]
    before = sum(proxy.answered_bytes for proxy in proxies)
    process = start(team, *words)
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        if sum(proxy.answered_bytes for proxy in proxies) - before >= answered_bytes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            break
        time.sleep(0.0005)
    return process.wait(60) == -signal.SIGKILL


def answered_by(team: Team, words: tuple[str, ...]) -> int:
    """How many bytes the servers answer to a command that is not killed."""
    proxies = [proxy for proxy in (team.to_catalog, team.to_store) if proxy is not None]
    before = sum(proxy.answered_bytes for proxy in proxies)
    team.ok(*words)
    return sum(proxy.answered_bytes for proxy in proxies) - before


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in EVERY_DAY else pytest.mark.sweep) for name in WRITING],
)
def test_a_killed_command_leaves_nothing_half_done(
    tmp_path: Path, postgres: Server, rclone_s3: S3Server, name: str
) -> None:
    """The moments are spread over what the servers answer, where things change."""
    operation, chance = OPERATIONS[name], random.Random(name)
    rounds = 1 if name in EVERY_DAY else ROUNDS
    killed = 0
    with on_postgres(tmp_path / uuid.uuid4().hex, postgres, rclone_s3) as team:
        for words in operation.before:
            team.ok(*words)
        total = answered_by(team, operation.words)
    for _ in range(rounds):
        with on_postgres(tmp_path / uuid.uuid4().hex, postgres, rclone_s3) as team:
            for words in operation.before:
                team.ok(*words)
            killed += kill_when(team, operation.words, chance.randrange(1, max(2, total)))
            time.sleep(0.2)  # the server notices, and takes back what was not committed
            team.check()
            again = team.do(*operation.words, timeout_s=60)
            assert again.code in operation.again, again
            operation.finished(team)
    assert killed or rounds < ROUNDS


@contextmanager
def terminating(server: Server, pause_s: float) -> Iterator[None]:
    """End every connection to a server again and again, as an administrator may."""
    ended = threading.Event()

    def work() -> None:
        sql = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        with server.asked() as connection:
            while not ended.wait(pause_s):
                connection.execute(sql)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@pytest.mark.parametrize("rounds", [3, pytest.param(60, marks=pytest.mark.sweep)])
def test_registers_whose_connections_are_ended_lose_and_double_nothing(
    folder: Path, own_postgres: Server, rounds: int
) -> None:
    with team_of(folder, own_postgres, "s") as team:
        with terminating(own_postgres, 0.2):
            ended = [team.do("register", "x", "data") for _ in range(rounds)]
        for one in ended:
            judge(one, (0, 10))
        told = sum(one.code == 0 for one in ended)
        found = [row for row in team.check() if row["name"] == "x"]
        assert told <= len(found) <= rounds
        assert_gapless(str(team.catalog), "x", len(found))


@pytest.mark.sweep
@pytest.mark.parametrize("number", [signal.SIGQUIT, signal.SIGINT], ids=["crashed", "stopped"])
def test_a_server_that_goes_and_comes_back_has_all_that_was_told(
    folder: Path, own_postgres: Server, number: signal.Signals
) -> None:
    with team_of(folder, own_postgres, "s") as team:
        for _ in range(2):
            team.ok("register", "x", "data")
            processes = [start(team, "register", "x", "data") for _ in range(3)]
            time.sleep(0.6)
            own_postgres.signal(number)
            for process in processes:
                process.wait(90)
            _await_end(own_postgres)
            judge(team.do("register", "x", "data"), (10,))
            servers.start_again(own_postgres.folder, own_postgres.port, os.getpid())
            team.heal()
        team.ok("register", "x", "data")
        found = [row for row in team.check() if row["name"] == "x"]
        assert 3 <= len(found) <= 9
        assert_gapless(str(team.catalog), "x", len(found))


def _await_end(server: Server) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            with server.asked():
                time.sleep(0.1)
        except psycopg.OperationalError:
            return
    raise AssertionError("the server does not stop")


def test_a_server_that_is_stopped_dead_is_waited_for_as_long_as_asked(
    folder: Path, own_postgres: Server
) -> None:
    with team_of(folder, own_postgres, "s") as team:
        own_postgres.signal(signal.SIGSTOP)
        try:
            judge(team.do("register", "x", "data"), (10,))
        finally:
            own_postgres.signal(signal.SIGCONT)
        team.ok("register", "x", "data", "--if-changed")
        assert [row["version"] for row in team.check() if row["name"] == "x"] == ["1"]
