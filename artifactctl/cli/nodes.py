"""The commands and groups of the tree: Typer's, with help pages and messages of our own."""

import sys
from collections.abc import Iterable
from enum import Enum
from functools import partial
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


_TYPERS = object()
_LONG = 10  # digits; Python and pydantic refuse numbers of thousands


def _taking_plain_values(parameters: Iterable[Any]) -> list[Any]:
    """Return parameters that take plain values as they are.

    Typer has pydantic convert each value, also those that need no conversion, and loading pydantic
    takes a third of a listing's time. Everything else, and each mistake, stays with Typer.
    """
    found = list(parameters)
    for item in found:
        item.process_value = partial(_take, item)
    return found


def _take(item: Any, context: typer.Context, value: Any) -> Any:
    plain = _plain(item, value)
    if plain is _TYPERS or (item.required and item.value_is_missing(plain)):
        return type(item).process_value(item, context, value)
    return plain if item.callback is None else item.callback(context, item, plain)


def _plain(item: Any, value: Any) -> Any:
    """Return what Typer would make of a value; `_TYPERS` where that is for Typer to say."""
    kind = item.type_descriptor.annotation
    if value is None:
        return () if item.multiple or item.nargs == -1 else None
    if kind == list[str] and isinstance(value, list | tuple):
        return list(value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next((member for member in kind if value in (member, member.value)), _TYPERS)
    if kind is int:
        return _plain_number(item, value)
    return value if kind in (str, bool) and isinstance(value, kind) else _TYPERS


def _plain_number(item: Any, value: Any) -> Any:
    """Return the number in a text of a few digits, when it is within the limits of `item`."""
    if isinstance(value, str):
        is_plain = value.isascii() and value.isdecimal() and len(value) < _LONG
        value = int(value) if is_plain else None
    is_right = (
        isinstance(value, int)
        and (item.min is None or item.min <= value)
        and (item.max is None or value <= item.max)
    )
    return value if is_right else _TYPERS


class Command(TyperCommand):
    """A command that refuses words that it has no place for, and says where they belong."""

    allow_extra_args = True

    def get_params(self, ctx: typer.Context) -> list[Any]:  # type: ignore[override]
        """Return the parameters, of which plain values need no conversion."""
        return _taking_plain_values(super().get_params(ctx))

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

    def get_params(self, ctx: typer.Context) -> list[Any]:  # type: ignore[override]
        """Return the parameters, of which plain values need no conversion."""
        return _taking_plain_values(super().get_params(ctx))

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
