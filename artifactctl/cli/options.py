"""Options that several commands share, and how their values are read."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from artifactctl.enums import OutputFormat
from artifactctl.errors import WrongUsageError

Output = Annotated[
    OutputFormat | None,
    typer.Option("--output", "-o", help="How to print the result.", show_default="table"),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only identifiers, one a line.")]
Reference = Annotated[
    str, typer.Argument(metavar="REF", help="NAME, NAME:VERSION, NAME@TAG, or an ID.")
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
Include = Annotated[
    list[str] | None,
    typer.Option(metavar="GLOB", help="Take only matching files; may be repeated."),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option(metavar="GLOB", help="Leave matching files out; may be repeated."),
]

Page = Annotated[int, typer.Option(help="Which page, from 1.")]
Size = Annotated[int, typer.Option(help="Rows on a page; 0 lists everything.")]
SortBy = Annotated[
    list[str] | None,
    typer.Option(
        metavar="[asc:|desc:]FIELD",
        help="Order, such as desc:created; may be repeated.",
        show_default="newest first",
    ),
]
Columns = Annotated[
    str | None, typer.Option("--columns", "-c", metavar="a,b|all", help="Which columns to print.")
]
LogicalOperator = Annotated[
    str, typer.Option(metavar="and|or", help="Whether all filters must hold, or one.")
]

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
References = Annotated[
    list[str], typer.Argument(metavar="REF...", help="NAME, NAME:VERSION, NAME@TAG, or an ID.")
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


def read_metadata(words: list[str] | None, file: Path | None) -> dict[str, Any]:
    """What `KEY=VALUE` words and a file say; the words win."""
    # Only a command with metadata needs to read any.
    from artifactctl.metadata import parse_pairs, read_file  # noqa: PLC0415

    return {**(read_file(file) if file else {}), **parse_pairs(words or ())}


def read_age(text: str) -> timedelta:
    """`30d`, `12h`, `2w`, or 0."""
    # Only a command with an age needs to read any.
    from artifactctl.catalog.moments import age  # noqa: PLC0415

    try:
        return timedelta(0) if text.strip() == "0" else age(text)
    except (ValueError, OverflowError):
        raise WrongUsageError(
            f"age {text!r} is not known", hint="write a number and s, m, h, d or w, such as 30d"
        ) from None
