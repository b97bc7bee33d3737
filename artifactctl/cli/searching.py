"""The command `find`."""

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from artifactctl.cli import doors, options
from artifactctl.cli.session import out_for, session_of
from artifactctl.enums import OutputFormat, SearchKind

if TYPE_CHECKING:
    from artifactctl.results.findings import Findings


def find(
    context: typer.Context,
    text: Annotated[
        list[str], typer.Argument(metavar="TEXT...", help="Words; all of them must match.")
    ],
    kind: Annotated[
        list[SearchKind] | None,
        typer.Option(metavar="KIND", help=f"Only {', '.join(SearchKind)}; may be repeated."),
    ] = None,
    most: Annotated[
        int, typer.Option("-n", metavar="N", min=0, help="At most N of each kind; 0 for all.")
    ] = 10,
    output: options.Output = None,
    quiet: Annotated[bool, options.quiet("references, one a line")] = False,
) -> None:
    """Search names, tags, descriptions, versions and metadata.

    The case of letters does not matter, and % and * match themselves. What is newest comes first.

    Example: artifactctl find sklearn

    Example: artifactctl find iris prod --kind version -q
    """
    session = session_of(context)
    found = session.client.find(" ".join(text), kind or (), limit=most)
    output = session.format_of(output)
    if quiet:
        session.print_data(item.ref for item in found)
    elif output.is_document:
        session.print_object(doors.findings.as_json(found), output)
    else:
        left_out = doors.findings.print_findings(
            found, output, out_for(output), is_wide=session.is_wide
        )
        session.say_left_out(left_out)
    if not quiet and output is OutputFormat.TABLE:
        session.say(*_remarks(found))


def _remarks(found: "Findings") -> list[str]:
    pair = next((word for word in found.words if all(word.partition("=")[:2])), None)
    if not found and pair is not None:
        ask = f"artifactctl artifact version list --metadata {shlex.quote(pair)}"
        return [f"Nothing found; '{ask}' compares values."]
    if not found:
        return ["Nothing found."]
    more = ", ".join(f"{kind}s" for kind in found.more)
    return [f"There are more {more}; -n 0 shows all."] if more else []
