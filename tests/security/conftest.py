"""The stage that all sweeps share; it is set once and brought back before each test."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.security.stage import Stage, set_stage
from tests.surroundings import place_in_memory


@pytest.fixture(scope="session")
def set_once() -> Iterator[Stage]:
    root = Path(tempfile.mkdtemp(prefix="stage-", dir=place_in_memory())).resolve()
    root.chmod(0o755)  # another user may look in, too
    yield set_stage(root)
    shutil.rmtree(root)


@pytest.fixture
def stage(set_once: Stage) -> Stage:
    """A user's own home, as it was made."""
    set_once.reset()
    return set_once
