"""What steps leave behind as outputs and their metadata, hostile or by mistake."""

import sys
from pathlib import Path

import pytest

from tests.cli.test_run import one_step
from tests.conftest import Run


@pytest.mark.parametrize("made", ["mkfifo m.json", "ln -s /dev/zero m.json", "mkdir m.json"])
def test_metadata_that_is_no_file_fails_the_step(run: Run, work: Path, made: str) -> None:
    one_step(work, f"{made}\necho 1 > x\n", "    outputs: {x: {path: x, metadata_file: m.json}}\n")
    failed = run("run", "run.yaml")
    assert failed.code == 13
    assert "is not a regular file" in failed.err


def test_an_input_that_is_deleted_meanwhile_is_read_to_the_end(run: Run, work: Path) -> None:
    (work / "data").write_text("1")
    run("register", "data", "data").ok()
    one_step(
        work,
        'artifactctl="$PYTHON -m artifactctl"\n'
        "$artifactctl artifact version delete data:1 -y --force\n"
        "$artifactctl gc --grace 0\n"
        "cat $ARTIFACTCTL_INPUT_DATA\n",
        "    inputs: {data: data}\n",
    )
    assert "it | 1" in run("run", "run.yaml", PYTHON=sys.executable).ok().err


def test_linked_data_that_is_deleted_meanwhile_is_said_to_be(run: Run, work: Path) -> None:
    (work / "data").write_text("1")
    run("register", "data", "data", "--link").ok()
    one_step(work, "rm data\n", "    inputs: {data: data}\n")
    failed = run("run", "run.yaml")
    assert failed.code == 13
    assert "the data of input 'data' was deleted while it was in use" in failed.err
