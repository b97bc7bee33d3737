"""Reading ahead: while a chunk is hashed and written, the next ones are on their way."""

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import repeat
from threading import Semaphore

RANGE_BYTES = 4 << 20
"""The size of a chunk of a big object, and of what one request asks for."""

_AT_ONCE = 8

Chunks = Generator[bytes | memoryview, None, None]


class ReadAhead:
    """What is read ahead of the big objects of a service: 8 chunks for all of them together.

    Each of them may have one chunk more, so that everybody gets on.
    """

    def __init__(self) -> None:
        self._free = Semaphore(_AT_ONCE)

    def in_turn(self, chunks: Chunks) -> Chunks:
        """The chunks of one answer."""
        calls = repeat(partial(next, chunks, b""))
        for chunk in self._results(calls, 1):
            if not chunk:
                return
            yield chunk

    def in_ranges(self, read: Callable[[int, int], memoryview], start: int, end: int) -> Chunks:
        """The bytes from `start` to `end`, by several requests at once."""
        calls = (
            partial(read, position, min(position + RANGE_BYTES, end))
            for position in range(start, end, RANGE_BYTES)
        )
        yield from self._results(calls, _AT_ONCE)

    def _results(self, calls: Iterator[Callable[[], bytes | memoryview]], jobs: int) -> Chunks:
        """The results in order; closing waits for the calls that are under way."""
        pending: deque[Future[bytes | memoryview]] = deque()
        with ThreadPoolExecutor(jobs, "ahead") as pool:
            try:
                while self._begin(calls, pending, pool):
                    first = pending.popleft()
                    if pending:
                        self._free.release()  # the next one is the one that everybody may have
                    yield first.result()
            finally:
                for future in pending:
                    future.cancel()
                for _ in list(pending)[1:]:
                    self._free.release()

    def _begin(
        self,
        calls: Iterator[Callable[[], bytes | memoryview]],
        pending: deque[Future[bytes | memoryview]],
        pool: ThreadPoolExecutor,
    ) -> bool:
        """Begin as many calls as there is room for; return whether any is pending."""
        while not pending or self._free.acquire(blocking=False):
            call = next(calls, None)
            if call is None:
                if pending:
                    self._free.release()
                break
            pending.append(pool.submit(call))
        return bool(pending)
