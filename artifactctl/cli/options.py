"""Options that several commands share, and parsing their values."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from artifactctl.catalog.reading.fields import NEWEST_FIRST
from artifactctl.cli import doors
from artifactctl.enums import OutputFormat
from artifactctl.errors import WrongUsageError

MOST_FILES = 20
"""The files that a table shows on a terminal."""

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

ExitCode = Annotated[bool, typer.Option("--exit-code", help="End with 1 when anything differs.")]
AllFiles = Annotated[
    bool, typer.Option("--files", help=f"Show all files, not only the {MOST_FILES} largest.")
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


@dataclass(frozen=True)
class Paging:
    """The options of all listings: the page, the order, and the output."""

    logical_operator: Annotated[
        str, typer.Option(metavar="and|or", help="Whether all filters must hold, or one.")
    ] = "and"
    page: Annotated[int, typer.Option(help="Which page, from 1.")] = 1
    size: Annotated[
        int | None,
        typer.Option(
            help="Rows on a page; 0 lists everything.",
            show_default="20; everything with -q, csv, tsv",
        ),
    ] = None
    sort_by: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[asc:|desc:]FIELD",
            help="Order, such as desc:created; may be repeated.",
            show_default="newest first",
        ),
    ] = None
    columns: Annotated[
        str | None,
        typer.Option(
            "--columns",
            "-c",
            metavar="a,b|+a|all",
            help="Which columns to print; metadata.KEY is one, +a adds to the usual ones.",
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


def read_metadata(words: list[str] | None, file: Path | None) -> dict[str, Any]:
    """Return the metadata in `KEY=VALUE` words and in a file; the words override the file."""
    of_file = doors.metadata.read_file(file) if file else {}
    return {**of_file, **doors.metadata.parse_pairs(words or ())}


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
