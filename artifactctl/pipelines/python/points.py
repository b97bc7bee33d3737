"""The points that a running step logs, gathered so that a training loop does not wait for them.

A thread writes them every second, as long as there are any. So a process that is killed loses the
points of the last second, and those of a write that was under way.
"""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from artifactctl.errors import ArtifactctlError
from artifactctl.home import Home, Origin
from artifactctl.series import Points, points_of
from artifactctl.verbs.points import log_points, points_logged

if TYPE_CHECKING:
    from artifactctl.verbs.points import Steps

_EVERY_S = 1.0
_MOST_BUFFERED = 50_000  # points; a loop that logs more in a second waits until they are written


class StepPoints:
    """The points of one step, by its ID, that are not written yet."""

    def __init__(self, origin: Origin, step_id: str) -> None:
        self._origin = origin
        self._step_id = step_id
        self._process = os.getpid()
        self._buffered: dict[str, list[tuple[int, int, float]]] = {}
        self._count = 0
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._has_ended = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, metadata: Mapping[str, Any], step: "Steps") -> None:
        """Add points; they are written soon, and at once in a forked process."""
        points = points_logged(metadata, step)
        if self._process != os.getpid():  # which has no thread, and may not use the connection
            self._write(points)
            return
        with self._lock:
            for key, some in points.items():
                self._buffered.setdefault(key, []).extend(some.rows())
                self._count += len(some)
            is_full = self._count >= _MOST_BUFFERED
            if self._thread is None:
                self._thread = threading.Thread(target=self._write_each_second, daemon=True)
                self._thread.start()
        if is_full:
            self.flush()

    def flush(self) -> None:
        """Write what is not written yet; when that fails, it is kept for the next time."""
        with self._writing:
            with self._lock:
                buffered, self._buffered, self._count = self._buffered, {}, 0
            if not buffered:
                return
            try:
                self._write({key: points_of(rows) for key, rows in buffered.items()})
            except BaseException:
                self._keep(buffered)
                raise

    def _keep(self, buffered: Mapping[str, list[tuple[int, int, float]]]) -> None:
        """Put points back before those that were logged since."""
        with self._lock:
            for key, rows in buffered.items():
                self._buffered[key] = [*rows, *self._buffered.get(key, ())]
                self._count += len(rows)

    def _write(self, points: Mapping[str, Points]) -> None:
        # A connection to the catalog is used by one thread only.
        home = Home(self._origin)
        with closing(home):
            log_points(home, "step", self._step_id, points)

    def _write_each_second(self) -> None:
        while not self._has_ended.wait(_EVERY_S):
            with suppress(ArtifactctlError, OSError):  # the next second, or the end, tries again
                self.flush()

    @contextmanager
    def written(self) -> Iterator[None]:
        """Write all points until the block ends, also when it raises."""
        try:
            yield
        except BaseException:
            with suppress(ArtifactctlError, OSError):  # the block's own error counts
                self._end()
            raise
        self._end()

    def _end(self) -> None:
        if self._process == os.getpid():
            self._has_ended.set()
            self.flush()
