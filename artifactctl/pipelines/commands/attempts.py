"""One step's command, executed until it succeeds or its retries are used up."""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from artifactctl.pipelines.commands.plan import CommandStep
from artifactctl.pipelines.commands.processes import Command, Ended, NotStartedError, Processes
from artifactctl.pipelines.engine.output_log import OutputLog

_NOT_STARTED = 127  # what a shell says of a program that it cannot find


@dataclass(frozen=True, slots=True)
class Job:
    """A step's command with all that it needs; `show` gets the lines that it prints."""

    step: CommandStep
    folder: Path
    environ: Mapping[str, str]
    log: Path
    secrets: Collection[str]
    show: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Attempted:
    """How a step's command ended at last; `reason` is None when it succeeded."""

    exit_code: int
    attempts: int
    duration_s: float
    tail: tuple[str, ...]
    reason: str | None


def attempt(job: Job, processes: Processes) -> Attempted:
    """Execute a step's command, again when it fails and may be tried again."""
    config = job.step.config
    began = time.monotonic()
    command = Command(job.step.words, job.folder, job.environ, config.timeout_s)
    with OutputLog(job.log, job.secrets, job.show) as log:
        for number in range(1, config.retries + 2):
            ended, reason = _execute(command, processes, log)
            if reason is None or number > config.retries:
                break
            log.note(f"[{reason}; attempt {number + 1} of {config.retries + 1}]")
    took = time.monotonic() - began
    return Attempted(ended.exit_code, number, took, tuple(log.tail), reason)


def facts_of(attempted: Attempted | None) -> dict[str, Any]:
    """What is reported and recorded of it; nothing of what never ended by itself."""
    if attempted is None:
        return {}
    return {
        "exit_code": attempted.exit_code,
        "attempts": attempted.attempts,
        "duration_s": round(attempted.duration_s, 3),
    }


def _execute(command: Command, processes: Processes, log: OutputLog) -> tuple[Ended, str | None]:
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
