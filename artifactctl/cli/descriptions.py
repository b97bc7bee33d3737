"""The options that describe artifacts, versions and runs, and how a description is shown."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from artifactctl.cli import doors
from artifactctl.cli.session import Session, stdout
from artifactctl.errors import (
    InputOutputError,
    InvalidInputError,
    NotFoundError,
    WrongUsageError,
)
from artifactctl.refs import MAX_DESCRIPTION_BYTES

_PANEL = "Description"

Description = Annotated[
    str | None,
    typer.Option(metavar="TEXT", help="Markdown; '' removes it.", rich_help_panel=_PANEL),
]
DescriptionFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Take it from a file; '-' reads stdin.", rich_help_panel=_PANEL
    ),
]


def read_description(text: str | None, file: Path | None) -> str | None:
    """Return the description that was given as a text or as a file; None when there is none.

    Raises `WrongUsageError` when both are given.
    """
    if file is None:
        return text
    if text is not None:
        raise WrongUsageError(
            "--description and --description-file are given", hint="give one of them"
        )
    name = "standard input" if str(file) == "-" else f"description file {str(file)!r}"
    try:
        return _content(file).decode("utf-8-sig")
    except FileNotFoundError:
        raise NotFoundError(f"{name} does not exist", hint="check the spelling") from None
    except IsADirectoryError:
        raise InvalidInputError(f"{name} is a folder", hint="name a text file") from None
    except UnicodeDecodeError:
        raise InvalidInputError(f"{name} is not UTF-8 text", hint="save it as UTF-8") from None


def _content(file: Path) -> bytes:
    """The start of a file, as much of it as tells that it is too large."""
    if str(file) != "-":
        with file.open("rb") as opened:
            return opened.read(MAX_DESCRIPTION_BYTES + 1)
    if sys.stdin is None:
        raise InputOutputError("standard input is closed", hint="name a file")
    return sys.stdin.buffer.read(MAX_DESCRIPTION_BYTES + 1)


def print_description(session: Session, text: str | None) -> None:
    """Print a description below other lines: laid out on a terminal, as it is in a pipe."""
    if text:
        session.print_lines([""])
        doors.descriptions.print_description(text, stdout())
