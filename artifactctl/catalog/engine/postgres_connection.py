"""Connecting to PostgreSQL with deadlines: psycopg by itself waits for a silent server for ever."""

import logging
import os
import re
import select
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

import psycopg
from psycopg import conninfo, pq
from psycopg.abc import Buffer, PQGen
from psycopg.adapt import Dumper, Loader

from artifactctl.catalog.engine.postgres_address import Address
from artifactctl.catalog.engine.postgres_errors import SilentServerError, UntrustedServerError
from artifactctl.catalog.engine.protocol import Params, Row, Waiting
from artifactctl.errors import WrongUsageError

RV = TypeVar("RV")
Cursor = psycopg.Cursor[Row]

LOCK_TIMEOUT_S = 20.0
_CONNECT_S = 10.0  # at most, unless the URL says something else
_PAUSES_S = (0.1, 0.4, 1.0)  # between the tries to connect
_NOT_NOW = ("57P03", "53300", "08")  # the server starts, or has no connection left
_INT64_DIGITS = 20  # with the sign
# The named parameters of our statements; comments, text in quotes and casts are passed over. For
# psycopg, a placeholder begins with %.
_PART = re.compile(
    r"""--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|"[^"]*"|::|:(?P<name>[A-Za-z_]\w*)|%""",
    re.DOTALL,
)
# In libpq's protocol trace, the SQLSTATE of an error.
_STATE = re.compile(rb'\tErrorResponse\t.*? C "([0-9A-Z]{5})"')


@lru_cache(maxsize=512)
def for_psycopg(sql: str) -> bytes:
    """A statement of ours for psycopg, to be run with parameters, if only `{}`."""
    return _PART.sub(_as_psycopg, sql).encode()


def _as_psycopg(found: re.Match[str]) -> str:
    name = found["name"]
    return f"%({name})s" if name else found[0].replace("%", "%%")


class PostgresConnection(psycopg.Connection[tuple[Any, ...]]):
    """A connection that is closed when the server is silent for `answer_s` seconds.

    `waiting` counts the answers, and may be that of several connections.
    """

    answer_s: float = 60.0
    waiting: Waiting | None = None

    def __init__(self, pgconn: pq.abc.PGconn) -> None:
        super().__init__(pgconn)
        self._queue: list[tuple[bytes, Params, Callable[[Cursor], object]]] = []

    def later(
        self,
        sql: bytes,
        params: Params = {},  # noqa: B006 (never changed)
        then: Callable[[Cursor], object] = lambda _: None,
    ) -> None:
        """Keep a statement; the next one is sent together with it, and `then` gets its result."""
        self._queue.append((sql, params, then))

    def forget(self) -> None:
        """Drop the statements that were kept and not sent."""
        self._queue.clear()

    def ask(self, sql: bytes, params: Params = {}) -> Cursor:  # noqa: B006 (as above)
        """Run a statement, after those that were kept, in one round trip."""
        if not self._queue:
            return self.execute(sql, params)
        found: list[Cursor] = []
        self.later(sql, params, found.append)
        self.send()
        return found[0]

    def send(self) -> None:
        """Run the statements that were kept, in one round trip; give their results away.

        The first error is raised after that. The statements behind it were not run.
        """
        kept, self._queue = self._queue, []
        before = self.waiting.answers if self.waiting is not None else 0
        cursors: list[Cursor] = []
        try:
            with self.pipeline():
                for sql, params, _ in kept:
                    cursors.append(self.execute(sql, params))
        finally:
            if self.waiting is not None:  # the answers come together
                self.waiting.answers = before + 1
            for cursor, (_, _, then) in zip(cursors, kept, strict=False):
                if cursor.pgresult is not None:
                    then(cursor)

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait for an answer; raises `SilentServerError` when there is none in time."""
        begun = time.monotonic()
        limit = self.answer_s if timeout is None else timeout
        try:
            return super().wait(gen, interval, limit)
        except psycopg.OperationalError as error:
            if error.sqlstate is None and time.monotonic() - begun >= limit:
                self.close()  # what it would still answer belongs to no question
                raise SilentServerError(f"no answer within {limit:g} s") from None
            raise
        finally:
            if self.waiting is not None:
                self.waiting.answers += 1
                self.waiting.seconds += time.monotonic() - begun


class _NumberLoader(Loader):
    """NUMERIC as SQLite gives it: whole numbers of 64 bits as int, others as float."""

    def load(self, data: Buffer) -> int | float:
        text = bytes(data)
        is_whole = len(text) <= _INT64_DIGITS and text.lstrip(b"-").isdigit()
        return int(text) if is_whole else float(text)


class _FloatDumper(Dumper):
    """A float as NUMERIC: compared with double precision, no index of a NUMERIC column serves."""

    oid = psycopg.postgres.types["numeric"].oid

    def dump(self, obj: float) -> bytes:
        return repr(obj).encode()


def connect(
    address: Address, timeout_s: float, *, read_only: bool = False, is_patient: bool = True
) -> PostgresConnection:
    """Open a connection in autocommit mode, whose answers are due within `timeout_s` seconds.

    A server that starts or is full is asked again a few times if `is_patient`. Raises psycopg's
    errors, and `WrongUsageError` for a URL that libpq does not understand.
    """
    wanted = _parameters(address, timeout_s, read_only)
    # psycopg warns of each error in a pipeline, which is raised as well.
    log = logging.getLogger("psycopg")
    log.setLevel(log.level or logging.ERROR)
    for pause_s in _PAUSES_S:
        try:
            return _connect(wanted, timeout_s)
        except psycopg.OperationalError as error:
            if not is_patient or not _may_change(error):
                raise
        time.sleep(pause_s)
    return _connect(wanted, timeout_s)


def _connect(wanted: dict[str, Any], timeout_s: float) -> PostgresConnection:
    try:
        # Statements prepared on the server break behind a pool that changes connections.
        made = PostgresConnection.connect(**wanted, autocommit=True, prepare_threshold=None)
    except psycopg.errors.ConnectionTimeout as error:
        raise SilentServerError("no connection in time") from error
    except psycopg.OperationalError as error:
        raise _with_state(error, wanted) from None
    made.answer_s = timeout_s
    made.adapters.register_loader("numeric", _NumberLoader)
    made.adapters.register_dumper(float, _FloatDumper)
    return made


def _may_change(error: psycopg.OperationalError) -> bool:
    is_silent = isinstance(error, SilentServerError)
    return not is_silent and (error.sqlstate is None or error.sqlstate.startswith(_NOT_NOW))


def _parameters(address: Address, timeout_s: float, read_only: bool) -> dict[str, Any]:
    """What libpq connects with: the URL's parameters, then ours."""
    try:
        found = conninfo.conninfo_to_dict(address.url)
    except psycopg.ProgrammingError:
        # libpq's message quotes the part that it does not understand, which may be a password.
        raise WrongUsageError(
            f"catalog {address.shown} is no URL of PostgreSQL",
            hint="write postgresql://USER@HOST:PORT/DATABASE?schema=NAME, with other characters"
            " than letters and digits as %XX",
        ) from None
    lock_ms = int(1000 * min(LOCK_TIMEOUT_S, timeout_s * 0.75))
    ours = f'-c search_path="{address.schema}" -c lock_timeout={lock_ms}'
    if read_only:
        ours += " -c default_transaction_read_only=on"
    found["options"] = f"{found.get('options') or os.environ.get('PGOPTIONS', '')} {ours}".strip()
    found["client_encoding"] = "UTF8"
    if "connect_timeout" not in found and "PGCONNECT_TIMEOUT" not in os.environ:
        found["connect_timeout"] = max(1, int(min(_CONNECT_S, timeout_s)))
    found.setdefault("application_name", os.environ.get("PGAPPNAME", "artifactctl"))
    return found


def _with_state(error: psycopg.OperationalError, wanted: dict[str, Any]) -> psycopg.Error:
    """The error of a refused connection as the class of its SQLSTATE.

    libpq does not tell the SQLSTATE of a connection that failed, only a text in the server's
    language. So the connection is tried once more with libpq's trace of the protocol.
    """
    state, stage = _refusal(
        conninfo.make_conninfo(**wanted).encode(), float(wanted.get("connect_timeout", _CONNECT_S))
    )
    said = str(error).partition("\n")[0]
    if not state and error.pgconn is not None and error.pgconn.needs_password:
        state = "28P01"
    if not state:
        is_untrusted = stage == pq.ConnStatus.SSL_STARTUP and _verifies(error)
        return (UntrustedServerError if is_untrusted else psycopg.OperationalError)(said)
    return psycopg.errors.lookup(state)(said)


def _verifies(error: psycopg.OperationalError) -> bool:
    """Whether the server of a refused connection had to prove who it is."""
    options = error.pgconn.info if error.pgconn is not None else []
    modes = (option.val or b"" for option in options if option.keyword == b"sslmode")
    return any(mode.startswith(b"verify-") for mode in modes)


def _refusal(wanted: bytes, timeout_s: float) -> tuple[str, int]:
    """The SQLSTATE with which the server refuses a connection, or an empty text.

    With it, the last stage of connecting that was reached (`pq.ConnStatus`).
    """
    stage: int = pq.ConnStatus.STARTED
    reading, writing = os.pipe()
    try:
        # libpq must not wait for a full pipe: it is read at the end.
        os.set_blocking(writing, False)
        os.set_blocking(reading, False)
        pgconn = pq.PGconn.connect_start(wanted)
        if pgconn.status != pq.ConnStatus.BAD:
            pgconn.trace(writing)
            stage = _poll(pgconn, time.monotonic() + timeout_s)
            pgconn.untrace()
        pgconn.finish()
        found = _STATE.search(_read(reading))
    finally:
        os.close(reading)
        os.close(writing)
    return (found[1].decode() if found else ""), stage


def _poll(pgconn: pq.abc.PGconn, limit: float) -> int:
    """Connect as far as possible; return the last stage before it failed."""
    stage = pgconn.status
    while True:
        if pgconn.status != pq.ConnStatus.BAD:
            stage = pgconn.status
        status = pgconn.connect_poll()
        left_s = limit - time.monotonic()
        if status == pq.PollingStatus.READING and left_s > 0:
            select.select([pgconn.socket], [], [], left_s)
        elif status == pq.PollingStatus.WRITING and left_s > 0:
            select.select([], [pgconn.socket], [], left_s)
        else:
            return stage


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 1 << 16)
    except BlockingIOError:
        return b""
