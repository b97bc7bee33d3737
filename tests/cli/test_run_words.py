"""Bytes that are no text, where a run meets them: it goes on, or says so before it begins."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.test_run import last_run, statuses, write
from tests.conftest import Run

BAD = os.fsdecode(b"a\xff")
ONE = "pipeline: p\nsteps: {a: {command: echo 1 > x, outputs: {x: {path: x}}}}\n"


@pytest.fixture(autouse=True)
def file_system(work: Path) -> None:
    try:
        (work / BAD).touch()
    except OSError:
        pytest.skip("this file system takes names of text alone")


@pytest.mark.parametrize(
    "words",
    [
        ["exec", "x", "--out", "x", "--", BAD],
        ["exec", "x", "--out", "x", "--", "sh", "-c", "echo 1 > x", BAD],
        ["exec", "x", "--out", BAD, "--", "true"],
        ["exec", BAD, "--out", "x", "--", "true"],
        ["exec", "x", "--out", "x", "--input", BAD, "--", "true"],
        ["exec", "x", "--out", "x", "--tag", BAD, "--", "true"],
        ["exec", "x", "--out", "x", "--version", BAD, "--", "true"],
        ["exec", "x", "--out", "x", "--type", BAD, "--", "true"],
        ["exec", "x", "--out", "x", "--metadata", f"k={BAD}", "--", "true"],
        ["exec", "x", "--out", "x", "--metadata-file", BAD, "--", "true"],
        ["run", "variable.yaml", "--set", f"v={BAD}"],
        ["run", "environment.yaml"],
    ],
    ids=lambda words: " ".join(words).replace(BAD, "BAD"),
)
def test_words_that_are_no_text_are_refused_before_anything_runs(
    run: Run, work: Path, home: Path, words: list[str]
) -> None:
    (work / "variable.yaml").write_text(
        "pipeline: p\nvars: {v: 1}\nsteps: {a: {command: 'touch ran ${v}'}}\n"
    )
    (work / "environment.yaml").write_text(
        "pipeline: p\nsteps: {a: {command: touch ran, env: {A: '${env:WORD}'}}}\n"
    )
    refused = run(*words, WORD=BAD)
    assert (refused.code, "Traceback" in refused.err) == (5, False), refused.err
    assert not (work / "ran").exists()


@pytest.mark.parametrize(
    "extra",
    [
        {"CI": "true", "BUILD_URL": BAD},
        {"GITHUB_ACTIONS": "true", "GITHUB_SHA": BAD, "GITHUB_JOB": BAD},
        {"LOGNAME": BAD},
    ],
    ids=" ".join,
)
def test_what_the_environment_says_is_escaped(run: Run, work: Path, home: Path, extra) -> None:
    write(work, ONE)
    run("run", "run.yaml", **extra).ok()
    assert r"a\udcff" in json.dumps(last_run(home).details).replace(r"\\", "\\")


@pytest.mark.parametrize("script", ["echo 1 > x", "exit 3"])
def test_a_file_may_be_called_so_and_lie_in_a_folder_called_so(
    run: Run, work: Path, home: Path, script: str
) -> None:
    folder = work / f"folder-{BAD}"
    folder.mkdir()
    (folder / f"{BAD}.yaml").write_text(ONE.replace("echo 1 > x", script))
    done = run("run", folder / f"{BAD}.yaml")
    assert done.code == (13 if script == "exit 3" else 0), done.err
    assert last_run(home).details["file"].endswith("folder-a\\udcff/a\\udcff.yaml")
    run("runs", "list", "-o", "json").ok()


def test_a_branch_may_be_called_so(run: Run, work: Path, home: Path) -> None:
    if shutil.which("git") is None:
        pytest.skip("there is no git")
    write(work, ONE)
    who = ("-c", "user.name=a", "-c", "user.email=b")
    for words in (
        ["init", "-q"],
        ["commit", "-q", "--allow-empty", "-m", "x"],
        ["checkout", "-qb", BAD],
    ):
        subprocess.run(["git", *who, *words], cwd=work, check=True)
    run("run", "run.yaml").ok()
    assert last_run(home).details["git"]["branch"] == r"a\udcff"


def test_sources_called_so_count_for_the_cache(run: Run, work: Path) -> None:
    write(work, ONE.replace("{command", "{sources: ['a*'], command"))
    for content, status in (("1", "completed"), ("1", "cached"), ("2", "completed")):
        (work / BAD).write_text(content)
        assert statuses(run("run", "run.yaml", "-o", "json").ok()) == {"a": status}


@pytest.mark.parametrize("made", [f"mkdir x; touch x/{BAD}", f"echo 1 > x; echo '{BAD}'"])
def test_what_a_command_writes_and_prints_is_judged_like_anything_else(
    run: Run, work: Path, made: str
) -> None:
    (work / "script.sh").write_bytes(os.fsencode(made))
    write(work, ONE.replace("echo 1 > x", "sh script.sh"))
    done = run("run", "run.yaml")
    assert done.code == (13 if "mkdir" in made else 0), done.err


@pytest.mark.parametrize("file", ["/dev/zero", "/dev/urandom"])
def test_a_file_without_an_end_is_too_large(run: Run, work: Path, file: str) -> None:
    endless = run("run", file)
    assert endless.code == 5
    assert "larger than 1 MiB" in endless.err
