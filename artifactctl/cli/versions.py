"""Commands on artifact versions: `register`, `tag`, `download`, `version list|describe`."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from artifactctl.cli import options
from artifactctl.cli.session import session_of
from artifactctl.enums import DownloadMode, OutputFormat


def register(
    context: typer.Context,
    name: options.Name,
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Files or folders; '-' reads stdin.")
    ],
    version: Annotated[
        str | None,
        typer.Option("--version", "-v", help="A version of your own.", show_default="counts up"),
    ] = None,
    artifact_type: Annotated[
        str | None,
        typer.Option("--type", metavar="TYPE", help="data, model, …", show_default="data"),
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", "-t", metavar="TAG", help="A label; may be repeated."),
    ] = None,
    metadata: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="VALUE is JSON, else text; may be repeated."),
    ] = None,
    metadata_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="JSON or YAML with keys and values.")
    ] = None,
    link: Annotated[
        bool, typer.Option("--link", help="Record a file, folder or URL in place; copy nothing.")
    ] = False,
    if_changed: Annotated[
        bool, typer.Option("--if-changed", help="Make no version of what equals the latest.")
    ] = False,
    include: options.Include = None,
    exclude: options.Exclude = None,
    follow_links: Annotated[
        bool, typer.Option("--follow-links", help="Follow links that lead out of the folder.")
    ] = False,
    stdin_name: Annotated[
        str, typer.Option(metavar="FILE", help="The name of what stdin gives.")
    ] = "data",
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Store files or folders as a new version of an artifact.

    Example: artifactctl register iris_dataset iris.csv --tag raw --metadata rows=150
    """
    session = session_of(context)
    with session.progress(f"Registering {name}") as progress:
        done = session.client.register(
            name,
            paths,
            progress=progress,
            version=version,
            type=artifact_type,
            tags=tag or (),
            metadata=_metadata(metadata, metadata_file),
            link=link,
            if_changed=if_changed,
            include=include or (),
            exclude=exclude or (),
            follow_links=follow_links,
            stdin_name=stdin_name,
        )
    for note in done.notes:
        session.say(note)
    session.print_object(
        {**asdict(done.version), "is_new": done.is_new},
        output,
        identifier=done.version.ref,
        quiet=quiet,
        summary=_registered(done.version, is_new=done.is_new),
    )


def tag(
    context: typer.Context,
    ref: options.Reference,
    tags: Annotated[
        list[str] | None, typer.Argument(metavar="[TAG]...", help="Labels to add.")
    ] = None,
    remove: Annotated[
        list[str] | None,
        typer.Option("--remove", "-r", metavar="TAG", help="A label to remove; may be repeated."),
    ] = None,
    exclusive: Annotated[
        bool, typer.Option("--exclusive", help="Take the labels from all other versions.")
    ] = False,
    artifact: Annotated[
        bool, typer.Option("--artifact", help="Label the artifact itself; REF is its name.")
    ] = False,
    version: options.VersionBeside = None,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Add and remove tags of a version, or show them.

    Example: artifactctl tag iris_model:3 prod --exclusive
    """
    session = session_of(context)
    value: Any
    if artifact:
        if exclusive:
            raise typer.BadParameter("--exclusive is for versions, not with --artifact")
        value = session.client.tag_artifact(ref, tags or (), remove or ())
        identifier = value.name
    else:
        done = session.client.tag(
            ref, tags or (), remove or (), exclusive=exclusive, version=version
        )
        for note in done.notes:
            session.say(note)
        value, identifier = done.version, done.version.ref
    summary = f"{identifier}  {', '.join(value.tags) or '(no tags)'}"
    session.print_object(value, output, identifier=identifier, quiet=quiet, summary=summary)


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
    as_zip: Annotated[bool, typer.Option("--zip", help="Write a zip file.")] = False,
    include: options.Include = None,
    exclude: options.Exclude = None,
    force: Annotated[
        bool, typer.Option("--force", "-f", help="Replace this version's own paths at DEST.")
    ] = False,
    mode: Annotated[
        DownloadMode, typer.Option(help="Copy, or link to the store's read-only files.")
    ] = DownloadMode.COPY,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Files at the same time.")] = 1,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be written; write nothing.")
    ] = False,
    version: options.VersionBeside = None,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Write a version's files to a file, folder, zip or stdout; every byte is verified.

    Example: artifactctl download iris_model@prod model.zip
    """
    session = session_of(context)
    with session.progress(f"Downloading {ref}") as progress:
        done = session.client.download(
            ref,
            dest,
            progress=progress,
            version=version,
            include=include or (),
            exclude=exclude or (),
            as_zip=as_zip,
            force=force,
            mode=mode.value,
            jobs=jobs,
            dry_run=dry_run,
        )
    if done.path == "-" and not dry_run:
        return
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
        session.print_lines(list(done.files))
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


def list_versions(
    context: typer.Context,
    artifact: options.Filter = None,
    name: options.Filter = None,
    version: options.Filter = None,
    artifact_type: Annotated[
        list[str] | None, typer.Option("--type", metavar="FILTER", help="data, model, …")
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", "--tags", metavar="FILTER", help="A label, or isnull: for none."),
    ] = None,
    page: options.Page = 1,
    size: options.Size = 20,
    sort_by: options.SortBy = "",
    columns: options.Columns = None,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """List artifact versions, newest first.

    Example: artifactctl artifact version list --artifact iris_dataset --tag prod
    """
    session = session_of(context)
    found = session.client.list_artifact_versions(
        page=page,
        size=size,
        sort_by=sort_by,
        artifact=artifact or (),
        name=name or (),
        version=version or (),
        type=artifact_type or (),
        tag=tag or (),
    )
    session.print_page(found, "VERSIONS", columns, output, quiet=quiet)


def describe_version(
    context: typer.Context,
    ref: options.Reference,
    version: options.VersionBeside = None,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Show everything known of one version, its files included.

    Example: artifactctl artifact version describe iris_dataset:1 -o json
    """
    session = session_of(context)
    found = session.client.describe_artifact_version(ref, version)
    files = [asdict(file) for file in found.files]
    facts = asdict(found.version)
    is_table = session.format_of(output) is OutputFormat.TABLE
    if not is_table:
        facts = {**facts, "files": files, "consumers": list(found.consumers)}
    session.print_object(facts, output, identifier=found.version.ref, quiet=quiet)
    if is_table and not quiet:
        session.print_lines([""])
        session.print_rows(["path", "size_bytes", "digest", "mtime"], files, output)


def _metadata(words: list[str] | None, file: Path | None) -> dict[str, Any]:
    # Only a register with metadata needs to read any.
    from artifactctl.metadata import parse_pairs, read_file  # noqa: PLC0415

    return {**(read_file(file) if file else {}), **parse_pairs(words or ())}


def _registered(version: Any, *, is_new: bool) -> str:
    done = "Registered" if is_new else "Kept"
    return f"{done} {version.ref} ({_amount(version.file_count, version.size_bytes)})"


def _amount(files: int, size_bytes: int) -> str:
    from artifactctl.render import count, size  # noqa: PLC0415 (see cli.session)

    return f"{count(files, 'file')}, {size(size_bytes)}"
