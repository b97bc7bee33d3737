"""How long a server may be silent: as long as the user says; and once it was, a tenth of that."""

import time

SILENT = 0.9
"""The part of the time after which a request that fails has waited for a silent server."""

_AFTERWARDS = 0.1
_LEAST_S = 1.0


class Patience:
    """The time for a server's next answer; threads may share it.

    A command that a silent server ends still has something to do there, such as to remove a draft,
    or to keep the log of a step: it tries, but does not wait as long again for each.
    """

    def __init__(self, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self._full_from = time.monotonic()

    @property
    def is_full(self) -> bool:
        """Whether the server may be silent for the whole time."""
        return time.monotonic() >= self._full_from

    @property
    def short_s(self) -> float:
        """The seconds for an answer right after a silence."""
        return min(self.timeout_s, max(_LEAST_S, _AFTERWARDS * self.timeout_s))

    @property
    def seconds(self) -> float:
        """The seconds for the next answer."""
        return self.timeout_s if self.is_full else self.short_s

    def is_over(self, since: float) -> bool:
        """Whether the wait that began at `since` (`time.monotonic()`) has used up the time."""
        return time.monotonic() - since >= SILENT * self.seconds

    def heard(self) -> None:
        """Note that the server has answered."""
        self._full_from = 0.0

    def was_silent(self) -> None:
        """Note that the server was silent for all of the time."""
        self._full_from = time.monotonic() + self.timeout_s
