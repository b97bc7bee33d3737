"""What a run reuses is true: made by the same, and still there."""

import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.test_run import write
from tests.conftest import Run

ONE = "pipeline: p\nsteps: {a: {command: date +%N > a.txt, outputs: {x: a.txt}}}\n"


def refs(run: Run, *words: str) -> list[str]:
    return run("run", "run.yaml", "-q", *words).ok().out.split()


def blob_of(run: Run, home: Path, ref: str) -> Path:
    files = json.loads(run("artifact", "version", "describe", ref, "-o", "json").ok().out)["files"]
    digest = files[0]["digest"].removeprefix("blake3:")
    return home / "store" / "blobs" / digest[:2] / digest


def test_what_was_made_without_the_cache_fills_it(run: Run, work: Path):
    write(work, ONE.replace("{x: a.txt}", "[{name: x, path: a.txt}]"))
    assert refs(run, "--no-cache") == ["x:1"]
    assert refs(run) == ["x:1"]
    assert refs(run, "--no-cache") == ["x:2"]
    assert refs(run) == ["x:2"]


def test_what_a_pipeline_made_without_the_cache_fills_it(run: Run, work: Path):
    (work / "code.py").write_text(
        "from artifactctl import pipeline, step\n"
        "@step\ndef one() -> int:\n    return 1\n"
        "@pipeline\ndef p():\n    one()\n"
    )
    write(work, "pipeline: code:p\n")
    made = [refs(run, *words)[0] for words in (["--no-cache"], [], ["--no-cache"], [])]
    assert [ref.rpartition(":")[2] for ref in made] == ["1", "1", "2", "2"]


def test_a_step_that_is_never_to_be_cached_feeds_the_cache_all_the_same(run: Run, work: Path):
    write(
        work,
        "pipeline: p\nsteps: {a: {command: date +%N > a.txt, enable_cache: false,"
        " outputs: [{name: x, path: a.txt}]}}\n",
    )
    assert [refs(run), refs(run)] == [["x:1"], ["x:2"]]
    write(work, (work / "run.yaml").read_text().replace("enable_cache: false,", ""))
    assert [refs(run), refs(run)] == [["x:2"], ["x:2"]]


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: os.truncate(path, 1)])
def test_a_step_whose_bytes_are_gone_runs_again(run: Run, home: Path, work: Path, damage):
    write(work, ONE.replace("{x: a.txt}", "[{name: x, path: a.txt}]"))
    assert refs(run) == ["x:1"]
    blob = blob_of(run, home, "x:1")
    blob.chmod(0o600)
    damage(blob)
    assert "earlier outputs are gone" in run("run", "run.yaml", "--dry-run").ok().out
    assert refs(run) == ["x:2"]
    assert refs(run) == ["x:2"]
    run("artifact", "version", "delete", "x:1", "--yes", "--force").ok()
    run("gc", "--grace", "0").ok()
    run("verify").ok()


def test_a_file_without_a_command_heals_what_was_kept_of_it(run: Run, home: Path, work: Path):
    (work / "a.txt").write_text("content")
    write(work, "pipeline: p\nsteps: {a: {outputs: [{name: x, path: a.txt}]}}\n")
    assert refs(run) == ["x:1"]
    blob_of(run, home, "x:1").unlink()
    assert refs(run) == ["x:2"]
    run("verify").ok()
    assert run("download", "x:1", "-").ok().out == "content"


def test_linked_output_that_is_gone_is_made_again(run: Run, work: Path):
    write(
        work,
        "pipeline: p\nsteps:\n  a: {command: mkdir -p big; echo 1 > big/1,"
        " outputs: [{name: x, path: big, link: true}]}\n",
    )
    assert [refs(run), refs(run)] == [["x:1"], ["x:1"]]
    shutil.rmtree(work / "big")
    assert refs(run) == ["x:2"]
    assert (work / "big" / "1").exists()


def test_metadata_beside_a_file_is_part_of_it(run: Run, work: Path):
    (work / "a.txt").write_text("content")
    (work / "m.json").write_text('{"n": 1}')
    write(
        work,
        "pipeline: p\nsteps: {a: {outputs: [{name: x, path: a.txt, metadata_file: m.json}]}}\n",
    )
    assert [refs(run), refs(run)] == [["x:1"], ["x:1"]]
    (work / "m.json").write_text('{"n": 2}')
    assert refs(run) == ["x:2"]
    assert run("metadata", "list", "x:2", "-o", "json").ok().out.count('"n"') == 1


def test_an_output_that_the_command_left_alone_is_said(run: Run, work: Path):
    (work / "a.txt").write_text("of another time")
    write(work, "pipeline: p\nsteps: {a: {command: 'true', outputs: [{name: x, path: a.txt}]}}\n")
    said = run("run", "run.yaml").ok().err
    assert "a: 'a.txt' is as it was before the command ran" in said
    write(work, "pipeline: p\nsteps: {a: {command: touch a.txt, outputs: [{name: x, path: .}]}}\n")
    assert "as it was" not in run("run", "run.yaml").err


def test_inputs_are_plain_files_that_cannot_harm_the_store(run: Run, work: Path):
    (work / "in").mkdir()
    (work / "in" / "a.csv").write_text("a\n1\n")
    run("register", "raw", "in").ok()
    write(
        work,
        "pipeline: p\nsteps:\n"
        "  count: {command: find $ARTIFACTCTL_INPUT_RAW -type f -name a.csv | wc -l > n;"
        " cp -r $ARTIFACTCTL_INPUT_RAW/. copy, inputs: {raw: raw}, outputs: [n, copy]}\n"
        "  spoil: {command: chmod u+w $ARTIFACTCTL_INPUT_N; echo no >> $ARTIFACTCTL_INPUT_N,"
        " inputs: {n: 'p::count::output_0'}}\n",
    )
    spoilt = run("run", "run.yaml")
    assert spoilt.code == 13
    assert "input 'n' was written to" in spoilt.err
    assert run("download", "p::count::output_0", "-").ok().out.strip() == "1"
    if os.geteuid() == 0:
        run("verify").ok()


def outputs_of(run: Run, name: str) -> dict[str, list[str]]:
    described = json.loads(run("runs", "describe", name, "-o", "json").ok().out)
    return {
        step["name"]: [output["name"] for output in step["outputs"]] for step in described["steps"]
    }


def test_outputs_are_called_by_the_filled_names_also_when_they_are_cached(run: Run, work: Path):
    write(
        work,
        "pipeline: p\nrun: r${n}\nvars: {n: 1}\nsteps:\n"
        "  a: {command: date +%N > a.txt, substitutions: {who: me},"
        " outputs: {'x_{time}': a.txt, 'y_{who}': a.txt}}\n"
        "  b: {command: cat $ARTIFACTCTL_INPUT_X > b.txt, inputs: {x: 'x_{time}'},"
        " outputs: [b.txt]}\n",
    )
    made = [refs(run, "--set", f"n={n}") for n in (1, 2)]
    assert made[0] == made[1]
    names = [ref.rpartition(":")[0] for ref in made[0][:2]]
    assert outputs_of(run, "r1") == outputs_of(run, "r2") == {"a": sorted(names), "b": ["output"]}
    assert refs(run, "--set", "n=3", "--no-cache") != made[0]
    assert outputs_of(run, "r3") != outputs_of(run, "r1")


def test_of_one_command_alone_no_file_is_read_for_a_cache(run: Run, home: Path, work: Path):
    (work / "large").write_text("1")
    for _ in range(2):
        run("exec", "x", "--out", "a", "--", "cp", "large", "a").ok()
    with closing(sqlite3.connect(home / "catalog.db")) as catalog:
        assert catalog.execute("SELECT cache_key FROM run_step").fetchall() == [(None,), (None,)]
