"""Hints for commands that do not exist: another spelling, or the word of another program."""

import os
import re
import shlex
from collections.abc import Sequence
from typing import Any

import typer

from artifactctl.cli.command_tree import children_of, is_argument, leaves, see_help, words_of
from artifactctl.cli.other_words import COMMANDS, GROUPS, VERBS
from artifactctl.errors import WrongUsageError
from artifactctl.suggestions import did_you_mean, nearest

_PLACE = re.compile(r"\b(?:REF\|RUN|NAME|REF|RUN|PATH|TEXT)\b")
_MOST = 3  # commands that are named
_SURE = 0.75  # how similar a word has to be, to be suggested


def unknown_command(context: typer.Context, words: Sequence[str]) -> WrongUsageError:
    """Return the error for a group that does not have the command `words[0]`."""
    shown = " ".join([*words_of(context), words[0]])
    return WrongUsageError(f"there is no command {shown!r}", hint=_right_command(context, words))


def _right_command(context: typer.Context, words: Sequence[str]) -> str:
    path, typed = words_of(context), words[0].lower().replace("_", "-")
    names = [name for name, child in children_of(context.command).items() if not child.hidden]
    if typed == "help":
        return f"write 'artifactctl help {' '.join([*path, *words[1:2]])}'"
    if meant := _spelled(context, path, typed, names):
        return did_you_mean(" ".join(meant))
    where = " ".join([*path, typed])
    verbs = [verb for verb in VERBS.get(typed, ()) if verb in names][:1] if path else []
    others = GROUPS.get(where) or [" ".join([*path, verb]) for verb in verbs]
    others = others or ([] if path else COMMANDS.get(typed, []))
    if others:
        return _use([_with_arguments(context, other) for other in others], words)
    if elsewhere := _ending_in(context, typed):
        return _use([_with_arguments(context, other) for other in elsewhere], words)
    if not path and (other := nearest(typed, COMMANDS, _SURE)) is not None:
        return _use([_with_arguments(context, command) for command in COMMANDS[other]], words)
    close = nearest(typed, names)
    return did_you_mean(close and " ".join([*path, close])) or _operand(context, words[0])


def _spelled(
    context: typer.Context, path: Sequence[str], typed: str, names: Sequence[str]
) -> list[str] | None:
    """Return the command in another case or number, or with its words joined by dashes."""
    is_word = typed in COMMANDS
    for name in names:
        if typed == name or (not is_word and (typed == f"{name}s" or f"{typed}s" == name)):
            return [*path, name]
    close = nearest(typed, names, 0.8)
    if close is not None and not is_word:
        return [*path, close]
    parts = typed.split("-") if "-" in typed else []
    for order in (parts, parts[::-1]):
        if order and (found := _resolved(context, order)) is not None:
            return found
    return None


def _resolved(context: typer.Context, parts: Sequence[str]) -> list[str] | None:
    node, found = context.find_root().command, []
    for part in parts:
        children = children_of(node)
        name = next((name for name in (part, part.removesuffix("s")) if name in children), None)
        if name is None:
            return None
        node = children[name]
        found.append(name)
    return found


def _ending_in(context: typer.Context, typed: str) -> list[str]:
    """Return the commands whose last word is `typed`: below the group, else where there are few."""
    here = tuple(words_of(context))
    found = [path for path, _ in leaves(context) if path[-1] == typed]
    below = [path for path in found if path[: len(here)] == here]
    found = below or [path for path in found if not here or len(path) == 1]
    return [" ".join(path) for path in found][:_MOST]


def _operand(context: typer.Context, word: str) -> str:
    """Return a hint for a word that is no command, but a file or a name perhaps."""
    quoted = shlex.quote(word)
    if os.path.exists(word):
        return f"to store a file write 'artifactctl register NAME {quoted}'"
    children = children_of(context.command)
    verb = next((verb for verb in ("describe", "list") if verb in children), None)
    if verb is not None and not word.isalpha():
        shown = _use([_with_arguments(context, " ".join([*words_of(context), verb]))], ["", word])
        return f"{shown}; see '{context.command_path} --help'"
    return see_help(context)


def _with_arguments(context: typer.Context, command: str) -> str:
    """Return a command with the arguments that it needs, unless there are some already."""
    node: Any = context.find_root().command
    for word in command.split():
        node = children_of(node).get(word)
        if node is None:
            return command
    kinds = [str(item.metavar) for item in node.params if is_argument(item) and item.required]
    return " ".join([command, *(kind.removesuffix("...") for kind in kinds)])


def _use(commands: Sequence[str], words: Sequence[str]) -> str:
    """Return `use 'artifactctl …'`, with the word after the command where its name belongs."""
    word = next((shlex.quote(word) for word in words[1:2] if not word.startswith("-")), "")
    filled = [f"'artifactctl {_filled(command, word)}'" for command in commands]
    return "use " + " or ".join(filter(None, (", ".join(filled[:-1]), filled[-1])))


def _filled(command: str, word: str) -> str:
    """Return the command with a word in place of its first argument, a file in that of PATH."""
    if word and " PATH" in command and os.path.exists(word):
        return command.replace("PATH", word)
    return _PLACE.sub(lambda _: word, command, count=1) if word else command
