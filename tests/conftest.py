"""What all tests share: a home of their own, the real command, and the checker."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from artifactctl.client import Client
from tests.checker import check_home
from tests.commands import Result, environment, execute

FIXTURES = Path(__file__).parent.parent / "fixtures"

# A busy machine is no bug: no example of a property test fails by being slow.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


Run = Callable[..., Result]


@pytest.fixture(autouse=True, scope="session")
def data_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where users' data folders are: not those of whoever runs the tests."""
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder))
        yield folder


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
