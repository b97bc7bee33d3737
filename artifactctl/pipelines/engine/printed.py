"""What Python code prints while a file is run: shown line by line, never among the results."""

import io
import os
import sys
from codecs import getincrementaldecoder
from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any, cast

from artifactctl.pipelines.engine.output_log import TAIL_LINES
from artifactctl.pipelines.secrets import Mask


class Lines(io.TextIOBase):
    """Stands for a standard stream; `show` gets each line, with the step that is under way."""

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, show: Callable[[str, str], None], secrets: Collection[str]) -> None:
        self._step = ""
        self.buffer = _Bytes(self)
        self._show = show
        self._mask = Mask(secrets)
        self._decoder = getincrementaldecoder("utf-8")("replace")
        self._line = ""
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)

    @property
    def tail(self) -> list[str]:
        """The last lines of the step that is under way."""
        return list(self._tail)

    def begin(self, step: str) -> None:
        """Take what follows for what that step prints."""
        self._step = step
        self._tail.clear()

    def write(self, text: str, /) -> int:
        """Take a text, and show what has become a line."""
        self.take(text.encode("utf-8", "backslashreplace"))
        return len(text)

    def take(self, chunk: bytes) -> None:
        """The same for bytes."""
        self._put(self._decoder.decode(self._mask.feed(chunk)))

    def end(self) -> None:
        """Show what is left, though its line has no end."""
        self._put(self._decoder.decode(self._mask.rest(), final=True))
        if self._line:
            self._put("\n")

    def fileno(self) -> int:
        """Where other programs may write meanwhile."""
        return 2

    def writable(self) -> bool:
        """As whoever prints expects."""
        return True

    def close(self) -> None:
        """Stay open: others have more to say."""

    def _put(self, text: str) -> None:
        *whole, self._line = (self._line + text).split("\n")
        for line in whole:
            shown = line.rstrip("\r").rpartition("\r")[2].expandtabs()
            self._tail.append(f"  {self._step} | {shown}")
            self._show(self._step, shown)


class _Bytes(io.RawIOBase):
    """The same for those who write bytes."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def write(self, chunk: Any, /) -> int:
        self._lines.take(bytes(chunk))
        return len(chunk)

    def fileno(self) -> int:
        return self._lines.fileno()

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        """As the lines themselves."""


@contextmanager
def printing_to(show: Callable[[str, str], None], secrets: Collection[str]) -> Iterator[Lines]:
    """Keep standard output for results: what code prints is shown as lines, also past Python."""
    out, err = sys.stdout, sys.stderr
    if out is not None:
        out.flush()
    lines = Lines(show, secrets)
    kept = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr = cast("Any", lines)
    try:
        yield lines
    finally:
        sys.stdout, sys.stderr = out, err
        os.dup2(kept, 1)
        os.close(kept)
        lines.end()
