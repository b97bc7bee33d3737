"""Messages on standard error while a run is in progress."""

import shlex
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

from artifactctl import plain_text
from artifactctl.cli import doors
from artifactctl.cli.session import Session
from artifactctl.enums import OutputFormat, RunStatus
from artifactctl.errors import StepFailedError

if TYPE_CHECKING:
    from artifactctl.pipelines.engine.reports import StepReport, Watch


@contextmanager
def watched(session: Session, output: OutputFormat | None, *, quiet: bool) -> Iterator["Watch"]:
    """Yield callbacks that report a run's progress on a terminal, or in the log of a CI job.

    For programs, which ask for JSON or only for names, standard error contains errors only. For
    people, the error of a step does not repeat the last lines that the step has printed.
    """
    watching = _watch(session, output, quiet=quiet)
    try:
        yield watching
    except StepFailedError as error:
        if watching == doors.run_reports.Watch() or session.format_of(output).is_document:
            raise
        raise StepFailedError(error.message, hint=error.hint) from error


def _watch(session: Session, output: OutputFormat | None, *, quiet: bool) -> "Watch":
    # It is kept, since `sys.stderr` is replaced while a step in Python runs.
    stream = sys.stderr
    is_for_programs = quiet or session.format_of(output).is_document
    if stream is None or (is_for_programs and not stream.isatty()):
        return doors.run_reports.Watch()
    reporter = _Reporter(session, stream)
    return doors.run_reports.Watch(
        opened=reporter.opened,
        began=reporter.began,
        line=reporter.line,
        ended=reporter.ended,
        left=reporter.left,
        closed=reporter.closed,
        note=reporter.say,
    )


class _Reporter:
    """Prints one line per event of a run; several threads may call it at once."""

    def __init__(self, session: Session, stream: TextIO) -> None:
        self._session = session
        self._stream = stream
        self._lock = threading.Lock()
        self._name = ""
        self._began = 0.0
        self._steps: list[StepReport] = []
        self._left: Sequence[str] = ()

    def opened(self, _run_id: str, name: str) -> None:
        self._name, self._began = name, time.monotonic()

    def began(self, step: str) -> None:
        self.say(f"{step}: running")

    def line(self, step: str, line: str) -> None:
        self.say(f"{step} | {line}" if step else line)

    def ended(self, step: "StepReport") -> None:
        self._steps.append(step)
        took = "" if step.duration_s is None else f" in {plain_text.duration(step.duration_s)}"
        made = f": {', '.join(step.outputs.values())}" if step.outputs else ""
        self.say(f"{step.name}: {step.status}{took}{_how(step)}{made}")

    def left(self, steps: Sequence[str]) -> None:
        self._left = steps
        if steps:
            self.say(f"{', '.join(steps)}: not run")

    def closed(self, status: RunStatus) -> None:
        took = plain_text.duration(time.monotonic() - self._began)
        counts = Counter(step.status for step in self._steps)
        several = ", ".join(f"{count} {status}" for status, count in counts.items())
        total = len(self._steps) + len(self._left)
        done = f"{len(self._steps):,} of " if self._left else ""
        steps = done + plain_text.count(total, "step") + f" ({several})" * (len(counts) > 1)
        self.say(f"run {self._name} {status.value} in {took}, {steps}")
        for step in self._steps:
            if step.status == "failed":
                whole = shlex.join(["artifactctl", "runs", "logs", self._name, step.name])
                self.say(f"{whole} prints its whole log")

    def say(self, message: str) -> None:
        with self._lock, suppress(OSError):  # a closed terminal does not end the run
            self._session.say(message, stream=self._stream)
            self._stream.flush()


def _how(step: "StepReport") -> str:
    """The exit code of a failed command, and the number of attempts if there were several."""
    said = [f"exit code {step.exit_code}"] if step.exit_code else []
    said += [f"{step.attempts} attempts"] if step.attempts and step.attempts > 1 else []
    return f" ({', '.join(said)})" if said else ""
