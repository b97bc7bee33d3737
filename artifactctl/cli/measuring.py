"""The command `usage`."""

from functools import partial
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from artifactctl.cli import doors, options
from artifactctl.cli.options import grouped
from artifactctl.cli.session import Session, session_of, stdout
from artifactctl.enums import OutputFormat
from artifactctl.plain_text import is_unicode

if TYPE_CHECKING:
    from artifactctl.client import PruneRules, Usage

_rule = partial(typer.Option, rich_help_panel="What pruning would free")


class Rules(NamedTuple):
    """The rules of pruning, to show what it would free."""

    unused: Annotated[bool, _rule("--unused", help="Versions that no run refers to.")] = False
    keep_last: Annotated[
        int | None, _rule(metavar="N", min=0, help="All but the newest N of each.")
    ] = None
    keep_tags: Annotated[
        list[str] | None,
        _rule("--keep-tag", metavar="TAG", help="None that has TAG; may be repeated."),
    ] = None
    older_than: Annotated[
        str | None, _rule(metavar="AGE", help="Only older ones, such as 30d.")
    ] = None

    def parsed(self) -> "PruneRules | None":
        """Return the rules; None when there are none."""
        has_rule = self.unused or self.keep_last is not None or self.older_than is not None
        if not has_rule and not self.keep_tags:
            return None
        return doors.client.PruneRules(
            unused=self.unused,
            keep_last=self.keep_last,
            keep_tags=self.keep_tags or (),
            older_than=None if self.older_than is None else options.read_age(self.older_than),
        )


@grouped
def usage(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...", help="Artifacts, by their versions.", show_default="all"
        ),
    ] = None,
    max_size: Annotated[
        str | None,
        typer.Option(metavar="SIZE", help="Propose what could go, such as 50GB."),
    ] = None,
    most: Annotated[
        int, typer.Option("-n", metavar="N", min=0, help="The N largest in a table; 0 for all.")
    ] = 20,
    *,
    rules: Rules,
    output: options.Output = None,
    quiet: Annotated[
        bool, options.quiet("names, or with --max-size what could go, one a line")
    ] = False,
) -> None:
    """Show where the room is, and what could go.

    OWN is what nothing else refers to, SHARED what others have too. With the rules of 'artifact
    prune' it shows what that would free. Nothing is deleted.

    Example: artifactctl usage iris_model --keep-last 3

    Example: artifactctl usage --max-size 50GB
    """
    session = session_of(context)
    pruned = rules.parsed()
    with session.progress("Reading manifests", counts_bytes=False) as progress:
        found = session.client.usage(
            names or (),
            max_bytes=None if max_size is None else options.read_size(max_size),
            rules=pruned,
            progress=progress,
        )
    session.note(*found.notes)
    _print(session, found, session.format_of(output), most, quiet=quiet)


def _print(
    session: Session, found: "Usage", output: OutputFormat, most: int, *, quiet: bool
) -> None:
    shown = doors.usage
    if quiet:
        proposal = found.proposal
        session.print_data(item.ref for item in (proposal.versions if proposal else found.items))
    elif output.is_document:
        session.print_object(found.as_json(), output)
    else:
        is_table = output is OutputFormat.TABLE
        items = found.items[:most] if is_table and most else found.items
        columns = shown.columns(found, has_bars=is_table and session.is_on_terminal)
        rows = shown.rows(items, found, is_unicode=is_unicode(stdout()))
        session.print_rows(columns, rows, output)
        if is_table:
            _print_rest(session, found, len(items))


def _print_rest(session: Session, found: "Usage", shown: int) -> None:
    if shown < len(found.items):
        session.say(f"{len(found.items) - shown:,} more are smaller; -n 0 shows all.")
    session.print_lines(doors.usage.totals(found))
    if found.proposal is not None:
        session.print_lines(doors.usage.proposed(found.proposal, is_all=False))
