"""The commands on tags themselves: `tags create`, `update`, `delete` and `protect`."""

from typing import TYPE_CHECKING, Annotated

import typer

from artifactctl import plain_text
from artifactctl.cli import options
from artifactctl.cli.session import Session, session_of
from artifactctl.enums import ColorVariants, OutputFormat
from artifactctl.errors import WrongUsageError

if TYPE_CHECKING:
    from artifactctl.results.tags import TagDetails

TagName = Annotated[str, typer.Argument(metavar="TAG", help="The tag's name or ID.")]
Color = Annotated[
    ColorVariants | None,
    typer.Option(
        "--color",
        "-c",
        metavar="COLOR",
        case_sensitive=False,
        help=f"{', '.join(ColorVariants)}.",
        show_default="by its name",
    ),
]


def create_tag(
    context: typer.Context,
    tag: Annotated[str | None, typer.Argument(metavar="TAG", help="The tag's name.")] = None,
    name: Annotated[
        str | None, typer.Option("--name", "-n", metavar="TAG", help="The same as TAG.")
    ] = None,
    color: Color = None,
    exclusive: Annotated[
        bool,
        typer.Option("--exclusive", help="One version of an artifact has it at a time."),
    ] = False,
    cascade: Annotated[
        bool,
        typer.Option("--cascade", help="A pipeline's versions get it too."),
    ] = False,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Make a tag.

    Giving one makes it, too: this is for its colour, or to make it exclusive.

    Example: artifactctl tags create prod --color green --exclusive
    """
    session = session_of(context)
    if (tag is None) is (name is None):
        raise WrongUsageError("give one name for the tag", hint="artifactctl tags create TAG")
    made = session.client.create_tag(
        f"{name if tag is None else tag}", exclusive, color, cascade=cascade
    )
    _print(session, made, "Created", output, quiet=quiet)


def update_tag(
    context: typer.Context,
    tag: TagName,
    name: Annotated[
        str | None,
        typer.Option("--name", "-n", metavar="NEW_NAME", help="Its new name, everywhere."),
    ] = None,
    color: Color = None,
    exclusive: Annotated[
        bool | None,
        typer.Option(
            "--exclusive/--no-exclusive", help="Whether one version of an artifact has it."
        ),
    ] = None,
    cascade: Annotated[
        bool | None,
        typer.Option("--cascade/--no-cascade", help="Whether a pipeline's versions get it too."),
    ] = None,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Rename a tag everywhere, change its colour, make it exclusive.

    Example: artifactctl tags update prod --name production --color green
    """
    session = session_of(context)
    if name is None and color is None and exclusive is None and cascade is None:
        raise WrongUsageError(
            "there is nothing to change", hint="give --name, --color, --exclusive or --cascade"
        )
    done = session.client.update_tag(tag, name, exclusive, color, cascade=cascade)
    _print(session, done, "Updated", output, quiet=quiet)


def delete_tag(
    context: typer.Context,
    tag: TagName,
    yes: options.Yes = False,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Delete a tag, also from everything that has it; that itself stays.

    Example: artifactctl tags delete draft --yes
    """
    session = session_of(context)
    found = session.client.get_tag(tag, allow_name_prefix_match=False)
    count = plain_text.count(found.tagged_count, "object") if found.tagged_count else "nothing"
    if not session.confirm(f"Delete tag {found.name!r}, which is on {count}?", yes=yes):
        return
    session.client.delete_tag(found.id)
    _print(session, found, "Deleted", output, quiet=quiet)


def protect_tag(
    context: typer.Context,
    tag: TagName,
    off: Annotated[bool, typer.Option("--off", help="End the protection.")] = False,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Protect a tag, and what has it.

    While a tag is protected, it is given and taken away only with 'artifactctl tag REF TAG
    --expect REF', it is not renamed and not deleted, and versions, artifacts and runs that have it
    are neither deleted nor pruned.

    Example: artifactctl tags protect prod
    """
    session = session_of(context)
    done = session.client.protect_tag(tag, not off)
    _print(session, done, "Protected no longer:" if off else "Protected", output, quiet=quiet)


def _print(
    session: Session, tag: "TagDetails", verb: str, output: OutputFormat | None, *, quiet: bool
) -> None:
    summary = f"{verb} {tag.name}"
    session.print_object(tag, output, identifier=tag.name, quiet=quiet, summary=summary)
