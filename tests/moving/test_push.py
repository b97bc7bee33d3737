"""Moving versions between two homes on one machine."""

import json
from pathlib import Path
from typing import Any

from tests.checker import records
from tests.conftest import Run
from tests.moving.conftest import RUN, Command


def described(at: Command | Run, ref: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        at("artifact", "version", "describe", ref, "-o", "json").ok().out
    )
    return found


def test_a_version_goes_with_its_bytes_tags_metadata_and_facts(
    run: Run, at_other: Command, there: Path, work: Path
):
    Path("f").write_text("content")
    run("register", "x", "f", "-t", "raw", "--metadata", "a=1", "--type", "model").ok()
    run("artifact", "update", "x", "-t", "of-artifact").ok()
    done = run("push", "x", "--to", there).ok()
    assert done.out == f"Moved 1 version to {there} (7 B stored anew)\n"
    here, moved = described(run, "x:1"), described(at_other, "x:1")
    for key in ("id", "version", "type", "tags", "metadata", "digest", "size_bytes", "created"):
        assert moved[key] == here[key], key
    assert at_other("download", "x", "-").ok().out == "content"
    artifact = json.loads(at_other("artifact", "describe", "x", "-o", "json").ok().out)
    assert artifact["tags"] == ["of-artifact"]
    at_other("verify").ok()
    assert {record["id"] for record in records(there, "version")} == {here["id"]}


def test_a_second_push_finds_everything_there(run: Run, there: Path, work: Path):
    Path("f").write_text("content")
    run("register", "x", "f").ok()
    run("push", "x", "--to", there).ok()
    again = run("push", "x", "--to", there).ok()
    assert again.out == f"Moved 0 versions to {there} (0 B stored anew); 1 is there already\n"
    assert run("push", "x", "--to", there, "-q").ok().out == ""


def test_the_run_that_made_a_version_goes_along_with_steps_logs_and_lineage(
    run: Run, at_other: Command, there: Path, work: Path
):
    Path("r.yaml").write_text(RUN)
    run("run", "r.yaml").ok()
    assert "1 run" in run("push", "model", "--to", there).ok().out
    moved = json.loads(at_other("runs", "describe", "first", "-o", "json").ok().out)
    here = json.loads(run("runs", "describe", "first", "-o", "json").ok().out)
    for key in ("id", "name", "pipeline", "status", "started", "ended", "tags", "metadata"):
        assert moved[key] == here[key], key
    assert [step["name"] for step in moved["steps"]] == ["load", "train"]
    assert (
        at_other("runs", "logs", "first", "train").ok().out
        == run("runs", "logs", "first", "train").ok().out
    )
    # The input was not moved, so that the lineage ends here; when it comes, it is known.
    assert "raw" not in at_other("lineage", "model").ok().out
    run("push", "raw", "--to", there).ok()
    assert at_other("lineage", "model").ok().out == run("lineage", "model").ok().out


def test_conflicts_are_all_listed_and_nothing_is_moved(
    run: Run, at_other: Command, there: Path, work: Path
):
    for number in range(1, 4):
        Path("f").write_text(f"mine {number}")
        run("register", "x", "f").ok()
    Path("f").write_text("theirs")
    at_other("register", "x", "f").ok()
    at_other("register", "x", "f").ok()
    at_other("artifact", "version", "delete", "x:2", "--yes").ok()
    refused = run("push", "x:1", "x:2", "x:3", "--to", there)
    assert refused.code == 4
    assert refused.out == ""
    assert "x:1: another version has this name there" in refused.err
    assert "x:2: a deleted version has used up this name there" in refused.err
    assert "--renumber" in refused.err
    assert at_other("artifact", "version", "list", "-q").ok().out == "x:1\n"
    done = run("push", "x:1", "x:2", "x:3", "--to", there, "--renumber", "-q").ok()
    assert done.out == "x:4\nx:5\nx:3\n"
    again = run("push", "x:1", "x:2", "x:3", "--to", there)
    assert "3 are there already" in again.ok().out


def test_identical_content_under_another_id_is_recognised_and_theirs_is_kept(
    run: Run, at_other: Command, there: Path, work: Path
):
    Path("f").write_text("same")
    run("register", "x", "f", "-t", "mine").ok()
    at_other("register", "x", "f", "-t", "theirs").ok()
    before = described(at_other, "x:1")
    done = run("push", "x", "--to", there).ok()
    assert "1 is there already under another ID" in done.out
    assert described(at_other, "x:1") == before
    run("push", "x", "--to", there, "--labels").ok()
    assert described(at_other, "x:1")["tags"] == ["mine", "theirs"]
