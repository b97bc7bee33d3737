"""What a step prints and logs, kept in a file while it still reaches its reader."""

import logging
import os
import sys
import traceback
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from io import FileIO
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, TextIO, cast

import artifactctl
from artifactctl.errors import StepFailedError
from artifactctl.pipelines.secrets import Mask


class KeptLog:
    """A file that takes what a step prints, whole but for secrets."""

    def __init__(self, file: FileIO, secrets: Collection[str] = ()) -> None:
        self._file = file
        self._secrets = secrets
        self._renew()

    def write_bytes(self, chunk: bytes) -> bytes:
        """Keep a chunk; return what may be shown of it and of those before by now.

        Raises `ValueError` when the file is closed.
        """
        if not self._secrets:  # one write at the end of the file, without a lock
            return self._put(chunk)
        if self._process != os.getpid():  # the parent writes what a fork found held back
            self._renew()
        with self._lock:
            return self._put(self._mask.feed(chunk))

    def end(self) -> bytes:
        """Keep what was held back; return it."""
        return self._put(self._mask.rest() if self._process == os.getpid() else b"")

    def _renew(self) -> None:
        self._process, self._mask, self._lock = os.getpid(), Mask(self._secrets), Lock()

    def _put(self, shown: bytes) -> bytes:
        self._file.write(shown)
        return shown


_OURS = os.path.join(os.path.dirname(artifactctl.__file__), "")

# The logs of the steps that run in this context; None in a thread that a step may have started.
_open: ContextVar[tuple[KeptLog, ...] | None] = ContextVar("artifactctl_logs", default=None)


@contextmanager
def kept_in(path: Path, secrets: Collection[str] = ()) -> Iterator[None]:
    """Copy into a file what Python code writes to standard output and error, and log records.

    What other programs and C libraries write to the descriptors themselves is not seen. Steps that
    run in other threads meanwhile have logs of their own. What the code raises ends the log.
    """
    # Without a buffer, which a fork would write twice.
    with path.open("ab", buffering=0) as file:
        log = KeptLog(file, secrets)
        handler = _Records(log)
        out, err = _Tee(sys.stdout, log), _Tee(sys.stderr, log)
        sys.stdout, sys.stderr = cast("TextIO", out), cast("TextIO", err)
        logging.getLogger().addHandler(handler)
        token = _open.set((*(_open.get() or ()), log))
        try:
            yield
        except Exception as error:
            log.write_bytes(_encoded(_told(error)))
            raise
        finally:
            _open.reset(token)
            logging.getLogger().removeHandler(handler)
            sys.stdout, sys.stderr = _without(out, sys.stdout), _without(err, sys.stderr)
            log.end()


@contextmanager
def apart() -> Iterator[None]:
    """Have what a run says between its steps be in no log of a run in another thread."""
    token = _open.set(_open.get() or ())
    try:
        yield
    finally:
        _open.reset(token)


class _Tee:
    """A stream whose writes go to a log, too; everything else is the stream's own."""

    def __init__(self, stream: TextIO | None, log: KeptLog) -> None:
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

    def __init__(self, stream: BinaryIO, log: KeptLog) -> None:
        self.stream = stream
        self._log = log

    def write(self, chunk: Any, /) -> int:
        _keep(self._log, bytes(chunk))
        return self.stream.write(chunk)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


class _Records(logging.Handler):
    """Writes log records into a file; what shows them on a stream is left to others."""

    def __init__(self, log: KeptLog) -> None:
        super().__init__()
        self._log = log
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        _keep(self._log, _encoded(self.format(record) + "\n"))


def _told(error: BaseException) -> str:
    """A traceback of the step's own code: ours, which called it, says nothing to its author."""
    if isinstance(error, StepFailedError) and error.__cause__ is not None:
        error = error.__cause__
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_OURS):
        trace = trace.tb_next
    return "".join(traceback.TracebackException(type(error), error, trace).format())


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def _keep(log: KeptLog, chunk: bytes) -> None:
    mine = _open.get()
    if mine is None or log in mine:
        with suppress(ValueError):  # closed: a thread that outlives its step writes on
            log.write_bytes(chunk)


def _without(gone: _Tee, stream: Any) -> Any:
    """What is left of a standard stream; a step of another thread may have begun to keep it too."""
    outer = stream
    while isinstance(outer, _Tee) and outer is not gone:
        if outer.stream is cast("TextIO", gone):
            outer.stream = gone.stream
            return stream
        outer = outer.stream
    return gone.stream
