"""What completion knows of the commands is what the commands are."""

import re
from collections.abc import Iterator

import pytest

from artifactctl.cli.app import tree
from artifactctl.cli.completion.bash import quote_for_bash, read_bash_line
from artifactctl.cli.completion.commands import Command, Parameter, read_command
from artifactctl.cli.completion.offers import FILES, FOLDERS, offer

BREAKS = " \t\n\"'@><=;|&(:"
LOOKED_UP = {"REF", "REF|RUN", "NAME", "TAG", "VERSION", "TYPE", "FILTER", "RUN", "STEP"}
LOOKED_UP |= {"PIPELINE", "STATUS", "TOPIC", "SETTING", "REF[/PATH]"}
# What only the user knows.
FREE = {
    "",
    "AGE",
    "COLUMNS",
    "COMMAND",
    "FIELD",
    "GLOB",
    "KEY=FILTER",
    "KEY=VALUE",
    "N",
    "NEW_NAME",
    "SECONDS",
}
FREE |= {"NAME=VALUE", "QUERY", "SIZE", "STEP", "TEXT", "KEY", "VALUE", "PART"}


def commands(words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Command]]:
    command = read_command(tree())
    for word in words:
        command = command.child(word)
    yield words, command
    for child in command.children:
        yield from commands((*words, child))


ALL = {" ".join(words) or "artifactctl": (words, command) for words, command in commands()}


def offered(*words: str) -> list[str]:
    *before, current = words
    return [word for word, _ in offer(tree(), before, current).words]


@pytest.mark.parametrize("name", ALL)
def test_the_flags_and_commands_offered_are_those_of_the_help(run, name):
    words, command = ALL[name]
    shown = run(*words, "--help", COLUMNS="300").ok().out
    lines = re.findall(r"^  ((?:--?[a-z][\w-]*(?:, )?)+)", shown, re.MULTILINE | re.IGNORECASE)
    flags = {flag for line in lines for flag in line.split(", ")}
    assert {"--home", "--wide", "--help"} <= flags
    assert set(offered(*words, "-")) == flags
    listed = re.findall(r"^  ([a-z]\S*)  +[A-Z]", shown, re.MULTILINE)
    assert sorted(command.children) == sorted(listed)


@pytest.mark.parametrize("name", ALL)
def test_every_value_says_by_its_metavar_what_completes_it(name):
    def is_known(item: Parameter) -> bool:
        known = LOOKED_UP | FILES | FOLDERS | FREE
        return not item.takes_value or bool(item.choices) or item.kind in known

    strangers = [item for item in ALL[name][1].parameters if not is_known(item)]
    assert not strangers, "give it one of these metavars, or add one to completion/offers.py"


def test_what_a_list_is_sorted_by_is_offered_behind_a_direction_too():
    assert {"name", "version_count"} <= set(offered("artifact", "list", "--sort-by", ""))
    assert offered("artifact", "list", "--sort-by", "desc:na") == ["desc:name"]
    assert offered("artifact", "list", "--columns", "ver") == ["version_count"]
    assert offered("artifact", "list", "-c", "id,na") == ["id,name"]
    assert offered("artifact", "list", "--columns", "+na") == ["+name"]
    assert "id,id" not in offered("runs", "list", "--columns", "id,")
    assert "duration_s" in offered("runs", "list", "--columns", "")
    assert "--sort-by=asc:started" in offered("runs", "list", "--sort-by=asc:")
    assert "ended" not in offered("artifact", "list", "--sort-by", "")


def test_options_are_read_as_typer_reads_them():
    assert "json" in offered("artifact", "list", "-o", "")
    assert "json" in offered("artifact", "list", "-qo", "")
    assert "json" in offered("artifact", "list", "--output", "")
    assert "--output=json" in offered("artifact", "list", "--output=")
    assert "json" not in offered("artifact", "list", "-ojson", "")
    assert "--dry-run" not in offered("download", "--dry_run", "--")
    assert offered("artifact", "list", "--logical-operator", "a") == ["and"]
    assert "--quiet" not in offered("artifact", "list", "-q", "--")
    assert "--include" in offered("download", "--include", "x", "--")
    assert offered("download", "--", "--") == []
    assert offered("register", "x", "--link=") == []
    assert offered("artifact", "nothing", "") == []
    assert "copy" in offered("download", "x", "--mode", "")
    assert "model" in offered("register", "x", "y", "--type", "")


@pytest.mark.parametrize(
    ("text", "words", "kept"),
    [
        ("artifactctl ", [""], ""),
        ("artifactctl a b", ["a", "b"], ""),
        ("artifactctl  a\t'b c' ", ["a", "b c", ""], ""),
        ("artifactctl a:b", ["a:b"], "a:"),
        ("artifactctl a@b", ["a@b"], "a"),
        ("artifactctl --o=b", ["--o=b"], "--o="),
        (r"artifactctl a\ b\:c", ["a b:c"], ""),
        ("artifactctl 'a:b", ["a:b"], ""),
        ("artifactctl a'b:c", ["ab:c"], "a"),
        ("artifactctl 'a b'c", ["a bc"], ""),
        ("artifactctl '' ", ["", ""], ""),
        (r'artifactctl "a\"\$\x', [r'a"$\x'], ""),
        ("artifactctl a > f b", ["a", "b"], ""),
        ("artifactctl a 2>f ", ["a", ""], ""),
        ("artifactctl a\\", ["a"], ""),
    ],
)
def test_lines_are_broken_as_bash_breaks_them(text, words, kept):
    line = read_bash_line(text, BREAKS)
    assert [*line.arguments, line.words[-1]] == words
    assert line.words[-1][: line.kept] == kept


def test_a_file_of_a_redirection_is_one():
    for text in ("artifactctl a >f", "artifactctl a > ", "artifactctl a 2> f", "artifactctl <f"):
        assert read_bash_line(text, BREAKS).is_redirect
    assert not read_bash_line("artifactctl a > f ", BREAKS).is_redirect


def test_only_what_bash_replaces_is_given_to_it():
    assert quote_for_bash("a:b c", read_bash_line("artifactctl a:b", BREAKS)) == r"b\ c"
    assert quote_for_bash("a:b c", read_bash_line("artifactctl a:b", " ")) == r"a:b\ c"


def test_settings_are_offered_by_name():
    assert offered("config", "set", "t") == ["timeout"]
    assert "cache_size" in offered("config", "unset", "")
