"""Commands on the home as a whole: `init`, `info`, `trust`, `verify`."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from artifactctl.cli import options
from artifactctl.cli.session import counted, session_of
from artifactctl.enums import OutputFormat, ProblemKind
from artifactctl.errors import IntegrityError

if TYPE_CHECKING:
    from artifactctl.upkeep import Problem
    from artifactctl.verbs.trusting import Survey


def init(
    context: typer.Context,
    folder: Annotated[str, typer.Argument(metavar="[DIR]", help="Where to make it.")] = ".",
    catalog: Annotated[
        str | None, typer.Option(metavar="URL", help="Where the catalog is to be.")
    ] = None,
    store: Annotated[
        str | None, typer.Option(metavar="URL", help="Where the bytes are to be.")
    ] = None,
    output: options.Output = None,
) -> None:
    """Make a home, .artifactctl, in a folder: all below it use it.

    Example: artifactctl init --store file:///mnt/big/iris-artifacts
    """
    # The same door as in cli.session.
    from artifactctl.client import Client  # noqa: PLC0415
    from artifactctl.ownership import standing_of  # noqa: PLC0415

    client, is_new = Client.init(folder, catalog=catalog, store=store)
    session = session_of(context)
    session.client = client
    made = "Made" if is_new else "There is already"
    standing = standing_of(client.settings.home_path, is_found=True)
    if standing.problem:
        place = client.settings.home.value
        session.say(f"It is not your own: {standing.problem}; see 'artifactctl trust {place}'")
    found = client.info()
    values = {key: found[key]["value"] for key in ("home", "catalog", "store")}
    session.print_object(
        {**values, "is_new": is_new}, output, summary=f"{made} {client.settings.home.value}"
    )


def info(context: typer.Context, output: options.Output = None) -> None:
    """Show which home, catalog and store are in force, and why.

    Example: artifactctl info -o json
    """
    session = session_of(context)
    found: dict[str, Any] = session.client.info()
    if session.format_of(output) is OutputFormat.TABLE:
        found = {
            key: f"{item['value']}  ({item['source']})" if isinstance(item, dict) else item
            for key, item in found.items()
        }
    session.print_object(found, output)


def trust(
    context: typer.Context,
    folder: Annotated[
        str, typer.Argument(metavar="[DIR]", help="The home, or the folder that has it.")
    ] = ".",
    shared: Annotated[
        bool, typer.Option("--shared", help="Agree to others being able to write to it.")
    ] = False,
    yes: options.Yes = False,
    output: options.Output = None,
) -> None:
    """Make a home that came from elsewhere your own, after showing what is in it.

    In a job that restores a cache: artifactctl trust --yes .artifactctl

    Example: artifactctl trust .artifactctl
    """
    # The same door as in cli.session.
    from artifactctl.client import Client  # noqa: PLC0415

    session = session_of(context)
    found = Client.survey(folder)
    output = output or OutputFormat.TABLE
    if output is OutputFormat.TABLE:
        for line in _survey_lines(found):
            session.say(line)
    is_own = not found.problem
    question = f"Trust {found.home} as your own?"
    if not is_own and not session.confirm(question, yes=yes, declined="Nothing was trusted."):
        return
    if not is_own:
        Client.trust(found.home, shared=shared)
    summary = f"{found.home} is your own already" if is_own else f"Trusted {found.home}"
    session.print_object({**asdict(found), "is_new": not is_own}, output, summary=summary)


_MOST_SHOWN = 20  # of the places that a home links to


def _survey_lines(found: "Survey") -> list[str]:
    """What is in a home, for people."""
    counts = (
        counted(found.artifacts, "artifact"),
        counted(found.versions, "version"),
        counted(found.runs, "run"),
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
    output: options.Output = None,
    quiet: options.Quiet = False,
) -> None:
    """Hash what the store holds and compare it with the catalog; names every damaged version.

    Example: artifactctl verify iris_dataset:1
    """
    session = session_of(context)
    with session.progress("Verifying") as progress:
        found = session.client.check(refs or (), quick=quick, progress=progress)
    problems = found.problems
    for note in found.notes:
        session.say(note)
    for place in found.foreign:
        session.say(f"{place} in the store is not artifactctl's; it is left alone")
    rows = [problem.as_shown() for problem in problems]
    damaged = list(dict.fromkeys(f"{item.artifact}:{item.version}" for item in problems))
    output = session.format_of(output)
    if quiet:
        session.print_data(damaged)
    elif output in (OutputFormat.JSON, OutputFormat.YAML):
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
    """The way back from the first kind of problem there is."""
    kinds = {problem.kind for problem in problems}
    if ProblemKind.ROW in kinds:
        return "'artifactctl catalog rebuild' takes changed rows from the store's records"
    if kinds == {ProblemKind.LINKED}:
        return "restore the linked data, or register it again"
    return "register the good files again: that repairs the stored bytes"
