"""Showing metadata, and the points of series."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from artifactctl.cli import doors, options
from artifactctl.cli.curves import curve_of
from artifactctl.cli.session import Session, session_of
from artifactctl.enums import OutputFormat
from artifactctl.errors import NotFoundError
from artifactctl.refs import RUN, run_name
from artifactctl.suggestions import suggestion

if TYPE_CHECKING:
    from artifactctl.results.series import Series


def list_metadata(
    context: typer.Context,
    ref: options.ReferenceOrRun,
    series: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="Show the points of the series KEY instead."),
    ] = None,
    version: options.VersionBeside = None,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Show the metadata of a version, or of a run and its steps.

    A key with a series shows its last value, the number of its points, the least and the greatest
    value, and on a terminal its curve.

    Example: artifactctl metadata list iris_model@prod -o json

    Example: artifactctl metadata list run:nightly --series loss -o csv
    """
    session = session_of(context)
    name, metadata, found = _found(session, ref, version)
    if series is not None:
        _print_points(session, name, series, found, output, quiet=quiet)
    elif quiet:
        session.print_data([*metadata])
    elif session.format_of(output).is_document:
        session.print_object(metadata, output)
    else:
        _print_rows(session, metadata, found, output)
        if not metadata:
            session.say(f"{name} has no metadata.")


def _found(
    session: Session, ref: str, version: str | None
) -> "tuple[str, Mapping[str, Any], Mapping[str, Series]]":
    """Return the name of a version or a run, its metadata and its series."""
    run = run_name(ref) if version is None else None
    if run is not None:
        found_run = session.client.describe_pipeline_run(run).run
        return f"{RUN}{found_run.name}", found_run.all_metadata, found_run.series
    found = session.client.find_artifact_version(ref, version)
    return found.ref, dict(found.metadata), found.series


def _print_rows(
    session: Session,
    metadata: Mapping[str, Any],
    found: "Mapping[str, Series]",
    output: OutputFormat | None,
) -> None:
    rows = doors.series.rows(metadata, found, curve_of(session))
    session.print_rows(doors.series.columns(rows), rows, output)


def _print_points(
    session: Session,
    name: str,
    key: str,
    found: "Mapping[str, Series]",
    output: OutputFormat | None,
    *,
    quiet: bool,
) -> None:
    """Print the points of a series; with `quiet` its steps only."""
    if key not in found:
        hint = suggestion(key, list(found)) if found else "'metadata log --step' makes series"
        raise NotFoundError(f"{name} has no series {key!r}", hint=hint)
    points = found[key].points
    if quiet:
        session.print_data(map(str, points.steps))
        return
    rows = doors.series.rows_of(points)
    if session.format_of(output).is_document:
        session.print_object({"key": key, **found[key].as_json(), "points": rows}, output)
    else:
        session.print_rows(["step", "time", "value"], rows, output)
