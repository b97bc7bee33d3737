"""Commands that throw away: `artifact delete`, `version delete`, `artifact prune`, `gc`."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from artifactctl.cli import options
from artifactctl.cli.session import Session, counted, session_of, sized
from artifactctl.enums import OutputFormat

if TYPE_CHECKING:
    from artifactctl.results.reports import Pruning

Force = Annotated[bool, typer.Option("--force", "-f", help="Delete even what a run made or used.")]
_PLAN_COLUMNS = ["artifact", "version", "action", "frees_bytes", "tags", "runs", "reason"]


def delete_artifact(
    context: typer.Context,
    name: options.Name,
    yes: options.Yes = False,
    force: Force = False,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Delete an artifact with all its versions; their numbers stay used up.

    Example: artifactctl artifact delete scratch --yes
    """
    session = session_of(context)
    found = session.client.get_artifact(name)
    count = counted(found.version_count, "version")
    if not session.confirm(f"Delete artifact {found.name!r} with {count}?", yes=yes):
        return
    deleted = session.client.delete_artifact(found.id, force=force)
    session.print_object(
        {"artifact": found.name, "deleted": deleted},
        output,
        identifier=found.name,
        quiet=quiet,
        summary=f"Deleted {found.name} ({count}); 'artifactctl gc' gives the room back",
    )


def delete_versions(
    context: typer.Context,
    refs: options.References,
    version: options.VersionBeside = None,
    yes: options.Yes = False,
    force: Force = False,
    delete_data: Annotated[
        bool, typer.Option("--delete-data", help="Delete the bytes at once, not with the next gc.")
    ] = False,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Delete versions, all or none; their numbers stay used up.

    Example: artifactctl artifact version delete iris_dataset:1 iris_dataset:2 --yes
    """
    session = session_of(context)
    found = [session.client.get_artifact_version(ref, version) for ref in refs]
    names = ", ".join(item.ref for item in found)
    if not session.confirm(f"Delete {names}?", yes=yes):
        return
    deleted = session.client.delete_artifact_version(
        [item.id for item in found], force=force, delete_from_artifact_store=delete_data
    )
    if quiet:
        session.print_data(deleted)
        return
    session.print_object({"deleted": deleted}, output, summary=f"Deleted {', '.join(deleted)}")


def prune(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Artifacts; all by default.")
    ] = None,
    only_artifact: Annotated[
        bool, typer.Option("--only-artifact", "-a", help="Delete the bytes, keep what is known.")
    ] = False,
    only_metadata: Annotated[
        bool, typer.Option("--only-metadata", "-m", help="Leave the bytes to gc.")
    ] = False,
    yes: options.Yes = False,
    ignore_errors: Annotated[
        bool, typer.Option("--ignore-errors", "-i", help="Go on when bytes cannot be deleted.")
    ] = False,
    unused: Annotated[
        bool, typer.Option("--unused", help="Also what was registered by hand.")
    ] = False,
    keep_last: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, help="Only what is not among an artifact's newest N."),
    ] = None,
    keep_tag: Annotated[
        list[str] | None,
        typer.Option(metavar="TAG", help="Spare what has the tag; may be repeated."),
    ] = None,
    older_than: Annotated[
        str | None, typer.Option(metavar="AGE", help="Only what is older, such as 30d.")
    ] = None,
    include_runs: Annotated[
        bool, typer.Option("--include-runs", help="Also what runs made or used.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would go and stay, and why.")
    ] = False,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Delete versions that no run refers to.

    Without --unused, --keep-last or --older-than only those whose run was deleted.

    Example: artifactctl artifact prune iris_model --keep-last 5 --keep-tag prod --dry-run
    """
    session = session_of(context)

    def confirm(plan: "Pruning") -> bool:
        size = sized(sum(choice.frees_bytes for choice in plan.going))
        what = _what(len(plan.going), only_artifact)
        return session.confirm(f"Delete {what} ({size})?", yes=yes)

    done = session.client.prune_artifacts(
        only_versions=False,
        delete_from_artifact_store=not only_metadata,
        names=names or (),
        confirm=confirm,
        only_artifact=only_artifact,
        only_metadata=only_metadata,
        ignore_errors=ignore_errors,
        unused=unused,
        keep_last=keep_last,
        keep_tags=keep_tag or (),
        older_than=None if older_than is None else options.read_age(older_than),
        include_runs=include_runs,
        dry_run=dry_run,
    )
    for note in done.notes:
        session.say(note)
    _print_pruning(session, done, output, dry_run=dry_run, quiet=quiet)
    count = len(done.going if dry_run else done.gone)
    if not done.going:
        has_rule = unused or keep_last is not None or older_than is not None
        session.say(
            "Nothing goes by these rules." if has_rule else "No unused artifact versions found."
        )
    elif dry_run:
        freed = sized(sum(choice.frees_bytes for choice in done.going))
        session.say(f"Would delete {_what(count, only_artifact)}; {freed} would come free.")
    elif count:
        what = _what(count, only_artifact)
        session.say(f"Deleted {what}; {sized(done.freed_bytes)} came free.")


def _what(count: int, only_data: bool) -> str:
    return f"{'the data of ' if only_data else ''}{counted(count, 'artifact version')}"


def _print_pruning(
    session: Session,
    done: "Pruning",
    output: OutputFormat | None,
    *,
    dry_run: bool,
    quiet: bool,
) -> None:
    rows = _Rows(done.choices if dry_run else done.gone)
    if quiet:
        session.print_data(
            f"{row['artifact']}:{row['version']}" for row in rows if row["action"] == "delete"
        )
    elif session.format_of(output) in (OutputFormat.JSON, OutputFormat.YAML):
        freed = sum(choice.frees_bytes for choice in done.going) if dry_run else done.freed_bytes
        value = {"dry_run": dry_run, "freed_bytes": freed, "versions": list(rows)}
        session.print_object(value, output)
    else:
        session.print_rows(_PLAN_COLUMNS, rows, output)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a plan, made anew whenever they are read: there may be a million."""

    choices: Iterable[Any]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return map(_choice, self.choices)


def _choice(choice: Any) -> dict[str, Any]:
    runs = list(dict.fromkeys(use.run for use in choice.uses))
    return {
        "id": choice.version.id,
        "artifact": choice.version.artifact,
        "version": choice.version.version,
        "action": "delete" if choice.goes else "keep",
        "reason": choice.reason,
        "frees_bytes": choice.frees_bytes,
        "tags": list(choice.version.tags),
        "runs": runs,
    }


def gc(
    context: typer.Context,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count what would go; delete nothing.")
    ] = False,
    grace: Annotated[
        str, typer.Option(metavar="AGE", help="Spare what is younger, such as 14d or 0.")
    ] = "14d",
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Delete bytes that nothing refers to, and what interrupted work has left.

    Example: artifactctl gc --grace 1d --dry-run
    """
    session = session_of(context)
    with session.progress("Collecting garbage", counts_bytes=False) as progress:
        done = session.client.collect_garbage(
            grace_s=options.read_age(grace).total_seconds(), dry_run=dry_run, progress=progress
        )
    if done.unknown_versions:
        session.say(
            f"{counted(done.unknown_versions, 'version')} of the store's records are not in the"
            " catalog; their bytes are kept, and 'artifactctl catalog rebuild' brings them back"
        )
    what = ", ".join(
        (
            counted(done.blobs, "blob"),
            counted(done.manifests, "manifest"),
            counted(done.temporary, "temporary file"),
        )
    )
    verb = "Would delete" if dry_run else "Deleted"
    if quiet:  # nothing that was deleted has a name
        return
    session.print_object(
        {**asdict(done), "dry_run": dry_run},
        output,
        summary=f"{verb} {what} ({sized(done.size_bytes)})",
    )
