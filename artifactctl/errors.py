"""The exceptions of artifactctl as one tree; each branch has its exit code.

The message says what was asked and what is wrong; the hint says what to do about it. A class also
inherits from Python's own exception for the case, where there is one, as ZenML's classes do.

    ArtifactctlError (Exception)
     2  WrongUsageError (ValueError)
            MissingParametersError (RuntimeError)      a pipeline lacks arguments
            NoContextError (RuntimeError)              outside of a step or pipeline
            NotUploadedError (RuntimeError)            an external artifact has no version
            StepContextError (KeyError)                an output that the step does not have
     3  NotFoundError (KeyError)
            NoProducerError (RuntimeError)             no run or step made the version
            PathNotFoundError (FileNotFoundError)
     4  ConflictError
            EntityExistsError                          a name or version that is taken
            InUseError (ValueError)                    a run refers to it
            PathTakenError (FileExistsError)
            StaleCacheError
     5  InvalidInputError (ValueError)
            AmbiguousError (KeyError)                  the start of several IDs or names
            CannotHoldError, NoDataError               values that a format cannot represent
            ClashingParametersError (RuntimeError)
            MaterializerInterfaceError                 a materializer's class is incomplete
            MissingPlaceholderError (KeyError)         a name has an unknown {placeholder}
            StepInterfaceError (TypeError)             a step's function, inputs or results
     6  CatalogUnusableError
            CatalogDamagedError, CatalogOutdatedError
     7  InputOutputError
     8  IntegrityError
     9  BusyError
            BytesGoneError
    10  RemoteUnavailableError
            NotCommittedError                          the change can be repeated
    11  NotAuthorisedError
    12  UnsafeError
            RemoteNotAllowedError
    13  StepFailedError
"""

import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from typing import Self

_MAX_QUOTED_CHARS = 300
STDOUT = "standard output"
"""The file name in an `OSError` raised while a result is printed, after the command succeeded."""

_OURS = f"{os.path.dirname(__file__)}/"


class ArtifactctlError(Exception):
    """The base of every error that artifactctl raises on purpose.

    `kind` and `exit_code` are part of the command line's contract: scripts branch on them. Its text
    is the message, each of the `details`, and the hint.
    """

    kind = "bug"
    exit_code = 70

    def __init__(self, message: str, *, hint: str = "", details: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = tuple(details)

    def __str__(self) -> str:
        # Some details begin with the message. KeyError's own `__str__` would quote the message.
        lines = self.details if self.message in self.details else (self.message, *self.details)
        return "\n".join(lines) + f"; {self.hint}" * bool(self.hint)

    def about(self, what: str) -> Self:
        """Return a copy whose message begins with the subject: a file, a step or an output."""
        found = copy(self)
        found.message = f"{what}: {self.message}"
        found.args = (found.message,)
        return found


class WrongUsageError(ArtifactctlError, ValueError):
    """A flag, field, operator or value that does not exist, or cannot be combined with another."""

    kind = "usage"
    exit_code = 2


class NoContextError(WrongUsageError, RuntimeError):
    """Raised outside of a step or pipeline by functions that only work inside."""


class MissingParametersError(WrongUsageError, RuntimeError):
    """A pipeline's function needs arguments that are not configured."""


class NotUploadedError(WrongUsageError, RuntimeError):
    """An external artifact has no version yet."""


class StepContextError(WrongUsageError, KeyError):
    """An output was asked for that the running step does not have, or one of several."""


class NotFoundError(ArtifactctlError, KeyError):
    """There is no such artifact, version, tag or path."""

    kind = "not_found"
    exit_code = 3


class NoProducerError(NotFoundError, RuntimeError):
    """No run or step made the version, or the run that made it was deleted."""


class PathNotFoundError(NotFoundError, FileNotFoundError):
    """There is nothing at the path that a program gave."""


class ConflictError(ArtifactctlError):
    """Something exists already, cannot be changed, or changed while it was read."""

    kind = "conflict"
    exit_code = 4


class EntityExistsError(ConflictError):
    """An artifact, version, tag, run or step of this name exists already."""


class TagConflictError(ConflictError, ValueError):
    """A tag cannot be exclusive where it is, or is otherwise than it is given."""


class InUseError(ConflictError, ValueError):
    """A run made or used a version that is to be deleted."""


class PathTakenError(ConflictError, FileExistsError):
    """There is something already at the path that a program wants to write."""


class StaleCacheError(ConflictError):
    """The outputs that a cached step would reuse are gone: the step has to run again."""


class InvalidInputError(ArtifactctlError, ValueError):
    """A name, version, tag, metadata value or file is not valid.

    `given` is the invalid text; `{}` in the message stands for it.
    """

    kind = "invalid"
    exit_code = 5

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        details: Sequence[str] = (),
        given: str | None = None,
    ) -> None:
        self.given = given
        self._template = message
        whole = message if given is None else self.quoting(repr(given))
        super().__init__(whole, hint=hint, details=details)

    def quoting(self, shown: str) -> str:
        """Return the message with `shown` for the text, which may be long or secret."""
        return self._template if self.given is None else self._template.replace("{}", shown, 1)


class AmbiguousError(InvalidInputError, KeyError):
    """A text is the start of several IDs or names."""


class ClashingParametersError(InvalidInputError, RuntimeError):
    """Code and configuration give one parameter different values."""


class MaterializerInterfaceError(InvalidInputError):
    """The class of a materializer is incomplete, or names something that is no type."""


class MissingPlaceholderError(InvalidInputError, KeyError):
    """A name has a placeholder for which there is no text."""


class StepInterfaceError(InvalidInputError, TypeError, RuntimeError):
    """A step's function cannot be a step, or its inputs or results are not what it declares."""


class HookError(InvalidInputError, TypeError):
    """A hook is no function that can be called with what a hook of its kind is given."""


class CannotHoldError(InvalidInputError):
    """A format cannot represent a value; another format may, in the end a pickle.

    `whole` means that no format can represent a part of it either: only the outermost value is
    tried with the next format.
    """

    def __init__(
        self, message: str, *, hint: str = "", details: Sequence[str] = (), whole: bool = False
    ) -> None:
        super().__init__(message, hint=hint, details=details)
        self.whole = whole


class NoDataError(InvalidInputError):
    """A value only refers to data (a plan, an open file): no format can save it."""


class CatalogUnusableError(ArtifactctlError):
    """The catalog is damaged, too new, of another program, or missing while the store exists."""

    kind = "catalog"
    exit_code = 6


class CatalogDamagedError(CatalogUnusableError):
    """The catalog's file is corrupt."""


class CatalogOutdatedError(CatalogUnusableError):
    """The catalog's schema is no longer supported; the catalog can be rebuilt from the records."""


class InputOutputError(ArtifactctlError):
    """There is no space, no permission, or a read-only or failing device."""

    kind = "io"
    exit_code = 7


class IntegrityError(ArtifactctlError):
    """Stored or linked bytes differ from what was registered."""

    kind = "integrity"
    exit_code = 8


class BusyError(ArtifactctlError):
    """A lock was not obtained in time."""

    kind = "busy"
    exit_code = 9


class BytesGoneError(BusyError):
    """Bytes in the store were deleted before a version could refer to them."""


class RemoteUnavailableError(ArtifactctlError):
    """A remote server did not answer, or answered that it is not available now."""

    kind = "remote_unavailable"
    exit_code = 10


class NotCommittedError(RemoteUnavailableError):
    """The catalog's server gave a transaction up, so that nothing was changed: it can be repeated.

    It ended the connection, was restarted, or resolved a deadlock.
    """


class NotAuthorisedError(ArtifactctlError):
    """A remote server refused the credentials."""

    kind = "not_authorised"
    exit_code = 11


class UnsafeError(ArtifactctlError):
    """An action was refused because it could reach outside of the named paths."""

    kind = "unsafe"
    exit_code = 12


class RemoteNotAllowedError(UnsafeError):
    """A home that is not known to be this user's links to a URL, which is not requested."""


class StepFailedError(ArtifactctlError):
    """A step of a run failed; `details` end with the last lines that it printed."""

    kind = "step_failed"
    exit_code = 13


def one_line(error: BaseException) -> str:
    """Return the text of an error in one line, shortened to the length of a message."""
    return " ".join(str(error).split())[:_MAX_QUOTED_CHARS]


@contextmanager
def concerning(what: str, *, done: str = "") -> Iterator[None]:
    """Put the subject (`output 'x' of step 'y'`) in front of every error that the block raises.

    With `done`, a word such as "saved", an exception from a user's or a library's code becomes an
    `InvalidInputError` that says so; an `OSError` keeps its class.
    """
    try:
        yield
    except ArtifactctlError as error:
        raise error.about(what).with_traceback(error.__traceback__) from error.__cause__
    except (OSError, MemoryError) as error:
        error.add_note(what)
        raise
    except Exception as error:
        if not done:
            raise
        said = f"{type(error).__qualname__}: {error}"
        raise InvalidInputError(f"{what} could not be {done}: {said}") from error


def warn_caller(message: str) -> None:
    """Issue a warning for the line of the user's program that called this package."""
    # `skip_file_prefixes` of warnings.warn() would do, but Python 3.11 does not have it.
    frame, level = sys._getframe(1), 2
    while frame.f_code.co_filename.startswith(_OURS) and frame.f_back is not None:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, stacklevel=level)
