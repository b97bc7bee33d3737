"""A progress bar on a terminal, for work that takes longer than a second."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

PATIENCE_S = 1.0

_OF_BYTES = (DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
_OF_ITEMS = (TextColumn("{task.completed:,.0f} looked at"),)


class ProgressBar:
    """Call it with the number of bytes or items just done; the bar appears after `PATIENCE_S`."""

    def __init__(self, label: str, *, counts_bytes: bool = True) -> None:
        self._label = label
        self._counts_bytes = counts_bytes
        self._done = 0
        self._total: int | None = None
        self._began = time.monotonic()
        self._bar: Progress | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def expect(self, size_bytes: int) -> None:
        """Set the number of bytes in total."""
        self._total = size_bytes

    def __call__(self, size_bytes: int) -> None:
        """Add to the number of bytes or items that are done."""
        self._done += size_bytes
        if self._bar is None:
            if time.monotonic() - self._began < PATIENCE_S:
                return
            self._bar = self._start()
        self._bar.update(self._bar.task_ids[0], completed=self._done, total=self._total)

    def _start(self) -> Progress:
        bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            *(_OF_BYTES if self._counts_bytes else _OF_ITEMS),
            console=Console(stderr=True),
            transient=True,
        )
        bar.add_task(self._label, total=self._total)
        bar.start()
        return bar
