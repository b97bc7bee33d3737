"""What a mistake on the command line probably meant. It is loaded when there is one."""

from collections.abc import Sequence

import typer

from artifactctl.errors import WrongUsageError
from artifactctl.suggestions import did_you_mean, nearest


def unknown_command(context: typer.Context, words: Sequence[str]) -> WrongUsageError:
    """Return the error for a group that does not have the command `words[0]`."""
    shown = f"{context.command_path} {words[0]}".partition(" ")[2]
    known = getattr(context.command, "commands", {})
    hint = did_you_mean(nearest(words[0], known)) or f"see '{context.command_path} --help'"
    return WrongUsageError(f"there is no command {shown!r}", hint=hint)


def stray_words(context: typer.Context, words: Sequence[str]) -> WrongUsageError:
    """Return the error for words that a command has no place for."""
    name = context.command_path.partition(" ")[2]
    shown = ", ".join(map(repr, words))
    return WrongUsageError(
        f"{name!r} has no place for {shown}", hint=f"see '{context.command_path} --help'"
    )
