"""What steps leave behind as outputs and their metadata, hostile or by mistake."""

import json
import sys
from pathlib import Path

import pytest

from artifactctl.client import Client
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


@pytest.mark.parametrize("path", ["catalog.db", "store/blobs/new", "locks", "config.yaml", "new"])
@pytest.mark.parametrize("key", ["path: PATH", "path: x, metadata_file: PATH"])
def test_outputs_are_none_of_the_homes_own_data(
    run: Run, work: Path, home: Path, path: str, key: str
) -> None:
    one_step(
        work, "touch ran\n", f"    outputs: {{x: {{{key.replace('PATH', f'../home/{path}')}}}}}\n"
    )
    refused = run("run", "run.yaml")
    assert refused.code == 12
    assert "is among artifactctl's own data; name another path" in refused.err
    assert not (work / "ran").exists()


def test_a_folder_beside_the_homes_own_data_may_be_linked(run: Run, work: Path, home: Path) -> None:
    home.mkdir()
    for path, code in (("store/mine", 0), ("store/records/mine", 12)):
        words = ["exec", "x", "--out", home / path, "--link"]
        assert (
            run(*words, "--", "sh", "-c", 'mkdir -p "$0"; echo 1 > "$0/f"', home / path).code
            == code
        )


def test_tags_of_commands_are_texts_or_say_more(run: Run, work: Path, home: Path) -> None:
    (work / "run.yaml").write_text(
        "pipeline: p\ntags: [nightly, {name: all, cascade: true}, {name: run only}]\n"
        "steps: {a: {command: 'echo 1 > x', outputs: {one: {path: x, tags: [{name: own}]}}}}\n"
    )
    for status in ("completed", "cached"):
        done = json.loads(run("run", "run.yaml", "-o", "json").ok().out)
        assert [step["status"] for step in done["steps"]] == [status]
        client = Client(home)
        assert client.get_pipeline_run(done["id"]).tags == ("all", "nightly", "run only")
        assert client.find_artifact_version("one").tags == ("all", "nightly", "own")
        client.close()
