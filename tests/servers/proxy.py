"""A proxy before a server that delays, breaks and falsifies what goes through it.

It knows nothing of the protocols, except for the answers with an HTTP status. A fault begins when
so many bytes of the server's answers have gone through, counted over all connections, so that a
test can place it anywhere: in headers, in a body, between two requests.
"""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Any, Self

_CHUNK_BYTES = 1 << 16
_MOST_PENDING = 1024
_DROP_BYTES, _DROP_S = 4096, 0.02
_OK, _PARTIAL = b"HTTP/1.1 200 OK", b"HTTP/1.1 206 Partial Content"
_LINGER = struct.pack("ii", 1, 0)  # closing sends a reset


class Kind(StrEnum):
    """What happens to a connection."""

    REFUSED = auto()  # nothing listens
    RESET = auto()
    CUT = auto()  # closed as if all had been said
    SILENT = auto()  # open, and nothing more comes
    FLIPPED = auto()  # one bit is another
    SLOW = auto()  # a little at a time
    STATUS = auto()  # an HTTP status instead of the answer
    UNANSWERED = auto()  # what has `word` in it reaches the server, the answer is lost


@dataclass(frozen=True)
class Fault:
    """A fault, and when it begins.

    `after` are bytes of answers; `times` how many connections it strikes, None for all.
    """

    kind: Kind
    after: int = 0
    times: int | None = None
    status: int = 503
    word: bytes = b"COMMIT"


class Proxy:
    """A proxy to a port of this machine; `struck` counts the connections that a fault struck.

    `requests` counts those of HTTP. With `mends_ranges` an answer with a `Content-Range` has the
    status 206, which rclone's server forgets to say. `renames` are a header of
    requests and the name that the server knows it by. `bytes_per_s` is how fast the link is, each
    way, for all connections together; 0 is as fast as can be.
    """

    def __init__(self, target: int) -> None:
        self.port = 0
        self.delay_s = 0.0
        self.struck = 0
        self.answered_bytes = 0
        self.asked_bytes = 0
        self.bytes_per_s = 0
        self.connections = 0
        self.requests = 0
        self.mends_ranges = False
        self.renames = (b"", b"")
        self._target = target
        self._free_at = {True: 0.0, False: 0.0}
        self._fault: Fault | None = None
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def break_with(self, fault: Fault) -> None:
        """Begin with a fault; counts start again."""
        self._do(self._set(fault))

    def heal(self) -> None:
        """Let everything through again; connections that were struck are closed."""
        self._do(self._set(None))

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _set(self, fault: Fault | None) -> None:
        self._fault, self.struck, self.answered_bytes, self.connections = fault, 0, 0, 0
        is_refused = fault is not None and fault.kind is Kind.REFUSED
        if is_refused or fault is None:
            self._reset_all()
        if is_refused and self._server is not None:
            self._server.close()
            self._server = None
        elif self._server is None:
            await self._listen()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._fault = None
        if self._server is not None:
            self._server.close()
        self._reset_all()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)

    def _reset_all(self) -> None:
        for writer in list(self._open):
            _reset(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        self.connections += 1
        connection = _Connection(self, reader, writer)
        try:
            # Cancelled when the proxy is closed, which streams take for an error.
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await connection.run(self._target)
        finally:
            self._open.discard(writer)
            with contextlib.suppress(OSError):
                writer.close()

    def strikes(self, *kinds: Kind) -> Fault | None:
        """The fault if it is one of these kinds, has begun and is to strike; it is not counted."""
        fault = self._fault
        if fault is None or fault.kind not in kinds or self.answered_bytes < fault.after:
            return None
        return None if fault.times is not None and self.struck >= fault.times else fault

    async def transmit(self, count: int, *, is_answer: bool) -> None:
        """Wait as long as so many bytes occupy the link."""
        if not self.bytes_per_s:
            return
        clock = asyncio.get_running_loop().time
        free_at = max(clock(), self._free_at[is_answer]) + count / self.bytes_per_s
        self._free_at[is_answer] = free_at
        await asyncio.sleep(free_at - clock())

    def left(self) -> int:
        """How many bytes of answers may go through before the fault begins."""
        fault = self._fault
        return _CHUNK_BYTES if fault is None else max(0, fault.after - self.answered_bytes)


class _Connection:
    """One connection of a client, and the one to the server for it."""

    def __init__(
        self, proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._proxy, self._reader, self._writer = proxy, reader, writer
        self._is_lost = False  # the server's next answer is
        self._is_slow = False

    async def run(self, target: int) -> None:
        if self._proxy.strikes(Kind.RESET):
            self._strike()
            _reset(self._writer)
            return
        if fault := self._proxy.strikes(Kind.STATUS):
            await self._answer(fault)
            return
        reader, writer = await asyncio.open_connection("127.0.0.1", target)
        tasks = [
            asyncio.create_task(self._pass(self._reader, writer, self._request)),
            asyncio.create_task(self._pass(reader, self._writer, self._said)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            with contextlib.suppress(OSError):
                writer.close()

    async def _pass(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        change: Callable[[bytes], Coroutine[Any, Any, bytes]],
    ) -> None:
        pending: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_MOST_PENDING)
        passing = asyncio.create_task(_write_when_due(pending, writer))
        clock, due = asyncio.get_running_loop().time, 0.0
        try:
            while data := await reader.read(_CHUNK_BYTES):
                told = await change(data)
                await self._proxy.transmit(len(data), is_answer=reader is not self._reader)
                # Half of the delay for each way; what is on the way does not wait for it again.
                due = max(due, clock() + self._proxy.delay_s / 2)
                is_slow = self._is_slow and reader is not self._reader
                size = _DROP_BYTES if is_slow else len(told)
                for start in range(0, len(told), size):
                    await pending.put((due, told[start : start + size]))
                    due += _DROP_S if is_slow else 0
            await pending.join()
        finally:
            passing.cancel()

    async def _request(self, data: bytes) -> bytes:
        self._proxy.asked_bytes += len(data)
        self._proxy.requests += data.count(b" HTTP/1.1\r\n")
        fault = self._proxy.strikes(Kind.UNANSWERED)
        self._is_lost |= fault is not None and fault.word in data
        old, new = self._proxy.renames
        return data.replace(old, new, 1) if old else data

    async def _said(self, data: bytes) -> bytes:
        """What is told of the server's answer; ends the connection by raising `OSError`."""
        if self._is_lost:
            self._strike()
            _reset(self._writer)
            raise ConnectionError
        before = self._proxy.left()
        self._proxy.answered_bytes += len(data)
        if self._proxy.mends_ranges and data.startswith(_OK):
            head, end, body = data.partition(b"\r\n\r\n")
            if b"\r\ncontent-range:" in head.lower():
                data = head.replace(_OK, _PARTIAL, 1) + end + body
        fault = self._proxy.strikes(
            Kind.CUT, Kind.RESET, Kind.SILENT, Kind.FLIPPED, Kind.SLOW, Kind.STATUS
        )
        if fault is None:
            return data
        self._strike()
        if fault.kind is Kind.FLIPPED:
            place = min(before, len(data) - 1)
            return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        if fault.kind is Kind.SLOW:
            self._is_slow = True
            return data
        await self._end(fault, data[:before])
        raise ConnectionError

    async def _end(self, fault: Fault, said: bytes) -> None:
        await asyncio.sleep(self._proxy.delay_s)  # for what is on the way
        self._writer.write(said)
        with contextlib.suppress(OSError):
            await self._writer.drain()
        if fault.kind is Kind.SILENT:
            await asyncio.sleep(3600)
        if fault.kind is Kind.RESET:
            _reset(self._writer)

    async def _answer(self, fault: Fault) -> None:
        """Read a request to its end, and answer it with a status."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                await self._reader.readexactly(int(line.partition(b":")[2]))
        self._strike()
        said = f"HTTP/1.1 {fault.status} Told So\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        self._writer.write(said.encode())
        await self._writer.drain()

    def _strike(self) -> None:
        self._proxy.struck += 1


async def _write_when_due(
    pending: "asyncio.Queue[tuple[float, bytes]]", writer: asyncio.StreamWriter
) -> None:
    clock = asyncio.get_running_loop().time
    while True:
        due, data = await pending.get()
        if (wait := due - clock()) > 0:
            await asyncio.sleep(wait)
        with contextlib.suppress(OSError):
            writer.write(data)
            await writer.drain()
        pending.task_done()


def _reset(writer: asyncio.StreamWriter) -> None:
    found = writer.get_extra_info("socket")
    if found is not None:
        with contextlib.suppress(OSError):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
    writer.transport.abort()


@contextlib.contextmanager
def proxied(target: int) -> Iterator[Proxy]:
    """A proxy to a port of this machine, until the block ends."""
    with Proxy(target) as proxy:
        yield proxy
