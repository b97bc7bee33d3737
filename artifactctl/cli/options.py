"""Options that several commands share, groups of options, and parsing their values.

A group is a named tuple of options that belong together. A command takes it as one parameter, and
hands it on whole; Typer sees each option.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from artifactctl import plain_text
from artifactctl.catalog.reading.fields import NEWEST_FIRST
from artifactctl.cli import doors
from artifactctl.enums import OutputFormat
from artifactctl.errors import InvalidInputError, WrongUsageError

Command = Callable[..., None]

MOST_FILES = 20
"""The files that a table shows on a terminal."""


def output(formats: str) -> Any:
    """Return the option for the format of what is printed."""
    return typer.Option(
        "--output",
        "-o",
        metavar="FORMAT",
        help=f"{formats}.  [env: ARTIFACTCTL_OUTPUT]",
        show_default="table",
        rich_help_panel="Output",
    )


def quiet(what: str) -> Any:
    """Return the option for printing only what identifies things."""
    return typer.Option("--quiet", "-q", help=f"Print only {what}.", rich_help_panel="Output")


_VERSION_OF = re.compile(r"[^/:@]+(?:::[^/:@]+)*[:@][^/:@]+")

Output = Annotated[OutputFormat | None, output("table, json, yaml, csv or tsv")]
Quiet = Annotated[bool, quiet("identifiers, one a line")]
Reference = Annotated[
    str, typer.Argument(metavar="REF", help="NAME, NAME:VERSION, NAME:^1.2, NAME@TAG, or an ID.")
]
ReferenceOrRun = Annotated[
    str,
    typer.Argument(
        metavar="REF|RUN", help="NAME, NAME:VERSION, NAME@TAG, an ID, or run:NAME_OR_ID."
    ),
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The artifact's name.")]
VersionBeside = Annotated[
    str | None,
    typer.Option("--version", "-v", metavar="VERSION", help="The version, beside a bare NAME."),
]
Beside = Annotated[
    str | None, typer.Argument(metavar="[VERSION]", help="The version.", hidden=True)
]
NoCache = Annotated[
    bool, typer.Option("--no-cache", help="Read every byte from a remote store itself.")
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        metavar="N",
        min=1,
        help="Files at the same time.",
        show_default="1; 32 for a store on a server",
    ),
]
Include = Annotated[
    list[str] | None,
    typer.Option(
        metavar="GLOB", help="Take only matching files; may be repeated.", rich_help_panel="Files"
    ),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option(
        metavar="GLOB", help="Leave matching files out; may be repeated.", rich_help_panel="Files"
    ),
]

ExitCode = Annotated[bool, typer.Option("--exit-code", help="End with 1 when anything differs.")]
AllFiles = Annotated[
    bool,
    typer.Option(
        "--files",
        help=f"Show all files on a terminal, too, not only the {MOST_FILES} largest.",
        rich_help_panel="Output",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
References = Annotated[
    list[str],
    typer.Argument(metavar="REF...", help="NAME, NAME:VERSION, NAME:^1.2, NAME@TAG, or an ID."),
]
NewVersion = Annotated[
    str | None,
    typer.Option("--version", "-v", help="A version of your own.", show_default="counts up"),
]
NewType = Annotated[
    str | None,
    typer.Option("--type", metavar="TYPE", help="data, model, …", show_default="data"),
]
NewTags = Annotated[
    list[str] | None,
    typer.Option("--tag", "-t", metavar="TAG", help="A label; may be repeated."),
]
NewMetadata = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KEY=VALUE",
        help="VALUE is JSON, else text; KEY:=JSON and KEY==TEXT say which; may be repeated.",
    ),
]
MetadataFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="JSON or YAML with keys and values.")
]


_PAGING = "Order and paging"


class Paging(NamedTuple):
    """The options of all listings: the page, the order, and the output."""

    logical_operator: Annotated[
        str,
        typer.Option(
            metavar="and|or",
            help="Whether all filters must hold, or one.",
            rich_help_panel="Filters",
        ),
    ] = "and"
    page: Annotated[
        int, typer.Option(metavar="N", help="Which page, from 1.", rich_help_panel=_PAGING)
    ] = 1
    size: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Rows on a page; 0 is all.",
            show_default="20; all with -q, csv, tsv",
            rich_help_panel=_PAGING,
        ),
    ] = None
    sort_by: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[asc:|desc:]FIELD",
            help="Such as desc:created; may be repeated.",
            show_default="newest first",
            rich_help_panel=_PAGING,
        ),
    ] = None
    columns: Annotated[
        str | None,
        typer.Option(
            "--columns",
            "-c",
            metavar="COLUMNS",
            help="a,b or all; metadata.KEY is one; +a adds to the usual ones.",
            rich_help_panel="Output",
        ),
    ] = None
    output: Output = None
    quiet: Quiet = False

    def asked(self, usual: OutputFormat) -> dict[str, Any]:
        """Return the keyword arguments for the client's method, apart from the filters.

        `usual` is the output format when none is asked for. Identifiers, CSV and TSV have no place
        for a remark that there is more, and so are not cut to a page unless one is asked for.
        """
        output = self.output or usual
        is_cut = not self.quiet and (output.is_document or output is OutputFormat.TABLE)
        size = self.size if self.size is not None else 20 if is_cut or self.page != 1 else 0
        return {
            "logical_operator": self.logical_operator,
            "page": self.page,
            "size": size,
            "sort_by": self.sort_by or (NEWEST_FIRST,),
        }


def one_version(beside: str | None, version: str | None) -> str | None:
    """Return the version given beside a name, as a word or by --version, but not both."""
    if beside is not None and version is not None:
        raise WrongUsageError(
            f"versions {beside!r} and {version!r} are given", hint="give one of them"
        )
    return beside or version


def check_bare(name: str, instead: str) -> None:
    """Raise `InvalidInputError` for a version where an artifact's name belongs.

    `instead` says what to write, with `{}` for the version.
    """
    if _VERSION_OF.fullmatch(name):
        hint = f"use '{instead.format(name)}'" if "{}" in instead else instead
        raise InvalidInputError(f"{name!r} is a version, not an artifact's name", hint=hint)


def read_metadata(words: list[str] | None, file: Path | None) -> dict[str, Any]:
    """Return the metadata in `KEY=VALUE` words and in a file; the words override the file."""
    of_file = doors.metadata.read_file(file) if file else {}
    return {**of_file, **doors.metadata.parse_pairs(words or ())}


def read_size(text: str) -> int:
    """Return a size in bytes such as `5GB`, `500 MiB` or 0.

    Raises `WrongUsageError` for any other text.
    """
    try:
        return plain_text.parse_size(text)
    except ValueError:
        raise WrongUsageError(
            f"{text!r} is not a size", hint="write bytes, or a number and kB, MB, GB or GiB"
        ) from None


def read_age(text: str) -> timedelta:
    """Return an age such as `30d`, `12h`, `2w` or 0.

    Raises `WrongUsageError` for any other text.
    """
    try:
        return timedelta(0) if text.strip() == "0" else doors.moments.age(text)
    except (ValueError, OverflowError):
        raise WrongUsageError(
            f"{text!r} is not an age", hint="write a number and s, m, h, d or w, such as 30d"
        ) from None


def grouped(command: Command) -> Command:
    """Return a command for Typer whose parameters that are named tuples are options, one a field.

    The annotations of the fields are those of Typer's options, their defaults those of the options.
    """
    groups = {
        item.name: item.annotation
        for item in inspect.signature(command).parameters.values()
        if hasattr(item.annotation, "_fields")
    }

    @wraps(command)
    def run(**given: Any) -> None:
        for name, group in groups.items():
            given[name] = group(**{field: given.pop(field) for field in group._fields})
        command(**given)

    set_parameters(run, _flat(inspect.signature(command).parameters.values(), groups))
    return run


def _flat(
    parameters: Iterable[inspect.Parameter], groups: dict[str, Any]
) -> Iterable[inspect.Parameter]:
    for item in parameters:
        if item.name in groups:
            yield from options_of(item.annotation)
        else:
            yield item.replace(kind=inspect.Parameter.KEYWORD_ONLY)


def given(*groups: Any) -> dict[str, Any]:
    """Return the options of groups that have a value, as keyword arguments for the client."""
    fields = (item for group in groups for item in group._asdict().items())
    return {name: value for name, value in fields if value is not None}


def options_of(group: Any) -> Sequence[inspect.Parameter]:
    """Return the options of a group, in the order of its fields."""
    return [
        item.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for item in inspect.signature(group).parameters.values()
    ]


def set_parameters(command: Command, parameters: Iterable[inspect.Parameter]) -> None:
    """Tell Typer, which reads `__signature__`, and completion, which reads `__annotations__`."""
    signature = inspect.Signature(list(parameters))
    vars(command)["__signature__"] = signature
    command.__annotations__ = {item.name: item.annotation for item in signature.parameters.values()}
