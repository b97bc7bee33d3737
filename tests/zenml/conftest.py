"""A home of one's own for scripts that were written for ZenML."""

from pathlib import Path

import pytest

from artifactctl.zenml.client import Client


@pytest.fixture
def here(home: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The client of the home that the script's functions use."""
    monkeypatch.setenv("ARTIFACTCTL_HOME", str(home))
    return Client()
