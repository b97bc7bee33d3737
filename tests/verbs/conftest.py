"""A client whose home tests may damage."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from artifactctl.client import Client
from tests.checker import check_home


@pytest.fixture
def fragile(tmp_path: Path, work: Path) -> Iterator[Client]:
    """A client of a home whose bytes may be wrong in the end."""
    made = Client(tmp_path / "fragile")
    yield made
    made.close()
    check_home(tmp_path / "fragile", damaged=True)
