"""Commands as processes, each in a group of its own that ends as a whole."""

import contextlib
import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from artifactctl.pipelines.commands.output_log import OutputLog

GRACE_S = 5.0
"""How long a group may take to end once it was asked to."""

_CHUNK_BYTES = 1 << 16
_LOOK_S = 0.1
_DRAIN_S = 0.5  # for what a command left behind in the background and that still holds its output


class StoppedError(Exception):
    """No command begins any more: the run is being ended."""


class NotStartedError(Exception):
    """A command could not be started; the message says why."""


@dataclass(frozen=True, slots=True)
class Command:
    """What to execute, where, with which environment, for how long at most."""

    words: Sequence[str]
    folder: Path
    environ: Mapping[str, str]
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit code (negative: the signal), or that its time was up."""

    exit_code: int
    is_timeout: bool = False


@dataclass
class Processes:
    """The commands of a run that are executing."""

    _running: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _is_stopped: bool = False

    def execute(self, command: Command, log: OutputLog) -> Ended:
        """Execute a command to its end; raises `NotStartedError` when it does not even begin."""
        process = self._start(command)
        try:
            is_timeout = _follow(process, log, command.timeout_s)
            return Ended(process.wait(), is_timeout)
        except BaseException:
            end_group(process)
            raise
        finally:
            with self._lock:
                del self._running[process.pid]
            assert process.stdout is not None
            process.stdout.close()

    def stop(self) -> None:
        """Have nothing begin any more, and all that runs end; some grace, then force."""
        with self._lock:
            self._is_stopped = True
            running = list(self._running.values())
        _signal_all(running, signal.SIGTERM)
        until = time.monotonic() + GRACE_S
        while time.monotonic() < until and any(map(_is_running, running)):
            time.sleep(0.02)
        _signal_all(running, signal.SIGKILL)

    def kill(self) -> None:
        """End all that runs at once."""
        with self._lock:
            self._is_stopped = True
            running = list(self._running.values())
        _signal_all(running, signal.SIGKILL)

    def _start(self, command: Command) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._is_stopped:
                raise StoppedError
            process = _popen(command)
            self._running[process.pid] = process
            return process


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End a command with all that it started: asked first, forced after some grace."""
    _signal(process, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(GRACE_S)
    _signal(process, signal.SIGKILL)
    process.wait()


def _follow(process: subprocess.Popen[bytes], log: OutputLog, timeout_s: float | None) -> bool:
    """Read what a command prints until it ends; whether it had to be ended."""
    assert process.stdout is not None
    descriptor = process.stdout.fileno()
    poll = select.poll()
    poll.register(descriptor, select.POLLIN | select.POLLHUP)
    until = None if timeout_s is None else time.monotonic() + timeout_s
    exited = None
    while True:
        is_ready = poll.poll(1000 * _wait_s(until))
        if is_ready:
            chunk = os.read(descriptor, _CHUNK_BYTES)
            if not chunk:
                return _wait(process, until)
            log.feed(chunk)
        if exited is None and process.poll() is not None:
            exited = time.monotonic()
        if exited is not None and (not is_ready or time.monotonic() > exited + _DRAIN_S):
            return False
        if exited is None and until is not None and time.monotonic() >= until:
            end_group(process)
            return True


def _wait_s(until: float | None) -> float:
    return _LOOK_S if until is None else max(0.0, min(_LOOK_S, until - time.monotonic()))


def _wait(process: subprocess.Popen[bytes], until: float | None) -> bool:
    """Wait for a command that prints nothing any more; whether it had to be ended."""
    try:
        process.wait(None if until is None else max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        end_group(process)
        return True
    return False


def _popen(command: Command) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 (what the user asked for)
            command.words,
            cwd=command.folder,
            env=dict(command.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise NotStartedError(f"{error.filename}: {error.strerror}") from error


def _is_running(process: subprocess.Popen[bytes]) -> bool:
    return process.returncode is None


def _signal_all(several: Sequence[subprocess.Popen[bytes]], number: int) -> None:
    for process in several:
        _signal(process, number)


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    # The group has the number of its first process, and outlives it.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
