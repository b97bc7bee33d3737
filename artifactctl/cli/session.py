"""What one invocation of the command line works with: its client, its output, its messages."""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, TextIO

import typer

from artifactctl.enums import OutputFormat
from artifactctl.errors import STDOUT, WrongUsageError

if TYPE_CHECKING:
    from artifactctl.catalog.rows import Page
    from artifactctl.client import Client
    from artifactctl.render.columns import Listing
    from artifactctl.results.reports import Progress

_ANSWERS = {b"y": True, b"yes": True, b"n": False, b"no": False, b"": False}


@dataclass
class Session:
    """The state of one invocation; commands get it from `session_of`."""

    home: str | None = None
    allow_remote: bool = False

    @cached_property
    def client(self) -> "Client":
        """The client of the home that is in force."""
        # The CLI's door to the client: `--help` and completion never go through it.
        from artifactctl.client import Client  # noqa: PLC0415

        return Client(self.home, allow_remote=self.allow_remote)

    def close(self) -> None:
        """Close what the client has open, if it was needed at all."""
        if "client" in self.__dict__:
            self.client.close()

    def format_of(self, output: OutputFormat | None) -> OutputFormat:
        """The format asked for, or the one that the settings name."""
        return output or OutputFormat(self.client.settings.output.value)

    def print_page(
        self,
        page: "Page[Any]",
        kind: str,
        columns: str | None,
        output: OutputFormat | None,
        *,
        quiet: bool,
    ) -> None:
        """Print a page of artifacts or versions, and for tables its footer."""
        render = _render()
        columns_of: Listing[Any] = getattr(render, kind)
        if quiet:
            self.print_data(columns_of.identify(item) for item in page.items)
            return
        output = self.format_of(output)
        render.print_page(page, columns_of, columns, output, out_for(output))
        if output is OutputFormat.TABLE:
            flush()  # the footer stands below the table, also where both go into one file
            self.say(render.footer(page, columns_of))

    def print_object(
        self,
        value: Any,
        output: OutputFormat | None,
        *,
        identifier: str = "",
        quiet: bool = False,
        summary: str = "",
    ) -> None:
        """Print one object: all of it, only its identifier, or in a table's stead `summary`."""
        output = self.format_of(output)
        if quiet:
            self.print_data([identifier])
        elif summary and output is OutputFormat.TABLE:
            self.print_lines([summary])
        else:
            _render().print_object(value, output, out_for(output))

    def print_rows(
        self,
        columns: Sequence[str],
        rows: Iterable[Mapping[str, Any]],
        output: OutputFormat | None,
    ) -> None:
        """Print rows that are no page of a listing; they can be read twice, so no generator."""
        output = self.format_of(output)
        _render().print_table(columns, rows, output, out_for(output))

    def print_lines(self, lines: Iterable[str]) -> None:
        """Print lines for people, of text that came from data."""
        render = _render()
        render.write((render.escape(line) + "\n" for line in lines), stdout())

    def print_data(self, lines: Iterable[str]) -> None:
        """Print lines that programs read, such as identifiers."""
        render = _render()
        render.write((render.escape(line) + "\n" for line in lines), data_out())

    def say(self, message: str, stream: TextIO | None = None) -> None:
        """Tell the user something beside the result, on standard error."""
        stream = stream or sys.stderr
        if stream is not None:
            stream.write(_render().escape(message) + "\n")

    @property
    def can_ask(self) -> bool:
        """Whether somebody is there to answer."""
        return sys.stdin is not None and sys.stdin.isatty()

    def confirm(self, question: str, *, yes: bool, declined: str = "Nothing was deleted.") -> bool:
        """Ask before something is thrown away; without a terminal `--yes` must have said it."""
        if yes:
            return True
        if not self.can_ask:
            raise WrongUsageError(f"{question} There is no terminal to ask on", hint="add --yes")
        answer = None
        while answer is None:
            answer = _ANSWERS.get(self._ask(f"{question} [y/N]: "))
        if not answer:
            self.say(declined)
        return answer

    def _ask(self, prompt: str) -> bytes:
        """What is typed; not through `typer.confirm`, which writes to standard output too."""
        if sys.stderr is not None:
            sys.stderr.write(_render().escape(prompt))
            sys.stderr.flush()
        line = sys.stdin.buffer.readline()
        if not line:
            self.say("")
            raise typer.Abort
        return line.strip().lower()

    @contextmanager
    def progress(self, label: str, *, counts_bytes: bool = True) -> Iterator["Progress"]:
        """Progress of long work, shown when standard error is a terminal."""
        from artifactctl.results.reports import SILENT, Progress  # noqa: PLC0415 (the same door)

        if sys.stderr is None or not sys.stderr.isatty():
            yield SILENT
            return
        from artifactctl.render.progress import ProgressBar  # noqa: PLC0415 (the same door)

        with ProgressBar(label, counts_bytes=counts_bytes) as bar:
            yield Progress(bar.expect, bar)


def counted(number: int, noun: str) -> str:
    """`1 file`, `3 files`."""
    return str(_render().count(number, noun))


def sized(size_bytes: int) -> str:
    """A size for people."""
    return str(_render().size(size_bytes))


def lasted(seconds: float) -> str:
    """How long something took, for people."""
    return str(_render().duration(seconds))


def session_of(context: typer.Context) -> Session:
    """The session that the top-level callback has made."""
    session = context.find_object(Session)
    assert session is not None
    return session


def stdout() -> TextIO:
    """Standard output; raises `OSError` when it was closed before we began."""
    out: TextIO | None = sys.stdout
    if out is None:
        raise OSError(9, os.strerror(9), STDOUT)
    return out


def data_out() -> TextIO:
    """Standard output for what programs read: in UTF-8, whatever letters a terminal has."""
    out = stdout()
    is_unicode = (out.encoding or "utf-8").lower().startswith("utf")
    if isinstance(out, TextIOWrapper) and not is_unicode:
        out.reconfigure(encoding="utf-8", errors="backslashreplace")
    return out


def out_for(output: OutputFormat) -> TextIO:
    """Standard output for a result in that format; JSON and YAML have escapes of their own."""
    return data_out() if output in (OutputFormat.CSV, OutputFormat.TSV) else stdout()


def flush() -> None:
    """Have standard output and standard error written; an `OSError` names which one failed."""
    for stream, name in ((sys.stdout, STDOUT), (sys.stderr, "standard error")):
        try:
            if stream is not None:
                stream.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OSError(error.errno, error.strerror, name) from error


def _render() -> Any:
    # rich and its tables are loaded when there is something to print.
    from artifactctl import render  # noqa: PLC0415

    return render
