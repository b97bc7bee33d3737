"""What starting costs: modules that a command does not need are not loaded. And completion."""

import subprocess
import sys

import pytest

from tests.commands import environment
from tests.recorded import Did, record

PROBE = """
import os, sys
from artifactctl.cli import main
def leave(code):
    print(*sys.modules, file=sys.stderr, flush=True)
    leave_at_once(code)
leave_at_once, os._exit = os._exit, leave
main()
"""
HEAVY = {"rich", "pydantic", "sqlite3", "yaml", "sqlmodel", "sqlalchemy", "fsspec", "blake3"}
HEAVY |= {"platformdirs", "asyncio", "artifactctl.client", "artifactctl.render"}
HEAVY |= {"artifactctl.pipelines"}
NOT_FOR_LISTINGS = {"sqlmodel", "sqlalchemy", "fsspec", "yaml", "platformdirs", "asyncio"}
NOT_FOR_LISTINGS |= {"artifactctl.transfer", "artifactctl.store", "artifactctl.upkeep"}
NOT_FOR_LISTINGS |= {"artifactctl.compare", "artifactctl.diff", "artifactctl.catalog.writing"}
NOT_FOR_LISTINGS |= {
    f"artifactctl.verbs.{verbs}"
    for verbs in (
        "registering",
        "downloading",
        "labelling",
        "deleting",
        "maintaining",
        "comparing",
        "diffing",
    )
}


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
    [
        ("--help",),
        ("--version",),
        ("artifact", "--help"),
        ("register", "--help"),
        ("run", "--help"),
        ("compare", "--help"),
    ],
    ids=" ".join,
)
def test_help_and_version_load_nothing_heavy(loaded, words):
    modules, shown = loaded(*words)
    assert shown
    assert modules & HEAVY == set()


COMMANDS = {"asking", "catalog", "compare", "configuring", "diff", "guides", "history"}
COMMANDS |= {"home", "inside", "labels", "lineage", "listing", "measuring", "moving"}
COMMANDS |= {"pages", "removal", "running", "runs", "searching", "showing", "tags"}
COMMANDS |= {"versions", "visualizing"}


@pytest.mark.parametrize(
    ("words", "own"),
    [
        (("--version",), set()),
        (("--help",), set()),
        (("artifact", "version", "--help"), set()),
        (("register", "x", "f"), {"versions"}),
        (("tag", "x", "t"), {"labels"}),
        (("artifact", "list"), {"listing"}),
        (("runs", "list", "--help"), {"listing"}),
    ],
    ids=str,
)
def test_of_all_commands_only_the_one_on_the_line_is_loaded(loaded, words, own):
    modules, _ = loaded(*words)
    assert modules & {f"artifactctl.cli.{name}" for name in COMMANDS} == {
        f"artifactctl.cli.{name}" for name in own
    }


# What Typer brings along.
TYPER = {"typer", "annotated_doc", "shellingham"}


def others(modules):
    """The packages of others that were loaded; some start with the environment itself."""
    packages = {name.partition(".")[0] for name in modules} - sys.stdlib_module_names
    return packages - {"artifactctl", "__main__", "__mp_main__", "_distutils_hack", "sitecustomize"}


@pytest.mark.parametrize(
    ("words", "packages", "most"),
    [
        (("--version",), TYPER, 15),
        (("--help",), TYPER, 16),
        (("artifact", "list"), TYPER, 95),
        (("artifact", "version", "list", "--size", "5", "--tag", "t"), TYPER, 95),
        (("tag", "x"), TYPER, 105),
        (("tag", "x", "best"), {*TYPER, "blake3"}, 125),
        (("runs", "list"), TYPER, 110),
    ],
    ids=lambda value: str(sorted(value)) if isinstance(value, set) else str(value),
)
def test_a_command_keeps_to_its_budget_of_modules(loaded, client, work, words, packages, most):
    """The budgets are a little above what is loaded: who exceeds one looks for an import."""
    (work / "f").write_text("x")
    client.register("x", str(work / "f"), tags=["t"])
    record(client, "nightly", Did("fit"))
    client.close()
    modules, shown = loaded(*words)
    assert shown
    assert others(modules) == packages
    assert len([name for name in modules if name.startswith("artifactctl")]) <= most


def test_only_a_value_that_needs_a_conversion_loads_pydantic(loaded):
    for words in (("tag", "x", "--output", "json"), ("artifact", "list", "--page", "1")):
        assert "pydantic" not in loaded(*words)[0]
    assert "pydantic" in loaded("artifact", "list", "--page", "one")[0]


def complete(loaded, *words):
    modules, shown = loaded(*words, _ARTIFACTCTL_COMPLETE="fish")
    return modules, [line.partition("\t")[0] for line in shown.splitlines()[1:]]


@pytest.mark.parametrize(
    ("words", "some"),
    [
        (("art",), "artifact"),
        (("artifact", "version", ""), "describe"),
        (("register", "--if"), "--if-changed"),
        (("artifact", "list", "-o", "j"), "json"),
    ],
)
def test_completing_commands_flags_and_choices_loads_nothing_heavy(loaded, words, some):
    modules, offered = complete(loaded, *words)
    assert some in offered
    assert modules & HEAVY == set()
    assert len(modules & {f"artifactctl.cli.{name}" for name in COMMANDS}) <= 1
    assert others(modules) == TYPER


@pytest.mark.parametrize(
    ("words", "some"),
    [
        (("download", ""), "x"),
        (("download", "x:"), "x:1"),
        (("tag", "x", ""), "t"),
        (("runs", "describe", ""), "nightly"),
        (("runs", "logs", "nightly", ""), "train"),
        (("lineage", "ru"), "run:nightly"),
        (("compare", "run:nightly", "run:n"), "run:nightly"),
        (("compare", "--baseline", "x"), "x"),
        (("compare", "--pipeline", ""), "training"),
    ],
)
def test_completing_from_the_catalog_loads_less_than_a_listing(loaded, client, work, words, some):
    (work / "f").write_text("x")
    client.register("x", str(work / "f"), tags=["t"])
    record(client, "nightly", Did("train"))
    client.close()
    modules, offered = complete(loaded, *words)
    assert some in offered
    assert (
        modules & (NOT_FOR_LISTINGS | {"pydantic", "rich", "blake3", "artifactctl.render"}) == set()
    )


@pytest.mark.parametrize("output", ["table", "json", "csv"])
def test_listings_load_neither_the_code_for_bytes_nor_orms(loaded, client, work, output):
    (work / "f").write_text("x")
    client.register("x", str(work / "f"), metadata={"a": 1}, tags=["t"])
    client.close()
    for words in (("artifact", "list"), ("artifact", "version", "list", "--artifact", "x")):
        modules, shown = loaded(*words, "-o", output)
        assert "x" in shown
        assert modules & NOT_FOR_LISTINGS == set()
        assert "rich" not in modules


def test_a_table_of_other_than_ascii_loads_only_how_wide_characters_are(loaded, client, work):
    (work / "f").write_text("x")
    client.register("データ", str(work / "f"))
    client.close()
    modules, shown = loaded("artifact", "list")
    assert "データ" in shown
    assert "rich.cells" in modules
    assert modules & {"rich.console", "rich.table", "rich.text"} == set()


def test_a_listing_of_a_catalog_on_a_server_does_without_sqlite(loaded, run, work, postgres_url):
    (work / "f").write_text("x")
    team = {"ARTIFACTCTL_HOME": str(work / "team"), "ARTIFACTCTL_CATALOG": postgres_url}
    run("register", "x", "f", **team).ok()
    for words in (("artifact", "list"), ("artifact", "version", "list")):
        modules, shown = loaded(*words, **team)
        assert "x" in shown
        # psycopg loads asyncio.
        assert modules & {"sqlite3", *NOT_FOR_LISTINGS} == {"asyncio"}


def test_a_comparison_loads_neither_the_code_for_bytes_nor_orms(loaded, client):
    for name in ("one", "two"):
        record(client, name, Did("fit", metadata={"acc": 1}))
    client.close()
    needed = {"artifactctl.compare", "artifactctl.verbs.comparing"}
    for output in ("table", "json", "csv", "md"):
        modules, shown = loaded("compare", "run:one", "run:two", "-o", output)
        assert "acc" in shown
        assert modules & NOT_FOR_LISTINGS == needed
        assert modules & {"rich.console", "rich.table", "rich.text"} == set()


ORMS = {"sqlmodel", "sqlalchemy"}


def test_not_even_the_first_write_of_a_new_home_loads_the_orm(loaded, work):
    (work / "f").write_text("x")
    assert loaded("register", "x", "f")[0] & ORMS == set()
    (work / "f").write_text("y")
    for words in (
        ("register", "x", "f"),
        ("tag", "x", "best"),
        ("metadata", "log", "x", "--metadata", "a=1"),
        ("artifact", "list"),
        ("download", "x", "copy"),
        ("verify",),
        ("gc",),
    ):
        assert loaded(*words)[0] & ORMS == set(), words


NOT_FOR_SMALL_CHANGES = {"yaml", "concurrent.futures", "artifactctl.tabular"}
NOT_FOR_SMALL_CHANGES |= {"artifactctl.upkeep.pruning", "artifactctl.upkeep.verifying"}
NOT_FOR_SMALL_CHANGES |= {"artifactctl.transfer.downloading", "artifactctl.transfer.planning"}
NOT_FOR_SMALL_CHANGES |= {"artifactctl.results.maintenance", "artifactctl.results.visualizations"}
NOT_FOR_SMALL_CHANGES |= {"artifactctl.catalog.reading.listing", "artifactctl.verbs.listing"}
NOT_FOR_SMALL_CHANGES |= {"artifactctl.render.columns", "artifactctl.results.tags"}


def test_a_small_change_loads_nothing_that_reads_yaml_tables_or_large_files(loaded, client, work):
    (work / "f").write_text("x")
    client.register("x", str(work / "f"))
    client.close()
    (work / "f").write_text("y")
    for words in (("register", "x", "f"), ("tag", "x", "best"), ("metadata", "log", "x", "a=1")):
        modules, shown = loaded(*words)
        assert "x" in shown
        assert modules & NOT_FOR_SMALL_CHANGES == set(), words


def test_registering_loads_nothing_of_runs(loaded, work):
    (work / "f").write_text("x")
    assert "artifactctl.catalog.run_rows" not in loaded("register", "x", "f")[0]


def test_importing_the_program_loads_no_orm():
    code = "import sys, artifactctl, artifactctl.client; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ORMS & set(done.stdout.split()) == set()
