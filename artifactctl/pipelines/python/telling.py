"""Log lines about a run: when it begins and ends, and for each step.

They are records of the logger `artifactctl`, at level INFO. In a program that has not set up
logging they go to standard error.
"""

import logging
import sys

from artifactctl.pipelines.engine.reports import StepReport, Watch

_logger = logging.getLogger("artifactctl")


class _StandardError(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to the current `sys.stderr`, which the program may have replaced."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        if self.stream is not None:
            super().emit(record)


def telling(pipeline: str, run_name: str) -> Watch:
    """The callbacks that log these lines."""
    return Watch(
        opened=lambda _run_id, _name: _tell(f"run {run_name} of pipeline {pipeline} begins"),
        ended=_tell_step,
        closed=lambda status: _tell(f"run {run_name} {status.value}"),
    )


def _tell_step(step: StepReport) -> None:
    said = step.error or ", ".join(step.outputs.values())
    _tell(f"step {step.name} {step.status}" + f": {said}" * bool(said))


def _tell(line: str) -> None:
    if not _logger.hasHandlers():
        handler = _StandardError()
        handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
        _logger.addHandler(handler)
        if _logger.level == logging.NOTSET:
            _logger.setLevel(logging.INFO)
    _logger.info("%s", line)
