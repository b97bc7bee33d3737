"""Commands on tags, names and metadata of versions, artifacts and runs."""

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from artifactctl.cli import options
from artifactctl.cli.descriptions import Description, DescriptionFile, read_description
from artifactctl.cli.session import Session, session_of
from artifactctl.enums import OutputFormat
from artifactctl.errors import InvalidInputError, NotFoundError, WrongUsageError
from artifactctl.refs import RUN, run_name
from artifactctl.tags import Tag

if TYPE_CHECKING:
    from artifactctl.results.runs import PipelineRun
    from artifactctl.results.versions import ArtifactVersion

AddTags = Annotated[
    list[str] | None,
    typer.Option("--tag", "-t", metavar="TAG", help="A label to add; may be repeated."),
]
RemoveTags = Annotated[
    list[str] | None,
    typer.Option("--remove-tag", "-r", metavar="TAG", help="A label to remove; may be repeated."),
]


def tag(
    context: typer.Context,
    ref: options.ReferenceOrRun,
    tags: Annotated[
        list[str] | None, typer.Argument(metavar="[TAG]...", help="Labels to add.")
    ] = None,
    remove: Annotated[
        list[str] | None,
        typer.Option("--remove", "-r", metavar="TAG", help="A label to remove; may be repeated."),
    ] = None,
    exclusive: Annotated[
        bool, typer.Option("--exclusive", help="Remove the labels from all other versions.")
    ] = False,
    expect: Annotated[
        str | None,
        typer.Option(metavar="REF", help="Change them only if REF has them now; '' for none."),
    ] = None,
    artifact: Annotated[
        bool, typer.Option("--artifact", help="Label the artifact itself; REF is its name.")
    ] = False,
    version: options.VersionBeside = None,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Add and remove tags of a version or a run, or show them.

    Example: artifactctl tag iris_model:3 prod --exclusive --expect iris_model:2

    Example: artifactctl tag run:nightly checked
    """
    session = session_of(context)
    added, removed = tags or [], remove or []
    run = _run_meant(ref, version)
    _check_words(added, removed, exclusive=exclusive, expect=expect)
    _check_target(run, version, artifact=artifact, exclusive=exclusive, expect=expect)
    if run is not None:
        whole = [Tag(name, exclusive=exclusive) for name in added]
        _print_run(session, session.client.tag_run(run, whole, removed), output, quiet=quiet)
    elif artifact:
        found = session.client.find_artifact(ref)
        labelled = session.client.tag_artifact(found.id_text, added, removed)
        _say_unchanged(session, found, added, removed)
        _print_tagged(session, labelled, labelled.name, output, quiet=quiet)
    else:
        before = _version_to_tag(session, ref, version, added)
        done = session.client.tag(before.id, added, removed, exclusive=exclusive, expect=expect)
        _say_unchanged(session, before, added, removed)
        session.note(*done.notes)
        _print_tagged(session, done.version, done.version.ref, output, quiet=quiet)


# Words that other programs have before the version.
_VERBS = ("add", "set", "put", "create", "rm", "remove", "delete", "move", "mv")


def _version_to_tag(
    session: Session, ref: str, version: str | None, tags: list[str]
) -> "ArtifactVersion":
    try:
        return session.client.find_artifact_version(ref, version)
    except NotFoundError as error:
        if ref in _VERBS and tags:
            flag = "--remove " if ref.startswith(("r", "d")) else ""
            meant = shlex.join(["artifactctl", "tag", tags[0]])
            others = shlex.join(tags[1:]) or "TAG"
            raise NotFoundError(error.message, hint=f"write '{meant} {flag}{others}'") from None
        raise


def _say_unchanged(
    session: Session, before: Any, added: Sequence[str], removed: Sequence[str]
) -> None:
    """Name the tags that were as they are already."""
    name = getattr(before, "ref", before.name)
    there = [tag for tag in added if tag in before.tags]
    absent = [tag for tag in removed if tag not in before.tags]
    if there:
        session.say(f"{name} had {_tags(there)} already.")
    if absent:
        session.say(f"{name} did not have {_tags(absent)}: nothing was removed.")


def _tags(tags: Sequence[str]) -> str:
    return ("the tag " if len(tags) == 1 else "the tags ") + ", ".join(map(repr, tags))


def _check_target(
    run: str | None, version: str | None, *, artifact: bool, exclusive: bool, expect: str | None
) -> None:
    """Raise `WrongUsageError` for options that do not apply to what is tagged."""
    if run is not None and (artifact or expect is not None):
        raise WrongUsageError("--artifact and --expect are not for runs", hint="leave them out")
    if artifact and (exclusive or expect is not None or version is not None):
        raise WrongUsageError(
            "--exclusive, --expect and --version are for versions", hint="leave out --artifact"
        )


def _print_tagged(
    session: Session, value: Any, name: str, output: OutputFormat | None, *, quiet: bool
) -> None:
    summary = f"{name}  {', '.join(value.tags) or '(no tags)'}"
    session.print_object(value, output, identifier=name, quiet=quiet, summary=summary)


def _run_meant(ref: str, version: str | None) -> str | None:
    """Return the run in `run:NAME_OR_ID`; None for an artifact, and when a version is given too."""
    return run_name(ref) if version is None else None


def _print_run(
    session: Session,
    run: "PipelineRun",
    output: OutputFormat | None,
    *,
    quiet: bool,
    summary: str = "",
) -> None:
    facts = {"id": run.id_text, "name": run.name, "tags": run.tags, "metadata": dict(run.metadata)}
    summary = summary or f"{RUN}{run.name}  {', '.join(run.tags) or '(no tags)'}"
    session.print_object(facts, output, identifier=run.id_text, quiet=quiet, summary=summary)


def _check_words(
    tags: list[str], remove: list[str], *, exclusive: bool, expect: str | None
) -> None:
    if exclusive and not tags:
        raise WrongUsageError("--exclusive needs a tag", hint="name the tag to move")
    if expect is not None and not tags and not remove:
        raise WrongUsageError("--expect needs a tag", hint="name the tag to add or remove")
    _check_both(tags, remove)


def _check_both(add: list[str], remove: list[str]) -> None:
    if both := set(add) & set(remove):
        raise WrongUsageError(
            f"tag {min(both)!r} is both added and removed", hint="leave out one of the two"
        )


def update_artifact(
    context: typer.Context,
    name: options.Name,
    new_name: Annotated[
        str | None, typer.Option("--name", "-n", metavar="NEW_NAME", help="Its new name.")
    ] = None,
    tag: AddTags = None,
    remove_tag: RemoveTags = None,
    description: Description = None,
    description_file: DescriptionFile = None,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Rename, describe or label an artifact.

    Example: artifactctl artifact update iris_dataset -n iris -t curated

    Example: artifactctl artifact update iris --description 'Flowers of **three** kinds'
    """
    session = session_of(context)
    _check_both(tag or [], remove_tag or [])
    text = read_description(description, description_file)
    before = session.client.find_artifact(name)
    done = session.client.update_artifact(
        name, new_name, tag or (), remove_tag or (), description=text
    )
    _say_unchanged(session, before, tag or [], remove_tag or [])
    given = new_name is not None or text is not None or bool(tag or remove_tag)
    known = "-n NEW_NAME, -t TAG, -r TAG or --description TEXT"
    summary = _updated(session, done.name, known, given=given)
    session.print_object(done, output, identifier=done.name, quiet=quiet, summary=summary)


def update_version(
    context: typer.Context,
    ref: options.Reference,
    beside: options.Beside = None,
    version: options.VersionBeside = None,
    tag: AddTags = None,
    remove_tag: RemoveTags = None,
    description: Description = None,
    description_file: DescriptionFile = None,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Add and remove tags of a version, and describe it.

    Example: artifactctl artifact version update iris_dataset -v raw_2023 -t raw -r draft
    """
    session = session_of(context)
    version = options.one_version(beside, version)
    _check_both(tag or [], remove_tag or [])
    text = read_description(description, description_file)
    before = session.client.find_artifact_version(ref, version)
    done = session.client.update_artifact_version(
        ref, version, tag or (), remove_tag or (), description=text
    )
    _say_unchanged(session, before, tag or [], remove_tag or [])
    given = text is not None or bool(tag or remove_tag)
    summary = _updated(session, done.ref, "-t TAG, -r TAG or --description TEXT", given=given)
    session.print_object(done, output, identifier=done.ref, quiet=quiet, summary=summary)


def _updated(session: Session, name: str, options: str, *, given: bool) -> str:
    """Return what was done; where no option was given, say which there are."""
    if given:
        return f"Updated {name}"
    session.say(f"Nothing was changed; give {options}.")
    return f"Kept {name} as it is"


def log_metadata(
    context: typer.Context,
    ref: options.ReferenceOrRun,
    pairs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="KEY=VALUE...",
            help="VALUE is JSON, else text; KEY:=JSON and KEY==TEXT say which.",
        ),
    ] = None,
    metadata_file: options.MetadataFile = None,
    step: Annotated[
        int | None,
        typer.Option(metavar="N", min=0, help="Add a point at step N to the series of each key."),
    ] = None,
    version: options.VersionBeside = None,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Attach metadata to a version or a run.

    The newest value of a key counts; objects are merged. With --step each value is a number, and
    the value of the key is that at the highest step.

    Example: artifactctl metadata log iris_model:3 accuracy=0.97 framework=sklearn

    Example: artifactctl metadata log run:nightly loss=0.31 --step 10
    """
    session = session_of(context)
    wanted = options.read_metadata(pairs, metadata_file)
    if not wanted:
        raise WrongUsageError("there is nothing to log", hint="give KEY=VALUE or --metadata-file")
    if step is not None:
        _check_numbers(wanted)
    if (run := _run_meant(ref, version)) is not None:
        changed = session.client.log_run_metadata(run, wanted, step=step)
        summary = f"Logged {', '.join(wanted)} to {RUN}{changed.name}"
        _print_run(session, changed, output, quiet=quiet, summary=summary)
        return
    done = session.client.log_metadata(ref, wanted, version, step=step)
    summary = f"Logged {', '.join(wanted)} to {done.ref}"
    session.print_object(done, output, identifier=done.ref, quiet=quiet, summary=summary)


def _check_numbers(values: Mapping[str, object]) -> None:
    """Raise `InvalidInputError` for a value that is no point of a series."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            _check_numbers(value)
        elif value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            said = json.dumps(value, ensure_ascii=False)[:40]
            raise InvalidInputError(
                f"metadata {key!r}: {said} is not a number, as the points of series are",
                hint="leave out --step, or give a number",
            )


def remove_metadata(
    context: typer.Context,
    ref: options.ReferenceOrRun,
    keys: Annotated[list[str], typer.Argument(metavar="KEY...", help="Keys as they are listed.")],
    version: options.VersionBeside = None,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Remove keys of the metadata of a version or a run.

    All of them are removed, or none when it does not have one of them.

    Example: artifactctl metadata remove iris_model:3 framework
    """
    session = session_of(context)
    gone = ", ".join(dict.fromkeys(keys))
    if (run := _run_meant(ref, version)) is not None:
        changed = session.client.remove_run_metadata(run, keys)
        summary = f"Removed {gone} from {RUN}{changed.name}"
        _print_run(session, changed, output, quiet=quiet, summary=summary)
        return
    done = session.client.remove_metadata(ref, keys, version)
    summary = f"Removed {gone} from {done.ref}"
    session.print_object(done, output, identifier=done.ref, quiet=quiet, summary=summary)
