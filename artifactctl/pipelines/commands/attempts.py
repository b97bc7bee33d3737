"""Execution of one step's command, with retries."""

import time
from dataclasses import dataclass
from typing import Any

from artifactctl.pipelines.commands.processes import Command, Ended, NotStartedError, Processes
from artifactctl.pipelines.engine.output import StepLog

_NOT_STARTED = 127  # a shell's exit code for a program that it cannot find


@dataclass(frozen=True, slots=True)
class Attempted:
    """The result of a command's last attempt; `reason` tells why it failed, None on success."""

    exit_code: int
    attempts: int
    duration_s: float
    reason: str | None

    @property
    def facts(self) -> dict[str, Any]:
        """The values that are reported and recorded: exit code, attempts, seconds."""
        return {
            "exit_code": self.exit_code,
            "attempts": self.attempts,
            "duration_s": round(self.duration_s, 3),
        }


def attempt(command: Command, retries: int, log: StepLog, processes: Processes) -> Attempted:
    """Execute a step's command, and again after a failure, up to `retries` more times."""
    began = time.monotonic()
    for number in range(1, retries + 2):
        ended, reason = _execute(command, processes, log)
        if reason is None or number > retries:
            break
        log.note(f"[{reason}; attempt {number + 1} of {retries + 1}]")
    return Attempted(ended.exit_code, number, time.monotonic() - began, reason)


def _execute(command: Command, processes: Processes, log: StepLog) -> tuple[Ended, str | None]:
    try:
        ended = processes.execute(command, log)
    except NotStartedError as error:
        return Ended(_NOT_STARTED), f"its command could not be started ({error})"
    if ended.is_timeout:
        return ended, f"its command took longer than {command.timeout_s:g} s and was ended"
    if ended.exit_code < 0:
        return ended, f"its command was ended by signal {-ended.exit_code}"
    failed = f"its command ended with exit code {ended.exit_code}"
    return ended, failed if ended.exit_code else None
