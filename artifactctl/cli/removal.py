"""Commands that delete: `artifact delete`, `version delete`, `artifact prune`, `gc`."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from artifactctl import plain_text
from artifactctl.cli import options
from artifactctl.cli.arguments import AUTO
from artifactctl.cli.options import given, grouped
from artifactctl.cli.session import Session, session_of
from artifactctl.enums import OutputFormat

if TYPE_CHECKING:
    from artifactctl.results.maintenance import Pruning
    from artifactctl.upkeep.sweeping import Garbage

Force = Annotated[bool, typer.Option("--force", "-f", help="Delete even what a run made or used.")]
ServerSide = Annotated[
    bool, typer.Option("--server-side", help="As in ZenML: means nothing here.", hidden=True)
]
_MOST_SHOWN = 20  # versions that are named before the question
_PLAN_COLUMNS = ["artifact", "version", "action", "frees_bytes", "tags", "runs", "reason"]


def delete_artifact(
    context: typer.Context,
    name: options.Name,
    yes: options.Yes = False,
    force: Force = False,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Delete an artifact with all its versions.

    Their numbers are not used again.

    Example: artifactctl artifact delete scratch --yes
    """
    session = session_of(context)
    options.check_bare(name, "artifactctl artifact version delete {}")
    found = session.client.find_artifact(name)
    count = plain_text.count(found.version_count, "version")
    if session.can_ask and not yes:
        page = session.client.list_artifact_versions(artifact=found.name, size=_MOST_SHOWN)
        _show(session, [item.ref for item in page.items], page.total)
    if not session.confirm(f"Delete artifact {found.name!r} with {count}?", yes=yes):
        return
    deleted = session.client.delete_artifact(found.id, force=force)
    session.print_object(
        {"artifact": found.name, "deleted": deleted},
        output,
        identifier=found.name,
        quiet=quiet,
        summary=f"Deleted {found.name} ({count})",
    )
    _say_when_room_comes_free(session, output, quiet=quiet)


def delete_versions(
    context: typer.Context,
    refs: options.References,
    version: options.VersionBeside = None,
    yes: options.Yes = False,
    force: Force = False,
    delete_data: Annotated[
        bool, typer.Option("--delete-data", help="Delete the bytes now, not with the next gc.")
    ] = False,
    server_side: ServerSide = False,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Delete versions, all or none.

    Their numbers are not used again.

    Example: artifactctl artifact version delete iris_dataset:1 iris_dataset:2 --yes
    """
    session = session_of(context)
    _say_no_server(session, server_side)
    found = [session.client.find_artifact_version(ref, version) for ref in refs]
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
    if not delete_data:
        _say_when_room_comes_free(session, output, quiet=quiet)


def _say_when_room_comes_free(
    session: Session, output: OutputFormat | None, *, quiet: bool
) -> None:
    if not quiet and session.format_of(output) is OutputFormat.TABLE:
        session.say(
            "'artifactctl gc' frees the space when 14 days have passed, 'artifactctl gc --grace 0'"
            " at once."
        )


def _show(session: Session, lines: Sequence[str], total: int) -> None:
    """Show what is about to be deleted."""
    session.say(*(f"  {line}" for line in lines[:_MOST_SHOWN]))
    if total > _MOST_SHOWN:
        session.say(f"  … and {total - _MOST_SHOWN} more")


class Rules(NamedTuple):
    """Which versions are deleted, and what of them."""

    only_artifact: Annotated[
        bool, typer.Option("--only-artifact", "-a", help="Delete the bytes, keep the versions.")
    ] = False
    only_metadata: Annotated[
        bool, typer.Option("--only-metadata", "-m", help="Leave the bytes to gc.")
    ] = False
    ignore_errors: Annotated[
        bool, typer.Option("--ignore-errors", "-i", help="Go on when bytes cannot be deleted.")
    ] = False
    unused: Annotated[
        bool, typer.Option("--unused", help="Delete also what was registered by hand.")
    ] = False
    keep_last: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Keep the newest N of each artifact.")
    ] = None
    keep_tags: Annotated[
        list[str] | None,
        typer.Option("--keep-tag", metavar="TAG", help="Keep what has the tag; may be repeated."),
    ] = None
    older_than: Annotated[
        str | None, typer.Option(metavar="AGE", help="Delete only what is older, such as 30d.")
    ] = None
    include_runs: Annotated[
        bool, typer.Option("--include-runs", help="Delete also what runs made or used.")
    ] = False
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be deleted or kept, and why.")
    ] = False

    def arguments(self) -> dict[str, Any]:
        """Return the keyword arguments for the client."""
        age = {} if self.older_than is None else {"older_than": options.read_age(self.older_than)}
        return {**given(self), **age}

    def are_any(self) -> bool:
        """Return whether more is deleted than what came from deleted runs."""
        return self.unused or self.keep_last is not None or self.older_than is not None


@grouped
def prune(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Artifacts; all by default.")
    ] = None,
    *,
    rules: Rules,
    yes: options.Yes = False,
    server_side: ServerSide = False,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Delete versions that no run refers to.

    Without --unused, --keep-last or --older-than, only versions whose run was deleted.

    Example: artifactctl artifact prune iris_model --keep-last 5 --dry-run
    """
    session = session_of(context)
    _say_no_server(session, server_side)

    def confirm(plan: "Pruning") -> bool:
        if session.can_ask and not yes:
            going = plan.going
            _show(session, [_about(choice) for choice in going[:_MOST_SHOWN]], len(going))
        size = plain_text.size(sum(choice.frees_bytes for choice in plan.going))
        what = _what(len(plan.going), rules.only_artifact)
        return session.confirm(f"Delete {what} ({size})?", yes=yes)

    done = session.client.prune_artifacts(
        only_versions=False,
        delete_from_artifact_store=not rules.only_metadata,
        names=names or (),
        confirm=confirm,
        **rules.arguments(),
    )
    session.note(*done.notes)
    _print_pruning(session, done, output, dry_run=rules.dry_run, quiet=quiet)
    if not done.going:
        none = "No artifact version is to be deleted by these rules."
        session.say(none if rules.are_any() else "No unused artifact versions found.")
    elif rules.dry_run or done.gone:
        session.say(_pruned(done, dry_run=rules.dry_run, only_data=rules.only_artifact))


def _about(choice: Any) -> str:
    version = choice.version
    room = plain_text.size(choice.frees_bytes)
    return f"{version.artifact}:{version.version}  {room}  {choice.reason}"


def _say_no_server(session: Session, server_side: bool) -> None:
    if server_side:
        session.say("--server-side changes nothing: there is no server.")


def _pruned(done: "Pruning", *, dry_run: bool, only_data: bool) -> str:
    """Return a sentence about what was deleted, or would be."""
    if dry_run:
        freed = plain_text.size(sum(choice.frees_bytes for choice in done.going))
        return f"Would delete {_what(len(done.going), only_data)}; {freed} would be freed."
    return f"Deleted {_what(len(done.gone), only_data)}; {plain_text.size(done.freed_bytes)} freed."


def _what(count: int, only_data: bool) -> str:
    return f"{'the data of ' if only_data else ''}{plain_text.count(count, 'artifact version')}"


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
    elif session.format_of(output).is_document:
        freed = sum(choice.frees_bytes for choice in done.going) if dry_run else done.freed_bytes
        value = {"dry_run": dry_run, "freed_bytes": freed, "versions": list(rows)}
        session.print_object(value, output)
    else:
        session.print_rows(_PLAN_COLUMNS, rows, output)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a plan, generated on each iteration: there may be a million."""

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
        bool, typer.Option("--dry-run", help="Count what would be deleted; delete nothing.")
    ] = False,
    grace: Annotated[
        str, typer.Option(metavar="AGE", help="Keep what is younger, such as 14d or 0.")
    ] = "14d",
    cache: Annotated[
        str | None,
        typer.Option(
            metavar="[SIZE]",
            help="Only trim this machine's cache of remote stores, to SIZE or its limit.",
        ),
    ] = None,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Delete bytes that nothing refers to.

    Temporary files of interrupted work are deleted too; what is younger than the grace stays.

    Example: artifactctl gc --grace 1d --dry-run

    Example: artifactctl gc --cache 5GB
    """
    session = session_of(context)
    if cache is not None:
        _trim_cache(session, cache, output, dry_run=dry_run, quiet=quiet)
        return
    with session.progress("Collecting garbage", counts_bytes=False) as progress:
        done = session.client.collect_garbage(
            grace_s=options.read_age(grace).total_seconds(), dry_run=dry_run, progress=progress
        )
    _print_collected(session, done, output, dry_run=dry_run, quiet=quiet)
    is_empty = not (done.blobs or done.manifests or done.temporary)
    is_table = not quiet and session.format_of(output) is OutputFormat.TABLE
    if is_empty and grace != "0" and is_table:
        session.say(f"What was deleted in the last {grace} is kept; --grace 0 takes it too.")


def _print_collected(
    session: Session,
    done: "Garbage",
    output: OutputFormat | None,
    *,
    dry_run: bool,
    quiet: bool,
) -> None:
    if done.unknown_versions:
        unknown = plain_text.count(done.unknown_versions, "version")
        session.warn(
            f"{unknown} of the store's records are not in the catalog; their bytes are kept, and"
            " 'artifactctl catalog rebuild' adds them"
        )
    if quiet:  # a deleted blob has no name to print
        return
    what = ", ".join(
        (
            plain_text.count(done.blobs, "blob"),
            plain_text.count(done.manifests, "manifest"),
            plain_text.count(done.temporary, "temporary file"),
        )
    )
    verb = "Would delete" if dry_run else "Deleted"
    session.print_object(
        {**asdict(done), "dry_run": dry_run},
        output,
        summary=f"{verb} {what} ({plain_text.size(done.size_bytes)})",
    )


def _trim_cache(
    session: Session, size: str, output: OutputFormat | None, *, dry_run: bool, quiet: bool
) -> None:
    limit = None if size == AUTO else options.read_size(size)
    done = session.client.trim_cache(limit, dry_run=dry_run)
    if quiet:
        return
    freed, left = plain_text.size(done.freed_bytes), plain_text.size(done.left.size_bytes)
    removed = plain_text.count(done.removed, "cached file")
    verb = "Would delete" if dry_run else "Deleted"
    session.print_object(
        {**asdict(done), "dry_run": dry_run},
        output,
        summary=f"{verb} {removed} ({freed}); {left} stay in {done.left.place}",
    )
