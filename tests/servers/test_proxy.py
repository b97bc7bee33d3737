"""The proxy does to a connection what a test asks for, and nothing else."""

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.servers.proxy import Fault, Kind, Proxy, proxied

BODY = bytes(range(256)) * 400


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """Before a web server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with proxied(server.server_address[1]) as made:
        yield made
    server.shutdown()
    server.server_close()


def get(proxy: Proxy, timeout_s: float = 60.0) -> tuple[int, bytes]:
    client = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=timeout_s)
    try:
        client.request("GET", "/")
        answer = client.getresponse()
        return answer.status, answer.read()
    finally:
        client.close()


def test_without_a_fault_all_goes_through(proxy: Proxy) -> None:
    assert get(proxy) == (200, BODY)
    assert (proxy.struck, proxy.connections) == (0, 1)


def test_a_delay_is_for_the_way_there_and_back(proxy: Proxy) -> None:
    proxy.delay_s = 2.0
    start = time.monotonic()
    assert get(proxy) == (200, BODY)
    assert 2 <= time.monotonic() - start < 4, "once each way, not once a chunk"


@pytest.mark.parametrize("after", [0, 20, 5000])
@pytest.mark.parametrize("kind", [Kind.RESET, Kind.CUT, Kind.REFUSED])
def test_a_connection_is_broken_and_healed(proxy: Proxy, kind: Kind, after: int) -> None:
    proxy.break_with(Fault(kind, after))
    with suppress(OSError, http.client.HTTPException):
        assert get(proxy) != (200, BODY)  # cut in its headers, it seems whole and empty
    proxy.heal()
    assert get(proxy) == (200, BODY)


def test_a_silent_server_says_nothing_more(proxy: Proxy) -> None:
    proxy.break_with(Fault(Kind.SILENT, 5000))
    with pytest.raises(TimeoutError):
        get(proxy, 0.5)


def test_one_bit_is_another(proxy: Proxy) -> None:
    proxy.break_with(Fault(Kind.FLIPPED, 5000, times=1))
    status, body = get(proxy)
    assert status == 200
    assert sum(a != b for a, b in zip(body, BODY, strict=True)) == 1
    assert get(proxy) == (200, BODY)


def test_a_status_stands_for_the_answer_as_often_as_asked(proxy: Proxy) -> None:
    proxy.break_with(Fault(Kind.STATUS, times=2, status=503))
    assert [get(proxy)[0] for _ in range(3)] == [503, 503, 200]


def test_the_answer_to_a_word_is_lost(proxy: Proxy) -> None:
    proxy.break_with(Fault(Kind.UNANSWERED, times=1, word=b"GET"))
    with pytest.raises(OSError):
        get(proxy)
    assert get(proxy) == (200, BODY)


def test_a_slow_server_says_everything(proxy: Proxy) -> None:
    proxy.break_with(Fault(Kind.SLOW))
    start = time.monotonic()
    assert get(proxy) == (200, BODY)
    assert time.monotonic() - start > 0.2
