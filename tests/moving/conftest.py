"""Two homes, and the command in each; both keep every promise whatever a test did."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.checker import check_home
from tests.commands import Result, environment, execute
from tests.servers.s3 import rclone_s3

__all__ = ["rclone_s3"]

RUN = """
pipeline: training
run: first
tags: [nightly]
metadata: {trigger: ci}
steps:
  load:
    command: echo loading && echo 1,2 > raw.csv
    outputs: {raw: {path: raw.csv, tags: [raw], metadata: {source: uci}}}
  train:
    inputs: {dataset: raw}
    command: cat $ARTIFACTCTL_INPUT_DATASET > model.bin && echo trained
    outputs: {model: {path: model.bin, type: model}}
"""

Command = Callable[..., Result]


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Path]:
    """The other home, made by `init`."""
    (tmp_path / "b").mkdir()
    execute(["init"], tmp_path / "b", environment(tmp_path / "unused", ARTIFACTCTL_HOME="")).ok()
    folder = tmp_path / "b" / ".artifactctl"
    yield folder
    check_home(folder)


@pytest.fixture
def at_other(there: Path, work: Path) -> Command:
    """The command in the other home."""

    def run_command(*words: object, **extra: str) -> Result:
        return execute(words, work, environment(there, **extra))

    return run_command
