"""Whatever is typed: no bug is reached, and nothing a terminal would act upon is printed."""

import json
import os
import re
import sqlite3
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cli.test_errors import in_process
from tests.commands import command, environment
from tests.effort import counted

pytestmark = pytest.mark.sweep

# Line breaks are artifactctl's own; any other of these is someone else's.
ACTED_UPON = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
DEVICES = ["CON", "aux.txt", "NUL", "com1.csv", "lpt¹"]
PATHS = [
    "..",
    ".",
    "../x",
    "/etc/passwd",
    "a\\b",
    "C:\\x",
    "a/../b",
    "~root",
    "-rf",
    "--home",
    "a//b",
]
TRICKS = [
    "\x1b[31mred",
    "\x07",
    "\u202egpj.exe",
    "a\nb",
    "a\r",
    "\udcff",
    "[/x]",
    "[bold]x",
    "%s{0}",
]
TRICKS += [
    "'; DROP TABLE artifact; --",
    "x" * 256,
    "é" * 128,
    "\u200b",
    "\U0001d4b3",
    "",
    " ",
    "latest",
    "NaN",
]
TRICKS += [
    "a::b",
    "::",
    "a:b",
    "a@b",
    "@",
    ":",
    "1e999",
    "[" * 2000,
    "{",
    "oneof:[",
    "gt:",
    "isnull:",
]

FLAGS = ["name", "artifact", "version", "tag", "type", "sort-by", "columns", "output", "page"]
FLAGS += ["id", "created", "updated", "has-custom-name", "version-number", "data-type", "uri"]
FLAGS += ["materializer", "size-bytes", "pipeline-run", "pipeline", "step", "metadata", "size"]
FLAGS += ["run-metadata", "logical-operator"]

# What an argument can hold: any text but NUL, and bytes that are no text as lone surrogates.
chars = st.characters(exclude_characters="\x00") | st.characters(
    min_codepoint=0xDC80, max_codepoint=0xDCFF, categories=["Cs"]
)
words = st.one_of(st.sampled_from(DEVICES + PATHS + TRICKS), st.text(chars, max_size=40))
many = settings(
    max_examples=60,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
# For what takes several commands to try: each writes to a disk.
some = settings(many, max_examples=20)


def is_utf8(word):
    return not any("\ud800" <= char <= "\udfff" for char in word)


def assert_harmless(result, *allowed):
    assert result.code in allowed, result.err
    assert not ACTED_UPON.search(result.out + result.err)
    assert "Traceback" not in result.err
    if result.code:
        assert len(result.err.splitlines()) == 1


@pytest.fixture
def file(work):
    (work / "f").write_text("x")
    return str(work / "f")


@many
@given(name=words)
def test_names_are_taken_or_refused(capsys, home, file, name):
    done = in_process(capsys, home, "register", "--quiet", "--", name, file)
    assert_harmless(done, 0, 5)
    if done.code == 0:
        found = in_process(capsys, home, "artifact", "describe", "-o", "json", "--", name).ok()
        assert done.out.startswith(json.loads(found.out)["name"] + ":")


@many
@given(tag=words, version=words)
def test_tags_and_versions_are_taken_or_refused(capsys, home, file, tag, version):
    flags = (f"--tag={tag}", f"--version={version}", "-o", "yaml")
    assert_harmless(in_process(capsys, home, "register", "x", file, *flags), 0, 4, 5)
    assert_harmless(in_process(capsys, home, "tag", "x", "--", tag), 0, 3, 5)


@many
@given(key=words, value=words, output=st.sampled_from(["json", "yaml", "csv", "table"]))
def test_metadata_is_taken_or_refused(capsys, home, file, key, value, output):
    flags = (f"--metadata={key}={value}", "--output", output)
    assert_harmless(in_process(capsys, home, "register", "x", file, *flags), 0, 5)
    listing = ("artifact", "version", "list", "--columns", "version,metadata", "--size", "1")
    listing += ("-o", output)
    assert_harmless(in_process(capsys, home, *listing), 0)


@many
@given(ref=words)
def test_references_are_found_or_refused(capsys, home, file, ref):
    for words_before in (("artifact", "version", "describe"), ("verify",), ("download",)):
        assert_harmless(in_process(capsys, home, *words_before, "--", ref), 3, 5)


@many
@given(value=words, flag=st.sampled_from(FLAGS))
def test_filters_sorting_and_columns_are_taken_or_refused(capsys, home, file, value, flag):
    in_process(capsys, home, "register", "x", file, "--if-changed")
    for group in (("artifact",), ("artifact", "version")):
        codes = (0, 2) if is_utf8(value) else (5,)
        assert_harmless(in_process(capsys, home, *group, "list", f"--{flag}={value}"), *codes)


@many
@given(path=words)
def test_paths_that_are_not_there_are_refused(capsys, home, work, path):
    if not os.path.exists(path) and path != "-":
        assert_harmless(in_process(capsys, home, "register", "x", "--", path), 3, 5, 7)
    flag = f"--metadata-file={path or 'gone'}"
    if not os.path.exists(path):
        assert_harmless(in_process(capsys, home, "register", "x", "f", flag), 3, 5, 7)


@many
@given(command_word=words)
def test_unknown_commands_and_flags_are_wrong_usage(capsys, home, work, command_word):
    if command_word in ("-h", "--help") or not command_word.strip("-"):
        return
    code = 2 if is_utf8(command_word) else 5
    assert_harmless(in_process(capsys, home, "artifact", f"x{command_word}"), code)
    assert_harmless(in_process(capsys, home, "info", f"--x{command_word}"), code)


@many
@given(content=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_metadata_files_of_any_content_are_taken_or_refused(capsys, home, file, work, content):
    (work / "m").write_bytes(content)
    done = in_process(capsys, home, "register", "x", file, "--metadata-file", "m", "-o", "json")
    assert_harmless(done, 0, 5)


def test_an_alias_bomb_is_refused_at_once(capsys, home, file, work):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    (work / "bomb").write_text("\n".join(lines))
    (work / "deep").write_text("[" * 100_000)
    (work / "big").write_text('{"a": "' + "x" * 2_000_000 + '"}')
    for name in ("bomb", "deep", "big"):
        with counted() as effort:
            refused = in_process(capsys, home, "register", "x", file, "--metadata-file", name)
        assert_harmless(refused, 5)
        assert effort.calls < 2_000_000, effort


def test_bytes_that_are_no_text_in_arguments_are_shown_as_escapes(home, work):
    (work / "f").write_text("x")
    for words_given, code in [
        ((b"register", b"\xff\x1b[31m", b"f"), 5),
        ((b"register", b"x", b"gone\xff\x1b[31m\n"), 5),
        ((b"register", b"x", b"f", b"--tag", b"\xe2\x80\xaeevil"), 5),
        ((b"register", b"x", b"f", b"--metadata", b"k=\xff"), 5),
        ((b"\xff\x1b]0;title\x07",), 5),
    ]:
        done = subprocess.run(
            [*command(), *words_given],
            cwd=work,
            env=environment(home),
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (code, b"")
        assert re.fullmatch(rb"[ -~]+\n", done.stderr)


@pytest.mark.parametrize("value", ["\udcff", "contains:\udcff", "oneof:a,\udcff", "oneof:[\udcff"])
def test_filters_of_bytes_that_are_no_text_are_refused(capsys, home, file, value):
    in_process(capsys, home, "register", "x", file).ok()
    for words_before in (("artifact", "list", "--name"), ("artifact", "version", "list", "--tag")):
        assert_harmless(in_process(capsys, home, *words_before, value), 5)


@pytest.mark.parametrize(
    "glob",
    [
        *("[z-a]", "**/**[!]", "[]", "[!]", "a[", "[[:alpha:]]", "\\", "("),
        *("[a&&b]", "[~~]", "[--]", "[||]"),
    ],
)
def test_globs_of_any_form_are_taken_or_refused(capsys, home, file, glob):
    for flag in ("--include", "--exclude"):
        assert_harmless(in_process(capsys, home, "register", "x", file, flag, glob), 0, 2, 5)


@some
@given(name=words, tag=words)
def test_new_names_and_tags_of_an_update_are_taken_or_refused(capsys, home, file, name, tag):
    in_process(capsys, home, "register", "x", file, "--if-changed")
    done = in_process(capsys, home, "artifact", "update", "x", f"--name={name}", f"--tag={tag}")
    assert_harmless(done, 0, 4, 5)
    if done.code == 0:
        back = in_process(capsys, home, "artifact", "update", "-n", "x", "-o", "json", "--", name)
        assert_harmless(back.ok(), 0)
    words_given = ("artifact", "version", "update", "x", f"-t{tag}", f"--remove-tag={name}")
    assert_harmless(in_process(capsys, home, *words_given), 0, 2, 3, 5)
    tagging = ("tag", "x", "--exclusive", f"--expect={name}", "--", tag)
    assert_harmless(in_process(capsys, home, *tagging), 0, 3, 4, 5)


@some
@given(name=words, output=st.sampled_from(["json", "yaml", "csv", "table"]))
def test_what_is_thrown_away_is_found_or_refused(capsys, home, file, name, output):
    in_process(capsys, home, "register", "x", file, "--if-changed")
    for before in (
        ("artifact", "delete", "--yes"),
        ("artifact", "version", "delete", "--yes"),
        ("artifact", "prune", "--unused", "--yes"),
        ("artifact", "update"),
        ("metadata", "list"),
    ):
        refused = in_process(capsys, home, *before, "-o", output, "--", name)
        assert_harmless(refused, 3, 5)
    found = in_process(capsys, home, "artifact", "version", "list", "-q").ok()
    assert found.out == "x:1\n"


@some
@given(key=words, value=words, output=st.sampled_from(["json", "yaml", "csv", "table"]))
def test_logged_metadata_is_taken_or_refused(capsys, home, file, key, value, output):
    in_process(capsys, home, "register", "x", file, "--if-changed")
    logged = in_process(capsys, home, "metadata", "log", "x", "--", f"{key}={value}")
    assert_harmless(logged, 0, 5)
    assert_harmless(in_process(capsys, home, "metadata", "list", "x", "-o", output), 0)
    if logged.code == 0 and "=" not in key:
        shown = in_process(capsys, home, "metadata", "list", "x", "-o", "json").ok()
        assert key in json.loads(shown.out)
    for text in (f"{key}={value}", f"{key}:gt:{value}"):
        listing = ("artifact", "version", "list", f"--metadata={text}", "-o", output)
        assert_harmless(in_process(capsys, home, *listing), 0, 2)
    order = ("artifact", "version", "list", f"--sort-by=desc:metadata.{key}", "-q")
    assert_harmless(in_process(capsys, home, *order), 0, 2)


@some
@given(value=words)
def test_ages_counts_and_tags_of_rules_are_taken_or_refused(capsys, home, file, value):
    in_process(capsys, home, "register", "x", file, "--if-changed")
    for flag in ("older-than", "keep-last", "keep-tag"):
        words_given = ("artifact", "prune", "--dry-run", f"--{flag}={value}", "-o", "json")
        assert_harmless(in_process(capsys, home, *words_given), 0, 2, 5)
    assert_harmless(in_process(capsys, home, "gc", "--dry-run", f"--grace={value}"), 0, 2)


@some
@given(path=words)
def test_backups_are_written_inside_the_folder_or_refused(capsys, home, file, work, path):
    in_process(capsys, home, "register", "x", file, "--if-changed")
    missing = in_process(capsys, home, "catalog", "restore", "--", path)
    if not os.path.exists(path):
        assert_harmless(missing, 3, 5, 7)
    if os.path.dirname(path) in ("", "."):
        written = in_process(capsys, home, "catalog", "backup", "--force", "--", path)
        assert_harmless(written, 0, 4, 5, 7)
        if written.code == 0:
            assert_harmless(in_process(capsys, home, "catalog", "restore", "--", path), 0)
    assert in_process(capsys, home, "artifact", "list", "-q").ok().out == "x\n"


@some
@given(content=st.one_of(st.binary(max_size=300), st.text(max_size=100).map(str.encode)))
def test_a_backup_of_any_content_is_refused(capsys, home, file, work, content):
    in_process(capsys, home, "register", "x", file, "--if-changed")
    (work / "copy.db").write_bytes(b"SQLite format 3\x00" * (len(content) % 2) + content)
    assert_harmless(in_process(capsys, home, "catalog", "restore", "copy.db"), 6)
    assert in_process(capsys, home, "artifact", "list", "-q").ok().out == "x\n"


def test_hostile_words_in_an_altered_catalog_are_escaped_and_used_for_nothing(capsys, home, file):
    in_process(capsys, home, "register", "x", file, "-t", "t", "--metadata", "k=1").ok()
    hostile = "evil\x1b[31m\u202e\x07[/x]"
    with sqlite3.connect(home / "catalog.db") as connection:
        connection.execute("UPDATE version_tag SET tag = ?", (hostile,))
        connection.execute("UPDATE version_metadata SET key = ? WHERE key = 'k'", (hostile,))
        connection.execute("UPDATE artifact SET name = ?", (hostile,))
        row = connection.execute(
            "SELECT v.id, a.id FROM artifact_version v JOIN artifact a"
        ).fetchone()
    version_id, artifact_id = row
    for words_given in (
        ("artifact", "prune", "--unused", "--dry-run"),
        ("artifact", "prune", "--unused", "--dry-run", "-o", "csv"),
        ("artifact", "prune", "--unused", "--keep-tag", "t", "--dry-run", "-q"),
        ("metadata", "list", version_id),
        ("metadata", "list", version_id, "-q"),
        ("metadata", "list", version_id, "-o", "tsv"),
        ("artifact", "update", artifact_id, "-r", "t"),
        ("artifact", "version", "update", version_id, "-r", "t"),
    ):
        done = in_process(capsys, home, *words_given)
        names_a_version = version_id in words_given
        assert done.code == (8 if names_a_version else 0), done.err
        assert not re.search("[\x1b\x07\u202e]", done.out + done.err), words_given
    refused = in_process(capsys, home, "artifact", "version", "delete", version_id)
    assert_harmless(refused, 8)
    deleted = in_process(capsys, home, "artifact", "delete", artifact_id, "--yes")
    assert_harmless(deleted, 0)
    with sqlite3.connect(home / "catalog.db") as connection:
        connection.execute("UPDATE artifact SET name = 'x'")
    connection.close()
