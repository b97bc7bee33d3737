"""What a step prints and logs, kept in a file while it still reaches its reader."""

import logging
import sys
import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TextIO, cast

from artifactctl.pipelines.secrets import Mask


class KeptLog:
    """A file that takes what a step prints, whole but for secrets."""

    def __init__(self, file: BinaryIO, secrets: Collection[str]) -> None:
        self._file = file
        self._mask = Mask(secrets)
        self.closed = False

    def write_bytes(self, chunk: bytes) -> bytes:
        """Keep a chunk; return what may be shown of it and of those before by now."""
        shown = self._mask.feed(chunk)
        self._file.write(shown)
        return shown

    def write(self, text: str) -> None:
        """Keep a text."""
        self.write_bytes(text.encode("utf-8", "backslashreplace"))

    def end(self) -> bytes:
        """Keep what was held back, and nothing that comes later; return it."""
        self.closed = True
        shown = self._mask.rest()
        self._file.write(shown)
        return shown


@contextmanager
def kept_in(path: Path, secrets: Collection[str] = ()) -> Iterator[None]:
    """Copy into a file what Python code writes to standard output and error, and log records.

    What other programs and C libraries write to the descriptors themselves is not seen.
    """
    out, err = sys.stdout, sys.stderr
    with path.open("ab") as file:
        log = KeptLog(file, secrets)
        lock = threading.Lock()
        handler = _Records(log, lock)
        sys.stdout = cast("TextIO", _Tee(out, log, lock))
        sys.stderr = cast("TextIO", _Tee(err, log, lock))
        logging.getLogger().addHandler(handler)
        try:
            yield
        finally:
            logging.getLogger().removeHandler(handler)
            sys.stdout, sys.stderr = out, err
            with lock:
                log.end()


class _Tee:
    """A stream whose writes go to a log, too; everything else is the stream's own."""

    def __init__(self, stream: TextIO | None, log: KeptLog, lock: threading.Lock) -> None:
        self._stream = stream
        self._log = log
        self._lock = lock

    def write(self, text: str, /) -> int:
        with self._lock:
            if not self._log.closed:  # a thread that outlives its step writes on
                self._log.write(text)
        return len(text) if self._stream is None else self._stream.write(text)

    def writelines(self, lines: Iterable[str], /) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        if self._stream is not None:
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Records(logging.Handler):
    """Writes log records into a file; what shows them on a stream is left to others."""

    def __init__(self, log: KeptLog, lock: threading.Lock) -> None:
        super().__init__()
        self._log = log
        self._guard = lock
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        with self._guard:
            if not self._log.closed:
                self._log.write(self.format(record) + "\n")
