"""Commands and their parameters for completion, read from Typer's tree."""

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar, get_args

from artifactctl.catalog.reading.fields import Field, Listed

T = TypeVar("T")

# A metavar is the kind of a value, perhaps in brackets or with dots: [TAG]...
_KIND = re.compile(r"[A-Z][A-Z_=|]*")
_CHOICES = re.compile(r"[a-z]+(\|[a-z]+)+")  # or names what may be chosen: and|or


@dataclass(frozen=True)
class Parameter:
    """An option, or without `flags` an argument.

    `kind` says what its value is, a filter's too. `choices` are all values that there are, or the
    fields to sort by.
    """

    flags: tuple[str, ...] = ()
    kind: str = ""
    is_filter: bool = False
    choices: tuple[str, ...] = ()
    takes_value: bool = True
    is_many: bool = False
    help: str = ""


@dataclass(frozen=True)
class Command:
    """A command with its parameters, or a group of commands with what each does."""

    parameters: tuple[Parameter, ...]
    children: Mapping[str, str]
    node: Any

    def option(self, flag: str) -> Parameter | None:
        """The option that has this flag."""
        return next((item for item in self.parameters if flag in item.flags), None)

    @property
    def arguments(self) -> tuple[Parameter, ...]:
        """The arguments in their order."""
        return tuple(item for item in self.parameters if not item.flags)

    def child(self, name: str) -> "Command":
        """The command of that name in this group."""
        return read_command(self.node.commands[name])


# The flags that `arguments.arrange` takes from every line, and the help of every command.
EVERYWHERE = (
    Parameter(("--home",), "DIR", help="Use that home."),
    Parameter(("--debug",), takes_value=False, help="Show where an error was raised."),
    Parameter(("--no-color",), takes_value=False, help="Print without colour."),
    Parameter(("--help", "-h"), takes_value=False, help="Show this message and exit."),
)


def read_command(node: Any) -> Command:
    """A command of Typer's tree. Typer exports no type for it."""
    annotations = inspect.get_annotations(node.callback) if node.callback else {}
    parameters = [
        _parameter(item, annotations.get(item.name)) for item in node.params if not item.hidden
    ]
    return Command((*parameters, *EVERYWHERE), dict(_children(node)), node)


def _children(node: Any) -> Iterator[tuple[str, str]]:
    for name, child in getattr(node, "commands", {}).items():
        if not child.hidden:
            yield name, (child.help or "").partition("\n")[0]


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
    )


def _said(annotation: Any, kind: type[T]) -> T | None:
    """What `Annotated[…]` says of that kind."""
    return next((item for item in get_args(annotation) if isinstance(item, kind)), None)


def _choices(annotation: Any) -> tuple[str, ...]:
    """The values of the enum in `Annotated[Output | None, …]` and the like."""
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return tuple(member.value for member in annotation)
    return next(filter(None, map(_choices, get_args(annotation))), ())
