"""What steps print and log: kept in a file for each step, shown line by line, without secrets."""

import io
import logging
import os
import sys
import traceback
from codecs import getincrementaldecoder
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from io import FileIO
from pathlib import Path
from threading import RLock, Thread, current_thread
from threading import enumerate as threads
from typing import Any, BinaryIO, TextIO, cast
from weakref import WeakSet

from artifactctl.pipelines.secrets import Mask

TAIL_LINES = 20
_LONGEST_LINE = 1 << 14  # characters; a longer line is shown in pieces, and kept as it is
_LONGEST_SHOWN = 500  # characters of a line of the tail


class StepLog:
    """The log of one step; `show` gets each line as it comes, without its end.

    Without a path lines are shown and nothing is kept. Several threads may write at once.
    """

    def __init__(
        self, path: Path | None, secrets: Collection[str], show: Callable[[str], None]
    ) -> None:
        self.path = path
        # Without a buffer, which a fork would write twice.
        self._file: FileIO | None = None if path is None else path.open("ab", buffering=0)
        self._secrets = secrets
        self._show = show
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._renew()

    @property
    def tail(self) -> list[str]:
        """The last lines."""
        return list(self._tail)

    def write(self, chunk: bytes, *, is_shown: bool = True) -> None:
        """Keep what was printed, and show the lines that have come to their end.

        Raises `ValueError` when the log is closed.
        """
        self._check_process()
        with self._lock:
            self._take(self._mask.feed(chunk), is_shown=is_shown)

    def note(self, text: str) -> None:
        """Put a line of our own between those that the step prints."""
        self.write((b"\n" if self._line else b"") + text.encode() + b"\n")

    def close(self) -> None:
        """Keep and show what was held back, though its line has no end."""
        self._check_process()
        with self._lock:
            with suppress(ValueError):  # closed before
                self._take(self._mask.rest())
                self._show_lines(self._decoder.decode(b"", final=True))
                if self._line:
                    self._show_lines("\n")
            if self._file is not None:
                self._file.close()

    def _check_process(self) -> None:
        if self._process != os.getpid():  # the parent writes what a fork finds held back
            self._renew()

    def _renew(self) -> None:
        # A signal handler may print while the thread that it interrupts holds the lock.
        self._process, self._mask, self._lock = os.getpid(), Mask(self._secrets), RLock()
        self._decoder, self._line = getincrementaldecoder("utf-8")("replace"), ""

    def _take(self, shown: bytes, *, is_shown: bool = True) -> None:
        if self._file is not None:
            self._file.write(shown)
        if is_shown:
            self._show_lines(self._decoder.decode(shown))

    def _show_lines(self, text: str) -> None:
        *whole, self._line = (self._line + text).split("\n")
        for line in whole:
            self._show_line(line)
        while len(self._line) > _LONGEST_LINE:
            piece, self._line = self._line[:_LONGEST_LINE], self._line[_LONGEST_LINE:]
            self._show_line(piece)

    def _show_line(self, line: str) -> None:
        # A progress bar writes over its own line: what is left of it is its last state.
        text = line.rstrip("\r").rpartition("\r")[2].expandtabs()
        self._tail.append(text[:_LONGEST_SHOWN])
        self._show(text)


_OURS = os.path.join(Path(__file__).parents[2], "")

# The logs of the steps that run in this context; None in a thread that a step may have started.
_mine: ContextVar[tuple[StepLog, ...] | None] = ContextVar("artifactctl_logs", default=None)
# All logs that are open, with the threads that were there before and so are none of the step's.
_open: list[tuple[StepLog, WeakSet[Thread]]] = []
_streams = RLock()  # held while the standard streams are replaced: steps begin in several threads


@contextmanager
def captured(log: StepLog) -> Iterator[None]:
    """Copy into a log what Python code writes to standard output and error, and log records.

    What other programs and C libraries write to the descriptors themselves is not seen. Steps that
    run in other threads meanwhile have logs of their own. What the code raises ends the log.
    """
    process, handler, entry = os.getpid(), _Records(log), (log, WeakSet(threads()))
    token = _mine.set((*(_mine.get() or ()), log))
    _open.append(entry)
    with _streams:
        out, err = _Tee(sys.stdout, log), _Tee(sys.stderr, log)
        sys.stdout, sys.stderr = cast("TextIO", out), cast("TextIO", err)
    logging.getLogger().addHandler(handler)
    try:
        yield
    except (Exception, SystemExit) as error:
        # A fork of the step may end itself by sys.exit(), which is no failure.
        if isinstance(error, Exception) or os.getpid() == process:
            log.write(_encoded(_traceback_of(error)), is_shown=False)
        raise
    finally:
        logging.getLogger().removeHandler(handler)
        with _streams:
            sys.stdout, sys.stderr = _without(out, sys.stdout), _without(err, sys.stderr)
        _open.remove(entry)
        _mine.reset(token)


@contextmanager
def apart() -> Iterator[None]:
    """Keep what a run prints between its steps out of the logs of runs in other threads."""
    token = _mine.set(_mine.get() or ())
    try:
        yield
    finally:
        _mine.reset(token)


@contextmanager
def printing_to(show: Callable[[str], None], secrets: Collection[str]) -> Iterator[None]:
    """Keep standard output for results: code prints to logs alone, and to `show` outside of steps.

    What is written to the descriptor of standard output itself goes to standard error.
    """
    out, err = sys.stdout, sys.stderr
    if out is not None:
        out.flush()
    between = StepLog(None, secrets, show)
    kept = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr = io.TextIOWrapper(
        cast("Any", _BetweenSteps(between)),
        encoding="utf-8",
        errors="backslashreplace",
        write_through=True,
    )
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err
        os.dup2(kept, 1)
        os.close(kept)
        between.close()


class _BetweenSteps(io.RawIOBase):
    """The bytes of a standard stream that no step's log shows."""

    def __init__(self, log: StepLog) -> None:
        self._log = log

    def write(self, chunk: Any, /) -> int:
        if not _takers():
            self._log.write(bytes(chunk))
        return len(chunk)

    def fileno(self) -> int:
        """Where other programs may write meanwhile."""
        return 2

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        """Stay open: other code has more to print."""


class _Tee:
    """A stream whose writes go to a log, too; everything else is the stream's own."""

    def __init__(self, stream: TextIO | None, log: StepLog) -> None:
        self.stream = stream
        self._log = log

    def write(self, text: str, /) -> int:
        _keep(self._log, _encoded(text))
        return len(text) if self.stream is None else self.stream.write(text)

    def writelines(self, lines: Iterable[str], /) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        if self.stream is not None:
            self.stream.flush()

    @property
    def buffer(self) -> Any:
        return _BytesTee(cast("Any", self.stream).buffer, self._log)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


class _BytesTee:
    """The same for a stream of bytes."""

    def __init__(self, stream: BinaryIO, log: StepLog) -> None:
        self.stream = stream
        self._log = log

    def write(self, chunk: Any, /) -> int:
        _keep(self._log, bytes(chunk))
        return self.stream.write(chunk)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


class _Records(logging.Handler):
    """Writes log records into a log; what shows them on a stream is left to others."""

    def __init__(self, log: StepLog) -> None:
        super().__init__()
        self._log = log
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        _keep(self._log, _encoded(self.format(record) + "\n"), is_shown=False)


def _takers() -> list[StepLog]:
    """The logs of the steps that this thread belongs to.

    A thread that a step has started does not know which step that was: one that began before it,
    or any, when the thread is older than all of them, as those of a pool may be.
    """
    mine = _mine.get()
    if mine is not None:
        return list(mine)
    thread = current_thread()
    entries = tuple(_open)
    likely = [log for log, others in entries if thread not in others]
    return likely or [log for log, _ in entries]


def _keep(log: StepLog, chunk: bytes, *, is_shown: bool = True) -> None:
    if log in _takers():
        with suppress(ValueError):  # closed: a thread that outlives its step writes on
            log.write(chunk, is_shown=is_shown)


def _traceback_of(error: BaseException) -> str:
    """A traceback of the step's own code: our frames, which called it, tell its author nothing."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_OURS):
        trace = trace.tb_next
    return "".join(traceback.TracebackException(type(error), error, trace).format())


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def _without(gone: _Tee, stream: Any) -> Any:
    """What is left of a standard stream; a step of another thread may have begun to keep it too."""
    outer = stream
    while isinstance(outer, _Tee) and outer is not gone:
        if outer.stream is cast("TextIO", gone):
            outer.stream = gone.stream
            return stream
        outer = outer.stream
    return gone.stream
