"""Rewriting the command line before Typer parses it: global flags, and ZenML's spellings."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from artifactctl.errors import InvalidInputError, WrongUsageError

# `-o`, alone or after flags without a value, with or without its own value.
_SHORT_OUTPUT = re.compile(r"-[fq]*o(.*)", re.DOTALL)
_FLAGS = ("--debug", "--no-color", "--allow-remote", "--wide")
ANYWHERE = {
    "--home DIR": "Use the home in DIR.  [env: ARTIFACTCTL_HOME]",
    "--timeout SECONDS": "Wait that long for a silent server; 60.  [env: ARTIFACTCTL_TIMEOUT]",
    "--wide": "Print whole tables on a terminal, as in a pipe.",
    "--no-color": "Print without colour.  [env: NO_COLOR]",
    "--allow-remote": "Let a home not your own ask the addresses it links to.",
    "--debug": "Show where an error was raised.",
    "-h, --help": "Show this page and exit.",
}
"""What may stand anywhere on a command line, with the help text of each."""
ENVIRONMENT = {
    "ARTIFACTCTL_HOME": "The home: the folder with the catalog and the store.",
    "ARTIFACTCTL_CATALOG": "The catalog, as a path or sqlite:/// URL.",
    "ARTIFACTCTL_STORE": "The store, as a path or file:// URL.",
    "ARTIFACTCTL_OUTPUT": "The usual format: table, json, yaml, csv or tsv.",
    "ARTIFACTCTL_TIMEOUT": "How many seconds a server may be silent.",
    "ARTIFACTCTL_CACHE": "The cache of remote stores, a folder; 0 for none.",
    "ARTIFACTCTL_CACHE_SIZE": "How much the cache may hold, such as 20GB.",
    "NO_COLOR": "No colour; in a pipe there is none anyway.",
}
"""The variables that count for all commands, with what they are."""
_WITH_VALUE = {"--home": "a folder", "--timeout": "a number of seconds"}
AUTO = "auto"
"""The value of an option whose value was left out."""
_WITH_OR_WITHOUT_SHELL = ("--install-completion", "--show-completion")
_OF_FILES = ("download", "run", "init", "trust")
# ZenML's switch takes a truth value.
_SWITCH, _ON, _OFF = "--only-unused", ("true", "1", "yes"), ("false", "0", "no")
PLURALS = {"artifacts": "artifact", "versions": "version"}


@dataclass(frozen=True)
class Globals:
    """The global flags, which are accepted anywhere on the line."""

    home: str | None = None
    timeout: str | None = None
    debug: bool = False
    no_color: bool = False
    allow_remote: bool = False
    wide: bool = False


def arrange(words: Sequence[str]) -> tuple[Globals, list[str]]:
    """Return the global flags of a command line, and the rest with command names in the singular.

    Typer accepts the flags of a group only before its sub-commands; users write them anywhere.
    Raises `WrongUsageError` when a value is missing.
    """
    values: dict[str, str] = {}
    found, rest = set(), list[str]()
    pending = list(words)
    while pending:
        word = pending.pop(0)
        if word == "--":
            rest += [word, *pending]
            break
        flag, equals, value = word.partition("=")
        if flag in _WITH_VALUE:
            if not equals and not pending:
                raise WrongUsageError(f"option {flag} needs {_WITH_VALUE[flag]}", hint="see --help")
            values[flag] = value if equals else pending.pop(0)
        elif word.replace("_", "-") in _FLAGS:
            found.add(word.replace("_", "-"))
        else:
            # A command is known by its first word, and only `gc` has an option `--cache`.
            optional = (*_WITH_OR_WITHOUT_SHELL, *(("--cache",) if rest[:1] == ["gc"] else ()))
            rest += _with_value(word, pending, optional)
    if rest[:1] in (["artifact"], ["artifacts"]):
        rest[:2] = [PLURALS.get(word, word) for word in rest[:2]]
    switches = (flag in found for flag in _FLAGS)
    return Globals(values.get("--home"), values.get("--timeout"), *switches), rest


def _with_value(word: str, pending: list[str], optional: Sequence[str]) -> list[str]:
    """Return the word, with a value from `pending` where one may follow or be left out.

    `optional` are the options whose value may be left out: Typer has none.
    """
    if word in optional:
        is_named = pending and not pending[0].startswith("-")
        return [f"{word}={pending.pop(0) if is_named else AUTO}"]
    flag, equals, value = word.partition("=")
    if flag.replace("_", "-") != _SWITCH:
        return [word]
    if not equals and pending and pending[0].lower() in (*_ON, *_OFF):
        value = pending.pop(0)
    if value.lower() in _OFF:
        return []
    return [_SWITCH] if value.lower() in ("", *_ON) else [word]


def check_text(words: Sequence[str]) -> None:
    """Raise `InvalidInputError` for an argument that is not valid UTF-8.

    Commands on existing files and folders accept names of any bytes, and check them themselves.
    """
    is_about_files = any(word in _OF_FILES for word in words[:2])
    for word in () if is_about_files else words:
        if not word.isascii() and any("\udc80" <= char <= "\udcff" for char in word):
            raise InvalidInputError(
                f"argument {word!r} is not valid Unicode",
                hint="rename the file, or write it in UTF-8",
            )


def wants_json(words: Sequence[str], default: str) -> bool:
    """Return whether the user asks for JSON; errors are JSON then, even those before parsing."""
    wanted = default
    for i, word in enumerate(words):
        if word == "--":
            break
        flag, equals, value = word.partition("=")
        if flag == "--output":
            wanted = value if equals else "".join(words[i + 1 : i + 2])
        elif found := _SHORT_OUTPUT.fullmatch(word):
            wanted = found[1].removeprefix("=") or "".join(words[i + 1 : i + 2])
    return wanted.lower() == "json"


def underscores_to_dashes(token: str) -> str:
    """Replace underscores by dashes, since ZenML writes `--sort_by` for `--sort-by`."""
    return token.replace("_", "-")
