"""What the tests of garbage collection share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from artifactctl.client import Client
from artifactctl.home import Home


@pytest.fixture
def collect_at_next_change(home: Path, monkeypatch) -> Callable[[], list[int]]:
    """Have garbage collected at the start of the next change; gives how many blobs went."""

    def prepare() -> list[int]:
        real = Home.change
        collected: list[int] = []

        def collect_first(mine: Home):
            if not collected:
                other = Client(home)
                collected.append(other.collect_garbage(grace_s=0).blobs)
                other.close()
            return real(mine)

        monkeypatch.setattr(Home, "change", collect_first)
        return collected

    return prepare
