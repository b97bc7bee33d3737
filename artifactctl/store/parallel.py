"""Working on many files at once, where each waits for a server."""

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def each(work: Callable[[T], R], items: Iterable[T], jobs: int) -> Generator[R, None, None]:
    """The results of `work` for every item, in order, `jobs` at a time.

    At most twice as many are begun, so that memory does not grow with their number. The first
    error is raised once those that are under way have ended; the others are not begun.
    """
    if jobs <= 1:
        yield from map(work, items)
        return
    with ThreadPoolExecutor(jobs) as pool:
        pending: deque[Future[R]] = deque()
        try:
            for item in items:
                pending.append(pool.submit(work, item))
                if len(pending) >= 2 * jobs:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()


class Budget:
    """A limit of the bytes that are under way at once, for all threads together.

    It is `first_bytes` until `widen` doubles it, up to `most_bytes`.
    """

    def __init__(self, most_bytes: int, first_bytes: int) -> None:
        self._most = most_bytes
        self._limit = self._free = first_bytes
        self._changed = threading.Condition()

    @contextmanager
    def taking(self, size_bytes: int) -> Iterator[None]:
        """Wait until so many bytes are free; more than all of them waits for all of them."""
        with self._changed:
            self._changed.wait_for(lambda: self._free >= min(size_bytes, self._limit))
            taken = min(size_bytes, self._limit)
            self._free -= taken
        try:
            yield
        finally:
            with self._changed:
                self._free += taken
                self._changed.notify_all()

    def widen(self) -> None:
        """Let twice as much be under way."""
        with self._changed:
            more = min(self._limit, self._most - self._limit)
            self._limit += more
            self._free += more
            self._changed.notify_all()
