"""One invocation of the command line: its client, its output and its messages."""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

from artifactctl import plain_text
from artifactctl.cli import doors
from artifactctl.enums import OutputFormat
from artifactctl.errors import STDOUT, InputOutputError, NotFoundError, WrongUsageError
from artifactctl.screen import Style, screen_of

if TYPE_CHECKING:
    import typer

    from artifactctl.cli.options import Paging
    from artifactctl.client import Client
    from artifactctl.render.columns import Listing
    from artifactctl.results.pages import Listed, Page
    from artifactctl.results.reports import Progress

T = TypeVar("T", bound="Listed")

_SLOW_S = 2.0  # of waiting for the catalog's server, which is then told
_ANSWERS = {b"y": True, b"yes": True, b"n": False, b"no": False, b"": False}


@dataclass
class Session:
    """The state of one invocation; commands get it from `session_of`."""

    home: str | None = None
    allow_remote: bool = False
    is_wide: bool = False
    timeout: str | None = None
    cache: bool = True

    @cached_property
    def client(self) -> "Client":
        """The client, opened on first use."""
        return doors.client.Client(
            self.home, allow_remote=self.allow_remote, timeout=self.timeout, cache=self.cache
        )

    def check_home(self) -> None:
        """Raise an error when the home of `--home` is not there: nothing is to be read from it."""
        if not self.home:
            return
        path = os.path.expanduser(self.home)
        if not os.path.exists(path):
            raise NotFoundError(
                f"home {self.home!r} does not exist",
                hint="check the spelling; 'artifactctl register' makes a home",
            )
        if not os.path.isdir(path):
            raise InputOutputError(f"home {self.home!r} is not a folder", hint="name a folder")

    def close(self) -> None:
        """Close the client if it was opened; say so when the link to the catalog is slow."""
        if "client" in self.__dict__:
            self._tell_slow_link()
            self.client.close()

    def _tell_slow_link(self) -> None:
        """On a terminal, tell what a slow command waited for."""
        waited = self.client.home.waiting()
        if waited is None or waited.seconds < _SLOW_S:
            return
        if sys.stderr is not None and sys.stderr.isatty():
            each_ms = 1000 * waited.seconds / waited.answers
            self.say(
                f"The catalog's server was waited for {waited.seconds:.1f} s:"
                f" {waited.answers} answers, {each_ms:.0f} ms each"
            )

    def format_of(self, output: OutputFormat | None) -> OutputFormat:
        """Return the given format, or the one in the settings."""
        return output or OutputFormat(self.client.settings.output.value)

    def print_page(self, page: "Page[T]", listing: "Listing[T]", paging: "Paging") -> None:
        """Print a page of a listing, and for tables what is to be known of it."""
        if paging.quiet:
            self.print_data(listing.identify(item) for item in page.items)
            return
        output = self.format_of(paging.output)
        left_out = doors.printing.print_page(
            page,
            listing,
            paging.columns,
            output,
            out_for(output),
            sort_by=paging.sort_by or (),
            say=self.say,
            is_wide=self.is_wide,
        )
        if output is OutputFormat.TABLE:
            self.say_left_out(left_out)
            self.say(*doors.printing.footer(page, listing).splitlines())

    def print_object(
        self,
        value: Any,
        output: OutputFormat | None,
        *,
        identifier: str = "",
        quiet: bool = False,
        summary: str = "",
    ) -> None:
        """Print one object: all of it, only its identifier, or `summary` instead of a table."""
        output = self.format_of(output)
        if quiet:
            self.print_data([identifier])
        elif summary and output is OutputFormat.TABLE:
            self.print_lines([summary])
        else:
            doors.printing.print_object(value, output, out_for(output), is_wide=self.is_wide)

    def print_rows(
        self,
        columns: Sequence[str],
        rows: Iterable[Mapping[str, Any]],
        output: OutputFormat | None,
    ) -> None:
        """Print rows that are not a page of a listing.

        `rows` is iterated twice, so not a generator.
        """
        output = self.format_of(output)
        left_out = doors.printing.print_table(
            columns, rows, output, out_for(output), is_wide=self.is_wide
        )
        self.say_left_out(left_out)

    def say_left_out(self, columns: Sequence[str]) -> None:
        """Name the columns that a narrow terminal has no room for, below the table."""
        flush()  # it comes after the table, even when both streams go to one file
        if columns:
            self.say(f"Not shown for want of room: {', '.join(columns)}; --wide shows all.")

    def print_lines(self, lines: Iterable[str]) -> None:
        """Print lines for people, with control characters escaped."""
        _write(lines, stdout())

    def print_data(self, lines: Iterable[str]) -> None:
        """Print lines for programs, such as identifiers."""
        _write(lines, data_out())

    def print_texts(self, texts: Iterable[str]) -> None:
        """Print texts that are escaped already, as they are."""
        doors.stream.write(texts, stdout())

    def print_bytes(self, pieces: Iterable[bytes]) -> None:
        """Print bytes as they are."""
        doors.stream.write_bytes(pieces, stdout().buffer)

    def say(self, *messages: str, stream: TextIO | None = None) -> None:
        """Print messages for the user, one per line, by default on standard error."""
        stream = stream or sys.stderr
        if stream is not None:
            stream.writelines(plain_text.escape(message) + "\n" for message in messages)

    def note(self, *notes: str) -> None:
        """Print notes on what was done, such as who lost a tag; in colour on a terminal."""
        self._say_in(Style.NOTE, notes)

    def warn(self, *warnings: str) -> None:
        """Print what the user should look into; in colour on a terminal."""
        self._say_in(Style.WARNING, warnings)

    def _say_in(self, style: Style, messages: Iterable[str]) -> None:
        if sys.stderr is not None:
            screen = screen_of(sys.stderr)
            sys.stderr.writelines(
                screen.paint(plain_text.escape(message), style) + "\n" for message in messages
            )

    @property
    def is_on_terminal(self) -> bool:
        """Whether tables go to a terminal and are made to fit it."""
        return screen_of(stdout(), is_wide=self.is_wide).width is not None

    @property
    def can_ask(self) -> bool:
        """Whether standard input is a terminal."""
        return sys.stdin is not None and sys.stdin.isatty()

    def confirm(self, question: str, *, yes: bool, declined: str = "Nothing was deleted.") -> bool:
        """Ask before something is deleted; without a terminal `--yes` is required."""
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
        """Return the answer line; `typer.confirm` would also write to standard output."""
        if sys.stderr is not None:
            sys.stderr.write(plain_text.escape(prompt))
            sys.stderr.flush()
        line = sys.stdin.buffer.readline()
        if not line:
            self.say("")
            import typer  # noqa: PLC0415 (a session alone does without)

            raise typer.Abort
        return line.strip().lower()

    @contextmanager
    def progress(
        self, label: str, *, counts_bytes: bool = True, if_interrupted: str = ""
    ) -> Iterator["Progress"]:
        """Yield the progress of long work, shown when standard error is a terminal.

        `if_interrupted` says what Ctrl-C leaves.
        """
        try:
            if sys.stderr is None or not sys.stderr.isatty():
                yield doors.reports.SILENT
                return
            with doors.progress.ProgressBar(label, counts_bytes=counts_bytes) as bar:
                yield doors.reports.Progress(bar.expect, bar)
        except KeyboardInterrupt:
            if if_interrupted:
                self.say(f"artifactctl: interrupted; {if_interrupted}")
            raise


def session_of(context: "typer.Context") -> Session:
    """Return the session of the invocation that a command belongs to."""
    session = context.find_object(Session)
    assert session is not None
    return session


def stdout() -> TextIO:
    """Return standard output; raises `OSError` when it was closed before the program started."""
    out: TextIO | None = sys.stdout
    if out is None:
        raise OSError(9, os.strerror(9), STDOUT)
    return out


def data_out() -> TextIO:
    """Return standard output for programs, in UTF-8 whatever the terminal's encoding is."""
    out = stdout()
    if isinstance(out, TextIOWrapper) and not plain_text.is_unicode(out):
        out.reconfigure(encoding="utf-8", errors="backslashreplace")
    return out


def out_for(output: OutputFormat) -> TextIO:
    """Return standard output for a format; JSON and YAML have their own escapes."""
    return data_out() if output in (OutputFormat.CSV, OutputFormat.TSV) else stdout()


def flush() -> None:
    """Flush standard output and standard error; an `OSError` names the stream that failed."""
    for stream, name in ((sys.stdout, STDOUT), (sys.stderr, "standard error")):
        try:
            if stream is not None:
                stream.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OSError(error.errno, error.strerror, name) from error


def _write(lines: Iterable[str], out: TextIO) -> None:
    doors.stream.write((plain_text.escape(line) + "\n" for line in lines), out)
