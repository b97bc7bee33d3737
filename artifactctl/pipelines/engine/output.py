"""The output of Python code, captured: what a step prints and logs goes into the step's log."""

import io
import logging
import os
import sys
import traceback
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from threading import RLock, Thread, current_thread
from threading import enumerate as threads
from typing import Any, BinaryIO, TextIO, cast
from weakref import WeakSet

from artifactctl.pipelines.engine.step_log import StepLog

_OURS = os.path.join(Path(__file__).parents[2], "")

# The logs of this context's steps; None in threads, which a step may have started.
_mine: ContextVar[tuple[StepLog, ...] | None] = ContextVar("artifactctl_logs", default=None)
# All open logs, each with the threads that are older than its step and so do not belong to it.
_open: list[tuple[StepLog, WeakSet[Thread]]] = []
# The root logger while steps run, when they need more of its records than the program asks for.
_lowered: list[logging.Logger] = []
_streams = RLock()  # held while the standard streams are replaced: steps begin in several threads
# Streams that were sys.stdout or sys.stderr. Before Python 3.12.10 and 3.13.3, print() does not
# hold the stream: freed by a step that ends in another thread, it would crash the process.
# https://github.com/python/cpython/issues/130163
_replaced: deque[object] = deque(maxlen=4096)


@contextmanager
def captured(log: StepLog) -> Iterator[None]:
    """Copy the standard output, standard error and log records of Python code into a log.

    Records are kept from INFO on unless the program has set another level. Output that other
    programs and C libraries write to the file descriptors is not captured. Steps in other threads
    have their own logs. The traceback of an error is added to the log.
    """
    process, handler, entry = os.getpid(), _Records(log), (log, WeakSet(threads()))
    token = _mine.set((*(_mine.get() or ()), log))
    _open.append(entry)
    with _streams:
        out, err = _Tee(sys.stdout, log), _Tee(sys.stderr, log)
        sys.stdout, sys.stderr = cast("TextIO", out), cast("TextIO", err)
    try:
        with _keeping_records(handler):
            yield
    except (Exception, SystemExit) as error:
        # A forked process may end by sys.exit(), which is no failure of the step.
        if isinstance(error, Exception) or os.getpid() == process:
            log.write(_encoded(_traceback_of(error)), is_shown=False)
        raise
    finally:
        with _streams:
            _replaced.extend((out, err))
            sys.stdout, sys.stderr = _without(out, sys.stdout), _without(err, sys.stderr)
        _open.remove(entry)
        _mine.reset(token)


@contextmanager
def apart() -> Iterator[None]:
    """Keep the output of a run between its steps out of the logs of steps in other threads."""
    token = _mine.set(_mine.get() or ())
    try:
        yield
    finally:
        _mine.reset(token)


@contextmanager
def printing_to(show: Callable[[str], None], secrets: Collection[str]) -> Iterator[None]:
    """Reserve standard output for results: other output goes to the logs, outside steps to `show`.

    Bytes written to the file descriptor of standard output go to standard error.
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
        _replaced.append(sys.stdout)
        sys.stdout, sys.stderr = out, err
        os.dup2(kept, 1)
        os.close(kept)
        between.close()


class _BetweenSteps(io.RawIOBase):
    """A stream whose bytes are logged unless a step's log takes them."""

    def __init__(self, log: StepLog) -> None:
        self._log = log

    def write(self, chunk: Any, /) -> int:
        if not _takers():
            self._log.write(bytes(chunk))
        return len(chunk)

    def fileno(self) -> int:
        """Standard error, for other programs."""
        return 2

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        """Stay open: other code still prints."""


class _Tee:
    """A stream whose writes also go to a log; all other attributes are those of the stream."""

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
    """A stream of bytes whose writes also go to a log."""

    def __init__(self, stream: BinaryIO, log: StepLog) -> None:
        self.stream = stream
        self._log = log

    def write(self, chunk: Any, /) -> int:
        _keep(self._log, bytes(chunk))
        return self.stream.write(chunk)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@contextmanager
def _keeping_records(handler: "_Records") -> Iterator[None]:
    root = logging.getLogger()
    with _streams:
        root.addHandler(handler)
        if root.level == logging.WARNING:  # as it is unless the program sets it
            root.setLevel(logging.INFO)
            _lowered.append(root)
    try:
        yield
    finally:
        with _streams:
            root.removeHandler(handler)
            if _lowered and not any(isinstance(other, _Records) for other in root.handlers):
                _lowered.clear()
                if root.level == logging.INFO:
                    root.setLevel(logging.WARNING)


class _Records(logging.Handler):
    """Writes log records into a log.

    Other handlers show them; without one, warnings and errors are shown as Python would show them.
    """

    def __init__(self, log: StepLog) -> None:
        super().__init__()
        self._log = log
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        if self._log not in _takers():
            return
        _keep(self._log, _encoded(self.format(record) + "\n"), is_shown=False)
        if record.levelno >= logging.WARNING and not _has_other_handlers(record.name):
            stream = _bare(sys.stderr)
            if stream is not None:
                stream.write(record.getMessage() + "\n")


def _has_other_handlers(name: str) -> bool:
    """Whether a handler other than ours sees the records of a logger."""
    logger: logging.Logger | None = logging.getLogger(name)
    while logger is not None:
        if any(not isinstance(handler, _Records) for handler in logger.handlers):
            return True
        logger = logger.parent if logger.propagate else None
    return False


def _takers() -> list[StepLog]:
    """The logs of the steps that this thread belongs to.

    A thread that a step has started has no context of that step. It belongs to any step that began
    before the thread; a thread older than all steps, as in a pool, may belong to each of them.
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
        with suppress(ValueError):  # closed: the thread has outlived its step
            log.write(chunk, is_shown=is_shown)


def _traceback_of(error: BaseException) -> str:
    """The traceback of an error from the step's code on, without artifactctl's frames above it."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_OURS):
        trace = trace.tb_next
    return "".join(traceback.TracebackException(type(error), error, trace).format())


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def _bare(stream: object) -> TextIO | None:
    """A standard stream beneath the tees."""
    while isinstance(stream, _Tee):
        stream = stream.stream
    return cast("TextIO | None", stream)


def _without(gone: _Tee, stream: object) -> object:
    """A standard stream without one tee; later tees, of steps in other threads, stay."""
    outer = stream
    while isinstance(outer, _Tee) and outer is not gone:
        if outer.stream is cast("TextIO", gone):
            outer.stream = gone.stream
            return stream
        outer = outer.stream
    return gone.stream
