"""The command line: parse, call the client once, print. Errors are printed only here."""

import errno
import gc
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from io import TextIOWrapper
from types import FrameType
from typing import NoReturn

from artifactctl import plain_text
from artifactctl.cli import doors
from artifactctl.cli.arguments import Globals, arrange, check_text, wants_json
from artifactctl.cli.session import Session, data_out, flush
from artifactctl.errors import (
    STDOUT,
    ArtifactctlError,
    InputOutputError,
    InvalidInputError,
    NotFoundError,
)
from artifactctl.screen import Style, screen_of

_COMPLETE = "_ARTIFACTCTL_COMPLETE"
_CLOSED_PIPE = 141
_INTERRUPTED = 130
_BY_SIGNAL = 128
_ON_TAGS = ("list", "register", "update", "delete")


class _Terminated(BaseException):
    """SIGTERM or SIGHUP as an exception, so that open files are closed and cleaned up."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = _BY_SIGNAL + number


def main() -> NoReturn:
    """Run the command line of this process and exit with its code."""
    signal.signal(signal.SIGTERM, _terminate)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # `nohup` ignores SIGHUP
        signal.signal(signal.SIGHUP, _hang_up)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # escape characters that its encoding lacks
            stream.reconfigure(errors="backslashreplace")
    # Start-up creates many objects and little garbage: collecting it takes a tenth of a listing's
    # time.
    gc.set_threshold(50_000, 20, 20)
    shell = os.environ.get(_COMPLETE)
    code = _complete(shell, sys.argv[1:]) if shell else run(sys.argv[1:])
    # All output is flushed and closed. A normal exit would tear down all modules, which takes
    # another tenth of a listing's time.
    os._exit(code)


def run(words: Sequence[str]) -> int:
    """Run one command line and print its error, if any; return the exit code."""
    flags = Globals()
    try:
        flags, rest = arrange(words)
        check_text(rest)
        if flags.no_color:
            os.environ["NO_COLOR"] = "1"
        if rest[:1] == ["tag"] and rest[1:2] and rest[1] in _ON_TAGS:
            rest = _on_tags(rest, flags)
        # Typer is imported here, so that an interruption during its import is handled too.
        from artifactctl.cli.app import tree  # noqa: PLC0415

        with closing(_session(flags)) as session:
            code = tree()(args=rest, prog_name="artifactctl", standalone_mode=False, obj=session)
        flush()
    except BaseException as error:
        _discard_stdout()
        if flags.debug:
            sys.excepthook(type(error), error, error.__traceback__)
        return _report(error, words, flags.home)
    return code if isinstance(code, int) else 0


def _session(flags: Globals) -> Session:
    return Session(flags.home, flags.allow_remote, flags.wide, flags.timeout)


def _on_tags(words: list[str], flags: Globals) -> list[str]:
    """Return `tags VERB …` for ZenML's `tag VERB …`, unless an artifact is called VERB."""
    with closing(_session(flags)) as session:
        try:
            session.client.get_artifact(f"{words[1]}")
        except NotFoundError:
            return ["tags", *words[1:]]
        session.say(
            f"this is about the artifact {words[1]!r}; for tags themselves write"
            f" 'artifactctl tags {words[1]}'"
        )
    return words


def _complete(shell: str, words: Sequence[str]) -> int:
    """Answer a shell's request for completions; an error prints nothing, since a user is typing."""
    with suppress(Exception):
        from artifactctl.cli.app import tree  # noqa: PLC0415 (as in `run`)
        from artifactctl.cli.completion.answering import answer  # noqa: PLC0415 (only a Tab does)

        out = data_out()
        out.write(answer(tree(), shell, words))
        out.flush()
    return 0


def _report(error: BaseException, words: Sequence[str], home: str | None) -> int:
    """Print an error; return its exit code."""
    if isinstance(error, _Terminated):
        return error.exit_code
    if isinstance(error, KeyboardInterrupt):
        return _INTERRUPTED
    import typer  # noqa: PLC0415 (as in `run`)

    if isinstance(error, typer.Abort):
        return _INTERRUPTED
    # Typer turns a closed pipe into a SystemExit.
    if isinstance(error, BrokenPipeError) or isinstance(error.__context__, BrokenPipeError):
        return _CLOSED_PIPE
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 1
    shown = _as_ours(error, words)
    is_json = wants_json(words, _usual_output(home))
    _write_error(_as_json(shown) if is_json else _as_lines(shown))
    return shown.exit_code


def _usual_output(home: str | None) -> str:
    """Return the output format in the settings; empty when they cannot be read."""
    try:
        return doors.settings.load(home).output.value
    except (ArtifactctlError, OSError):
        return ""


def _has_clock() -> bool:
    try:
        time.time()
    except OverflowError:
        return False
    return True


def _as_ours(error: BaseException, words: Sequence[str]) -> ArtifactctlError:
    import typer  # noqa: PLC0415 (as in `run`)

    if isinstance(error, ArtifactctlError):
        return error
    if isinstance(error, typer.TyperException):
        return doors.mistakes.explained(error, words)
    if isinstance(error, OSError):
        place = f"{error.filename!r}: " if error.filename else ""
        hint = _OS_HINTS.get(error.errno or 0, "")
        if error.filename == STDOUT:
            hint = "the command was carried out; only its output is lost"
        return InputOutputError(f"{place}{error.strerror or error}", hint=hint)
    if isinstance(error, OverflowError) and not _has_clock():
        return InvalidInputError(
            "the clock of this machine is past the year 2262, beyond what can be recorded",
            hint="set the clock",
        )
    return ArtifactctlError(
        f"a bug in artifactctl: {type(error).__name__}: {error}",
        hint="please report it, with what --debug shows",
    )


_OS_HINTS = {
    errno.ENOSPC: "make room and run it again",
    errno.EDQUOT: "make room and run it again",
    errno.EACCES: "check the permissions",
    errno.EROFS: "the file system is read-only",
    errno.EXDEV: "use --mode copy",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
}


_NAME = ("artifactctl:", Style.BAD)


def _as_lines(error: ArtifactctlError) -> str:
    *others, last = error.details or (error.message,)
    hint = f"; {error.hint}" if error.hint else ""
    lines = [*others, f"{last}{hint}"]
    name = "artifactctl:" if sys.stderr is None else screen_of(sys.stderr).paint(*_NAME)
    return "".join(f"{name} {plain_text.escape(line)}\n" for line in lines)


def _as_json(error: ArtifactctlError) -> str:
    value = {
        "code": error.exit_code,
        "kind": error.kind,
        "message": error.message,
        "hint": error.hint or None,
        "details": list(error.details),
    }
    return json.dumps({"error": value}) + "\n"


def _write_error(text: str) -> None:
    try:
        if sys.stderr is not None:
            sys.stderr.write(text)
            sys.stderr.flush()
    except OSError:
        pass  # the exit code still reports the error


def _discard_stdout() -> None:
    """Discard the output that is buffered for a closed pipe or a full disk."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except (OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _terminate(number: int, _frame: FrameType | None) -> NoReturn:
    raise _Terminated(number)


def _hang_up(number: int, frame: FrameType | None) -> NoReturn:
    """Handle the SIGHUP of a closed terminal, and ignore further ones: shells often repeat it."""
    signal.signal(number, signal.SIG_IGN)
    _terminate(number, frame)
