"""What a command prints: kept whole, shown line by line, its end remembered."""

from collections import deque
from collections.abc import Callable, Collection
from pathlib import Path
from types import TracebackType
from typing import Self

from artifactctl.pipelines.engine.logs import KeptLog

TAIL_LINES = 20
_LONGEST_LINE = 1 << 14  # bytes; what is longer is shown in pieces, and kept as it is
_LONGEST_SHOWN = 500  # characters of a line of the tail


class OutputLog:
    """The log of one command; `show` gets each line as it comes, without its end."""

    def __init__(self, path: Path, secrets: Collection[str], show: Callable[[str], None]) -> None:
        self._file = path.open("ab", buffering=0)
        self._log = KeptLog(self._file, secrets)
        self._show = show
        self._line = b""
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._show_lines(self._log.end())
            if self._line:
                self._end_line()
        finally:
            self._file.close()

    @property
    def tail(self) -> list[str]:
        """The last lines."""
        return list(self._tail)

    def feed(self, chunk: bytes) -> None:
        """Take what the command has printed."""
        self._show_lines(self._log.write_bytes(chunk))

    def note(self, text: str) -> None:
        """Put a line of our own between what the command prints."""
        self.feed((b"\n" if self._line else b"") + text.encode() + b"\n")

    def _show_lines(self, shown: bytes) -> None:
        *whole, rest = (self._line + shown).split(b"\n")
        for self._line in whole:
            self._end_line()
        self._line = rest
        while len(self._line) > _LONGEST_LINE:
            piece, self._line = self._line[:_LONGEST_LINE], self._line[_LONGEST_LINE:]
            self._put(piece)

    def _end_line(self) -> None:
        self._put(self._line)
        self._line = b""

    def _put(self, line: bytes) -> None:
        # A progress bar writes over its own line: what is left of it is its last state.
        text = line.rstrip(b"\r").rpartition(b"\r")[2].decode("utf-8", "replace").expandtabs()
        self._tail.append(text[:_LONGEST_SHOWN])
        self._show(text)
