"""`init` and `info`: which home, catalog and store are in force, and who said so."""

import json
import os
import stat
import subprocess

import pytest
import yaml

from tests.checker import check_home, count_versions
from tests.cli.test_errors import in_process
from tests.commands import Result, command, environment


@pytest.fixture
def here(work):
    """The command in a folder of one's choice, with no variable that names a home."""

    def run_here(folder, *words, **extra):
        variables = {**environment(work.parent / "unused", **extra)}
        del variables["ARTIFACTCTL_HOME"], variables["XDG_DATA_HOME"]
        done = subprocess.run(
            command(*words), cwd=folder, env=variables, capture_output=True, text=True, check=False
        )
        return Result(done.returncode, done.stdout, done.stderr)

    return run_here


def info(result):
    return json.loads(result.ok().out)


def test_the_nearest_home_above_is_found_and_without_one_the_users_own(here, work):
    deep = work / "project" / "a" / "b"
    deep.mkdir(parents=True)
    default = info(here(deep, "info", "-o", "json"))["home"]
    assert default["source"] == "default"
    assert default["value"].startswith(str(work.parent))
    made = here(work / "project", "init").ok()
    assert str(work / "project" / ".artifactctl") in made.out
    assert made.err == ""
    (deep / "f").write_text("x")
    here(deep, "register", "iris", "f").ok()
    found = info(here(deep, "info", "-o", "json"))
    assert found["home"]["value"] == str(work / "project" / ".artifactctl")
    here(deep, "init").ok()
    assert here(deep, "artifact", "list", "-q").ok().out == ""
    assert here(deep.parent, "artifact", "list", "-q").ok().out == "iris\n"
    assert count_versions(work / "project" / ".artifactctl") == 1
    check_home(work / "project" / ".artifactctl")
    assert not (work.parent / "unused").exists()


def test_a_flag_wins_over_the_variable_and_the_variable_over_the_folder(run, work, home):
    (work / ".artifactctl").mkdir()
    by_variable = info(run("info", "-o", "json"))["home"]
    assert by_variable == {"value": str(home), "source": "ARTIFACTCTL_HOME"}
    for words in (("--home", "mine", "info"), ("info", "--home=mine"), ("info", "--home", "mine")):
        by_flag = info(run(*words, "-o", "json"))["home"]
        assert by_flag == {"value": str(work / "mine"), "source": "--home"}
    assert not (work / "mine").exists()
    assert not home.exists()


def test_init_can_be_repeated_and_refuses_other_settings(run, work):
    run("init", "p", "--store", "bytes").ok()
    again = run("init", "p", "--store", "bytes").ok()
    assert "already" in again.out
    run("init", "p").ok()
    refused = run("init", "p", "--store", "elsewhere")
    assert (refused.code, refused.out) == (4, "")
    assert len(refused.err.splitlines()) == 1
    config = work / "p" / ".artifactctl" / "config.yaml"
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert stat.S_IMODE(config.parent.stat().st_mode) == 0o700


def test_init_makes_the_home_that_the_flag_names(run, work):
    run("init", "--home", "mine").ok()
    assert (work / "mine" / "config.yaml").exists() is False
    assert (work / "mine" / "catalog.db").exists()
    assert not (work / ".artifactctl").exists()
    assert run("init", "p", "--home", "mine").code == 2


def test_a_server_that_refuses_leaves_no_home_behind(run, work, postgres_url):
    wrong = postgres_url.replace(":geheim@", ":falsch@")
    refused = run("init", "--catalog", wrong)
    assert refused.code == 11
    assert "falsch" not in refused.out + refused.err
    assert not (work / ".artifactctl").exists()
    run("init", "--catalog", postgres_url).ok()
    (work / "f").write_text("f")
    run("register", "x", "f", "--home", work / ".artifactctl").ok()
    found = info(run("info", "-o", "json", "--home", work / ".artifactctl"))
    assert found["server"].startswith("PostgreSQL ")


def test_bytes_and_catalog_go_where_init_and_the_variables_say(run, work):
    (work / "f").write_text("content")
    made = work / "p" / ".artifactctl"
    run("init", "p", "--store", f"file://{work}/bytes", "--catalog", f"sqlite:///{work}/c.db").ok()
    run("--home", made, "register", "x", "f").ok()
    assert list((work / "bytes" / "blobs").glob("*/*"))
    assert (work / "c.db").exists()
    assert not (made / "store" / "blobs").exists()
    assert not (made / "catalog.db").exists()
    assert run("--home", made, "verify").ok().code == 0
    elsewhere = {"ARTIFACTCTL_CATALOG": str(work / "d.db"), "ARTIFACTCTL_STORE": str(work / "b2")}
    run("--home", made, "register", "y", "f", **elsewhere).ok()
    assert run("--home", made, "artifact", "list", "-q").ok().out == "x\n"
    assert run("--home", made, "artifact", "list", "-q", **elsewhere).ok().out == "y\n"


def test_info_says_where_each_value_came_from_and_what_is_used(run, home):
    home.mkdir(mode=0o700)
    (home / "config.yaml").write_text("output: yaml\nstore: here\n")
    found = info(run("info", "-o", "json", ARTIFACTCTL_CATALOG="sqlite:///c.db"))
    assert found["catalog"]["source"] == "ARTIFACTCTL_CATALOG"
    assert found["store"] == {"value": f"file://{home}/here", "source": f"{home}/config.yaml"}
    assert found["output"] == {"value": "yaml", "source": f"{home}/config.yaml"}
    assert {"python", "sqlite", "schema", "version"} <= set(found)
    assert run("info").ok().out.startswith("home:")
    shown = run("info", "-o", "table", ARTIFACTCTL_OUTPUT="csv").ok().out
    assert "ARTIFACTCTL_OUTPUT" in shown


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("bogus: 1\n", "bogus"),
        ("store: 7\n", "store"),
        ("- a\n", "config.yaml"),
        ("a: [1, }", "line 1"),
    ],
)
def test_a_config_file_with_mistakes_is_refused_by_name(run, home, text, word):
    home.mkdir()
    (home / "config.yaml").write_text(text)
    refused = run("artifact", "list")
    assert (refused.code, refused.out) == (5, "")
    assert len(refused.err.splitlines()) == 1
    assert "config.yaml" in refused.err
    assert word in refused.err


def test_secrets_in_urls_are_never_shown(run, home):
    secret = "postgresql://me:hunter2@db/x?token=hunter2"
    bucket = "s3://me:hunter2@bucket/x?secret=hunter2"
    for refused in (
        run("info", ARTIFACTCTL_CATALOG=secret),
        run("artifact", "list", "-o", "json", ARTIFACTCTL_STORE=bucket),
        run("init", "p", "--catalog", secret),
        run("init", "q", "--store", bucket, "--debug"),
    ):
        assert refused.code != 70
        assert "hunter2" not in refused.out + refused.err


def test_an_init_that_is_refused_makes_no_home(run, work):
    refused = run("init", "p", "--store", "ftp://host/x")
    assert (refused.code, refused.out) == (2, "")
    assert not (work / "p").exists()


def test_a_home_that_is_something_else_is_one_line(capsys, work):
    (work / "f").write_text("x")
    (work / "file").write_text("")
    (work / "odd" / "catalog.db").mkdir(parents=True)
    for home, codes in (("file", (7,)), ("odd", (6, 7))):
        for words in (("register", "x", "f"), ("artifact", "list"), ("verify",)):
            refused = in_process(capsys, work / home, *words)
            assert refused.code in (codes if words[0] == "register" else (0, *codes))
            assert len(refused.err.splitlines()) == 1


def test_a_home_whose_path_is_no_text_works_and_is_shown(run, work):
    (work / "f").write_text("x")
    folder = os.fsdecode(os.fsencode(work) + b"/h\xff")
    run("--home", folder, "register", "x", "f").ok()
    assert run("--home", folder, "artifact", "list", "-q").ok().out == "x\n"
    shown = yaml.safe_load(run("--home", folder, "info", "-o", "yaml").ok().out)
    assert shown["home"]["value"].startswith(f"{work}/h")
