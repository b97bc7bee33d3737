"""The command `show`."""

import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from artifactctl.cli import doors, options
from artifactctl.cli.browser import show_page
from artifactctl.cli.inside import Place
from artifactctl.cli.session import Session, data_out, session_of, stdout
from artifactctl.enums import OutputFormat
from artifactctl.own_data import check_not_own_data

if TYPE_CHECKING:
    from artifactctl.results.previews import Showing

_ROOM_BYTES = 4 << 30


def show(
    context: typer.Context,
    place: Place,
    rows: Annotated[int, typer.Option(metavar="N", help="Rows of a table, up to 1,000.")] = 10,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write one page that needs no network.")
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Show the page in a browser.")] = False,
    no_cache: options.NoCache = False,
    version: options.VersionBeside = None,
    output: options.Output = None,
    quiet: Annotated[bool, options.quiet("the paths that are shown, one a line")] = False,
) -> None:
    """Show what a file is and how it begins, or what is in a folder.

    Tables: types, statistics, first rows. Arrays, tensors, archives, models: what is in them.
    Pictures: a thumbnail on terminals that can. Texts as they are. No pickle is ever loaded. A file
    of more than 64 MiB is read in part, and then not verified.

    Example: artifactctl show iris_dataset --rows 5

    Example: artifactctl show iris_model/model.json
    """
    session = session_of(context)
    session.cache = not no_cache
    with _bounded_memory():
        found = session.client.preview(place, version=version, rows=rows)
    if html is not None or open_page:
        _write_page(session, found, html, is_shown=open_page)
    elif quiet:
        items = () if found.listing is None else found.listing.items
        paths = [file.path for file in found.files], [item.path for item in items]
        session.print_data(dict.fromkeys(path for some in paths for path in some))
    else:
        _print(session, found, session.format_of(output))


def _print(session: Session, found: "Showing", output: OutputFormat) -> None:
    if output is OutputFormat.TABLE:
        doors.previews.print_showing(found, stdout())
    elif output.is_document:
        session.print_object(found.as_json(), output)
    elif (grid := found.main_grid) is not None:
        separator = "\t" if output is OutputFormat.TSV else ","
        doors.structured.print_texts(grid.names, grid.lines, data_out(), separator)
    else:
        for file in found.files:
            session.print_rows(list(file.all_facts), [file.all_facts], output)


def _write_page(session: Session, found: "Showing", html: Path | None, *, is_shown: bool) -> None:
    if html is None:
        # It is not removed: the browser reads it after this program has ended.
        html = Path(tempfile.mkdtemp(prefix="artifactctl-page-"), "preview.html")
    check_not_own_data(html, session.client.home.own_paths())
    doors.previews.write_page(found, html)
    session.say(f"Wrote {html}")
    if is_shown:
        show_page(session, html.resolve().as_uri())


@contextmanager
def _bounded_memory() -> Iterator[None]:
    """Keep this process from filling the machine's memory, whatever a file makes a library unpack.

    Where it is told what the process has already (on Linux), that much more is left to it.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = _used_bytes() + _ROOM_BYTES
    is_lower = wanted > _ROOM_BYTES and (soft == resource.RLIM_INFINITY or soft > wanted)
    if not is_lower:
        yield
        return
    resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _used_bytes() -> int:
    """Return the size of this process's address space; 0 where it is not known."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * resource.getpagesize()
