"""A home that scripts find by themselves, as a user's scripts do, and a run file."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from artifactctl.client import Client


@pytest.fixture
def here(home: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """The client of the home that `save_artifact` and the like use in this test."""
    monkeypatch.setenv("ARTIFACTCTL_HOME", str(home))
    monkeypatch.setenv("XDG_DATA_HOME", str(home.parent / "user-data"))
    client = Client()
    yield client
    assert client.verify() == []
    client.close()


@pytest.fixture
def config(work: Path) -> Callable[[str], Path]:
    """`config(text)`: the path of a run file with this text."""

    def write(text: str) -> Path:
        path = work / "run.yaml"
        path.write_text(text)
        return path

    return write
