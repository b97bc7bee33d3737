"""The errors of artifactctl for those of psycopg, by SQLSTATE."""

from collections.abc import Mapping
from dataclasses import dataclass

import psycopg

from artifactctl.catalog.engine.protocol import REPAIR
from artifactctl.errors import (
    ArtifactctlError,
    BusyError,
    CatalogDamagedError,
    CatalogUnusableError,
    ConflictError,
    InputOutputError,
    InvalidInputError,
    NotAuthorisedError,
    RemoteUnavailableError,
    one_line,
)

# SQLSTATEs after which the same transaction may succeed: it was chosen to be rolled back, or the
# server ended the connection, restarts or has no connection left
# (https://www.postgresql.org/docs/current/errcodes-appendix.html).
_AGAIN = ("40001", "40P01", "57P01", "57P02", "57P03", "53300", "08")


class SilentServerError(psycopg.OperationalError):
    """The server did not answer in time; the connection is closed."""


class UntrustedServerError(psycopg.OperationalError):
    """The server did not prove who it is; nothing was sent to it."""


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What an error of the server means for the user; `said` is the server's own text."""

    error: type[ArtifactctlError]
    message: str
    hint: str = ""

    def of(self, shown: str, said: str) -> ArtifactctlError:
        """The error on the catalog whose URL without secrets is `shown`."""
        return self.error(self.message.format(shown=shown, said=said), hint=self.hint)


_UNAVAILABLE = _Meaning(
    RemoteUnavailableError,
    "catalog {shown} does not answer: {said}",
    "see that the server runs and can be reached; --timeout SECONDS waits longer",
)
_UNTRUSTED = _Meaning(
    RemoteUnavailableError,
    "catalog {shown} cannot be trusted: {said}",
    "see that 'sslrootcert' in the URL is the certificate of the server's authority, and"
    " that the host is the name that the server's own certificate is for",
)
_REFUSED = _Meaning(
    NotAuthorisedError,
    "the server of catalog {shown} refuses this: {said}",
    "check user and password (~/.pgpass, PGPASSWORD), and what the role may do"
    " ('artifactctl catalog schema --sql' lists the rights it needs)",
)
_BUSY = _Meaning(
    BusyError,
    "catalog {shown} is locked by another process ({said})",
    "try again in a moment",
)
_FULL = _Meaning(InputOutputError, "the server of catalog {shown} cannot store this: {said}")
_READ_ONLY = _Meaning(
    InputOutputError,
    "the server of catalog {shown} only reads: {said}",
    "name the primary server, not a standby (target_session_attrs=read-write)",
)
_DAMAGED = _Meaning(
    CatalogDamagedError,
    "catalog {shown} is damaged ({said})",
    REPAIR,
)
_NO_DATABASE = _Meaning(
    CatalogUnusableError,
    "catalog {shown} has no database: {said}",
    "make one, for example with createdb",
)
_TAKEN = _Meaning(
    ConflictError,
    "catalog {shown} has this already: {said}",
    "look at it, then try again",
)
_INVALID = _Meaning(InvalidInputError, "catalog {shown} cannot hold this: {said}")
_OTHER = _Meaning(InputOutputError, "catalog {shown} cannot be used: {said}")

# By SQLSTATE or its class, the first two characters.
_BY_STATE: Mapping[str, _Meaning] = {
    "08": _UNAVAILABLE,
    "22": _INVALID,
    "23": _TAKEN,
    "25006": _READ_ONLY,
    "28": _REFUSED,
    "3D000": _NO_DATABASE,
    "40": _BUSY,
    "42501": _REFUSED,
    "42P01": _DAMAGED,
    "42703": _DAMAGED,
    "3F000": _DAMAGED,
    "53100": _FULL,
    "53200": _FULL,
    "53300": _UNAVAILABLE,
    "55P03": _BUSY,
    "57014": _BUSY,
    "57": _UNAVAILABLE,
    "58": _FULL,
    "XX": _DAMAGED,
}


def is_worth_another_try(error: psycopg.Error) -> bool:
    """Whether the same transaction may succeed when it is run again from its start."""
    if isinstance(error, SilentServerError):
        return False  # it has used up its time
    return (error.sqlstate or "").startswith(_AGAIN) or is_lost(error)


def is_lost(error: psycopg.Error) -> bool:
    """Whether the connection was lost, so that it is not known whether a COMMIT took effect."""
    if isinstance(error, SilentServerError):
        return True
    if error.sqlstate is None:  # libpq has no SQLSTATE for a connection that breaks
        return isinstance(error, psycopg.OperationalError)
    return error.sqlstate.startswith(("57P01", "57P02", "08"))


def translate(error: psycopg.Error, shown: str) -> ArtifactctlError:
    """The error of artifactctl for an error on the catalog whose URL without secrets is `shown`."""
    return _meaning(error).of(shown, one_line(error))


def _meaning(error: psycopg.Error) -> _Meaning:
    if isinstance(error, UntrustedServerError):
        return _UNTRUSTED
    if isinstance(error, SilentServerError):
        return _UNAVAILABLE
    if error.sqlstate is None:
        if isinstance(error, psycopg.OperationalError):
            return _UNAVAILABLE
        # psycopg itself refuses a NUL character in a text.
        return _INVALID if isinstance(error, psycopg.DataError) else _OTHER
    return _BY_STATE.get(error.sqlstate) or _BY_STATE.get(error.sqlstate[:2], _OTHER)
