"""What a run says of itself while it goes: a line when it begins and ends, and for each step.

The lines are log records of the logger `artifactctl`, at level INFO. Where a program has set up no
logging at all they go to standard error.
"""

import logging
import sys

_logger = logging.getLogger("artifactctl")


class _StandardError(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to what standard error is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        if self.stream is not None:
            super().emit(record)


def tell(line: str) -> None:
    """Say one line."""
    if not _logger.hasHandlers():
        handler = _StandardError()
        handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
        _logger.addHandler(handler)
        if _logger.level == logging.NOTSET:
            _logger.setLevel(logging.INFO)
    _logger.info("%s", line)
