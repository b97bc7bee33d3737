"""Commands on a home: `init`, `info`, `trust`, `verify`."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from artifactctl import plain_text
from artifactctl.cli import doors, options
from artifactctl.cli.session import session_of
from artifactctl.enums import OutputFormat, ProblemKind
from artifactctl.errors import IntegrityError, WrongUsageError

if TYPE_CHECKING:
    from artifactctl.home.trusting import Survey
    from artifactctl.upkeep.verifying import Problem


def init(
    context: typer.Context,
    folder: Annotated[
        str | None,
        typer.Argument(metavar="[DIR]", help="The folder to make it in, by default this."),
    ] = None,
    catalog: Annotated[
        str | None, typer.Option(metavar="URL", help="The place of the catalog.")
    ] = None,
    store: Annotated[
        str | None, typer.Option(metavar="URL", help="The place of the bytes.")
    ] = None,
    output: options.Output = None,
) -> None:
    """Make a home, .artifactctl, in a folder: all below it use it.

    Example: artifactctl init --catalog postgresql://ann@db/ml --store s3://our-bucket/ml
    """
    session = session_of(context)
    if folder is not None and session.home is not None:
        raise WrongUsageError("DIR and --home both say where the home is made", hint="give one")
    client, is_new = doors.client.Client.init(
        folder or ".", home=session.home, catalog=catalog, store=store
    )
    session.client = client
    made = "Made" if is_new else "There is already"
    standing = doors.ownership.standing_of(client.settings.home_path, is_found=True)
    if standing.problem:
        place = client.settings.home.value
        session.warn(f"It is not your own: {standing.problem}; see 'artifactctl trust {place}'")
    found = client.info()
    values = {key: found[key]["value"] for key in ("home", "catalog", "store")}
    session.print_object(
        {**values, "is_new": is_new}, output, summary=f"{made} {client.settings.home.value}"
    )


def info(context: typer.Context, output: options.Output = None) -> None:
    """Show which home, catalog and store are used, and why.

    Example: artifactctl info -o json
    """
    session = session_of(context)
    found: dict[str, Any] = session.client.info()
    if session.format_of(output) is OutputFormat.TABLE:
        held = found["cache"]
        found = {
            key: f"{item['value']}  ({item['source']})" if isinstance(item, dict) else item
            for key, item in found.items()
        }
        if held["limit_bytes"]:
            found["cache"] += f"  {_held(held)}"
    session.print_object(found, output)


def _held(cache: dict[str, Any]) -> str:
    """Return what the cache holds, in words."""
    size, most = plain_text.size(cache["size_bytes"]), plain_text.size(cache["limit_bytes"])
    return f"{plain_text.count(cache['count'], 'file')}, {size} of {most}"


def trust(
    context: typer.Context,
    folder: Annotated[
        str, typer.Argument(metavar="[DIR]", help="The home, or the folder that has it.")
    ] = ".",
    shared: Annotated[
        bool, typer.Option("--shared", help="Trust it even though others can write to it.")
    ] = False,
    yes: options.Yes = False,
    output: options.Output = None,
) -> None:
    """Make a home that came from elsewhere your own.

    It shows first what is in it.

    In a job that restores a cache: artifactctl trust --yes .artifactctl

    Example: artifactctl trust .artifactctl
    """
    session = session_of(context)
    found = doors.client.Client.survey(folder)
    output = output or OutputFormat.TABLE
    if output is OutputFormat.TABLE:
        session.say(*_survey_lines(found))
    is_own = not found.problem
    question = f"Trust {found.home} as your own?"
    if not is_own and not session.confirm(question, yes=yes, declined="Nothing was trusted."):
        return
    if not is_own:
        doors.client.Client.trust(found.home, shared=shared)
    summary = f"{found.home} is your own already" if is_own else f"Trusted {found.home}"
    session.print_object({**asdict(found), "is_new": not is_own}, output, summary=summary)


_MOST_SHOWN = 20  # addresses that a home links to


def _survey_lines(found: "Survey") -> list[str]:
    """Return the contents of a home as lines of text."""
    counts = (
        plain_text.count(found.artifacts, "artifact"),
        plain_text.count(found.versions, "version"),
        plain_text.count(found.runs, "run"),
    )
    lines = [
        f"home     {found.home} (of {found.owner})",
        *([f"because  {found.problem}"] if found.problem else []),
        f"catalog  {found.catalog}",
        f"store    {found.store}",
        f"has      {', '.join(counts)}",
    ]
    for what, places in (
        ("links to", (*found.linked_urls, *found.linked_paths)),
        ("is a link", found.symbolic_links),
    ):
        lines += [f"{what}  {place}" for place in places[:_MOST_SHOWN]]
        if len(places) > _MOST_SHOWN:
            lines.append(f"{what}  {len(places) - _MOST_SHOWN} more")
    return lines


def verify(
    context: typer.Context,
    refs: Annotated[
        list[str] | None, typer.Argument(metavar="[REF]...", help="Versions; all by default.")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Compare sizes only.")] = False,
    no_cache: options.NoCache = False,
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Hash what the store holds; name every damaged version.

    Example: artifactctl verify iris_dataset:1
    """
    session = session_of(context)
    session.cache = not no_cache
    with session.progress("Verifying") as progress:
        found = session.client.check(refs or (), quick=quick, progress=progress)
    problems = found.problems
    foreign = "in the store is not a file of artifactctl; it is left alone"
    session.note(*found.notes)
    session.warn(*(f"{place} {foreign}" for place in found.foreign))
    rows = [problem.as_shown() for problem in problems]
    damaged = list(dict.fromkeys(f"{item.artifact}:{item.version}" for item in problems))
    output = session.format_of(output)
    if quiet:
        session.print_data(damaged)
    elif output.is_document:
        session.print_object(
            {"ok": not rows, "damaged": damaged, "problems": rows, "foreign": found.foreign}, output
        )
    else:
        session.print_rows(["artifact", "version", "path", "problem", "id"], rows, output)
    if damaged:
        raise IntegrityError(
            f"verify: {len(damaged)} damaged: {', '.join(damaged[:10])}"
            + (f" and {len(damaged) - 10} more" if len(damaged) > 10 else ""),
            hint=_hint(problems),
        )
    session.say("Everything is as it was registered.")


def _hint(problems: "Sequence[Problem]") -> str:
    """Return a hint for the problems found."""
    kinds = {problem.kind for problem in problems}
    if ProblemKind.ROW in kinds:
        return "'artifactctl catalog rebuild' takes changed rows from the store's records"
    if kinds == {ProblemKind.LINKED}:
        return "restore the linked data, or register it again"
    return "register the good files again: that repairs the stored bytes"
