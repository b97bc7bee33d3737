"""Programs that some tests need and not every machine has."""

import shutil

import pytest


def needs(*tools: str) -> None:
    """Skip the test, by the names of what is missing, unless all of these are installed."""
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
