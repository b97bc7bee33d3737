"""One client for each thread, and another one when anything changes."""

import multiprocessing
import threading
from pathlib import Path

import pytest

from artifactctl import client as clients
from artifactctl.client import Client


@pytest.fixture
def here(home: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that is in force, with one version of `x`."""
    monkeypatch.setenv("ARTIFACTCTL_HOME", str(home))
    (work / "f").write_text("x")
    with_it = Client()
    with_it.register("x", work / "f")
    with_it.close()
    return home


def test_asking_often_opens_the_catalog_once(here: Path) -> None:
    first = clients.current()
    assert all(clients.current() is first for _ in range(10))
    assert first.settings.home_path == here


def test_each_thread_has_its_own(here: Path) -> None:
    found: list[Client] = [clients.current()]
    thread = threading.Thread(target=lambda: found.append(clients.current()))
    thread.start()
    thread.join()
    assert found[0] is not found[1]
    assert clients.current() is found[0]


def test_settings_are_read_anew(here: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = clients.current()
    monkeypatch.setenv("ARTIFACTCTL_HOME", str(work / "elsewhere"))
    other = clients.current()
    assert other is not first
    assert other.settings.home_path == work / "elsewhere"
    monkeypatch.delenv("ARTIFACTCTL_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(work / "data"))
    assert clients.current().settings.home_path == work / "data" / "artifactctl"
    Client.init(work)
    assert clients.current().settings.home_path == work / ".artifactctl"


def test_a_catalog_that_was_put_back_is_opened_anew(here: Path, work: Path) -> None:
    client = Client()
    client.backup_catalog(work / "backup")
    version = clients.current().get_artifact_version("x")
    client.register("x", work / "f")
    client.restore_catalog(work / "backup", force=True)
    assert clients.current().list_artifact_versions().total == client.list_artifact_versions().total
    assert version.load().read_text() == "x"
    client.close()


def test_a_thousand_results_of_a_thousand_clients_open_one_catalog(here: Path) -> None:
    found = [Client().get_artifact_version("x") for _ in range(1000)]
    assert {version.load().read_text() for version in found[::100]} == {"x"}
    catalog = str(here / "catalog.db")
    links = [path for path in Path("/proc/self/fd").iterdir() if path.exists()]
    assert sum(str(path.readlink()) == catalog for path in links) < 10


def _load(ref: str, answers: "multiprocessing.Queue[tuple[str, bool]]", parent: int) -> None:
    client = clients.current()
    answers.put((client.get_artifact_version(ref).load().read_text(), id(client) == parent))


def test_a_fork_does_not_use_its_parents_connection(here: Path) -> None:
    client = clients.current()
    client.get_artifact_version("x")
    forking = multiprocessing.get_context("fork")
    answers = forking.Queue()
    child = forking.Process(target=_load, args=("x", answers, id(client)))
    child.start()
    assert answers.get(timeout=60) == ("x", False)
    child.join(60)
    assert child.exitcode == 0
    assert clients.current() is client
