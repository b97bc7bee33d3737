"""A server on 127.0.0.1 that only reads, for the browser that was given its address.

It is that of the standard library: a frame of its own would be a dependency for a handful of paths,
and what a public server needs (TLS, workers, uploads) has no use here. What it lacks is added: the
address has a random token, without which nothing is answered; `Host` must be this machine, so that
no name of another site leads here; requests are read within a deadline, a few at a time.
"""

import hmac
import json
import secrets
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

from artifactctl.errors import ArtifactctlError, NotFoundError
from artifactctl.home import Home
from artifactctl.render.page.catalog import live_page
from artifactctl.serving.answers import ANSWERS, OF_STORE, PAGES

_ADDRESS = "127.0.0.1"
_READ_S = 10.0  # for a whole request to arrive
_MOST_CONNECTIONS = 32
_PATIENCE_S = 0.2  # for a connection that is ended to become free
_MOST_QUERY = 1 << 13  # characters
_HTML = "text/html; charset=utf-8"
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Connection": "close",
}


class UiServer:
    """A server of one home; `url` is its address with the token, and works while it serves."""

    def __init__(self, home: Home, port: int = 0) -> None:
        self._server = _Server(home, port)
        self.port: int = self._server.server_address[1]
        self.url = f"http://{_ADDRESS}:{self.port}/{self._server.token}/"

    def serve(self) -> None:
        """Answer requests until `close` is called in another thread."""
        self._server.serve_forever(poll_interval=0.2)

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._server.close_own_home()


class _Server(ThreadingHTTPServer):
    """At most so many connections at a time; what asks the same home goes one after the other."""

    daemon_threads = True
    allow_reuse_address = False

    def __init__(self, home: Home, port: int) -> None:
        # A second connection to the catalog answers what reads the store, which may be far away:
        # rows need not wait for it.
        self._homes = (home, threading.Lock()), (home.other(home.settings), threading.Lock())
        self.token = secrets.token_urlsafe(24)
        self._asking: dict[socket.socket, None] = {}  # whose requests are awaited, oldest first
        self._free = threading.BoundedSemaphore(_MOST_CONNECTIONS)
        super().__init__((_ADDRESS, port), _Handler)
        names = ("127.0.0.1", "localhost")
        self.hosts = {f"{name}:{self.server_address[1]}" for name in names}

    @contextmanager
    def home_for(self, name: str) -> Iterator[Home]:
        """The home that answers a question, for one at a time."""
        home, lock = self._homes[name in OF_STORE]
        with lock:
            yield home

    def close_own_home(self) -> None:
        """Close the connection that is the server's own."""
        self._homes[True][0].close()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread; beyond the limit, end the connection that is silent for longest."""
        is_free = self._free.acquire(blocking=False)
        if not is_free and (oldest := next(iter(self._asking.copy()), None)) is not None:
            give_up(oldest)
            is_free = self._free.acquire(timeout=_PATIENCE_S)
        if not is_free:
            self.shutdown_request(request)
            return
        self._asking[request] = None
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.has_asked(request)
            self._free.release()

    def has_asked(self, request: socket.socket) -> None:
        """Note that a request has arrived, or does not come any more."""
        self._asking.pop(request, None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a browser that goes away is no fault."""


def give_up(connection: socket.socket) -> None:
    """End a connection, also while another thread waits for it."""
    # Closing would wait for the files over the socket.
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    """One request; the connection ends with its answer."""

    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = _READ_S
    server_version, sys_version = "artifactctl", ""

    def setup(self) -> None:
        super().setup()
        # A request that comes byte by byte would renew the socket's own timeout each time.
        self._deadline = threading.Timer(_READ_S, give_up, [self.connection])
        self._deadline.daemon = True
        self._deadline.start()

    def finish(self) -> None:
        self._deadline.cancel()
        super().finish()

    def do_GET(self) -> None:
        """Answer with the page, or with JSON."""
        self._deadline.cancel()
        self.server.has_asked(self.connection)
        path, _, query = self.path.partition("?")
        if not path.startswith("/"):  # an address of a proxy, or none
            self._refuse(HTTPStatus.NOT_FOUND)
            return
        _, token, *rest = path.split("/")
        if self.headers.get_all("Host", []) not in [[host] for host in self.server.hosts]:
            self._refuse(HTTPStatus.MISDIRECTED_REQUEST)
        elif not hmac.compare_digest(token.encode(), self.server.token.encode()):
            self._refuse(HTTPStatus.NOT_FOUND)
        elif self.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            self._refuse(HTTPStatus.FORBIDDEN)
        elif rest == [""]:
            self._send(HTTPStatus.OK, _HTML, live_page().encode())
        elif len(rest) == 1 and rest[0] in ANSWERS and len(query) <= _MOST_QUERY:
            self._answer(rest[0], dict(parse_qsl(query)))
        elif len(rest) == 1 and rest[0] in PAGES and len(query) <= _MOST_QUERY:
            self._show(rest[0], dict(parse_qsl(query)))
        else:
            self._refuse(HTTPStatus.NOT_FOUND)

    def _show(self, name: str, asked: Mapping[str, str]) -> None:
        try:
            with self.server.home_for(name) as home:
                text = PAGES[name](home, asked)
        except ArtifactctlError as error:
            self._send(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", error.message.encode())
        else:
            self._send(HTTPStatus.OK, _HTML, text.encode())

    def _answer(self, name: str, asked: Mapping[str, str]) -> None:
        try:
            with self.server.home_for(name) as home:
                value = ANSWERS[name](home, asked)
        except NotFoundError:
            value = None
        except ArtifactctlError as error:
            value = {"error": error.message}
        text = json.dumps(value, allow_nan=False, separators=(",", ":"))
        self._send(HTTPStatus.OK, "application/json", text.encode())

    def _refuse(self, status: HTTPStatus) -> None:
        self._send(status, "text/plain", f"{status.phrase}\n".encode())

    def _send(self, status: HTTPStatus, kind: str, content: bytes) -> None:
        self.close_connection = True
        self.send_response(status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        policy = "frame-ancestors 'none'" if kind == _HTML else "default-src 'none'"
        self.send_header("Content-Security-Policy", policy)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is no request that is understood, without repeating any of it."""
        del message, explain
        self._refuse(HTTPStatus(code))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (as in http.server)
        """Log nothing: the address of each request has the token."""
