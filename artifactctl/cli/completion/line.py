"""The parsed command line up to the cursor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from artifactctl.cli.arguments import PLURALS, underscores_to_dashes
from artifactctl.cli.completion.commands import Command, Parameter, read_command


@dataclass
class Line:
    """The command, its values and options so far, and the option that still needs a value."""

    command: Command
    values: list[str] = field(default_factory=list)
    given: dict[tuple[str, ...], list[str]] = field(default_factory=dict)
    waiting: Parameter | None = None
    has_flags_ended: bool = False
    is_unknown: bool = False

    @property
    def argument(self) -> Parameter | None:
        """The next argument, or None."""
        for i, parameter in enumerate(self.command.arguments):
            if parameter.is_many or i >= len(self.values):
                return parameter
        return None

    @property
    def unused(self) -> list[Parameter]:
        """The options that can still be given."""
        options = [item for item in self.command.parameters if item.flags]
        return [item for item in options if item.is_many or item.flags not in self.given]

    def value_of(self, *flags: str) -> str | None:
        """Return the last value given to one of these options, or None."""
        found: Mapping[str, str] = {
            flag: values[-1]
            for names, values in self.given.items()
            for flag in names
            if flag in flags and values
        }
        return next(iter(found.values()), None)


def read_line(root: Any, words: Sequence[str]) -> Line:
    """Return the parsed line of `words`, from the root of Typer's tree."""
    line = Line(read_command(root))
    for word in words:
        _take(line, word)
    return line


def split_flag(word: str) -> tuple[str, str, str]:
    """Split `--flag=value` into three parts, the flag with dashes."""
    flag, equals, value = word.partition("=")
    return underscores_to_dashes(flag), equals, value


def _take(line: Line, word: str) -> None:
    if line.waiting is not None:
        line.given[line.waiting.flags].append(word)
        line.waiting = None
    elif line.has_flags_ended or not word.startswith("-") or word == "-":
        _take_value(line, word)
    elif word == "--":
        line.has_flags_ended = True
    elif word.startswith("--"):
        flag, equals, value = split_flag(word)
        _take_option(line, flag, value if equals else None)
    else:
        _take_letters(line, word[1:])


def _take_value(line: Line, word: str) -> None:
    if not line.command.children:
        line.values.append(word)
        return
    name = underscores_to_dashes(word)
    name = PLURALS.get(name, name)
    if name in line.command.children:
        line.command = line.command.child(name)
    else:
        line.is_unknown = True


def _take_letters(line: Line, letters: str) -> None:
    """Parse `-qo json` or `-ojson`: flags, up to one whose value is the rest of the word."""
    for i, letter in enumerate(letters):
        option = line.command.option(f"-{letter}")
        if option is not None and option.takes_value:
            _take_option(line, f"-{letter}", letters[i + 1 :] or None)
            return
        _take_option(line, f"-{letter}", None)


def _take_option(line: Line, flag: str, value: str | None) -> None:
    option = line.command.option(flag)
    if option is None:
        return
    values = line.given.setdefault(option.flags, [])
    if not option.takes_value:
        return
    if value is None:
        line.waiting = option
    else:
        values.append(value)
