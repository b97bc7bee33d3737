"""The errors of artifactctl for those of psycopg, by SQLSTATE."""

from collections.abc import Callable, Mapping

import psycopg

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

Made = Callable[[str, str], ArtifactctlError]

# SQLSTATEs after which the same transaction may succeed: it was chosen to be rolled back, or the
# server ended the connection, restarts or has no connection left
# (https://www.postgresql.org/docs/current/errcodes-appendix.html).
_AGAIN = ("40001", "40P01", "57P01", "57P02", "57P03", "53300", "08")


class SilentServerError(psycopg.OperationalError):
    """The server did not answer in time; the connection is closed."""


class UntrustedServerError(psycopg.OperationalError):
    """The server did not prove who it is; nothing was sent to it."""


def sqlstate_of(error: psycopg.Error) -> str:
    """The SQLSTATE of an error; empty where libpq has none, as when the connection is lost."""
    return error.sqlstate or ""


def is_worth_another_try(error: psycopg.Error) -> bool:
    """Whether the same transaction may succeed when it is run again from its start."""
    if isinstance(error, SilentServerError):
        return False  # it has used up its time
    state = sqlstate_of(error)
    return state.startswith(_AGAIN) or is_lost(error)


def is_lost(error: psycopg.Error) -> bool:
    """Whether the connection was lost, so that it is not known whether a COMMIT took effect."""
    if isinstance(error, SilentServerError):
        return True
    state = sqlstate_of(error)
    has_ended = state.startswith(("57P01", "57P02", "08"))
    return has_ended or (not state and isinstance(error, psycopg.OperationalError))


def translate(error: psycopg.Error, shown: str) -> ArtifactctlError:
    """The error of artifactctl for an error on the catalog whose URL without secrets is `shown`."""
    state = sqlstate_of(error)
    said = one_line(error)
    if isinstance(error, UntrustedServerError):
        return _untrusted(shown, said)
    if isinstance(error, SilentServerError) or (
        not state and isinstance(error, psycopg.OperationalError)
    ):
        return _unavailable(shown, said)
    if not state and isinstance(error, psycopg.DataError):  # psycopg itself refuses a NUL character
        return _invalid(shown, said)
    for start in (state, state[:2]):
        if start in _BY_STATE:
            return _BY_STATE[start](shown, said)
    return InputOutputError(f"catalog {shown} cannot be used: {said}")


def _unavailable(shown: str, said: str) -> ArtifactctlError:
    return RemoteUnavailableError(
        f"catalog {shown} does not answer: {said}",
        hint="see that the server runs and can be reached; --timeout SECONDS waits longer",
    )


def _untrusted(shown: str, said: str) -> ArtifactctlError:
    return RemoteUnavailableError(
        f"catalog {shown} cannot be trusted: {said}",
        hint="see that 'sslrootcert' in the URL is the certificate of the server's authority, and"
        " that the host is the name that the server's own certificate is for",
    )


def _refused(shown: str, said: str) -> ArtifactctlError:
    return NotAuthorisedError(
        f"the server of catalog {shown} refuses this: {said}",
        hint="check user and password (~/.pgpass, PGPASSWORD), and what the role may do"
        " ('artifactctl catalog schema --sql' lists the rights it needs)",
    )


def _busy(shown: str, said: str) -> ArtifactctlError:
    return BusyError(
        f"catalog {shown} is locked by another process ({said})", hint="try again in a moment"
    )


def _full(shown: str, said: str) -> ArtifactctlError:
    return InputOutputError(f"the server of catalog {shown} cannot store this: {said}")


def _read_only(shown: str, said: str) -> ArtifactctlError:
    return InputOutputError(
        f"the server of catalog {shown} only reads: {said}",
        hint="name the primary server, not a standby (target_session_attrs=read-write)",
    )


def _damaged(shown: str, said: str) -> ArtifactctlError:
    return CatalogDamagedError(
        f"catalog {shown} is damaged ({said})",
        hint="put it back from a backup, or run 'artifactctl catalog rebuild'",
    )


def _no_database(shown: str, said: str) -> ArtifactctlError:
    return CatalogUnusableError(
        f"catalog {shown} has no database: {said}", hint="make one, for example with createdb"
    )


def _taken(shown: str, said: str) -> ArtifactctlError:
    return ConflictError(f"catalog {shown} has this already: {said}", hint="look, then try again")


def _invalid(shown: str, said: str) -> ArtifactctlError:
    return InvalidInputError(f"catalog {shown} cannot hold this: {said}")


# By SQLSTATE or its class, the first two characters.
_BY_STATE: Mapping[str, Made] = {
    "08": _unavailable,
    "22": _invalid,
    "23": _taken,
    "25006": _read_only,
    "28": _refused,
    "3D000": _no_database,
    "40": _busy,
    "42501": _refused,
    "42P01": _damaged,
    "42703": _damaged,
    "3F000": _damaged,
    "53100": _full,
    "53200": _full,
    "53300": _unavailable,
    "55P03": _busy,
    "57014": _busy,
    "57": _unavailable,
    "58": _full,
    "XX": _damaged,
}
