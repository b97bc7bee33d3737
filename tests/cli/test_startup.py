"""What starting costs: modules that a command does not need are not loaded. And completion."""

import subprocess
import sys

import pytest

from tests.conftest import environment

PROBE = """
import sys
from artifactctl.cli import run
code = run(sys.argv[1:])
sys.stdout.flush()
print(*sys.modules, file=sys.stderr)
raise SystemExit(code)
"""
HEAVY = {"rich", "pydantic", "sqlite3", "yaml", "sqlmodel", "sqlalchemy", "fsspec", "blake3"}
HEAVY |= {"platformdirs", "asyncio", "artifactctl.client", "artifactctl.render"}
NOT_FOR_LISTINGS = {"sqlmodel", "sqlalchemy", "fsspec", "yaml", "platformdirs", "asyncio"}
NOT_FOR_LISTINGS |= {"artifactctl.transfer", "artifactctl.store", "artifactctl.client.moving"}


@pytest.fixture
def loaded(home, work):
    """The modules that a command line loads, and what it prints."""

    def probe(*words, **extra):
        done = subprocess.run(
            [sys.executable, "-c", PROBE, *words],
            cwd=work,
            env=environment(home, **extra),
            capture_output=True,
            text=True,
            check=False,
        )
        return set(done.stderr.splitlines()[-1].split(" ")), done.stdout

    return probe


@pytest.mark.parametrize(
    "words",
    [("--help",), ("--version",), ("artifact", "--help"), ("register", "--help")],
    ids=" ".join,
)
def test_help_and_version_load_nothing_heavy(loaded, words):
    modules, shown = loaded(*words)
    assert shown
    # Typer itself loads pydantic to read the options of the group around a command.
    assert modules & HEAVY <= ({"pydantic"} if len(words) > 1 else set())


def complete(loaded, text, position):
    return loaded(_ARTIFACTCTL_COMPLETE="complete_bash", COMP_WORDS=text, COMP_CWORD=str(position))


def test_bash_completes_commands_flags_and_choices_without_loading_anything_heavy(loaded):
    modules, offered = complete(loaded, "artifactctl art", 1)
    assert offered.splitlines() == ["artifact"]
    assert modules & HEAVY <= {"pydantic"}
    assert complete(loaded, "artifactctl artifact version ", 3)[1].split() == ["list", "describe"]
    assert "--if-changed" in complete(loaded, "artifactctl register --if", 2)[1].split()
    assert complete(loaded, "artifactctl artifact list -o j", 4)[1].split() == ["json"]


def test_the_completion_script_for_bash_is_one_that_bash_takes(run):
    script = run("--show-completion", "bash", SHELL="/bin/bash").ok().out
    assert "_ARTIFACTCTL_COMPLETE=complete_bash" in script
    checked = subprocess.run(
        ["bash", "-n"], input=script, capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize("output", ["table", "json", "csv"])
def test_listings_load_neither_the_code_for_bytes_nor_orms(loaded, client, work, output):
    (work / "f").write_text("x")
    client.register("x", str(work / "f"), metadata={"a": 1}, tags=["t"])
    client.close()
    for words in (("artifact", "list"), ("artifact", "version", "list", "--artifact", "x")):
        modules, shown = loaded(*words, "-o", output)
        assert "x" in shown
        assert modules & NOT_FOR_LISTINGS == set()
        assert ("rich" in modules) == (output == "table")
        # A table needs to know how wide characters are, and nothing else of rich.
        assert modules & {"rich.console", "rich.table", "rich.text"} == set()
