"""Completion in real shells: what Tab makes of a line, and what it never does."""

import subprocess
import sys
from contextlib import closing

import pytest

from artifactctl.client import Client
from tests.cli.shells import STARTS, Shell
from tests.commands import command, environment
from tests.needed import needs
from tests.recorded import Did, record

pytestmark = pytest.mark.sweep

# What each shell has signs for, and what would run something if it were not quoted.
HOSTILE = [
    "$(touch pwned)",
    "`touch pwned`",
    "a;touch pwned;b",
    "b|touch pwned",
    "c&touch pwned",
    "(touch pwned)",
    "${IFS}x",
    "it's",
    "fin'",
    "'q",
    'top"',
    '"p',
    'my "q" name',
    "wow!",
    "!h",
    "*",
    "[z]",
    "x{1,2}",
    "~y",
    "=e",
    "%p",
    "^c",
    "k#k",
    "<l>",
    "früh日本",
    "pipe::step::out",
]


@pytest.fixture(params=STARTS)
def shell(request, home, work):
    """A shell of each kind, with completion."""
    needs(request.param, "setsid")
    env = environment(home)
    script = work.parent / "script"
    script.write_bytes(
        subprocess.run(
            command("--show-completion", request.param), env=env, capture_output=True, check=True
        ).stdout
    )
    started = Shell(request.param, work.parent, command(), env)
    started.run(f"source {script}")
    yield started
    started.close()


@pytest.fixture
def filled(client, work):
    """A catalog with some versions and tags, and a file to register."""
    (work / "file.csv").write_text("x")
    (work / "folder").mkdir()
    for name, version, tags in (
        ("iris_dataset", None, ("raw",)),
        ("iris_dataset", None, ("prod", "a tag")),
        ("iris_dataset", "raw_2023", ()),
        ("iris_model", None, ("prod",)),
        ("my data", "v1", ("$(touch pwned)",)),
    ):
        client.register(name, "file.csv", version=version, tags=tags)
    record(client, "nightly-7", Did("train"), Did("check"), pipeline="training")
    client.close()


@pytest.mark.usefixtures("filled")
def test_commands_flags_choices_and_what_the_catalog_holds_are_completed(shell):
    for typed, words in {
        "artif": "artifact",
        "artifact vers": "artifact version",
        "artifact version desc": "artifact version describe",
        "artifacts li": "artifacts list",
        "register x f --if": "register x f --if-changed",
        "artifact list -o js": "artifact list -o json",
        "artifact list --output=js": "artifact list --output=json",
        "download x --mode h": "download x --mode hardlink",
        "register x f --type mo": "register x f --type model",
        "artifact version list --type mo": "artifact version list --type model",
        "--install-completion z": "--install-completion zsh",
        "download iris_m": "download iris_model",
        "artifact describe iris_m": "artifact describe iris_model",
        "register iris_m": "register iris_model",
        "download iris_dataset:r": "download iris_dataset:raw_2023",
        "download iris_dataset:l": "download iris_dataset:latest",
        "verify iris_model iris_dataset:r": "verify iris_model iris_dataset:raw_2023",
        "download iris_dataset -v raw": "download iris_dataset -v raw_2023",
        "download iris_dataset@p": "download iris_dataset@prod",
        "tag iris_model:1 --remove p": "tag iris_model:1 --remove prod",
        "tag iris_model pro": "tag iris_model prod",
        "register x file.csv -t pro": "register x file.csv -t prod",
        "artifact version list --artifact iris_m": "artifact version list --artifact iris_model",
        "artifact list --name startswith:iris_m": "artifact list --name startswith:iris_model",
        "artifact version list --tag pr": "artifact version list --tag prod",
        "runs desc": "runs describe",
        "runs list --pipeline tr": "runs list --pipeline training",
        "runs list --status oneof:fa": "runs list --status oneof:failed",
        "runs describe ni": "runs describe nightly-7",
        "runs logs nightly-7 tr": "runs logs nightly-7 train",
        "lineage iris_m": "lineage iris_model",
        "lineage ru": "lineage run:nightly-7",
        "lineage run:ni": "lineage run:nightly-7",
        "lineage iris_model -o me": "lineage iris_model -o mermaid",
        "register x f --input iris_dataset:r": "register x f --input iris_dataset:raw_2023",
    }.items():
        assert shell.words_after(f"artifactctl {typed}") == words.split(), typed


@pytest.mark.usefixtures("filled")
def test_files_are_offered_where_a_path_is_expected_and_nowhere_else(shell):
    for typed, words in {
        "register x fi": "register x file.csv",
        "register iris_dataset file.csv fi": "register iris_dataset file.csv file.csv",
        "download iris_model fi": "download iris_model file.csv",
        "register x f --metadata-file fi": "register x f --metadata-file file.csv",
        "register x f --metadata-file=fi": "register x f --metadata-file=file.csv",
        "artifact describe fi": "artifact describe fi",
        "download fi": "download fi",
        "nonsense fi": "nonsense fi",
        "artifact list --output fi": "artifact list --output fi",
    }.items():
        assert shell.words_after(f"artifactctl {typed}") == words.split(), typed
    for typed in ("--home fo", "--home=fo", "init fo"):
        (*_, last) = shell.words_after(f"artifactctl {typed}")
        assert last.removesuffix("/").endswith("folder"), typed
    (*_, last) = shell.words_after("artifactctl init fil")
    assert last == "fil"


@pytest.mark.usefixtures("filled")
def test_words_in_quotes_are_completed_in_their_quotes(shell):
    for typed, word in {
        r"my\ d": "my data",
        '"my d': "my data",
        "'my d": "my data",
        r"my\ data:v": "my data:v1",
        "'my data':v": "my data:v1",
        '"my data:v': "my data:v1",
        "iris_dataset@a": "iris_dataset@a tag",
        '"iris_dataset@a': "iris_dataset@a tag",
        r"my\ data@": "my data@$(touch pwned)",
        '"my data@': "my data@$(touch pwned)",
    }.items():
        assert shell.words_after(f"artifactctl download {typed}") == ["download", word], typed


@pytest.mark.parametrize("quote", ["", "'", '"'])
def test_no_name_runs_anything_or_comes_out_as_another(shell, work, quote):
    (work / "f").write_text("x")
    for i, name in enumerate(HOSTILE):
        with closing(Client(work / f"home{i}")) as client:
            client.register(name, "f")
    for i, name in enumerate(HOSTILE):
        got = shell.words_after(f"artifactctl --home home{i} download {quote}")
        assert got == ["--home", f"home{i}", "download", name]
    assert not (work / "pwned").exists()


@pytest.mark.usefixtures("filled")
def test_versions_are_listed_newest_first_and_names_only_by_prefix(shell):
    shown = shell.listed_after("artifactctl download iris_dataset:")
    assert "raw_2023" in shown
    assert shown.index("raw_2023") < shown.index("latest")
    shown = shell.listed_after("artifactctl download iris_")
    assert "iris_dataset" in shown
    assert "iris_model" in shown
    assert "my data" not in shown


def test_the_home_of_the_line_is_the_one_that_counts(shell, filled, work, tmp_path):
    with_other = Client(tmp_path / "other home")
    with_other.register("elsewhere", str(work / "file.csv"))
    with_other.close()
    for flag in ("--home '../other home'", "'--home=../other home'"):
        got = shell.words_after(f"artifactctl {flag} download else")
        assert got[-2:] == ["download", "elsewhere"]
    assert shell.words_after("artifactctl download else") == ["download", "else"]


def offered(home, work, *words, **extra):
    """What a shell is told that asks for the last of `words`; it must never be disturbed."""
    done = subprocess.run(
        command(*words),
        cwd=work,
        env=environment(home, _ARTIFACTCTL_COMPLETE="fish", **extra),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    wanted, *lines = done.stdout.decode().splitlines() or [""]
    return wanted, [line.partition("\t")[0] for line in lines]


QUESTIONS = [("download", ""), ("download", "x:"), ("download", "x@"), ("tag", "x", "")]


@pytest.mark.parametrize("words", QUESTIONS, ids=" ".join)
def test_without_a_catalog_nothing_is_offered_and_nothing_made(home, work, words):
    assert offered(home, work, *words)[1] == []
    assert offered(home, work, "--home", "missing", *words)[1] == []
    assert list(work.iterdir()) == []
    assert not home.exists()


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0" + b"x" * 5000, b"text" * 1000])
@pytest.mark.parametrize("words", QUESTIONS, ids=" ".join)
def test_a_damaged_catalog_is_passed_over_in_silence(tmp_path, work, words, content):
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / "catalog.db").write_bytes(content)
    assert offered(damaged, work, *words)[1] == []
    assert (damaged / "catalog.db").read_bytes() == content
    (damaged / "config.yaml").write_text("catalog: [")
    assert offered(damaged, work, *words)[1] == []


def test_a_locked_catalog_is_not_waited_for(home, work, filled):
    holder = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute('BEGIN EXCLUSIVE'); c.execute('DELETE FROM version_tag'); print(flush=True);"
        "sys.stdin.read(); c.execute('ROLLBACK')"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(home / "catalog.db")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        process.stdout.readline()
        assert offered(home, work, "download", "") in (("", []), ("words", []))
        process.stdin.close()
    assert "iris_model" in offered(home, work, "download", "")[1]


def test_a_catalog_that_was_tampered_with_sends_nothing_to_the_terminal(tmp_path, work):
    client = Client(tmp_path / "evil")
    (work / "f").write_text("x")
    client.register("good", "f", tags=["--exclusive", "fine"])
    with client.catalog.transaction() as connection:
        connection.execute(
            "INSERT INTO artifact (id, name, has_custom_name, created, updated, revision, recorded)"
            " VALUES ('1', 'evil' || char(27) || '[2J', 1, '', '', 1, 1),"
            " ('2', 'more' || char(10) || 'lines', 1, '', '', 1, 1)"
        )
    client.close()
    assert offered(tmp_path / "evil", work, "download", "") == ("words", ["good"])
    # What looks like a flag is offered only where it is none.
    assert offered(tmp_path / "evil", work, "tag", "good", "")[1] == ["fine"]
    assert "--exclusive" in offered(tmp_path / "evil", work, "tag", "good", "--", "")[1]


def test_nothing_that_is_typed_disturbs(home, work, filled):
    for words in (
        ("\udcff",),
        ("download", "\udcff"),
        ("--home",),
        ("--home", ""),
        ("--home", "x" * 5000, "download", ""),
        ("-", ""),
        ("--", "download", "iris"),
        ("register", "--metadata=", "x"),
        ("--output=x", ""),
        (":",),
        ("download", "@"),
        ("download", ":"),
        ("download", "::"),
        ("download", "a:b:c@d:e"),
    ):
        offered(home, work, *words)
    unknown = subprocess.run(
        command("x"), env=environment(home, _ARTIFACTCTL_COMPLETE="tcsh"), capture_output=True
    )
    assert (unknown.returncode, unknown.stderr) == (0, b"")


def test_no_more_than_two_hundred_words_are_offered(home, work, client):
    (work / "f").write_text("x")
    client.register("seed", "f")
    with client.catalog.transaction() as connection:
        connection.execute_many(
            "INSERT INTO artifact (id, name, has_custom_name, created, updated, revision, recorded)"
            " VALUES (:id, :name, 1, '2026', '2026', 0, 0)",
            [{"id": str(i), "name": f"many_{i}"} for i in range(300)],
        )
    assert len(offered(home, work, "download", "")[1]) == 200
    assert offered(home, work, "download", "many_299")[1] == ["many_299"]
    with client.catalog.transaction() as connection:
        connection.execute("DELETE FROM artifact WHERE name LIKE 'many%'")
    client.close()
