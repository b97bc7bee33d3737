"""Whatever is typed: no bug is reached, and nothing a terminal would act upon is printed."""

import json
import os
import re
import subprocess
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cli.test_errors import in_process
from tests.conftest import command, environment

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
        assert_harmless(in_process(capsys, home, *group, "list", f"--{flag}={value}"), 0, 2)


@many
@given(path=words)
def test_paths_that_are_not_there_are_refused(capsys, home, work, path):
    if not os.path.exists(path) and path != "-":
        assert_harmless(in_process(capsys, home, "register", "x", "--", path), 3, 5, 7)
    flag = f"--metadata-file={path or 'gone'}"
    if not os.path.exists(path):
        assert_harmless(in_process(capsys, home, "register", "x", "f", flag), 3, 7)


@many
@given(command_word=words)
def test_unknown_commands_and_flags_are_wrong_usage(capsys, home, work, command_word):
    if command_word in ("-h", "--help") or not command_word.strip("-"):
        return
    assert_harmless(in_process(capsys, home, "artifact", f"x{command_word}"), 2)
    assert_harmless(in_process(capsys, home, "info", f"--x{command_word}"), 2)


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
        began = time.monotonic()
        refused = in_process(capsys, home, "register", "x", file, "--metadata-file", name)
        assert_harmless(refused, 5)
        assert time.monotonic() - began < 1


def test_bytes_that_are_no_text_in_arguments_are_shown_as_escapes(home, work):
    (work / "f").write_text("x")
    for words_given, code in [
        ((b"register", b"\xff\x1b[31m", b"f"), 5),
        ((b"register", b"x", b"gone\xff\x1b[31m\n"), 3),
        ((b"register", b"x", b"f", b"--tag", b"\xe2\x80\xaeevil"), 5),
        ((b"register", b"x", b"f", b"--metadata", b"k=\xff"), 5),
        ((b"\xff\x1b]0;title\x07",), 2),
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
def test_filters_of_bytes_that_are_no_text_are_taken_or_refused(capsys, home, file, value):
    in_process(capsys, home, "register", "x", file).ok()
    for words_before in (("artifact", "list", "--name"), ("artifact", "version", "list", "--tag")):
        assert_harmless(in_process(capsys, home, *words_before, value), 0, 2)


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
