"""The completions of a word: commands, flags, or values of the right kind."""

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from artifactctl.cli import doors
from artifactctl.cli.completion.commands import Parameter
from artifactctl.cli.completion.line import Line, read_line, split_flag
from artifactctl.enums import ArtifactType, RunStatus
from artifactctl.refs import RUN

if TYPE_CHECKING:
    from artifactctl.catalog.reading.completing import Kind
    from artifactctl.catalog.reading.fields import Listed
    from artifactctl.client import Client

FILES = {"PATH", "FILE", "DEST", "URL"}
FOLDERS = {"DIR", "HOME_OR_URL"}
_LONE_COLON = re.compile(r"(?<!:):(?!:)")
_OPERATOR = re.compile(r"[a-z]+:(?!:)")
_DIRECTION = re.compile(r"(asc|desc):")
_FIXED: Mapping[str, Sequence[str]] = {
    "TYPE": [member.short for member in ArtifactType],
    "STATUS": list(RunStatus),
}
_LISTED: Mapping[str, Callable[[], Iterable[tuple[str, str]]]] = {
    "TOPIC": lambda: doors.guides.summaries().items(),
    "SETTING": lambda: ((key, "") for key in doors.settings.KEYS),
}
_LOOKED_UP: Mapping[str, "Kind"] = {
    "NAME": "name",
    "TAG": "tag",
    "RUN": "run",
    "PIPELINE": "pipeline",
}


@dataclass(frozen=True)
class Offer:
    """The completions: words with descriptions, or a request that the shell completes paths."""

    wanted: Literal["words", "files", "folders"] = "words"
    words: tuple[tuple[str, str], ...] = ()


def offer(root: Any, words: Sequence[str], current: str) -> Offer:
    """Return the completions of `current` after `words`; `root` is Typer's tree of commands."""
    line = read_line(root, words)
    if line.is_unknown:
        return Offer()
    if line.waiting is not None:
        return _values(line, line.waiting, current)
    if current.startswith("-") and not line.has_flags_ended:
        return _flag_or_its_value(line, current)
    if line.command.children:
        return _words(line.command.children.items(), current)
    if line.argument is not None:
        return _arguments(line, line.argument, current)
    return _flags(line, current)


def _flag_or_its_value(line: Line, current: str) -> Offer:
    flag, equals, value = split_flag(current)
    if not equals:
        return _flags(line, current)
    option = line.command.option(flag)
    if option is None or not option.takes_value:
        return Offer()
    found = _values(line, option, value)
    typed = current.removesuffix(value)
    return replace(found, words=tuple((typed + word, text) for word, text in found.words))


def _flags(line: Line, current: str) -> Offer:
    pairs = [(flag, option.help) for option in line.unused for flag in option.flags]
    return _words(pairs, current)


def _arguments(line: Line, parameter: Parameter, current: str) -> Offer:
    found = _values(line, parameter, current)
    if line.has_flags_ended:
        return found
    # A tag that looks like a flag would be parsed as one.
    return replace(found, words=tuple(pair for pair in found.words if pair[0][:1] != "-"))


def _values(line: Line, parameter: Parameter, start: str) -> Offer:
    if parameter.is_filter:
        return _behind(_OPERATOR, start, lambda rest: _of_kind(line, parameter.kind, rest))
    if parameter.kind == "FIELD":
        return _behind(_DIRECTION, start, lambda rest: _plain(parameter.choices, rest))
    if parameter.kind == "COLUMNS" and parameter.listed is not None:
        return _columns(parameter.listed, start)
    if parameter.choices:
        return _plain(parameter.choices, start)
    return _of_kind(line, parameter.kind, start)


def _columns(listed: "Listed", start: str) -> Offer:
    """Return completions of the last of several columns, `a,b` or `+a`, that is not there yet."""
    typed, word = re.fullmatch(r"((?:.*,)?\+?)(.*)", start, re.DOTALL).groups()  # type: ignore[union-attr]
    given = {item.removeprefix("+") for item in typed.split(",")}
    every = doors.listings.listing_of(listed).all
    known = [*(column for column in every if column not in given), *([] if typed else ["all"])]
    words = _plain(known, word).words
    return Offer(words=tuple((typed + column, text) for column, text in words))


def _behind(prefix: re.Pattern[str], start: str, offer_rest: Callable[[str], Offer]) -> Offer:
    """Return completions after a prefix that was typed: an operator, or a direction."""
    found = prefix.match(start)
    typed = found[0] if found else ""
    words = offer_rest(start.removeprefix(typed)).words
    return Offer(words=tuple((typed + word, text) for word, text in words))


def _of_kind(line: Line, kind: str, start: str) -> Offer:
    if kind in FILES:
        return Offer("files")
    if kind in FOLDERS:
        return Offer("folders")
    if kind in _FIXED:
        return _plain(_FIXED[kind], start)
    if kind in _LISTED:
        return _words(_LISTED[kind](), start)
    if kind in _LOOKED_UP:
        return _plain(_look_up(line, _LOOKED_UP[kind], start), start)
    if kind == "STEP":
        return _plain(_look_up(line, "step", start, (line.values or [""])[0]), start)
    if kind == "VERSION":
        return _plain(_versions(line, _artifact_of(line), start), start)
    if kind.startswith("REF"):
        return _plain(_places(line, kind, start), start)
    return Offer()


def _places(line: Line, kind: str, start: str) -> list[str]:
    """Return references, with runs or with paths in a version where these may be meant, too."""
    if kind == "REF[/PATH]" and "/" in start:
        return _client(line).complete_path(start)
    runs = _run_references(line, start) if kind == "REF|RUN" else []
    return [*_references(line, start), *runs]


def _references(line: Line, start: str) -> list[str]:
    name, at, tag = start.partition("@")
    if at:
        return [f"{name}@{item}" for item in _look_up(line, "tag", tag, name)]
    names = _look_up(line, "name", start)
    if colons := list(_LONE_COLON.finditer(start)):
        name, version = start[: colons[-1].start()], start[colons[-1].end() :]
        names += [f"{name}:{item}" for item in _versions(line, name, version)]
    return names


def _run_references(line: Line, start: str) -> list[str]:
    """Return completions `run:NAME`, when `start` begins like `run:`."""
    if not start or start[: len(RUN)] != RUN[: len(start)]:
        return []
    return [RUN + name for name in _look_up(line, "run", start.removeprefix(RUN[: len(start)]))]


def _versions(line: Line, artifact: str, start: str) -> list[str]:
    found = _look_up(line, "version", start, artifact)
    is_wanted = "latest".startswith(start) and (found or _look_up(line, "version", "", artifact))
    return [*found, "latest"] if is_wanted else found


def _artifact_of(line: Line) -> str:
    """Return the artifact whose versions are completed: the first argument, or a filter."""
    filtered = line.value_of("--artifact", "--name") or ""
    return line.values[0] if line.values else filtered


def _look_up(line: Line, kind: "Kind", start: str, of: str | None = None) -> list[str]:
    return _client(line).complete(kind, start, of)


def _client(line: Line) -> "Client":
    home = line.value_of("--home")
    return doors.client.Client(os.path.expandvars(home) if home else None)


def _plain(words: Iterable[str], start: str) -> Offer:
    return _words(((word, "") for word in words), start)


def _words(pairs: Iterable[tuple[str, str]], start: str) -> Offer:
    # Only a catalog that was tampered with contains a line feed or an escape code. The shell would
    # read a line feed as the end of a word, and the terminal would execute an escape code.
    found = ((word, text) for word, text in pairs if word.startswith(start) and word.isprintable())
    return Offer(words=tuple(found))
