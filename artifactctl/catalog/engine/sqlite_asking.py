"""Questions of users to SQLite, which only read the views, end in time and stay in bounds."""

import sqlite3
import time
from contextlib import closing, suppress
from functools import partial
from typing import TypeVar

from artifactctl.catalog.engine.opening import decode
from artifactctl.catalog.engine.protocol import Json, Question, Take
from artifactctl.errors import (
    ArtifactctlError,
    InvalidInputError,
    WrongUsageError,
    one_line,
)

T = TypeVar("T")

TYPES = sqlite3.PARSE_DECLTYPES
FORBIDDEN_FUNCTIONS = ("load_extension", "fts3_tokenizer")
"""Functions that load code, or set what SQLite calls."""
# Converters are of the whole process, so that the type has a name that no other program gives. It
# ends in "text", whose affinity keeps a number in JSON from becoming one in SQLite.
_JSON = "artifactctl_json_text"
_LONGEST_BYTES = 100_000_000  # of a cell that a question makes, such as by group_concat()
_CACHE_KIB = 64 << 10
_STEPS = 10_000  # of SQLite's virtual machine, between two looks at the clock

_TABLES_OF_FUNCTIONS = ("json_each", "json_tree")
_ALWAYS = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE)
_TOO_MUCH = (sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_RANGE)


def answer(connection: sqlite3.Connection, question: Question, take: Take[T]) -> T:
    """Have `take` read the answer to a question; see `Database.answer`."""
    clock = _Clock(question)
    _make_safe(connection, question.views, clock)
    try:
        sql = question.statement("main.")
        with closing(connection.execute(sql, question.params)) as cursor:
            names = [column[0] for column in cursor.description or ()]
            return take(names, cursor)
    except sqlite3.Error as error:
        clock.check()
        if _code(error) == sqlite3.SQLITE_INTERRUPT:
            # A signal came before the first line of `is_over`, and SQLite forgot the exception.
            raise KeyboardInterrupt from None
        explained = _explained(error)
        if explained is None:
            raise
        raise explained from None
    except OverflowError:
        raise InvalidInputError("a parameter has more than 64 bits") from None


def _make_safe(connection: sqlite3.Connection, views: frozenset[str], clock: "_Clock") -> None:
    """From now on, questions about the views are all that the connection does."""
    sqlite3.register_converter(_JSON, lambda cell: Json(decode(cell)))
    connection.text_factory = decode
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    connection.execute(f"CREATE TEMP TABLE typed (json {_JSON})")
    # SQLite declares such a table on its first use, which is more than reading.
    for table in _TABLES_OF_FUNCTIONS:
        with suppress(sqlite3.OperationalError):  # it was built without JSON
            connection.execute(f"SELECT 1 FROM {table}('[]')").fetchall()
    connection.execute("PRAGMA query_only = ON")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_BYTES)
    connection.set_authorizer(partial(_authorize, views))
    connection.set_progress_handler(clock.is_over, _STEPS)


def _authorize(
    views: frozenset[str],
    action: int,
    first: str | None,
    second: str | None,
    _database: str | None,
    view: str | None,
) -> int:
    """Allow reading by way of the views, and functions without effects (sqlite3_set_authorizer)."""
    if action in _ALWAYS:
        return sqlite3.SQLITE_OK
    # Without a column, all that is read of a table is how many rows it has.
    is_of_view = view in views or second == "" or first in _TABLES_OF_FUNCTIONS
    if action == sqlite3.SQLITE_READ and is_of_view:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION and second not in FORBIDDEN_FUNCTIONS:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _explained(error: sqlite3.Error) -> ArtifactctlError | None:
    """The error for a wrong question; None for one of the catalog."""
    code = _code(error)
    said = one_line(error).removesuffix(".")  # the hint follows
    if code == sqlite3.SQLITE_AUTH:
        return WrongUsageError(
            f"the query was refused: {said}",
            hint="it can only read the views that 'artifactctl sql' lists",
        )
    if code in _TOO_MUCH:
        return InvalidInputError(f"the query cannot be answered: {said}")
    if code == sqlite3.SQLITE_ERROR:
        return WrongUsageError(
            f"the query is not understood: {said}",
            hint="'artifactctl sql' lists the views and their columns",
        )
    return None


def _code(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF


class _Clock:
    """The time by which a question ends."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._end = time.monotonic() + question.limit_s
        self._stopped_by: BaseException | None = None

    def is_over(self) -> bool:
        """Whether SQLite, which asks while it works, has to stop."""
        # SQLite forgets an exception, such as that of Ctrl-C, which Python raises here.
        try:
            if time.monotonic() > self._end:
                self._stopped_by = self._question.took_too_long()
        except BaseException as error:
            self._stopped_by = error
        return self._stopped_by is not None

    def check(self) -> None:
        """Raise what stopped SQLite, if anything did."""
        if self._stopped_by is not None:
            raise self._stopped_by from None
