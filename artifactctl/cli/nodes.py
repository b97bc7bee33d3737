"""The commands and groups of the tree: Typer's, with help pages and messages of our own."""

import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from artifactctl.cli import doors
from artifactctl.cli.help_page import page
from artifactctl.cli.session import session_of
from artifactctl.errors import WrongUsageError

# They make the home, or are not about one.
_NEED_NO_HOME = {"register", "exec", "run", "init", "create", "restore", "rebuild"}
_NEED_NO_HOME |= {"help", "info", "trust"}


class Children(Mapping[str, Any]):
    """The commands of a group by name, each made when it is first asked for."""

    def __init__(self, makers: Mapping[str, Callable[[], Any]]) -> None:
        self._makers = makers
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._makers

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


class Command(TyperCommand):
    """A command that refuses words that it has no place for, and says where they belong."""

    allow_extra_args = True

    def get_help(self, ctx: typer.Context) -> str:  # type: ignore[override]
        """Return the help page."""
        return page(ctx, sys.stdout)

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Parse the words after the command."""
        rest = super().parse_args(ctx, args)
        if rest and not ctx.resilient_parsing:
            raise doors.mistakes.stray_words(ctx, rest)
        return rest

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        """Call the command's function; most need a home that is there."""
        if ctx.info_name not in _NEED_NO_HOME:
            session_of(ctx).check_home()
        return super().invoke(ctx)


class Group(TyperGroup):
    """A group that names the right words for a command that it does not have."""

    def get_help(self, ctx: typer.Context) -> str:  # type: ignore[override]
        """Return the help page."""
        return page(ctx, sys.stdout)

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Parse the words up to the command; without any, show the help as a mistake."""
        if not args and not ctx.resilient_parsing:
            if sys.stderr is not None:
                sys.stderr.write(page(ctx, sys.stderr) + "\n")
            raise typer.Exit(WrongUsageError.exit_code)
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: typer.Context, args: list[str]) -> Any:  # type: ignore[override]
        """Return the command that the first word names, and the words after it."""
        if not args[0].startswith("-") and self._named(ctx, args[0]) is None:
            raise doors.mistakes.unknown_command(ctx, args)
        return super().resolve_command(ctx, args)

    def _named(self, ctx: typer.Context, word: str) -> Any:
        return self.get_command(ctx, word) or self.get_command(ctx, word.replace("_", "-"))
