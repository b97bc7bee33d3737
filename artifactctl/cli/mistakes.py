"""What a mistake on the command line probably meant. It is loaded only when there is one.

A suggestion is made where one is likely; else the message names the help of the command.
"""

import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import typer

from artifactctl.cli.arguments import ANYWHERE, underscores_to_dashes
from artifactctl.cli.help_page import usage
from artifactctl.cli.other_words import ARGUMENTS, COMMANDS, GROUPS, OPTIONS, VERBS
from artifactctl.errors import WrongUsageError
from artifactctl.suggestions import did_you_mean, nearest

_PLACE = re.compile(r"\b(?:REF\|RUN|NAME|REF|RUN|PATH|TEXT)\b")
_KIND = re.compile(r"[A-Z][A-Z_]*")
_MOST_OWNERS = 3  # commands that are named as having an option
_SURE = 0.75  # how similar an option has to be, to be suggested


def unknown_command(context: typer.Context, words: Sequence[str]) -> WrongUsageError:
    """Return the error for a group that does not have the command `words[0]`."""
    shown = " ".join([*_path(context), words[0]])
    return WrongUsageError(f"there is no command {shown!r}", hint=_right_command(context, words))


def _right_command(context: typer.Context, words: Sequence[str]) -> str:
    path, typed = _path(context), words[0].lower().replace("_", "-")
    names = [name for name, child in _children(context.command).items() if not child.hidden]
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
        children = _children(node)
        name = next((name for name in (part, part.removesuffix("s")) if name in children), None)
        if name is None:
            return None
        node = children[name]
        found.append(name)
    return found


def _ending_in(context: typer.Context, typed: str) -> list[str]:
    """Return the commands whose last word is `typed`: below the group, else where there are few."""
    here = tuple(_path(context))
    found = [path for path, _ in _leaves(context) if path[-1] == typed]
    below = [path for path in found if path[: len(here)] == here]
    found = below or [path for path in found if not here or len(path) == 1]
    return [" ".join(path) for path in found][:_MOST_OWNERS]


def _operand(context: typer.Context, word: str) -> str:
    """Return a hint for a word that is no command, but a file or a name perhaps."""
    quoted = shlex.quote(word)
    if os.path.exists(word):
        return f"to store a file write 'artifactctl register NAME {quoted}'"
    children = _children(context.command)
    verb = next((verb for verb in ("describe", "list") if verb in children), None)
    if verb is not None and not word.isalpha():
        shown = _use([_with_arguments(context, " ".join([*_path(context), verb]))], ["", word])
        return f"{shown}; see '{context.command_path} --help'"
    return _see(context)


def _with_arguments(context: typer.Context, command: str) -> str:
    """Return a command with the arguments that it needs, unless there are some already."""
    node: Any = context.find_root().command
    for word in command.split():
        node = _children(node).get(word)
        if node is None:
            return command
    kinds = [str(item.metavar) for item in node.params if _is_argument(item) and item.required]
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


def stray_words(context: typer.Context, words: Sequence[str]) -> WrongUsageError:
    """Return the error for words that a command has no place for."""
    name = " ".join(_path(context))
    shown = ", ".join(map(repr, words[:3])) + (", …" if len(words) > 3 else "")
    return WrongUsageError(f"{name!r} has no place for {shown}", hint=_place_of(context, words))


def _place_of(context: typer.Context, words: Sequence[str]) -> str:
    name, word = " ".join(_path(context)), shlex.quote(words[0])
    if words[-1] == "help":
        return _see(context)
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
    return WrongUsageError(_plain(error), hint=_see(context))


def _unknown_option(context: typer.Context, option: str, words: Sequence[str]) -> WrongUsageError:
    typed = next((word for word in words if word.startswith(option)), option).partition("=")[0]
    typed = typed if _is_long_with_one_dash(context, typed) else option
    name = " ".join(_path(context)) or "artifactctl"
    return WrongUsageError(f"{name!r} has no option {typed!r}", hint=_right_option(context, typed))


def _is_long_with_one_dash(context: typer.Context, typed: str) -> bool:
    return not typed.startswith("--") and f"-{typed}" in {*_flags(context), *OPTIONS}


def _right_option(context: typer.Context, typed: str) -> str:
    flags = _flags(context)
    is_group = bool(_children(context.command))
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
        or _see(context)
    )


def _other_option(flags: Mapping[str, Any], typed: str) -> str:
    meant = [text for text in OPTIONS.get(typed, ()) if text.split()[0] in flags]
    return f"write {' or '.join(meant[:2])}" if meant else ""


def _argument_meant(context: typer.Context, typed: str) -> str:
    kinds = {
        kind
        for item in context.command.params
        if _is_argument(item)
        for kind in _KIND.findall(str(item.metavar))
    }
    meant = next((kind for kind in ARGUMENTS.get(typed, ()) if kind in kinds), None)
    return "" if meant is None else f"{meant} is no option: write '{usage(context)}'"


def _similar(flags: Mapping[str, Any], typed: str) -> str:
    """Return the flags that `typed` is the start of or the end of, or that it nearly is."""
    own = [flag for flag in flags if flag.startswith("--") and flag not in _EVERYWHERE]
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
    found = [" ".join(path) for path, node in _leaves(context) if typed in _flags_of(node)]
    if not 0 < len(found) <= _MOST_OWNERS:
        return ""
    names = ", ".join(f"'artifactctl {name}'" for name in found)
    return f"it is an option of {names}"


def _behind_the_command(context: typer.Context, typed: str) -> str:
    """Return a hint for an option before a command, or instead of one."""
    flags: dict[str, Any] = {}
    for path, node in _leaves(context):
        if path[: len(_path(context))] == tuple(_path(context)):
            flags |= _flags_of(node)
    if context.parent is None and typed in ("-v", "-V", "--v"):
        return "write --version"
    if typed in flags:
        return f"options come after the command: '{context.command_path} COMMAND {typed}'"
    other = _other_option(flags, typed)
    if other:
        return f"{other}, after the command: '{context.command_path} COMMAND …'"
    return _similar(_flags(context), typed) or _see(context)


def _without_value(option: str, words: Sequence[str]) -> WrongUsageError:
    """Return the error for an option without its value, or for a switch with one."""
    if any(underscores_to_dashes(word).startswith(f"{option}=") for word in words):
        return WrongUsageError(f"option {option} takes no value", hint=f"write {option} alone")
    kind = option.lstrip("-").replace("-", "_").upper() if option.startswith("--") else "VALUE"
    return WrongUsageError(f"option {option} has no value", hint=f"write '{option} {kind}'")


def _missing(context: typer.Context, item: Any) -> WrongUsageError:
    name = " ".join(_path(context))
    what = str(item.metavar or item.name.upper()).removeprefix("-- ")
    if not _is_argument(item):
        what = f"{item.opts[0]} {what}"
    given = [str(value) for value in context.params.values() if isinstance(value, str) and value]
    hint = f"write '{usage(context)}'"
    if "help" in given:
        hint = _see(context)
    elif name == "register" and given and os.path.exists(given[0]):
        hint = f"a name comes first: 'artifactctl register NAME {shlex.quote(given[0])}'"
    elif name.endswith("diff") and given and ".." in given[0]:
        hint = f"write '{context.command_path} {given[0].replace('..', ' NAME:', 1)}'"
    return WrongUsageError(f"{name!r} needs {what}", hint=hint)


def _wrong_value(
    context: typer.Context, item: Any, message: str, words: Sequence[str]
) -> WrongUsageError:
    """Return the error for a value that an option or argument does not take."""
    name = item.opts[0] if not _is_argument(item) else str(item.metavar)
    value = _value_in(words, (*item.opts, *item.secondary_opts))
    choices = [str(getattr(one, "value", one)) for one in item.type_descriptor.choices or ()]
    if not choices:
        shown = f" {value!r}" if value is not None else ""
        return WrongUsageError(f"{name}{shown}: {message}", hint=_see(context))
    known = ", ".join(choices)
    hint = f"write one of {known}"
    close = None if re.search("[./]", value or "") else nearest(value or "", choices)
    if close is not None:
        hint = f"{did_you_mean(close)} There are: {known}"
    elif name == "--output" and _argument_meant(context, "--to"):
        dest = shlex.quote(value or "DEST")
        hint = f"the destination is no option: 'artifactctl download REF {dest}'; formats: {known}"
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


_EVERYWHERE = {flag.split()[0] for names in ANYWHERE for flag in names.split(", ")}


def _flags(context: typer.Context) -> dict[str, Any]:
    """Return the options that a command takes by their flags, with those of every command."""
    return {**dict.fromkeys(_EVERYWHERE), **_flags_of(context.command)}


def _flags_of(node: Any) -> dict[str, Any]:
    options = [item for item in node.params if not _is_argument(item) and not item.hidden]
    return {flag: item for item in options for flag in (*item.opts, *item.secondary_opts)}


def _is_argument(item: Any) -> bool:
    return bool(item.param_type_name == "argument" and not item.hidden)


def _children(node: Any) -> dict[str, Any]:
    return getattr(node, "commands", {})


def _leaves(context: typer.Context) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command with its words, but not those under the names of other programs."""
    pending: list[tuple[tuple[str, ...], Any]] = [((), context.find_root().command)]
    seen: set[int] = set()
    while pending:
        path, node = pending.pop(0)
        children = _children(node)
        if not children and id(node.callback) not in seen:
            seen.add(id(node.callback))
            yield path, node
        pending += [((*path, name), child) for name, child in children.items() if not child.hidden]


def _path(context: typer.Context) -> list[str]:
    """Return the words of a command, without the program's name."""
    return context.command_path.split()[1:]


def _see(context: typer.Context) -> str:
    return f"see '{context.command_path} --help'"
