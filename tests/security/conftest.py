"""The stage that all sweeps share; it is set once and brought back before each test."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.security.stage import Stage, set_stage


@pytest.fixture(scope="session")
def set_once() -> Iterator[Stage]:
    in_memory = "/dev/shm"  # where nothing waits for a disk
    folder = in_memory if os.access(in_memory, os.W_OK) else None
    root = Path(tempfile.mkdtemp(prefix="stage-", dir=folder)).resolve()
    root.chmod(0o755)  # another user may look in, too
    yield set_stage(root)
    shutil.rmtree(root)


@pytest.fixture
def stage(set_once: Stage) -> Stage:
    """A user's own home, as it was made."""
    set_once.reset()
    return set_once
