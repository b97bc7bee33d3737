"""Big objects are read ahead, by ranges where the server knows them, and within bounds."""

import threading
import time
import uuid
from collections.abc import Iterator

import pytest

from artifactctl.errors import ConflictError
from artifactctl.store.remote import object_stores, reading_ahead
from artifactctl.store.remote.opening import open_objects
from artifactctl.store.remote.reading_ahead import Chunks, ReadAhead
from artifactctl.store.remote.resuming import ResumingStream
from artifactctl.store_url import parse_store_url
from tests.servers import azure, s3
from tests.servers.azure import AzureServer
from tests.servers.proxy import Fault, Kind, Proxy, proxied
from tests.servers.s3 import S3Server

BIG = bytes(range(256)) * (40 << 10)  # 10 MiB
RANGE = 256 << 10
AT_ONCE = 8


@pytest.fixture
def small_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let 10 MiB be worth many ranges."""
    monkeypatch.setattr(reading_ahead, "RANGE_BYTES", RANGE)
    monkeypatch.setattr(object_stores, "RANGE_BYTES", RANGE)
    monkeypatch.setattr(object_stores, "_RANGES_FROM", 1 << 20)
    for name, value in {**s3.ENVIRON, **azure.ENVIRON}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def link(rclone_s3: S3Server) -> Iterator[Proxy]:
    with proxied(rclone_s3.port) as proxy:
        yield proxy


def opened(server: S3Server, link: Proxy, content: bytes = BIG) -> ResumingStream:
    objects = open_objects(parse_store_url(server.url(uuid.uuid4().hex, port=link.port)), 5)
    objects.put_parts("big", lambda: iter([content]))
    link.requests = link.answered_bytes = 0
    return ResumingStream(objects, "big")


@pytest.mark.usefixtures("small_ranges")
def test_a_server_that_knows_ranges_is_asked_for_them(rclone_s3: S3Server, link: Proxy) -> None:
    link.mends_ranges = True
    with opened(rclone_s3, link) as stream:
        assert stream.read(100) == BIG[:100]
        assert stream.read() == BIG[100:]
        assert stream.read() == b""
        assert link.requests == len(BIG) // RANGE
        stream.seek(len(BIG) - 5000)
        assert stream.read() == BIG[-5000:]


@pytest.mark.usefixtures("small_ranges")
def test_one_that_sends_whole_objects_only_is_asked_twice(rclone_s3: S3Server, link: Proxy) -> None:
    with opened(rclone_s3, link) as stream:
        assert stream.read() == BIG
        assert link.requests == 2
        stream.seek(0)
        assert stream.read() == BIG
        assert link.requests == 3


@pytest.mark.usefixtures("small_ranges")
@pytest.mark.parametrize("kind", [Kind.CUT, Kind.RESET, Kind.STATUS])
@pytest.mark.parametrize("has_ranges", [False, True])
def test_a_fault_in_the_middle_costs_little(
    rclone_s3: S3Server, link: Proxy, kind: Kind, has_ranges: bool
) -> None:
    link.mends_ranges = has_ranges
    with opened(rclone_s3, link) as stream:
        assert stream.read(1 << 20) == BIG[: 1 << 20]
        link.break_with(Fault(kind, after=1 << 20, times=1))
        assert stream.read() == BIG[1 << 20 :]
        assert link.struck == 1


@pytest.mark.usefixtures("small_ranges")
def test_an_object_that_is_replaced_meanwhile_is_no_mixture(azurite: AzureServer) -> None:
    objects = open_objects(parse_store_url(azurite.url(uuid.uuid4().hex)), 5)
    objects.put_parts("big", lambda: iter([BIG]))
    with ResumingStream(objects, "big", must_stay=True) as stream:
        assert stream.read(2 * RANGE) == BIG[: 2 * RANGE]  # by ranges from now on
        objects.put_parts("big", lambda: iter([BIG[::-1]]))
        with pytest.raises(ConflictError, match="'big' was replaced while it was read"):
            stream.read()


def test_what_is_read_ahead_is_bounded_for_all_streams_together() -> None:
    count, most = 0, 0
    lock = threading.Lock()

    def read(start: int, end: int) -> memoryview:
        nonlocal count, most
        with lock:
            count += 1
            most = max(most, count)
        return memoryview(bytes(end - start))

    ahead = ReadAhead()
    size = 40 * reading_ahead.RANGE_BYTES
    streams: list[Chunks] = [ahead.in_ranges(read, 0, size) for _ in range(3)]
    left = [size] * len(streams)
    while any(left):
        for number, stream in enumerate(streams):
            left[number] -= len(next(stream, b""))
            time.sleep(0.001)  # for what can be read ahead
            with lock:
                count -= 1
    assert most <= AT_ONCE + 2 * len(streams)
    assert [list(stream) for stream in streams] == [[], [], []]
    assert sum(ahead._free.acquire(blocking=False) for _ in range(100)) == AT_ONCE


def test_a_stream_that_is_not_read_to_its_end_leaves_nothing_under_way() -> None:
    ahead = ReadAhead()

    def read(start: int, _end: int) -> memoryview:
        if start:
            time.sleep(0.05)
        return memoryview(b"x")

    stream = ahead.in_ranges(read, 0, 40 * reading_ahead.RANGE_BYTES)
    assert next(stream) == b"x"
    stream.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]
    assert sum(ahead._free.acquire(blocking=False) for _ in range(100)) == AT_ONCE
