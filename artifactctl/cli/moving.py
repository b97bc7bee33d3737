"""Commands that move versions: `push`, `pull`, `copy`, `export`, `import`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from artifactctl import plain_text
from artifactctl.cli import options
from artifactctl.cli.options import given, grouped
from artifactctl.cli.session import Session, session_of
from artifactctl.enums import MoveAction, OutputFormat
from artifactctl.errors import WrongUsageError

if TYPE_CHECKING:
    from artifactctl.results.moving import Moving

_OTHER = "A home's folder, or a catalog's URL."
Elsewhere = Annotated[str, typer.Option("--to", metavar="HOME_OR_URL", help=_OTHER)]
From = Annotated[str, typer.Option("--from", metavar="HOME_OR_URL", help=_OTHER)]
OtherStore = Annotated[
    str | None,
    typer.Option(
        "--store", metavar="URL", help="The store of the other end, beside a catalog's URL."
    ),
]
Bundle = Annotated[str, typer.Argument(metavar="FILE", help="The bundle, FILE.zip.")]
All = Annotated[bool, typer.Option("--all", "-a", help="All versions, runs and tags.")]


class MoveOptions(NamedTuple):
    """How versions are moved."""

    labels: Annotated[
        bool, typer.Option("--labels", help="Give what is there the tags and metadata it lacks.")
    ] = False
    renumber: Annotated[
        bool, typer.Option("--renumber", help="Versions whose name is taken take the next number.")
    ] = False
    trust: Annotated[
        bool,
        typer.Option("--trust", help="Take a foreign home's Python objects and remote links, too."),
    ] = False
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be moved.")] = (
        False
    )
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", metavar="N", min=1, help="Blobs moved at the same time."),
    ] = None


_COLUMNS = ["version", "action", "there", "size_bytes", "reason"]
_GOES_ON = "the same command goes on from here"


@grouped
def push(
    context: typer.Context,
    refs: options.References,
    to: Elsewhere,
    store: OtherStore = None,
    *,
    move: MoveOptions,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Move versions of this home to another one.

    They go with their bytes, tags, metadata and the runs that made them. Nothing that is there is
    changed: what is there already is said, conflicts are listed before anything is moved.

    Example: artifactctl push iris_dataset@prod --to /mnt/team/.artifactctl

    Example: artifactctl push iris_model:3 --to postgresql://db/ml --store s3://bucket/ml
    """
    session = session_of(context)
    with session.progress("Pushing", if_interrupted=_GOES_ON) as progress:
        done = session.client.push(refs, to, store=store, **given(move), progress=progress)
    _print(session, done, output, quiet=quiet)


@grouped
def pull(
    context: typer.Context,
    refs: options.References,
    source: From,
    store: OtherStore = None,
    *,
    move: MoveOptions,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Move versions of another home to this one.

    As `push` the other way round.

    Example: artifactctl pull iris_dataset --from /mnt/team/.artifactctl
    """
    session = session_of(context)
    with session.progress("Pulling", if_interrupted=_GOES_ON) as progress:
        done = session.client.pull(refs, source, store=store, **given(move), progress=progress)
    _print(session, done, output, quiet=quiet)


@grouped
def copy(
    context: typer.Context,
    to: Elsewhere,
    everything: All = False,
    store: OtherStore = None,
    *,
    move: MoveOptions,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Move everything of this home to another one.

    As `push`, with all runs and tags; numbers of deleted versions stay used up.

    Example: artifactctl copy --all --to /mnt/team/.artifactctl
    """
    session = session_of(context)
    if not everything:
        raise WrongUsageError("copy moves everything", hint="say --all; 'push' moves some versions")
    with session.progress("Copying", if_interrupted=_GOES_ON) as progress:
        done = session.client.copy(to, store=store, **given(move), progress=progress)
    _print(session, done, output, quiet=quiet)


def export(
    context: typer.Context,
    *,  # so that the bundle can be the last word
    refs: Annotated[
        list[str] | None, typer.Argument(metavar="[REF]...", help="Versions, before the bundle.")
    ] = None,
    file: Bundle,
    everything: All = False,
    force: Annotated[
        bool, typer.Option("--force", "-f", help="Replace the file when it exists.")
    ] = False,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Write versions into a bundle, for a place without a network.

    A bundle is a zip file that `import` reads; `-` is standard output.

    Example: artifactctl export iris_dataset iris_model:3 iris.zip

    Example: artifactctl export --all everything.zip
    """
    session = session_of(context)
    if bool(refs) == everything:
        raise WrongUsageError(
            "what is to be exported is not said" if not refs else "--all leaves nothing to name",
            hint="write 'export REF... FILE.zip' or 'export --all FILE.zip'",
        )
    with session.progress("Exporting") as progress:
        done = session.client.export(refs or None, file, force=force, progress=progress)
    if done.path == "-":
        return
    count = plain_text.count(done.versions, "version")
    size = plain_text.size(done.size_bytes)
    summary = f"Exported {count} to {done.path} ({size})"
    session.print_object(done, output, identifier=done.path, quiet=quiet, summary=summary)


@grouped
def import_(
    context: typer.Context,
    file: Bundle,
    *,
    move: MoveOptions,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Add the versions of a bundle to this home.

    As `pull`, from a file that `export` made.

    Example: artifactctl import iris.zip
    """
    session = session_of(context)
    with session.progress("Importing", if_interrupted=_GOES_ON) as progress:
        done = session.client.import_(file, **given(move), progress=progress)
    _print(session, done, output, quiet=quiet)


def _print(session: Session, done: "Moving", output: OutputFormat | None, *, quiet: bool) -> None:
    form = session.format_of(output)
    if quiet:
        session.print_data(move.there or "" for move in done.moved)
    elif form.is_document:
        session.print_object(_as_document(done), output)
    elif form is OutputFormat.TABLE and not done.is_dry_run:
        session.print_lines([_summary(done)])
    else:
        session.print_rows(_COLUMNS, [asdict(move) for move in done.versions], output)
        if form is OutputFormat.TABLE:
            session.say(_summary(done))
    session.note(*done.notes)
    if done.conflicts:
        session.client.check_conflicts(done)


def _as_document(done: "Moving") -> dict[str, Any]:
    counts = {action.value: count for action, count in done.counts.items()}
    return {
        "source": done.source,
        "target": done.target,
        "dry_run": done.is_dry_run,
        "counts": counts,
        "runs": done.runs,
        "size_bytes": done.size_bytes,
        "extended_series": done.extended_series,
        "versions": [asdict(move) for move in done.versions],
        "notes": list(done.notes),
    }


def _summary(done: "Moving") -> str:
    verb = "Would move" if done.is_dry_run else "Moved"
    text = f"{verb} {plain_text.count(done.counts[MoveAction.NEW], 'version')} to {done.target}"
    if not done.is_dry_run:
        text += f" ({plain_text.size(done.size_bytes)} stored anew"
        text += f", {plain_text.count(done.runs, 'run')})" if done.runs else ")"
    for action, said in _SAID.items():
        if count := done.counts[action]:
            text += f"; {said.format(count, 'are' if count > 1 else 'is')}"
    if done.extended_series:
        text += f"; {done.extended_series} series got later points"
    return text


_SAID = {
    MoveAction.PRESENT: "{} {} there already",
    MoveAction.IDENTICAL: "{} {} there already under another ID",
    MoveAction.CONFLICT: "{} cannot be moved",
}
