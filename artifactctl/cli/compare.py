"""The command `compare`."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from artifactctl.cli import doors, options
from artifactctl.cli.browser import show_page
from artifactctl.cli.options import given, grouped
from artifactctl.cli.session import Session, data_out, flush, session_of, stdout
from artifactctl.enums import ComparisonFormat, OutputFormat
from artifactctl.errors import WrongUsageError
from artifactctl.own_data import check_not_own_data

if TYPE_CHECKING:
    from artifactctl.compare import Comparison
    from artifactctl.render.comparison.cells import Facts


_chosen = partial(typer.Option, rich_help_panel="What to compare")
_shown = partial(typer.Option, rich_help_panel="What to show")
_written = partial(typer.Option, rich_help_panel="Pages and pictures")


class Chosen(NamedTuple):
    """What to compare, besides references."""

    pipeline: Annotated[
        str | None, _chosen(metavar="PIPELINE", help="Compare the runs of a pipeline.")
    ] = None
    artifact: Annotated[
        str | None, _chosen(metavar="NAME", help="Compare the versions of an artifact.")
    ] = None
    last: Annotated[int | None, _chosen(metavar="N", min=1, help="Only the newest N of these.")] = (
        None
    )
    baseline: Annotated[
        str | None,
        _chosen(
            metavar="REF|RUN", help="What the others are compared with.", show_default="the first"
        ),
    ] = None


class Shown(NamedTuple):
    """What to show of it, in which order."""

    only_diff: Annotated[
        bool, _shown("--only-diff", help="Leave out what is the same everywhere.")
    ] = False
    keys: Annotated[
        list[str] | None,
        _shown("--key", metavar="GLOB", help="Only these keys; may be repeated."),
    ] = None
    filters: Annotated[
        list[str] | None,
        _shown("--filter", metavar="KEY=FILTER", help="accuracy=gt:0.9, duration_s=lt:60, …"),
    ] = None
    sort_by: Annotated[
        list[str] | None,
        _shown(
            metavar="[asc:|desc:]FIELD",
            help="A key, name, created or duration_s, …",
            show_default="as given, or oldest first",
        ),
    ] = None
    maximize: Annotated[
        list[str] | None,
        _shown(metavar="GLOB", help="Keys of which more is better.", show_default="by name"),
    ] = None
    minimize: Annotated[
        list[str] | None,
        _shown(metavar="GLOB", help="Keys of which less is better.", show_default="by name"),
    ] = None
    group_by: Annotated[
        str | None, _shown(metavar="FIELD", help="Mean and deviation for each value of it.")
    ] = None
    importance: Annotated[
        str | None, _shown(metavar="FIELD", help="Which parameters go with this metric.")
    ] = None


class Written(NamedTuple):
    """The files to write."""

    html: Annotated[Path | None, _written(metavar="FILE", help="Write an interactive page.")] = None
    open_page: Annotated[bool, _written("--open", help="Show the page in a browser.")] = False
    plot: Annotated[Path | None, _written(metavar="FILE", help="Write a chart of the numbers.")] = (
        None
    )


@grouped
def compare(
    context: typer.Context,
    references: Annotated[
        list[str] | None,
        typer.Argument(metavar="[REF|RUN]...", help="Versions, or runs as run:NAME_OR_ID."),
    ] = None,
    *,
    chosen: Chosen,
    shown: Shown,
    written: Written,
    exit_code: options.ExitCode = False,
    output: Annotated[
        ComparisonFormat | None,
        options.output("table, md, json, yaml, csv or tsv"),
    ] = None,
    quiet: Annotated[bool, options.quiet("the names of the columns")] = False,
) -> None:
    """Put up to 100 runs or versions side by side.

    What was logged with them is compared, and the parameters of steps. A filter is VALUE or
    OPERATOR:VALUE, as in 'artifact version list'. Objects in metadata are keys joined with a dot;
    a step's parameters are STEP.NAME.

    Example: artifactctl compare run:monday run:tuesday --only-diff

    Example: artifactctl compare --pipeline training --sort-by desc:accuracy -o md

    Example: artifactctl compare --pipeline sweep --group-by fit.rate

    Example: artifactctl compare --pipeline sweep --importance accuracy
    """
    if written.open_page and written.html is None:
        raise WrongUsageError("--open has no page to open", hint="add --html FILE")
    if not references and chosen.pipeline is None and chosen.artifact is None:
        raise WrongUsageError(
            "there is nothing to compare",
            hint="give two or more of REF or run:NAME, or --pipeline NAME, or --artifact NAME",
        )
    session = session_of(context)
    found = session.client.compare(*(references or ()), **given(chosen, shown))
    session.note(*found.notes)
    _write_files(session, found, written, has_keys=bool(shown.keys))
    if quiet:
        session.print_data(column.name for column in found.columns)
    elif output is not None or (written.html is None and written.plot is None):
        facts: Facts = "none" if shown.keys else "differing" if shown.only_diff else "all"
        _print(session, found, output, facts)
    if exit_code and not found.is_equal:
        raise typer.Exit(1)


def _print(
    session: Session, found: "Comparison", output: ComparisonFormat | None, facts: "Facts"
) -> None:
    """Print the comparison, or what was asked for instead: groups, or what goes with a metric."""
    is_separated = output in (ComparisonFormat.CSV, ComparisonFormat.TSV)
    if is_separated and found.grouped is not None and found.importance is not None:
        raise WrongUsageError(
            "--group-by and --importance are two tables", hint="ask for one of them, or for -o json"
        )
    usual = session.format_of(
        None if output in (None, ComparisonFormat.MD) else OutputFormat(output.value)
    )
    if output is not ComparisonFormat.MD and usual.is_document:
        session.print_object(found.as_json(), usual)
    elif (found.grouped is None and found.importance is None) or not found.columns:
        _print_whole(session, found, output, facts)
    else:
        _print_groups(session, found, output, usual)
        _print_importance(session, found, output, usual)


def _print_groups(
    session: Session, found: "Comparison", output: ComparisonFormat | None, usual: OutputFormat
) -> None:
    grouped, shown = found.grouped, doors.comparison.grouped
    if grouped is None:
        return
    if output is ComparisonFormat.MD:
        session.print_data(shown.markdown_grouped(grouped))
    elif usual is OutputFormat.TABLE:
        shown.print_grouped(grouped, stdout(), is_wide=session.is_wide)
        flush()
        session.say(shown.remark(grouped))
    else:
        shown.print_separated_groups(grouped, data_out(), _separator(usual))


def _print_importance(
    session: Session, found: "Comparison", output: ComparisonFormat | None, usual: OutputFormat
) -> None:
    importance, shown = found.importance, doors.comparison.important
    if importance is None:
        return
    if output is ComparisonFormat.MD:
        before = [""] if found.grouped is not None else []
        session.print_data((*before, *shown.markdown_importance(importance)))
    elif usual is OutputFormat.TABLE:
        if found.grouped is not None:
            session.print_data([""])
        shown.print_importance(importance, stdout())
        flush()
        session.say(*shown.remarks(importance))
    else:
        shown.print_separated_importance(importance, data_out(), _separator(usual))


def _separator(usual: OutputFormat) -> str:
    return "\t" if usual is OutputFormat.TSV else ","


def _print_whole(
    session: Session, found: "Comparison", output: ComparisonFormat | None, facts: "Facts"
) -> None:
    shown = doors.comparison
    if output is ComparisonFormat.MD:
        session.print_data(shown.markdown(found, facts))
        return
    usual = session.format_of(None if output is None else OutputFormat(output.value))
    if usual is not OutputFormat.TABLE:
        shown.print_separated(found, data_out(), _separator(usual), facts)
    else:
        shown.print_table(found, stdout(), facts, is_wide=session.is_wide)
        flush()  # the remarks come after the table, even when both streams go to one file
        session.say(*shown.remarks(found, stdout()))


def _write_files(
    session: Session, found: "Comparison", written: Written, *, has_keys: bool
) -> None:
    """Write the page and the chart that the options name."""
    html, plot = written.html, written.plot
    if html is None and plot is None:
        return
    for path in (html, plot):
        if path is not None:
            check_not_own_data(path, session.client.home.own_paths())
    value = found.as_json()
    if html is not None:
        doors.page.write_page(
            value, html, session.client.curves_of(found), session.client.details_of(found)
        )
        session.say(f"Wrote {html}")
        if not doors.page.has_charts():
            session.say(
                "It has no parallel coordinates and no scatter chart; for these, "
                f"{doors.page.HOW_TO_GET_CHARTS}"
            )
    if plot is not None:
        doors.page.write_plot(value, plot, _drawn(found) if has_keys else ())
        session.say(f"Wrote {plot}")
    if html is not None and written.open_page:
        show_page(session, html.resolve().as_uri())


def _drawn(found: "Comparison") -> list[str]:
    """Return the chosen keys whose values are numbers; all chosen keys when there are none."""
    numbers = [row.key for row in found.rows if row.kind == "number"]
    return numbers or [row.key for row in found.rows]
