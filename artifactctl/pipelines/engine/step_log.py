"""The log of a step: a file with what the step prints, shown line by line, without secrets."""

import os
from codecs import getincrementaldecoder
from collections import deque
from collections.abc import Callable, Collection
from contextlib import suppress
from io import FileIO
from pathlib import Path
from threading import RLock

from artifactctl.pipelines.secrets import Mask

TAIL_LINES = 20
_LONGEST_LINE = 1 << 14  # characters; longer lines are shown in pieces, the file has them whole
_LONGEST_SHOWN = 500  # characters of each line of the tail


class StepLog:
    """The log of one step; `show` is called with each line, without its line break.

    Without a path, lines are shown and nothing is kept. Several threads may write at once.
    """

    def __init__(
        self, path: Path | None, secrets: Collection[str], show: Callable[[str], None]
    ) -> None:
        self.path = path
        # Unbuffered: a forked process would write the content of a buffer a second time.
        self._file: FileIO | None = None if path is None else path.open("ab", buffering=0)
        self._secrets = secrets
        self._show = show
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._renew()

    @property
    def tail(self) -> list[str]:
        """The last lines, at most `TAIL_LINES`."""
        return list(self._tail)

    def write(self, chunk: bytes, *, is_shown: bool = True) -> None:
        """Keep what was printed, and show the lines that are complete.

        Raises `ValueError` when the log is closed.
        """
        self._check_process()
        with self._lock:
            self._take(self._mask.feed(chunk), is_shown=is_shown)

    def note(self, text: str) -> None:
        """Add a line of artifactctl's own to the step's output."""
        self.write((b"\n" if self._line else b"") + text.encode() + b"\n")

    def close(self) -> None:
        """Write and show the rest, even if its last line has no line break."""
        self._check_process()
        with self._lock:
            with suppress(ValueError):  # the file is closed already
                self._take(self._mask.rest())
                self._show_lines(self._decoder.decode(b"", final=True))
                if self._line:
                    self._show_lines("\n")
            if self._file is not None:
                self._file.close()

    def _check_process(self) -> None:
        if self._process != os.getpid():  # a forked process: its parent writes the bytes held back
            self._renew()

    def _renew(self) -> None:
        # Reentrant: a signal handler may print while the thread it interrupts holds the lock.
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
        # A progress bar overwrites its line after '\r': the last state is shown.
        text = line.rstrip("\r").rpartition("\r")[2].expandtabs()
        self._tail.append(text[:_LONGEST_SHOWN])
        self._show(text)
