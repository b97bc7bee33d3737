"""`artifactctl help`: guides and commands."""

import contextlib
import io
import os
import pty
import re
import select
import subprocess
from pathlib import Path

import pytest

from artifactctl.cli import run as run_in_process
from artifactctl.render import guides
from tests.command_tree import nodes
from tests.commands import command, environment
from tests.needed import needs

TOPICS = list(guides.summaries())
GUIDES = Path(guides.__file__).parent.parent / "guides"
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def test_without_a_word_it_lists_guides_and_commands(run):
    shown = run("help").ok().out
    for topic, summary in guides.summaries().items():
        assert re.search(rf"^  {topic} +{re.escape(summary)}$", shown, re.MULTILINE)
    assert "  register " in shown


@pytest.mark.parametrize("topic", TOPICS)
def test_every_guide_has_a_summary_that_fits_and_at_most_200_lines(topic):
    text = (GUIDES / f"{topic}.md").read_text()
    assert re.match(r"# [A-Z][\w -]*: .{10,75}\n\n", text)
    assert topic == "commands" or text.count("\n") <= 200


def test_a_guide_in_a_pipe_is_its_markdown_without_comments(run):
    text = (GUIDES / "security.md").read_text()
    assert run("help", "security").ok().out == text
    assert "cog" not in run("help", "commands").ok().out


def test_a_guide_leaves_its_pictures_out_where_they_cannot_be_seen(run):
    assert "](speed.svg)" in (GUIDES / "speed.md").read_text()
    shown = run("help", "speed").ok().out
    assert shown.startswith("# Speed: ")
    assert "speed.svg" not in shown
    assert "\n\n\n" not in shown


def test_the_words_of_a_command_give_its_help(run):
    for words in (("register",), ("artifact", "version", "list"), ("artifact",)):
        assert run("help", *words).ok().out == run(*words, "--help").ok().out


def test_an_unknown_word_is_wrong_usage_with_a_suggestion(run):
    assert run("help", "regster").code == 2
    assert run("help", "regster").err.endswith("did you mean 'register'?\n")
    assert run("help", "securty").err.endswith("did you mean 'security'?\n")
    assert run("help", "qqq").err.endswith("'artifactctl help' lists them\n")
    assert run("help", "artifact", "lst").code == 2


@pytest.fixture(scope="module")
def pages():
    """The help pages of all commands, 80 cells wide."""
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "80")
        for words, _ in nodes():
            with contextlib.redirect_stdout(io.StringIO()) as shown:
                assert run_in_process([*words, "--help"]) == 0
            found[words] = shown.getvalue()
    return found


def test_help_fits_80_cells_and_no_summary_is_cut(pages):
    for words, page in pages.items():
        assert max(map(len, page.splitlines())) <= 80, words
        assert "..." not in re.sub(r"[A-Z\]]\.\.\.", "", page), words
    for words in ((), ("artifact",), ("artifact", "version"), ("runs",), ("catalog",)):
        part = pages[words].partition("Anywhere")[0].partition("Options:")[0]
        rows = [line for line in part.splitlines() if line.startswith("  ")]
        assert not [line for line in rows if line.startswith("    ")], words


def test_usage_is_written_as_people_write_it(pages):
    usages = {words: page.partition("\n")[0] for words, page in pages.items()}
    for words, usage in usages.items():
        assert not re.search("[<>{}]", usage), words
    for words, usage in (
        (("register",), "artifactctl register NAME PATH... [OPTIONS]"),
        (("tag",), "artifactctl tag REF|RUN [TAG]... [OPTIONS]"),
        (("diff",), "artifactctl diff REF REF [OPTIONS]"),
        (("exec",), "artifactctl exec NAME --out PATH [OPTIONS] -- COMMAND..."),
        (("artifact", "version", "list"), "artifactctl artifact version list [OPTIONS]"),
    ):
        assert usages[words] == f"Usage: {usage}"


def test_help_names_no_type_of_python(pages):
    for words, page in pages.items():
        assert not re.search(r"<(str|int|bool|list|Path|file)\b", page), words


def test_commands_and_options_stand_in_groups(pages):
    root = re.findall(r"^([A-Z].*):$", pages[()], re.MULTILINE)
    assert root[:8] == [
        "Examples",
        *(
            "Files",
            "Versions and tags",
            "Runs and comparison",
            "Looking around",
            "Keeping",
            "Moving",
            "Setting up",
        ),
    ]
    listing = re.findall(r"^([A-Z].*):$", pages["artifact", "version", "list"], re.MULTILINE)
    assert listing[:4] == ["Example", "Filters", "Order and paging", "Output"]
    for words, page in pages.items():
        headings = re.findall(r"^([A-Z].*):$", page, re.MULTILINE)
        assert len(headings) == len(set(headings)), words


def test_examples_come_first_are_whole_lines_and_the_guide_comes_last(pages):
    for words, page in pages.items():
        last = page.splitlines()[-1]
        topic = last.removeprefix("Guide: artifactctl help ")
        assert last != topic, words
        assert topic in TOPICS, words
        assert " \\\n" not in page, words
        if "Commands:" not in page:
            assert re.findall(r"^([A-Z].*):$", page, re.MULTILINE)[0].startswith("Example"), words


def test_environment_variables_stand_where_they_count(pages):
    for words, page in pages.items():
        assert "[env: ARTIFACTCTL_HOME]" in page, words
        if "--output" in page:
            assert "[env: ARTIFACTCTL_OUTPUT]" in page, words
    for name in ("ARTIFACTCTL_CATALOG", "ARTIFACTCTL_STORE", "NO_COLOR"):
        assert name in pages[()]


def on_terminal(home, *words, **extra):
    """What the command writes to a terminal of 24 lines and 80 columns."""
    here, there = pty.openpty()
    names = {"TERM": "xterm", "COLUMNS": "80", "LINES": "24", **extra}
    with subprocess.Popen(
        command(*words), stdin=there, stdout=there, stderr=there, env=environment(home, **names)
    ) as process:
        os.close(there)
        shown = b""
        while select.select([here], [], [], 30)[0]:
            try:
                shown += os.read(here, 1 << 16)
            except OSError:  # Linux ends a terminal's output so
                break
    os.close(here)
    assert process.returncode == 0
    return shown.decode().replace("\r\n", "\n")


def test_on_a_terminal_a_guide_is_laid_out_and_fits(home, work):
    shown = on_terminal(home, "help", "security", PAGER="cat")
    plain = ESCAPE.sub("", shown)
    assert shown != plain
    assert "**" not in plain
    assert "```" not in plain
    assert max(map(len, plain.splitlines())) <= 80
    assert "\x1b[3" not in on_terminal(home, "help", "security", PAGER="cat", NO_COLOR="1")


def test_what_does_not_fit_goes_through_the_pager(home, work):
    needs("sed")
    paged = on_terminal(home, "help", "security", PAGER="sed 's/^/| /'")
    assert all(line.startswith("| ") for line in paged.splitlines())
    short = on_terminal(home, "help", "security", PAGER="sed 's/^/| /'", LINES="1000")
    assert not any(line.startswith("| ") for line in short.splitlines())
    assert "What is trusted" in on_terminal(home, "help", "security", PAGER="no-such-program")


def test_help_of_a_pipe_that_is_closed_ends_quietly(home, work):
    done = subprocess.run(
        ["sh", "-c", f"{' '.join(command('help', 'commands'))} | head -1"],
        env=environment(home),
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith("# Commands")
    assert done.stderr == ""
