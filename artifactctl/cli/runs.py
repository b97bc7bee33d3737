"""Commands on runs and pipelines: `runs describe`, `logs` and `delete`, `pipeline delete`."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from artifactctl import plain_text
from artifactctl.cli import doors, options
from artifactctl.cli.curves import curve_of
from artifactctl.cli.descriptions import (
    Description,
    DescriptionFile,
    print_description,
    read_description,
)
from artifactctl.cli.session import session_of
from artifactctl.enums import OutputFormat
from artifactctl.errors import NotFoundError, WrongUsageError
from artifactctl.refs import RUN, run_name
from artifactctl.suggestions import suggestion

if TYPE_CHECKING:
    from artifactctl.results.steps import StepRun

Run = Annotated[
    str,
    typer.Argument(metavar="RUN", help="A name or its start, an ID, latest, PIPELINE@latest."),
]
Force = Annotated[
    bool, typer.Option("--force", "-f", help="Delete runs that are still running, too.")
]


def describe_run(
    context: typer.Context,
    run: Run,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Show everything about one run: its steps, inputs and outputs.

    Example: artifactctl runs describe nightly -o json
    """
    session = session_of(context)
    found = session.client.describe_pipeline_run(run_name(run) or run)
    is_table = session.format_of(output) is OutputFormat.TABLE
    if is_table:
        facts = doors.runs.properties(found, curve_of(session))
    else:
        facts = doors.runs.as_json(found)
    session.print_object(facts, output, identifier=found.run.id_text, quiet=quiet)
    if is_table and not quiet:
        print_description(session, found.run.description)
    if is_table and not quiet and found.steps:
        session.print_lines([""])
        rows = doors.runs.step_rows(found)
        session.print_rows(doors.runs.step_columns(rows), rows, output)


def update_run(
    context: typer.Context,
    run: Run,
    description: Description = None,
    description_file: DescriptionFile = None,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Describe a run in Markdown.

    Example: artifactctl runs update nightly --description 'With the *new* features'
    """
    session = session_of(context)
    text = read_description(description, description_file)
    if text is None:
        raise WrongUsageError(
            "there is nothing to change", hint="give --description TEXT or --description-file FILE"
        )
    done = session.client.update_pipeline_run(run_name(run) or run, description=text)
    facts = {"id": done.id_text, "name": done.name, "description": done.description}
    summary = f"Updated {RUN}{done.name}"
    session.print_object(facts, output, identifier=done.id_text, quiet=quiet, summary=summary)


def print_logs(
    context: typer.Context,
    run: Run,
    step: Annotated[
        str | None, typer.Argument(metavar="[STEP]", help="One of its steps.", show_default="all")
    ] = None,
    output: options.Output = None,
    quiet: Annotated[bool, options.quiet("the names of steps that have a log")] = False,
) -> None:
    """Print what the steps of a run printed.

    Example: artifactctl runs logs nightly train
    """
    session = session_of(context)
    found = session.client.describe_pipeline_run(run_name(run) or run).run
    if step is not None and step not in found.steps:
        raise NotFoundError(
            f"run {found.name!r} has no step {step!r}", hint=suggestion(step, found.steps)
        )
    wanted = [item for name, item in found.steps.items() if step in (None, name)]
    logs = [(item.name, item.log()) for item in wanted]
    kept = [(name, text) for name, text in logs if text]
    shown = session.format_of(output)
    rows = [{"step": name, "log": text} for name, text in logs]
    if quiet:
        session.print_data(name for name, _ in kept)
    elif shown.is_document:
        session.print_object({"id": found.id_text, "run": found.name, "steps": rows}, shown)
    elif shown is not OutputFormat.TABLE:
        session.print_rows(["step", "log"], rows, shown)
    else:
        session.print_lines(doors.runs.log_lines(kept, with_names=step is None and len(wanted) > 1))
        for name, text in logs:
            if not text:
                session.say(_silence(found.steps[name]))


def _silence(step: "StepRun") -> str:
    """Return the reason why a step has no log."""
    if step.status == "running":
        return f"{step.name} is still running: its log is kept when it ends."
    if step.status != "cached":
        return f"{step.name} printed nothing."
    makers = sorted(
        {
            f"artifactctl runs logs {version.producer['run']} {version.producer['step']}"
            for versions in step.outputs.values()
            for version in versions
            if version.producer is not None
        }
    )
    made = f"; see {', '.join(makers)}" if makers else ""
    return f"{step.name} was served by the cache and printed nothing{made}."


def delete_runs(
    context: typer.Context,
    runs: Annotated[
        list[str],
        typer.Argument(metavar="RUN...", help="As for one run: a name, an ID, latest, …"),
    ],
    yes: options.Yes = False,
    force: Force = False,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Delete runs with their steps, all or none.

    The versions that they made stay. What these versions were made from is forgotten, and
    'artifact prune' deletes them.

    Example: artifactctl runs delete nightly --yes
    """
    session = session_of(context)
    find = partial(session.client.get_pipeline_run, allow_name_prefix_match=False)
    unique = {found.id: found for found in (find(run_name(run) or run) for run in runs)}
    names = ", ".join(found.name for found in unique.values())
    steps = plain_text.count(sum(len(found.steps) for found in unique.values()), "step")
    if not session.confirm(f"Delete run {names} with {steps}?", yes=yes):
        return
    # By ID, since a newer run may have taken a name after the question was asked.
    deleted = session.client.delete_pipeline_run(list(unique), force=force)
    if quiet:
        session.print_data(deleted)
        return
    session.print_object({"deleted": deleted}, output, summary=f"Deleted {names}")


def delete_pipeline(
    context: typer.Context,
    pipeline: Annotated[str, typer.Argument(metavar="PIPELINE", help="Its whole name, or its ID.")],
    yes: options.Yes = False,
    force: Force = False,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Delete a pipeline: all its runs and its tags; the versions that they made stay.

    What these versions were made from is forgotten, and 'artifact prune' deletes them.

    Example: artifactctl pipeline delete training --yes
    """
    session = session_of(context)
    found = session.client.find_pipeline(pipeline)
    count = plain_text.count(found.run_count, "run")
    if not session.confirm(f"Delete pipeline {found.name!r} with {count}?", yes=yes):
        return
    deleted = session.client.delete_pipeline(found.name, force=force)
    session.print_object(
        {"pipeline": found.name, "deleted": deleted},
        output,
        identifier=found.name,
        quiet=quiet,
        summary=f"Deleted {found.name} ({plain_text.count(len(deleted), 'run')})",
    )
