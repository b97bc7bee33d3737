"""The command `help`: guides, and the help of commands."""

import shutil
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from artifactctl.cli import doors
from artifactctl.cli.paging import print_paged
from artifactctl.cli.session import stdout
from artifactctl.errors import WrongUsageError
from artifactctl.screen import screen_of
from artifactctl.suggestions import did_you_mean, nearest

_WIDEST = 100  # columns; longer lines are hard to read


def help_(
    context: typer.Context,
    topic: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TOPIC]...", help="A guide, or the words of a command."),
    ] = None,
) -> None:
    """Show a guide, or the help of a command.

    Without a word, list them.

    Example: artifactctl help files

    Example: artifactctl help artifact version list
    """
    words = topic or []
    found = doors.guides.summaries()
    if not words:
        print_paged(_overview(context, found))
    elif len(words) == 1 and words[0] in found:
        _print_guide(words[0])
    else:
        _print_command(context, words, list(found))


def _print_guide(topic: str) -> None:
    text = doors.guides.guide(topic)
    if stdout().isatty():
        width = min(shutil.get_terminal_size().columns, _WIDEST)
        text = doors.guides.laid_out(
            text, width, has_colour=screen_of(stdout()).palette is not None
        )
    print_paged(text)


def _print_command(context: typer.Context, words: list[str], topics: list[str]) -> None:
    root = context.find_root()
    known = getattr(root.command, "commands", {})
    node: Any = known.get(words[0])
    for i, word in enumerate(words[1:], 1):
        if not hasattr(node, "commands"):
            name = " ".join(words[:i])
            raise WrongUsageError(
                f"{name!r} has no command {word!r}", hint=f"'artifactctl help {name}' shows it"
            )
        node = node.commands.get(word)
        if node is None:
            break
    if words[0] not in known:
        begun = next((name for name in topics if name.startswith(words[0])), None)
        hint = did_you_mean(begun or nearest(words[0], [*topics, *known]))
        raise WrongUsageError(
            f"there is no guide and no command {words[0]!r}",
            hint=hint or "'artifactctl help' lists them",
        )
    root.command.main([*words, "--help"], "artifactctl", standalone_mode=False, obj=root.obj)


def _overview(context: typer.Context, summaries: Mapping[str, str]) -> str:
    widest = max(map(len, summaries))
    lines = [f"  {name:{widest}}  {summary}\n" for name, summary in summaries.items()]
    shown = context.find_root().get_help().rstrip()
    return f"{shown}\n\nGuides, read with 'artifactctl help TOPIC':\n{''.join(lines)}"
