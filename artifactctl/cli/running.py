"""`run` and `exec`: commands and pipelines whose results are versioned."""

import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from artifactctl.cli import options
from artifactctl.cli.session import Session, session_of
from artifactctl.cli.watching import watch
from artifactctl.enums import OutputFormat
from artifactctl.errors import InvalidInputError, WrongUsageError

if TYPE_CHECKING:
    from artifactctl.pipelines.engine.reports import RunPlan, RunReport

Wait = Annotated[
    int,
    typer.Option(
        metavar="SECONDS", min=0, help="How long to wait for a run that writes the same files."
    ),
]

_OTHER = re.compile(r"[^A-Za-z0-9_]")


def run(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="YAML: what produces which artifacts.")
    ] = None,
    variables: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A variable; wins over the file's vars."),
    ] = None,
    step: Annotated[
        list[str] | None,
        typer.Option(metavar="STEP", help="Only this step and what it needs; may be repeated."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would run and why; run nothing.")
    ] = False,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Run every step, whatever was made before.")
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs", "-j", min=1, help="Steps at the same time: one, unless the pipeline says."
        ),
    ] = None,
    wait: Wait = 600,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print a JSON Schema of the file, for editors.")
    ] = False,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Run what a file describes; version what its steps make, reuse what has not changed.

    Example: artifactctl run train.yaml --set seed=7 --jobs 4
    """
    session = session_of(context)
    if schema:
        from artifactctl.pipelines import files  # noqa: PLC0415 (the door to pipelines)

        session.print_object(files.json_schema(), output or OutputFormat.JSON)
        return
    if file is None:
        raise WrongUsageError("a run needs a file", hint="artifactctl run FILE, or --schema")
    from artifactctl.pipelines import run_files  # noqa: PLC0415 (the door to pipelines)

    asked = run_files.RunOptions(_overrides(variables or ()), step or (), not no_cache, jobs, wait)
    watching = watch(session, output, quiet=quiet)
    if dry_run:
        planned = run_files.plan_file(session.client, file, asked, watching)
        _print_plan(session, planned, output, quiet=quiet)
        return
    done = run_files.run_file(session.client, file, asked, watching)
    _print_report(session, done, output, quiet=quiet)


def execute(
    context: typer.Context,
    name: options.Name,
    command: Annotated[
        list[str], typer.Argument(metavar="COMMAND...", help="What to execute, behind '--'.")
    ],
    out: Annotated[
        str, typer.Option(metavar="PATH", help="The file or folder that the command writes.")
    ],
    inputs: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            metavar="REF",
            help="A version that it reads, at $ARTIFACTCTL_INPUT_<ITS NAME>; may be repeated.",
        ),
    ] = None,
    version: options.NewVersion = None,
    artifact_type: options.NewType = None,
    tag: options.NewTags = None,
    metadata: options.NewMetadata = None,
    metadata_file: options.MetadataFile = None,
    link: Annotated[
        bool, typer.Option("--link", help="Leave what it writes in place; copy nothing.")
    ] = False,
    wait: Wait = 600,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Execute one command and register what it writes, with what it was made from.

    Example: artifactctl exec report --out report.html --input iris_model -- python report.py
    """
    session = session_of(context)
    said = {
        "path": out,
        "inputs": _named(inputs or ()),
        "version": version,
        "type": artifact_type,
        "tags": tag or (),
        # Read when the command has ended: it may write it.
        "metadata_file": None if metadata_file is None else str(metadata_file),
        "metadata": options.read_metadata(metadata, None),
        "link": link,
    }
    watching = watch(session, output, quiet=quiet)
    from artifactctl.pipelines import run_files  # noqa: PLC0415 (the door to pipelines)

    asked = run_files.RunOptions(wait_s=wait)
    done = run_files.run_command(session.client, name, command, said, asked, watching)
    _print_report(session, done, output, quiet=quiet)


def _overrides(words: Any) -> dict[str, str]:
    found = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise WrongUsageError(f"--set {word!r} has no value", hint="write --set KEY=VALUE")
        found[key] = value
    return found


def _named(refs: Any) -> dict[str, str]:
    """References by what their environment variables are called."""
    from artifactctl.refs import parse_ref  # noqa: PLC0415 (only a command with inputs needs it)

    found: dict[str, str] = {}
    for ref in refs:
        name = _OTHER.sub("_", parse_ref(ref).name)
        name = f"_{name}" if name[:1].isdigit() else name
        if name in found:
            raise InvalidInputError(
                f"inputs {found[name]!r} and {ref!r} have the same environment variable",
                hint="describe the step in a file, where inputs have names of their own",
            )
        found[name] = ref
    return found


def _print_report(
    session: Session, done: "RunReport", output: OutputFormat | None, *, quiet: bool
) -> None:
    if quiet:
        session.print_data(ref for step in done.steps for ref in step.outputs.values())
    elif session.format_of(output) in (OutputFormat.JSON, OutputFormat.YAML):
        # One record of a run, one shape: what 'runs describe' prints.
        from artifactctl.render import runs  # noqa: PLC0415 (the same door as in cli.session)

        found = session.client.describe_pipeline_run(done.id)
        session.print_object(runs.as_json(found), output)
    else:
        rows = [
            {"step": step.name, "status": step.status, "artifacts": list(step.outputs.values())}
            for step in done.steps
        ]
        session.print_rows(["step", "status", "artifacts"], rows, output)


def _print_plan(
    session: Session, plan: "RunPlan", output: OutputFormat | None, *, quiet: bool
) -> None:
    # The same door as in cli.session.
    from artifactctl.render import planned  # noqa: PLC0415

    shown = session.format_of(output)
    if quiet:
        session.print_data(step.name for step in plan.steps if step.action == "run")
    elif shown in (OutputFormat.JSON, OutputFormat.YAML):
        session.print_object(asdict(plan), shown)
    elif shown is OutputFormat.TABLE:
        session.print_lines(planned.lines(asdict(plan)))
    else:
        session.print_rows(planned.COLUMNS, planned.rows(asdict(plan)), shown)
