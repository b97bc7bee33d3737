"""What all tests share: a home of their own, the real command, and the checker."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from artifactctl.client import Client
from tests.checker import check_home
from tests.commands import Result, environment, execute
from tests.surroundings import clear_environment, heed_signals, place_in_memory

_SERVERS = ("postgres", "s3", "azure", "gcs", "sftp", "smb", "webdav")

pytest_plugins = [
    *(f"tests.servers.{name}" for name in _SERVERS),
    "tests.typed",
]

FIXTURES = Path(__file__).parent.parent / "fixtures"

# A busy machine is no bug, nor is a seed with which many examples are left out: no property test
# fails by being slow. One that finds no example at all fails.
_BY_CHANCE = (HealthCheck.too_slow, HealthCheck.filter_too_much)
settings.register_profile("patient", deadline=None, suppress_health_check=_BY_CHANCE)
settings.load_profile("patient")


Run = Callable[..., Result]


def pytest_configure() -> None:
    heed_signals()
    if folder := place_in_memory():
        # To run the tests on a disk, name it here.
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", folder)
    os.umask(0o022)


@pytest.fixture(autouse=True, scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing of whoever runs the tests is found: no environment, no data folder."""
    with pytest.MonkeyPatch.context() as patch:
        clear_environment(patch, tmp_path_factory.mktemp("user"))
        yield


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of a run of the tests share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home that does not exist yet; whatever a test did, it must keep every promise."""
    folder = tmp_path / "home"
    yield folder
    check_home(folder)


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def run(home: Path, work: Path) -> Run:
    """Run the real command in `work` with `home`: `run("register", "x", "f").ok()`."""

    def run_command(*words: object, stdin: bytes | None = None, **extra: str) -> Result:
        return execute(words, work, environment(home, **extra), stdin=stdin or b"")

    return run_command


@pytest.fixture
def client(home: Path, work: Path) -> Iterator[Client]:
    """A client of `home`."""
    made = Client(home)
    yield made
    made.close()
