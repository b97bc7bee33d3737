"""Errors: one line on standard error, the exit code of the table, and JSON when JSON was asked."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest

from artifactctl.cli import run as run_in_process
from tests.command_tree import nodes
from tests.commands import Result, command, environment


def in_process(capsys, home, *words):
    """The command line without a process of its own: for what is tried many times."""
    capsys.readouterr()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARTIFACTCTL_HOME", str(home))
        code = run_in_process([*map(str, words)])
    shown = capsys.readouterr()
    return Result(code, shown.out, shown.err)


USAGE = [
    ("nope",),
    ("artifact", "nope"),
    ("artifact", "list", "--bogus"),
    ("register",),
    ("register", "x"),
    ("download",),
    ("tag",),
    ("artifact", "describe"),
    ("artifact", "list", "stray"),
    ("artifact", "list", "--page", "x"),
    ("artifact", "list", "-o", "xml"),
    ("download", "x", "--mode", "bogus"),
    ("download", "x", "-j", "many"),
    ("info", "--home"),
    ("artifact", "list", "--home"),
    ("artifact", "update"),
    ("artifact", "update", "x", "--bogus"),
    ("artifact", "delete"),
    ("artifact", "delete", "x", "y"),
    ("artifact", "prune", "--keep-last", "few"),
    ("artifact", "prune", "--older-than", "30"),
    ("artifact", "prune", "-a", "-m"),
    ("artifact", "version", "nope"),
    ("artifact", "version", "update"),
    ("artifact", "version", "update", "x", "1", "-v", "1"),
    ("artifact", "version", "delete"),
    ("artifact", "version", "list", "--metadata", "acc"),
    ("artifact", "version", "list", "--created", "yesterday"),
    ("artifact", "version", "list", "--logical-operator", "xor"),
    ("metadata", "nope"),
    ("metadata", "log"),
    ("metadata", "log", "x"),
    ("metadata", "list"),
    ("metadata", "list", "x", "y"),
    ("tag", "x", "y", "--artifact", "--exclusive"),
    ("gc", "x"),
    ("gc", "--grace", "14"),
    ("catalog", "nope"),
    ("catalog", "backup"),
    ("catalog", "restore"),
    ("catalog", "rebuild", "x"),
    ("diff", "x"),
]


@pytest.mark.parametrize("words", USAGE, ids=" ".join)
def test_wrong_usage_is_one_line_and_exit_2(capsys, home, work, words):
    refused = in_process(capsys, home, *words)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith("artifactctl: ")
    assert len(refused.err.splitlines()) == 1
    if words[-1] == "--home":
        assert "--home" in refused.err
    assert not home.exists()


@pytest.mark.parametrize(
    ("words", "code", "kind"),
    [
        (("nope", "-o", "json"), 2, "usage"),
        (("artifact", "list", "--bogus", "-o", "json"), 2, "usage"),
        (("artifact", "list", "--output=json", "--page", "x"), 2, "usage"),
        (("artifact", "list", "-ojson", "--sort-by", "x"), 2, "usage"),
        (("register", "-o", "json"), 2, "usage"),
        (("artifact", "describe", "gone", "-o", "json"), 3, "not_found"),
        (("download", "gone", "-fo", "json"), 3, "not_found"),
        (("verify", "gone", "--output", "json"), 3, "not_found"),
        (("tag", "a/b", "-o", "json"), 5, "invalid"),
        (("register", "x", "/dev/null", "-o", "json"), 12, "unsafe"),
        (("artifact", "update", "gone", "-o", "json"), 3, "not_found"),
        (("artifact", "update", "x", "-n", "a/b", "-o", "json"), 3, "not_found"),
        (("artifact", "delete", "gone", "-o", "json"), 3, "not_found"),
        (("artifact", "prune", "-a", "-m", "-o", "json"), 2, "usage"),
        (("artifact", "prune", "gone", "-o", "json"), 3, "not_found"),
        (("artifact", "version", "update", "x:1:2", "-o", "json"), 5, "invalid"),
        (("artifact", "version", "delete", "gone", "-o", "json"), 3, "not_found"),
        (("artifact", "version", "list", "--created", "x", "-o", "json"), 2, "usage"),
        (("metadata", "log", "gone", "a=1", "-o", "json"), 3, "not_found"),
        (("metadata", "log", "x", "a=NaN", "-o", "json"), 5, "invalid"),
        (("metadata", "list", "gone", "-o", "json"), 3, "not_found"),
        (("gc", "--grace", "x", "-o", "json"), 2, "usage"),
        (("catalog", "backup", "x", "-o", "json"), 3, "not_found"),
        (("catalog", "restore", "gone", "-o", "json"), 3, "not_found"),
        (("catalog", "restore", "/dev/null", "-o", "json"), 6, "catalog"),
    ],
)
def test_errors_are_an_object_on_standard_error_for_json(capsys, home, work, words, code, kind):
    refused = in_process(capsys, home, *words)
    assert (refused.code, refused.out) == (code, "")
    assert set(json.loads(refused.err)) == {"error"}
    error = json.loads(refused.err)["error"]
    assert {"code", "kind", "message", "hint"} <= set(error)
    assert (error["code"], error["kind"]) == (code, kind)
    assert error["message"]
    assert error["hint"] is None or error["hint"]


def test_the_default_output_decides_for_errors_too_and_a_flag_wins(run):
    refused = run("artifact", "describe", "gone", ARTIFACTCTL_OUTPUT="json")
    assert json.loads(refused.err)["error"]["code"] == 3
    refused = run("artifact", "describe", "gone", "-o", "table", ARTIFACTCTL_OUTPUT="json")
    assert refused.err.startswith("artifactctl: ")
    refused = run("artifact", "list", ARTIFACTCTL_OUTPUT="bogus")
    assert refused.code == 2
    assert "ARTIFACTCTL_OUTPUT" in refused.err


def test_output_set_in_the_config_file_decides_for_errors_too(capsys, home):
    home.mkdir()
    (home / "config.yaml").write_text("output: json\n")
    refused = in_process(capsys, home, "artifact", "describe", "gone")
    assert (refused.code, json.loads(refused.err)["error"]["code"]) == (3, 3)


def test_debug_shows_where_without_local_variables_and_stands_anywhere(run, work):
    (work / "f").write_text("x")
    plain = run("register", "m", "f", "--metadata", "password=hunter2", "--tag", "a,b")
    assert "Traceback" not in plain.err
    for words in (
        ("--debug", "register", "m", "f", "--metadata", "password=hunter2", "--tag", "a,b"),
        ("register", "m", "f", "--metadata", "password=hunter2", "--tag", "a,b", "--debug"),
    ):
        shown = run(*words)
        assert (shown.code, shown.out) == (5, "")
        assert "Traceback" in shown.err
        assert "hunter2" not in shown.err
        assert shown.err.splitlines()[-1] == plain.err.splitlines()[0]


def test_the_module_and_the_script_are_the_same_command(run, work):
    script = sys.executable.rpartition("/")[0] + "/artifactctl"
    for words in (("--version",), ("artifact", "list", "--bogus"), ("register", "--help")):
        module = run(*words)
        done = subprocess.run(
            [script, *words], capture_output=True, text=True, cwd=work, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (module.code, module.out, module.err)


COMMANDS = sorted(words for words, _ in nodes())


def test_the_commands_of_the_contract_are_there():
    assert set(COMMANDS) >= {
        *(("register",), ("tag",), ("download",), ("init",), ("info",), ("verify",), ("diff",)),
        *(("gc",), ("metadata", "log"), ("metadata", "list")),
        *(("catalog", "backup"), ("catalog", "restore"), ("catalog", "rebuild")),
        *(("artifact", "register"), ("artifact", "tag"), ("artifact", "download")),
        *(("artifact", "list"), ("artifact", "describe"), ("artifact", "update")),
        *(("artifact", "delete"), ("artifact", "prune")),
        *(("artifact", "version", "list"), ("artifact", "version", "describe")),
        *(("artifact", "version", "update"), ("artifact", "version", "delete")),
    }


def examples(page):
    """The examples on a help page, each as a line for a shell."""
    part = re.search(r"^Examples?:\n((?:  .+\n)+)", page, re.MULTILINE)
    return part[1].replace("\\\n", "").strip().splitlines() if part else []


# ZenML's names of commands, and what their examples call them.
OTHERWISE_CALLED = {
    ("prune", "artifacts"): ["artifactctl artifact prune"],
    ("tags", "register"): ["artifactctl tags create"],
}


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_is_data_and_has_an_example(capsys, home, work, words):
    for flag in ("--help", "-h"):
        shown = in_process(capsys, home, *words, flag)
        assert (shown.code, shown.err) == (0, "")
        assert f"Usage: {' '.join(('artifactctl', *words))} " in shown.out
        starts = [" ".join(("artifactctl", *words[i:])) for i in range(len(words) or 1)]
        starts += OTHERWISE_CALLED.get(words, [])
        given = examples(shown.out)
        assert "Commands:" in shown.out or any(item.startswith(tuple(starts)) for item in given)
    assert not home.exists()


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_the_example_of_a_command_is_understood(capsys, home, work, words, monkeypatch):
    monkeypatch.setattr("artifactctl.serving.server.UiServer.serve", lambda _: None)  # for ever
    monkeypatch.setattr("webbrowser.open", lambda _: True)
    for example in examples(in_process(capsys, home, *words, "--help").out):
        done = in_process(capsys, home, *shlex.split(example)[1:])
        assert done.code != 2, done.err
        assert "Traceback" not in done.err


@pytest.mark.parametrize("words", [words for words in COMMANDS if words], ids=" ".join)
def test_a_group_without_a_command_shows_its_help_and_is_wrong_usage(capsys, home, work, words):
    shown = in_process(capsys, home, *words, "--help").out
    if "Commands:" not in shown:
        return
    refused = in_process(capsys, home, *words)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith("Usage: artifactctl ")


def test_every_flag_with_a_dash_is_taken_with_an_underscore(run, work):
    (work / "f").write_text("x")
    (work / "m.json").write_text('{"a_b": 1}')
    made = run(
        *("register", "m", "f", "--metadata_file", "m.json", "--if_changed", "--follow_links"),
        *("--stdin_name", "x_y", "-o", "json"),
    ).ok()
    assert json.loads(made.out)["metadata"]["a_b"] == 1
    run("download", "m", "out_put", "--dry_run", "--no_color").ok()
    assert not (work / "out_put").exists()


@pytest.mark.skipif(shutil.which("faketime") is None, reason="faketime is not installed")
def test_a_clock_that_no_program_can_read_is_no_bug(home, work):
    (work / "f").write_text("one")
    done = subprocess.run(
        ["faketime", "-f", "@2500-01-01 00:00:00", *command("register", "x", "f")],
        env=environment(home),
        cwd=work,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (5, "")
    assert "clock" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_file_from_the_year_2413_comes_back(run, work):
    (work / "f").write_text("one")
    os.utime(work / "f", ns=(14 * 10**18, 14 * 10**18))
    run("register", "x", "f").ok()
    for words in (("download", "x", "out"), ("download", "x", "--zip"), ("verify",)):
        run(*words).ok()
    run("artifact", "version", "describe", "x", "-o", "json").ok()
    assert (work / "out").read_text() == "one"
