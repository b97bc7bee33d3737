"""Hints for mistakes on the command line. The module is loaded only when there is one.

A suggestion is made where one is likely; else the message names the help of the command.
"""

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import typer

from artifactctl.cli.arguments import underscores_to_dashes
from artifactctl.cli.command_tree import (
    EVERYWHERE,
    all_flags,
    children_of,
    flags_of,
    is_argument,
    leaves,
    see_help,
    words_of,
)
from artifactctl.cli.help_page import usage
from artifactctl.cli.other_words import ARGUMENTS, OPTIONS
from artifactctl.cli.unknown_commands import unknown_command as unknown_command
from artifactctl.errors import WrongUsageError
from artifactctl.suggestions import did_you_mean, nearest

_KIND = re.compile(r"[A-Z][A-Z_]*")
_MOST_OWNERS = 3  # commands that are named as having an option
_SURE = 0.75  # how similar an option has to be, to be suggested


def stray_words(context: typer.Context, words: Sequence[str]) -> WrongUsageError:
    """Return the error for words that a command has no place for."""
    name = " ".join(words_of(context))
    shown = ", ".join(map(repr, words[:3])) + (", …" if len(words) > 3 else "")
    return WrongUsageError(f"{name!r} has no place for {shown}", hint=_place_of(context, words))


def _place_of(context: typer.Context, words: Sequence[str]) -> str:
    name, word = " ".join(words_of(context)), shlex.quote(words[0])
    if words[-1] == "help":
        return see_help(context)
    first = next((str(value) for value in context.params.values() if value), "")
    template = _STRAY.get(name)
    if template is not None:
        return template.format(word, shlex.quote(first))
    return f"write '{usage(context)}'; quote what has blanks"


_STRAY: Mapping[str, str] = {
    "artifact list": "write --name {0}",
    "artifact version list": "write --artifact {0}",
    "runs list": "write --pipeline {0}, or --name {0}",
    "pipeline runs list": "write --pipeline {0}, or --name {0}",
    "tags list": "write --name {0}",
    "artifact describe": "for one version use 'artifactctl artifact version describe {1}:{0}'",
    "runs describe": "for a step's log use 'artifactctl runs logs {1} {0}'",
    "metadata list": "for one key of all versions use"
    " 'artifactctl artifact version list --columns +metadata.{0}'",
    "download": "write one version and one destination: 'artifactctl download REF [DEST]'",
    "diff": "to compare more than two use 'artifactctl compare REF REF REF'",
    "info": "use 'artifactctl artifact describe {0}', or 'artifactctl help {0}'",
    "run": "variables are written '--set KEY=VALUE'",
    "gc": "use 'artifactctl artifact prune {0}' for versions",
}


def explained(error: typer.TyperException, words: Sequence[str]) -> WrongUsageError:
    """Return one of Typer's errors in plain words, with what was probably meant."""
    context: Any = getattr(error, "ctx", None)
    parameter: Any = getattr(error, "param", None)
    option: str = getattr(error, "option_name", "")
    if context is None:
        return _without_value(option, words) if option else WrongUsageError(_plain(error))
    if option and hasattr(error, "possibilities"):
        return _unknown_option(context, option, words)
    if parameter is not None and hasattr(error, "param_type"):
        return _missing(context, parameter)
    if parameter is not None:
        return _wrong_value(context, parameter, _plain(error), words)
    return WrongUsageError(_plain(error), hint=see_help(context))


def _unknown_option(context: typer.Context, option: str, words: Sequence[str]) -> WrongUsageError:
    typed = next((word for word in words if word.startswith(option)), option).partition("=")[0]
    typed = typed if _is_long_with_one_dash(context, typed) else option
    name = " ".join(words_of(context)) or "artifactctl"
    return WrongUsageError(f"{name!r} has no option {typed!r}", hint=_right_option(context, typed))


def _is_long_with_one_dash(context: typer.Context, typed: str) -> bool:
    return not typed.startswith("--") and f"-{typed}" in {*all_flags(context), *OPTIONS}


def _right_option(context: typer.Context, typed: str) -> str:
    flags = all_flags(context)
    is_group = bool(children_of(context.command))
    if is_group:
        return _behind_the_command(context, typed)
    if any("COMMAND" in str(item.metavar) for item in context.command.params):
        return f"put '--' before the command: '{usage(context)}'"
    if f"-{typed}" in flags:
        return f"write -{typed}, with two dashes"
    typed = typed if typed.startswith("--") or len(typed) == 2 else f"-{typed}"
    return (
        _other_option(flags, typed)
        or _argument_meant(context, typed)
        or _similar(flags, typed)
        or _needless(flags, typed)
        or _owners(context, typed)
        or see_help(context)
    )


def _other_option(flags: Mapping[str, Any], typed: str) -> str:
    meant = [text for text in OPTIONS.get(typed, ()) if text.split()[0] in flags]
    return f"write {' or '.join(meant[:2])}" if meant else ""


def _argument_meant(context: typer.Context, typed: str) -> str:
    kinds = {
        kind
        for item in context.command.params
        if is_argument(item)
        for kind in _KIND.findall(str(item.metavar))
    }
    meant = next((kind for kind in ARGUMENTS.get(typed, ()) if kind in kinds), None)
    return "" if meant is None else f"{meant} is not an option: write '{usage(context)}'"


def _similar(flags: Mapping[str, Any], typed: str) -> str:
    """Return the flags that `typed` is the start of or the end of, or that it nearly is."""
    own = [flag for flag in flags if flag.startswith("--") and flag not in EVERYWHERE]
    found = [flag for flag in own if flag.startswith(typed) and len(typed) > 3]
    found = found or [flag for flag in own if typed.startswith(flag) and len(flag) > 4]
    close = nearest(typed, [flag for flag in flags if flag.startswith("--")], _SURE)
    if close is not None:
        found = [close] if close not in found else found
    return f"did you mean {' or '.join(map(repr, found[:3]))}?" if found else ""


def _needless(flags: Mapping[str, Any], typed: str) -> str:
    """Return a hint for consent where nothing is asked."""
    if typed in ("--yes", "-y", "--force", "-f") and "--yes" not in flags:
        return f"nothing is asked and nothing is overwritten: leave out {typed}"
    return ""


def _owners(context: typer.Context, typed: str) -> str:
    """Return the commands that have an option, when they are few."""
    found = [" ".join(path) for path, node in leaves(context) if typed in flags_of(node)]
    if not 0 < len(found) <= _MOST_OWNERS:
        return ""
    names = ", ".join(f"'artifactctl {name}'" for name in found)
    return f"it is an option of {names}"


def _behind_the_command(context: typer.Context, typed: str) -> str:
    """Return a hint for an option before a command, or instead of one."""
    flags: dict[str, Any] = {}
    for path, node in leaves(context):
        if path[: len(words_of(context))] == tuple(words_of(context)):
            flags |= flags_of(node)
    if context.parent is None and typed in ("-v", "-V", "--v"):
        return "write --version"
    if typed in flags:
        return f"options come after the command: '{context.command_path} COMMAND {typed}'"
    other = _other_option(flags, typed)
    if other:
        return f"{other}, after the command: '{context.command_path} COMMAND …'"
    return _similar(all_flags(context), typed) or see_help(context)


def _without_value(option: str, words: Sequence[str]) -> WrongUsageError:
    """Return the error for an option without its value, or for a switch with one."""
    if any(underscores_to_dashes(word).startswith(f"{option}=") for word in words):
        return WrongUsageError(f"option {option} takes no value", hint=f"write {option} alone")
    kind = option.lstrip("-").replace("-", "_").upper() if option.startswith("--") else "VALUE"
    return WrongUsageError(f"option {option} has no value", hint=f"write '{option} {kind}'")


def _missing(context: typer.Context, item: Any) -> WrongUsageError:
    name = " ".join(words_of(context))
    what = str(item.metavar or item.name.upper()).removeprefix("-- ")
    if not is_argument(item):
        what = f"{item.opts[0]} {what}"
    given = [str(value) for value in context.params.values() if isinstance(value, str) and value]
    hint = f"write '{usage(context)}'"
    if "help" in given:
        hint = see_help(context)
    elif name == "register" and given and os.path.exists(given[0]):
        hint = f"a name comes first: 'artifactctl register NAME {shlex.quote(given[0])}'"
    elif name.endswith("diff") and given and ".." in given[0]:
        hint = f"write '{context.command_path} {given[0].replace('..', ' NAME:', 1)}'"
    return WrongUsageError(f"{name!r} needs {what}", hint=hint)


def _wrong_value(
    context: typer.Context, item: Any, message: str, words: Sequence[str]
) -> WrongUsageError:
    """Return the error for a value that an option or argument does not take."""
    name = item.opts[0] if not is_argument(item) else str(item.metavar)
    value = _value_in(words, (*item.opts, *item.secondary_opts))
    choices = [str(getattr(one, "value", one)) for one in item.type_descriptor.choices or ()]
    if not choices:
        shown = f" {value!r}" if value is not None else ""
        return WrongUsageError(f"{name}{shown}: {message}", hint=see_help(context))
    known = ", ".join(choices)
    hint = f"write one of {known}"
    close = None if re.search("[./]", value or "") else nearest(value or "", choices)
    if close is not None:
        hint = f"{did_you_mean(close)} There are: {known}"
    elif name == "--output" and _argument_meant(context, "--to"):
        dest = shlex.quote(value or "DEST")
        hint = (
            f"the destination is not an option: 'artifactctl download REF {dest}'; formats: {known}"
        )
    elif name == "--output":
        hint += "; to write a file use '> FILE'"
    return WrongUsageError(f"{name} {value!r} is not known", hint=hint)


def _value_in(words: Sequence[str], flags: Sequence[str]) -> str | None:
    """Return the last value that the line gives to one of these flags."""
    found = None
    for i, word in enumerate(words):
        flag, equals, value = word.partition("=")
        if flag.replace("_", "-") in flags:
            found = value if equals else "".join(words[i + 1 : i + 2])
        elif word[:2] in flags and not word.startswith("--"):
            found = word[2:]
    return found


# Plainer words for phrases of Typer's parser.
_NOISE = {
    "Input should be a valid integer, unable to parse string as an integer": "not a whole number",
    "Input should be greater than or equal to": "must be at least",
    "Value error, ": "",
}


def _plain(error: typer.TyperException) -> str:
    message = " ".join(error.message.split()).rstrip(".")
    for noise, plain in _NOISE.items():
        message = message.replace(noise, plain)
    return message
