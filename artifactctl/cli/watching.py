"""What is said on standard error while a run goes on."""

import shlex
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from artifactctl.cli.session import Session, counted, lasted
from artifactctl.enums import OutputFormat, RunStatus

if TYPE_CHECKING:
    from artifactctl.pipelines.engine.reports import StepReport, Watch


def watch(session: Session, output: OutputFormat | None, *, quiet: bool) -> "Watch":
    """What tells whoever sits at a terminal, or reads the log of a job, how a run goes.

    Programs that asked for JSON, or for names alone, find an error and nothing else there.
    """
    from artifactctl.pipelines.engine.reports import Watch  # noqa: PLC0415 (the door to pipelines)

    # This very stream: while a step in Python runs, the name stands for what it prints to.
    stream = sys.stderr
    is_for_programs = quiet or session.format_of(output) in (OutputFormat.JSON, OutputFormat.YAML)
    if stream is None or (is_for_programs and not stream.isatty()):
        return Watch()
    teller = _Teller(session, stream)
    return Watch(
        opened=teller.opened,
        began=teller.began,
        line=teller.line,
        ended=teller.ended,
        closed=teller.closed,
        note=teller.say,
    )


class _Teller:
    """Says what happens in a run, a line each; several threads may call it at once."""

    def __init__(self, session: Session, stream: TextIO) -> None:
        self._session = session
        self._stream = stream
        self._lock = threading.Lock()
        self._name = ""
        self._began = 0.0
        self._steps: list[StepReport] = []

    def opened(self, _run_id: str, name: str) -> None:
        self._name, self._began = name, time.monotonic()

    def began(self, step: str) -> None:
        self.say(f"{step}: running")

    def line(self, step: str, line: str) -> None:
        self.say(f"{step} | {line}" if step else line)

    def ended(self, step: "StepReport") -> None:
        self._steps.append(step)
        took = "" if step.duration_s is None else f" in {lasted(step.duration_s)}"
        made = f": {', '.join(step.outputs.values())}" if step.outputs else ""
        self.say(f"{step.name}: {step.status}{took}{made}")

    def closed(self, status: RunStatus) -> None:
        took = lasted(time.monotonic() - self._began)
        counts = Counter(step.status for step in self._steps)
        several = ", ".join(f"{count} {status}" for status, count in counts.items())
        steps = counted(len(self._steps), "step") + f" ({several})" * (len(counts) > 1)
        self.say(f"run {self._name} {status.value} in {took}, {steps}")
        for step in self._steps:
            if step.status == "failed":
                whole = shlex.join(["artifactctl", "runs", "logs", self._name, step.name])
                self.say(f"{whole} prints all that it printed")

    def say(self, message: str) -> None:
        with self._lock, suppress(OSError):  # a terminal that is gone does not end the run
            self._session.say(message, self._stream)
            self._stream.flush()
