"""The connection of a process to a catalog on PostgreSQL: made on demand, replaced when lost."""

import os
import threading
import time

import psycopg

from artifactctl.catalog.engine.postgres_address import Address
from artifactctl.catalog.engine.postgres_connection import PostgresConnection, connect
from artifactctl.catalog.engine.postgres_making import Found
from artifactctl.catalog.engine.postgres_reading import Asking
from artifactctl.catalog.engine.protocol import Waiting

_IDLE = psycopg.pq.TransactionStatus.IDLE

# A child process must not use, or even close, a connection that its parent opened before the fork:
# closing it would tell the server to end the parent's. A reference keeps Python from closing it.
_inherited: list[PostgresConnection] = []


class PostgresSession:
    """The open connection of this process, and what is known of the catalog behind it.

    An answer that takes longer than `timeout_s` raises `SilentServerError`. With `is_patient` a
    server that starts is asked again. `found` is the catalog, `asking` what is read, and
    `is_writing` whether a write transaction has begun, which may not have been sent yet. Threads
    hold `lock` while they use the connection.
    """

    def __init__(self, address: Address, timeout_s: float, *, is_patient: bool) -> None:
        self.address = address
        self.found: Found | None = None
        self.is_writing = False
        self.asking = Asking()
        self.lock = threading.RLock()
        self.waiting = Waiting()
        self._timeout_s = timeout_s
        self._is_patient = is_patient
        self._connection: PostgresConnection | None = None
        self._process = 0

    def connect(self, *, read_only: bool = False) -> PostgresConnection:
        """A new connection, which the caller closes."""
        begun = time.monotonic()
        made = connect(
            self.address, self._timeout_s, read_only=read_only, is_patient=self._is_patient
        )
        self.waiting.answers += 1
        self.waiting.seconds += time.monotonic() - begun
        made.waiting = self.waiting
        return made

    def connected(self) -> PostgresConnection:
        """The open connection of this process."""
        if self._connection is not None and (
            self._process != os.getpid() or self._connection.closed
        ):
            self.close()
        if self._connection is None:
            self._process = os.getpid()
            self._connection = self.connect()
        return self._connection

    def busy(self) -> PostgresConnection | None:
        """The connection while this process has a transaction open there, else None."""
        if self._connection is None or self._process != os.getpid():
            return None
        is_open = self.is_writing or self._connection.info.transaction_status != _IDLE
        return self._connection if is_open and not self._connection.closed else None

    def close(self) -> None:
        """Close the connection; the next use opens a new one."""
        if self._connection is not None and self._process != os.getpid():
            _inherited.append(self._connection)
            self.lock = threading.RLock()  # the parent's may be held by a thread that is gone
        elif self._connection is not None:
            self._connection.close()
        self._connection, self.found = None, None
        self.asking.forget()
