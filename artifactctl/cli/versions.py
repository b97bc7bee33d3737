"""Commands on single artifacts and versions: `register`, `download`, `describe`."""

import os
import shlex
from dataclasses import asdict
from functools import partial
from heapq import nlargest
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from artifactctl import plain_text
from artifactctl.cli import doors, options
from artifactctl.cli.descriptions import (
    Description,
    DescriptionFile,
    print_description,
    read_description,
)
from artifactctl.cli.options import given, grouped
from artifactctl.cli.session import Session, session_of
from artifactctl.enums import DownloadMode, OutputFormat, VersionPart
from artifactctl.errors import NotFoundError
from artifactctl.refs import parse_ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    from artifactctl.manifest import StoredVisualization
    from artifactctl.results.artifacts import Artifact
    from artifactctl.results.reports import Download, File

_NEWEST = 10  # versions that the description of an artifact shows


_files = partial(typer.Option, rich_help_panel="Files")


class NewVersion(NamedTuple):
    """What becomes the version, and what is said of it."""

    version: options.NewVersion = None
    bump: Annotated[
        VersionPart | None,
        typer.Option(metavar="PART", help="Count major, minor or patch of the highest SemVer up."),
    ] = None
    type: options.NewType = None
    tags: options.NewTags = None
    metadata: options.NewMetadata = None
    metadata_file: options.MetadataFile = None
    description: Description = None
    description_file: DescriptionFile = None
    link: Annotated[
        bool, typer.Option("--link", help="Record a file, folder or URL in place; copy nothing.")
    ] = False
    if_changed: Annotated[
        bool, typer.Option("--if-changed", help="Make no version if the latest is equal.")
    ] = False
    inputs: Annotated[
        list[str] | None,
        typer.Option("--input", metavar="REF", help="What it was made from; may be repeated."),
    ] = None
    include: options.Include = None
    exclude: options.Exclude = None
    follow_links: Annotated[
        bool, _files("--follow-links", help="Follow links that lead out of the folder.")
    ] = False
    rehash: Annotated[bool, _files("--rehash", help="Read files that have not changed, too.")] = (
        False
    )

    def arguments(self) -> dict[str, Any]:
        """Return the keyword arguments for the client, with what is in the named files."""
        values = given(self)
        values["metadata"] = options.read_metadata(self.metadata, values.pop("metadata_file", None))
        file = values.pop("description_file", None)
        values["description"] = read_description(self.description, file)
        return values


@grouped
def register(
    context: typer.Context,
    name: options.Name,
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Files or folders; '-' reads stdin.")
    ],
    new: NewVersion,
    stdin_name: Annotated[
        str, _files(metavar="FILE", help="The name of the file read from stdin.")
    ] = "data",
    jobs: options.Jobs = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be registered; write nothing.")
    ] = False,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Store files or folders as a new version of an artifact.

    Example: artifactctl register iris_dataset iris.csv --tag raw --metadata rows=150

    Example: artifactctl register iris_model model.pkl --bump minor --dry-run
    """
    session = session_of(context)
    _check_order(name, paths)
    options.check_bare(name, "a version of your own is given by -v VERSION")
    arguments = new.arguments()
    if dry_run:
        _print_plan(session, name, paths, arguments, output, quiet=quiet)
        return
    left = "no version was made; the same command begins again"
    with session.progress(f"Registering {name}", if_interrupted=left) as progress:
        done = session.client.register(
            name, paths, **arguments, stdin_name=stdin_name, jobs=jobs, progress=progress
        )
    session.note(*done.notes)
    session.print_object(
        {**done.version.as_json(), "is_new": done.is_new},
        output,
        identifier=done.version.ref,
        quiet=quiet,
        summary=_registered(done.version, is_new=done.is_new),
    )


def _print_plan(
    session: Session,
    name: str,
    paths: list[str],
    arguments: dict[str, Any],
    output: OutputFormat | None,
    *,
    quiet: bool,
) -> None:
    with session.progress(f"Reading {name}") as progress:
        planned = session.client.plan_registration(name, paths, **arguments, progress=progress)
    session.note(*planned.notes)
    files = [{"path": path, "size_bytes": size} for path, size in planned.files.items()]
    amount = _amount(len(files), planned.size_bytes)
    if session.format_of(output) is OutputFormat.TABLE and not quiet:
        session.print_rows(["path", "size_bytes"], files, output)
        would = "register" if planned.is_new else "keep"
        same = "; the latest version has this content" if planned.unchanged else ""
        session.say(f"Would {would} {planned.ref} ({amount}, {planned.type}){same}")
        return
    facts = {
        **{key: getattr(planned, key) for key in ("artifact", "version", "type", "is_new")},
        "unchanged": planned.unchanged,
        "size_bytes": planned.size_bytes,
        "file_count": len(files),
        "files": files,
        "dry_run": True,
    }
    session.print_object(facts, output, identifier=planned.ref, quiet=quiet)


def _check_order(name: str, paths: list[str]) -> None:
    """Raise `NotFoundError` when the name and the path are given in the wrong order."""
    if len(paths) == 1 and not os.path.lexists(paths[0]) and os.path.exists(name):
        swapped = shlex.join(["artifactctl", "register", paths[0], name])
        if "://" not in paths[0] and paths[0] != "-":
            raise NotFoundError(
                f"path {paths[0]!r} does not exist", hint=f"the name comes first: {swapped}"
            )


class DownloadOptions(NamedTuple):
    """Which files are written, and how."""

    as_zip: Annotated[bool, _files("--zip", help="Write a zip file.")] = False
    include: options.Include = None
    exclude: options.Exclude = None
    force: Annotated[
        bool, typer.Option("--force", "-f", help="Replace this version's own paths at DEST.")
    ] = False
    mode: Annotated[
        DownloadMode,
        _files(metavar="MODE", help="copy; hardlink or symlink to the store's read-only files."),
    ] = DownloadMode.COPY
    jobs: options.Jobs = None
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be written; write nothing.")
    ] = False
    version: options.VersionBeside = None


@grouped
def download(
    context: typer.Context,
    ref: options.Reference,
    dest: Annotated[
        str | None,
        typer.Argument(
            metavar="[DEST]",
            help="A file, a folder, a .zip, or '-' for stdout.",
            show_default="its name, here",
        ),
    ] = None,
    *,
    asked: DownloadOptions,
    no_cache: options.NoCache = False,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Write a version's files to a file, a folder, a zip or stdout.

    Every byte is verified; what is there already is replaced only with --force.

    Example: artifactctl download iris_model@prod model.zip
    """
    session = session_of(context)
    session.cache = not no_cache
    left = "what is downloaded stays beside the destination; the same command goes on from there"
    with session.progress(f"Downloading {ref}", if_interrupted=left) as progress:
        done = session.client.download(ref, dest, **given(asked), progress=progress)
    is_bare = asked.version is None and parse_ref(ref).name == ref
    if is_bare and dest is not None and dest.isdecimal():
        session.say(f"{dest!r} is the destination; version {dest} is written {ref}:{dest}.")
    if done.path != "-" or asked.dry_run:
        _print_download(session, done, output, dry_run=asked.dry_run, quiet=quiet)


def _print_download(
    session: Session, done: "Download", output: OutputFormat | None, *, dry_run: bool, quiet: bool
) -> None:
    result = {
        "artifact": done.version.artifact,
        "version": done.version.version,
        "path": done.path,
        "size_bytes": done.size_bytes,
        "file_count": len(done.files),
        "files": done.files,
        "dry_run": dry_run,
    }
    if dry_run and session.format_of(output) is OutputFormat.TABLE and not quiet:
        session.print_data(list(done.files))
        session.say(f"Would write {_amount(len(done.files), done.size_bytes)} to {done.path}")
        return
    session.print_object(
        result,
        output,
        identifier=done.version.ref,
        quiet=quiet,
        summary=f"Downloaded {done.version.ref} to {done.path}"
        f" ({_amount(len(done.files), done.size_bytes)})",
    )


def describe_artifact(
    context: typer.Context,
    name: options.Name,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Show everything about an artifact and its newest versions.

    Example: artifactctl artifact describe iris_dataset
    """
    session = session_of(context)
    options.check_bare(name, "artifactctl artifact version describe {}")
    found = session.client.find_artifact(name)
    is_shown = session.format_of(output) is OutputFormat.TABLE and not quiet
    facts = found.as_json()
    description = facts.pop("description") if is_shown else None
    session.print_object(facts, output, identifier=found.name, quiet=quiet)
    if is_shown:
        print_description(session, description)
        _print_history(session, found)


def _print_history(session: Session, artifact: "Artifact") -> None:
    """Print a table of the newest versions, with what changed in each."""
    history = session.client.artifact_history(artifact.id_text, size=_NEWEST).items
    if not history:
        return
    columns = ["version", "created", "size_bytes", "tags", "files"]
    rows = [
        {**item.version.as_json(), "files": doors.history.summary_of_files(item)}
        for item in history
    ]
    session.print_lines([""])
    session.print_rows(columns, rows, OutputFormat.TABLE)
    if len(history) < artifact.version_count:
        listing = f"artifactctl artifact version list --artifact {shlex.quote(artifact.name)}"
        session.say(f"The {len(history)} newest of {artifact.version_count}; '{listing}' has all.")


def describe_version(
    context: typer.Context,
    ref: options.Reference,
    beside: options.Beside = None,
    version: options.VersionBeside = None,
    all_files: options.AllFiles = False,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Show everything about one version, its files included.

    Example: artifactctl artifact version describe iris_dataset:1 -o json
    """
    session = session_of(context)
    found = session.client.describe_artifact_version(ref, options.one_version(beside, version))
    facts = found.version.as_json()
    is_table = session.format_of(output) is OutputFormat.TABLE
    if is_table:
        del facts["description"]
        facts["consumers"] = [f"{use['run']}/{use['step']}" for use in found.consumers]
        facts["visualizations"] = _shown(found.visualizations)
    else:
        files = [asdict(file) for file in found.files]
        shown = found.visualizations
        facts["visualizations"] = None if shown is None else [item.as_json() for item in shown]
        facts = {**facts, "files": files, "consumers": list(found.consumers)}
    session.print_object(facts, output, identifier=found.version.ref, quiet=quiet)
    if is_table and not quiet:
        print_description(session, found.version.description)
        session.print_lines([""])
        _print_files(session, found.files, show_all=all_files or not session.is_on_terminal)


def _print_files(session: Session, files: "Sequence[File]", *, show_all: bool) -> None:
    """Print a table of a version's files, or of the largest of them."""
    most = len(files) if show_all else options.MOST_FILES
    shown = files if len(files) <= most else nlargest(most, files, lambda file: file.size_bytes)
    columns = ["path", "size_bytes", "digest", "mtime"]
    session.print_rows(columns, [asdict(file) for file in shown], OutputFormat.TABLE)
    if len(shown) < len(files):
        session.say(f"The {most} largest of {len(files):,} files; --files shows all.")


def _shown(visualizations: "Sequence[StoredVisualization] | None") -> list[str] | str:
    if visualizations is None:
        return "made on request, by 'artifactctl artifact version visualize'"
    return [item.path for item in visualizations]


def _registered(version: Any, *, is_new: bool) -> str:
    done = "Registered" if is_new else "Kept"
    return f"{done} {version.ref} ({_amount(version.file_count, version.size_bytes)})"


def _amount(files: int, size_bytes: int) -> str:
    return f"{plain_text.count(files, 'file')}, {plain_text.size(size_bytes)}"
