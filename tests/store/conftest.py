"""Every implementation of the store, and constants so small that small files count as big."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from artifactctl import copying
from artifactctl.store import adding_blobs
from tests.store.places import LocalPlace, Place, Stores

IN_MEMORY_BYTES = 64
CHUNK_BYTES = 256


def _local_places(folder: Path) -> Iterator[Place]:
    return (LocalPlace(folder / f"store{number}") for number in count())


@pytest.fixture(params=[pytest.param(_local_places, id="local")])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Stores:
    """Makes new, empty stores of each implementation in turn."""
    places = request.param(tmp_path)
    return lambda: next(places)


@pytest.fixture
def place(stores: Stores) -> Place:
    """One new, empty store."""
    return stores()


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a few hundred bytes be a big file of several chunks."""
    monkeypatch.setattr(copying, "IN_MEMORY_BYTES", IN_MEMORY_BYTES)
    monkeypatch.setattr(adding_blobs, "IN_MEMORY_BYTES", IN_MEMORY_BYTES)
    monkeypatch.setattr(copying, "CHUNK_BYTES", CHUNK_BYTES)
    monkeypatch.setattr(copying, "_READ_BYTES", 100)
