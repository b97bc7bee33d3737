"""The loggers of programs that use artifactctl, and the one that tells of runs.

In a program that has not set up logging, their records from INFO on go to standard error.
"""

import logging
import sys

_NAME = "artifactctl"


class _StandardError(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to the current `sys.stderr`, which the program may have replaced."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        if self.stream is not None:
            super().emit(record)


def get_logger(name: str = _NAME) -> logging.Logger:
    """The logger of this name; it gets a handler where the program has set up none."""
    logger = logging.getLogger(name)
    if not logger.hasHandlers():
        handler = _StandardError()
        handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
        logger.addHandler(handler)
        if logger.level == logging.NOTSET:
            logger.setLevel(logging.INFO)
    return logger
