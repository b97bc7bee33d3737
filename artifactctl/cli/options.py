"""Options that several commands share."""

from typing import Annotated

import typer

from artifactctl.enums import OutputFormat

Output = Annotated[
    OutputFormat | None,
    typer.Option("--output", "-o", help="How to print the result.", show_default="table"),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only identifiers, one a line.")]
Reference = Annotated[
    str, typer.Argument(metavar="REF", help="NAME, NAME:VERSION, NAME@TAG, or an ID.")
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
    str,
    typer.Option(
        metavar="[asc:|desc:]FIELD",
        help="Order, such as desc:created.",
        show_default="newest first",
    ),
]
Columns = Annotated[
    str | None, typer.Option("--columns", "-c", metavar="a,b|all", help="Which columns to print.")
]
Filter = Annotated[
    list[str] | None,
    typer.Option(metavar="FILTER", help="VALUE or OPERATOR:VALUE, such as contains:iris."),
]
