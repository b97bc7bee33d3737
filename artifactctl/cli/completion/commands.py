"""The commands and parameters to complete, read from Typer's tree."""

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar, get_args

from artifactctl.catalog.reading.fields import Field, Listed
from artifactctl.cli.arguments import ANYWHERE
from artifactctl.cli.command_tree import shown_children

T = TypeVar("T")

# A metavar names the kind of a value, possibly in brackets or with dots: [TAG]...
_KIND = re.compile(r"[A-Z][A-Z_=|]*(\[/PATH\])?")
_CHOICES = re.compile(r"[a-z]+(\|[a-z]+)+")  # or lists the choices: and|or


@dataclass(frozen=True)
class Parameter:
    """An option, or an argument when it has no `flags`.

    `kind` is the kind of its value, or of the value in a filter. `choices` are all possible values,
    or the fields to sort by. `listed` is what the command lists, where the option names fields.
    """

    flags: tuple[str, ...] = ()
    kind: str = ""
    is_filter: bool = False
    choices: tuple[str, ...] = ()
    takes_value: bool = True
    is_many: bool = False
    help: str = ""
    listed: Listed | None = None


@dataclass(frozen=True)
class Command:
    """A command with its parameters, or a group with the help texts of its `children`."""

    parameters: tuple[Parameter, ...]
    children: Mapping[str, str]
    node: Any

    def option(self, flag: str) -> Parameter | None:
        """Return the option with this flag, or None."""
        return next((item for item in self.parameters if flag in item.flags), None)

    @property
    def arguments(self) -> tuple[Parameter, ...]:
        """The arguments in their order."""
        return tuple(item for item in self.parameters if not item.flags)

    def child(self, name: str) -> "Command":
        """Return the command with that name in this group."""
        return read_command(self.node.commands[name])


def _everywhere(name: str, text: str) -> Parameter:
    """Return a flag of `arguments.ANYWHERE` as an option that every command has."""
    flags, _, kind = name.partition(" ") if "," not in name else (name, "", "")
    longest_first = tuple(sorted(flags.split(", "), key=len, reverse=True))
    return Parameter(longest_first, kind, takes_value=bool(kind), help=text)


EVERYWHERE = tuple(_everywhere(name, text) for name, text in ANYWHERE.items())


def read_command(node: Any) -> Command:
    """Return a command of Typer's tree; Typer exports no type for its nodes."""
    annotations = inspect.get_annotations(node.callback) if node.callback else {}
    parameters = [
        _parameter(item, annotations.get(item.name)) for item in node.params if not item.hidden
    ]
    return Command((*parameters, *EVERYWHERE), dict(_children(node)), node)


def _children(node: Any) -> Iterator[tuple[str, str]]:
    return ((name, child.summarize()) for name, child in shown_children(node))


def _parameter(item: Any, annotation: Any) -> Parameter:
    metavar = item.metavar or ""
    kind = _KIND.search(metavar)
    field = _said(annotation, Field)
    listed = _said(annotation, Listed)
    choices = metavar.split("|") if _CHOICES.fullmatch(metavar) else _choices(annotation)
    if listed is not None:
        choices = tuple(field.name for field in listed.fields if field.order is not None)
    is_option = item.param_type_name == "option"
    return Parameter(
        flags=(*item.opts, *item.secondary_opts) if is_option else (),
        kind=field.values if field else kind[0] if kind else "",
        is_filter=field is not None,
        choices=tuple(choices),
        takes_value=not (is_option and item.is_flag),
        is_many=item.multiple or item.nargs == -1,
        help=getattr(item, "help", None) or "",
        listed=listed,
    )


def _said(annotation: Any, kind: type[T]) -> T | None:
    """Return the item of type `kind` in an `Annotated[…]`, or None."""
    return next((item for item in get_args(annotation) if isinstance(item, kind)), None)


def _choices(annotation: Any) -> tuple[str, ...]:
    """Return the values of the enum in an annotation such as `Annotated[Output | None, …]`."""
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return tuple(member.value for member in annotation)
    return next(filter(None, map(_choices, get_args(annotation))), ())
