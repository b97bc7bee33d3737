"""`run` and `exec`: commands and pipelines whose results are versioned."""

import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from artifactctl.cli import doors, options
from artifactctl.cli.options import grouped
from artifactctl.cli.session import Session, session_of
from artifactctl.cli.watching import watched
from artifactctl.enums import OutputFormat
from artifactctl.errors import InvalidInputError, WrongUsageError
from artifactctl.refs import parse_ref

if TYPE_CHECKING:
    from artifactctl.pipelines.engine.reports import RunPlan, RunReport
    from artifactctl.pipelines.run_files import RunOptions

Wait = Annotated[
    int,
    typer.Option(
        metavar="SECONDS", min=0, help="How long to wait for a run that writes the same files."
    ),
]
Rehash = Annotated[bool, typer.Option("--rehash", help="Read files that have not changed, too.")]

_OTHER = re.compile(r"[^A-Za-z0-9_]")


class Asked(NamedTuple):
    """How the steps of a file are run."""

    variables: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A variable; wins over the file's vars."),
    ] = None
    step: Annotated[
        list[str] | None,
        typer.Option(metavar="STEP", help="Only this step and what it needs; may be repeated."),
    ] = None
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would run and why; run nothing.")
    ] = False
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Run every step; reuse no earlier outputs.")
    ] = False
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            "-j",
            metavar="N",
            min=1,
            help="Steps at the same time: one, unless the pipeline says.",
        ),
    ] = None
    wait: Wait = 600
    rehash: Rehash = False

    def options(self) -> "RunOptions":
        """Return what the engine takes."""
        return doors.run_files.RunOptions(
            overrides=_overrides(self.variables or ()),
            only=self.step or (),
            use_cache=not self.no_cache,
            jobs=self.jobs,
            wait_s=self.wait,
            rehash=self.rehash,
        )


@grouped
def run(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A YAML file with the steps of the run.")
    ] = None,
    *,
    asked: Asked,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print a JSON Schema of the file, for editors.")
    ] = False,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Run the steps of a YAML file; their outputs become versions.

    Steps whose inputs, command and files are as before are not run again.

    Example: artifactctl run train.yaml --set seed=7 --jobs 4
    """
    session = session_of(context)
    if schema:
        session.print_object(doors.files.json_schema(), output or OutputFormat.JSON)
        return
    if file is None:
        raise WrongUsageError("there is no file to run", hint="artifactctl run FILE, or --schema")
    runs = context.find_root().command.commands["runs"].commands  # type: ignore[attr-defined]
    if str(file) in runs and not file.exists():
        raise WrongUsageError(
            f"{str(file)!r} is no file to run", hint=f"did you mean 'artifactctl runs {file}'?"
        )
    how = asked.options()
    with watched(session, output, quiet=quiet) as watch:
        if asked.dry_run:
            planned = doors.run_files.plan_file(session.client, file, how, watch)
        else:
            done = doors.run_files.run_file(session.client, file, how, watch)
    if asked.dry_run:
        _print_plan(session, planned, output, quiet=quiet)
    else:
        _print_report(session, done, output, quiet=quiet)


def execute(
    context: typer.Context,
    name: options.Name,
    command: Annotated[
        list[str], typer.Argument(metavar="-- COMMAND...", help="The command to execute.")
    ],
    out: Annotated[
        str, typer.Option(metavar="PATH", help="The file or folder that the command writes.")
    ],
    inputs: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            metavar="REF",
            help="A version that it reads; its files are at $ARTIFACTCTL_INPUT_<ITS NAME>.",
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
    rehash: Rehash = False,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Execute one command and register what it writes.

    It is kept as a run of one step, with its inputs and its log.

    Example: artifactctl exec report --out report.html -- python report.py
    """
    session = session_of(context)
    said = {
        "path": out,
        "inputs": _named(inputs or ()),
        "version": version,
        "type": artifact_type,
        "tags": tag or (),
        # It is read after the command has ended, since the command may write it.
        "metadata_file": None if metadata_file is None else str(metadata_file),
        "metadata": options.read_metadata(metadata, None),
        "link": link,
    }
    asked = doors.run_files.RunOptions(wait_s=wait, rehash=rehash)
    with watched(session, output, quiet=quiet) as watch:
        done = doors.run_files.run_command(session.client, name, command, said, asked, watch)
    _print_report(session, done, output, quiet=quiet)


def _overrides(words: Sequence[str]) -> dict[str, str]:
    found = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise WrongUsageError(f"--set {word!r} has no value", hint="write --set KEY=VALUE")
        found[key] = value
    return found


def _named(refs: Sequence[str]) -> dict[str, str]:
    """Return references by the names of their environment variables."""
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
    elif session.format_of(output).is_document:
        # The JSON of a run is the same as that of 'runs describe'.
        found = session.client.describe_pipeline_run(done.id)
        session.print_object(doors.runs.as_json(found), output)
    else:
        rows = [
            {"step": step.name, "status": step.status, "artifacts": list(step.outputs.values())}
            for step in done.steps
        ]
        session.print_rows(["step", "status", "artifacts"], rows, output)


def _print_plan(
    session: Session, plan: "RunPlan", output: OutputFormat | None, *, quiet: bool
) -> None:
    planned, shown = doors.planned, session.format_of(output)
    if quiet:
        session.print_data(step.name for step in plan.steps if step.action == "run")
    elif shown.is_document:
        session.print_object(asdict(plan), shown)
    elif shown is OutputFormat.TABLE:
        session.print_lines(planned.lines(asdict(plan)))
    else:
        session.print_rows(planned.COLUMNS, planned.rows(asdict(plan)), shown)
