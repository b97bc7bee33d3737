"""`config list`, `get`, `set` and `unset`: what is in force, why, and how it is changed."""

import json
import stat
import subprocess

import pytest

from tests.commands import command, environment

KEYS = ["home", "catalog", "store", "output", "timeout", "cache_size", "cache"]
WRITTEN = "# für alle\noutput: csv   # how tables look\n\nstore: 'kept'\n"


def in_force(run, **extra):
    items = json.loads(run("config", "list", "-o", "json", **extra).ok().out)["items"]
    assert [item["key"] for item in items] == KEYS
    return {item["key"]: (item["value"], item["source"]) for item in items}


def test_every_setting_is_listed_with_its_source(run, home):
    found = in_force(run, ARTIFACTCTL_TIMEOUT="5")
    assert found["timeout"] == ("5", "ARTIFACTCTL_TIMEOUT")
    assert found["output"] == ("table", "default")
    assert not home.exists()
    run("config", "set", "cache_size", "5GB").ok()
    assert in_force(run)["cache_size"] == ("5000000000", f"{home}/config.yaml")
    assert run("config", "get", "output").ok().out == "table\n"
    shown = run("config", "list").ok().out
    assert shown.splitlines()[0].split() == ["KEY", "VALUE", "SOURCE"]
    assert run("config", "list", "-q").ok().out.split() == KEYS


def test_a_setting_is_written_for_this_user_alone_and_the_rest_stays(run, home, work):
    run("register", "x", "-", stdin=b"x").ok()
    config = home / "config.yaml"
    config.write_text(WRITTEN)
    config.chmod(0o644)
    assert run("config", "set", "output", "json", "-o", "table").ok().out == "Set output\n"
    assert config.read_text() == WRITTEN.replace("csv", "'json'")
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert json.loads(run("config", "set", "output", "json").ok().out)["changed"] is False
    run("config", "set", "timeout", "30").ok()
    run("config", "unset", "output").ok()
    assert config.read_text() == "# für alle\n\nstore: 'kept'\ntimeout: 30\n"
    run("config", "unset", "output").ok()
    run("config", "unset", "store").ok()
    run("config", "unset", "timeout").ok()
    assert config.read_text() == "# für alle\n\n"
    config.write_text("{output: csv, timeout: 3}\n")
    run("config", "set", "output", "tsv").ok()
    run("config", "set", "store", "it's").ok()
    assert run("config", "get", "store", "-q").ok().out == f"file://{home}/it's\n"
    assert in_force(run)["timeout"][0] == "3"
    run("config", "unset", "store").ok()
    run("config", "unset", "output").ok()


def test_a_home_that_is_not_there_is_made(run, home):
    run("config", "set", "output", "json").ok()
    assert json.loads(run("artifact", "list").ok().out)["items"] == []
    assert (home / "config.yaml").read_text() == "output: 'json'\n"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("set", "outptu", "json"), 2, "did you mean 'output'?"),
        (("get", "outptu"), 2, "did you mean 'output'?"),
        (("unset", "home"), 2, "there is no setting 'home'"),
        (("set", "output", "xml"), 2, "'xml'"),
        (("set", "timeout", "-1"), 2, "-1"),
        (("set", "timeout", "soon"), 2, "seconds"),
        (("set", "cache_size", "much"), 5, "size"),
        (("set", "store", "ftp://x"), 2, "not supported"),
        (("set", "catalog", "mysql://x"), 2, "not supported"),
        (("set", "output", ""), 5, "unset"),
        (("set", "store", "a\nb"), 5, "printed"),
    ],
)
def test_what_is_wrong_is_refused_and_nothing_is_written(run, home, words, code, said):
    refused = run("config", *words)
    assert (refused.code, refused.out) == (code, "")
    assert said in refused.err
    assert not home.exists()


def test_another_place_moves_nothing_and_a_variable_wins_which_is_said(run, work):
    run("register", "x", "-", stdin=b"x").ok()
    moved = run("config", "set", "store", "elsewhere").ok()
    assert "copy --all" in moved.err
    run("config", "unset", "store").ok()
    assert "catalog copy" in run("config", "set", "catalog", "other.db").ok().err
    run("config", "unset", "catalog").ok()
    done = run("config", "set", "output", "json", ARTIFACTCTL_OUTPUT="table").ok()
    assert "ARTIFACTCTL_OUTPUT is set" in done.err
    run("config", "unset", "output").ok()


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ("32", "timeout: 32"),
        ("0.5", "timeout: 0.5"),
        ("1e3", "timeout: 1000"),
        ("0.00001", "timeout: '0.00001'"),
    ],
)
def test_a_number_of_seconds_is_written_as_a_number(run, home, given, line):
    run("config", "set", "output", "table").ok()
    (home / "config.yaml").write_text("# kept\ntimeout: '32'  # kept too\n")
    run("config", "set", "timeout", given).ok()
    assert (home / "config.yaml").read_text() == f"# kept\n{line}  # kept too\n"
    assert float(in_force(run)["timeout"][0]) == float(given)


def test_secrets_are_written_and_not_shown(run, home):
    url = "postgresql://ann:hunter2x@localhost:1/ml"
    done = run("config", "set", "catalog", url)
    assert done.code == 0
    for words in (("list",), ("get", "catalog"), ("list", "-o", "json")):
        shown = run("config", *words).ok()
        assert "hunter2x" not in shown.out + shown.err
        assert "ann" in shown.out
    assert "hunter2x" in (home / "config.yaml").read_text()
    run("config", "unset", "catalog").ok()


def test_of_changes_at_once_none_is_lost(home, work, run):
    wanted = {"output": "json", "timeout": "7", "cache_size": "1GB", "store": "kept"}
    running = [
        subprocess.Popen(
            command("config", "set", key, value, "-q"), cwd=work, env=environment(home)
        )
        for key, value in wanted.items()
    ]
    assert [process.wait(60) for process in running] == [0, 0, 0, 0]
    written = "cache_size: '1GB'", "output: 'json'", "store: 'kept'", "timeout: 7"
    assert sorted((home / "config.yaml").read_text().splitlines()) == list(written)
