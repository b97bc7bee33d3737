"""Commands as processes, each in a process group of its own."""

import contextlib
import itertools
import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from artifactctl.pipelines.commands.guard import Guard
from artifactctl.pipelines.engine.step_log import StepLog
from artifactctl.pipelines.engine.work import GRACE_S

_CHUNK_BYTES = 1 << 16
_LOOK_S = 0.1
_TICK_S = 0.02
_DRAIN_S = 0.5  # for background processes that keep a command's output open after its end


class StoppedError(Exception):
    """Raised instead of starting a command: the run is being cancelled."""


class NotStartedError(Exception):
    """Raised when a command cannot be started; the message gives the reason."""


@dataclass(frozen=True, slots=True)
class Command:
    """The arguments to execute, the working folder, the environment and the time limit."""

    words: Sequence[str]
    folder: Path
    environ: Mapping[str, str]
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a command: exit code (negative: the signal's number), and whether it timed out."""

    exit_code: int
    is_timeout: bool = False


@dataclass
class Processes:
    """The commands of a run that are executing."""

    _running: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    _ending: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _is_stopped: bool = False
    _guard: Guard | None = None
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def guard(self, mark: str, keep: Collection[int]) -> None:
        """Start the guard that kills the commands when this process is killed; see `Guard`."""
        if self._guard is None:
            self._guard = Guard(mark, keep)

    def close(self) -> None:
        """End the guard."""
        with self._lock:
            guard, self._guard = self._guard, None
        if guard is not None:
            guard.close()

    def execute(self, command: Command, log: StepLog) -> Ended:
        """Execute a command until it ends; raises `NotStartedError` if it cannot be started."""
        number = next(self._numbers)
        try:
            return self._follow(self._start(command, number), command, log)
        finally:
            with self._lock:
                if self._guard is not None:
                    self._guard.forget(number)

    def _follow(self, process: subprocess.Popen[bytes], command: Command, log: StepLog) -> Ended:
        try:
            is_timeout = _log_output(process, log, command.timeout_s, lambda: self._is_stopped)
            return Ended(process.wait(), is_timeout)
        except BaseException:
            _end_group(process)
            raise
        finally:
            with self._lock:
                del self._running[process.pid]
            assert process.stdout is not None
            process.stdout.close()

    def stop(self) -> None:
        """Start no further command and end those that run: SIGTERM, then SIGKILL after a while."""
        with self._lock:
            self._is_stopped = True
            self._ending = list(self._running.values())
        _end_groups(self._ending)

    def kill(self) -> None:
        """Kill all running commands at once."""
        with self._lock:
            self._is_stopped = True
            # A command that got SIGTERM may have ended while its children are still running.
            left = {process.pid: process for process in (*self._ending, *self._running.values())}
        for process in left.values():
            _signal(process, signal.SIGKILL)

    def _start(self, command: Command, number: int) -> subprocess.Popen[bytes]:
        # Under the lock, so that `stop` sees every process that was started.
        with self._lock:
            if self._is_stopped:
                raise StoppedError
            if self._guard is not None:
                self._guard.expect(number)
            process = _popen(command)
            if self._guard is not None:
                self._guard.watch(number, process.pid)
            self._running[process.pid] = process
            return process


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End a command and its children, and wait until it has ended."""
    _end_groups([process])
    process.wait()


def _end_groups(several: Collection[subprocess.Popen[bytes]]) -> None:
    """End commands and their children: SIGTERM, then SIGKILL after `GRACE_S` seconds."""
    for process in several:
        _signal(process, signal.SIGTERM)
    until = time.monotonic() + GRACE_S
    while time.monotonic() < until and any(map(_is_left, several)):
        for process in several:
            process.poll()  # a group lasts until its first process is waited for
        time.sleep(_TICK_S)
    for process in several:
        _signal(process, signal.SIGKILL)


def _log_output(
    process: subprocess.Popen[bytes],
    log: StepLog,
    timeout_s: float | None,
    is_stopped: Callable[[], bool],
) -> bool:
    """Read a command's output until it ends; return whether it timed out.

    While the run is being cancelled, the output of children that outlive the command is read too: a
    process that cannot write its output may not end.
    """
    assert process.stdout is not None
    descriptor = process.stdout.fileno()
    # poll() rather than select(), which refuses descriptors from 1024 on.
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
            log.write(chunk)
        if exited is None and process.poll() is not None:
            exited = time.monotonic()
        if exited is not None and (not is_ready or time.monotonic() > exited + _DRAIN_S):
            if not (is_stopped() and _is_left(process)):
                return False
            continue
        if exited is None and until is not None and time.monotonic() >= until:
            _end_listening(process, log, poll)
            return True


def _end_listening(process: subprocess.Popen[bytes], log: StepLog, poll: "select.poll") -> None:
    """End a command while reading its output: a full pipe would block it."""
    assert process.stdout is not None
    descriptor = process.stdout.fileno()
    ending = threading.Thread(target=_end_group, args=(process,), daemon=True)
    ending.start()
    while ending.is_alive():
        if poll.poll(1000 * _TICK_S):
            chunk = os.read(descriptor, _CHUNK_BYTES)
            if not chunk:
                break
            log.write(chunk)
    ending.join()
    if poll.poll(0):
        log.write(os.read(descriptor, _CHUNK_BYTES))


def _wait_s(until: float | None) -> float:
    return _LOOK_S if until is None else max(0.0, min(_LOOK_S, until - time.monotonic()))


def _wait(process: subprocess.Popen[bytes], until: float | None) -> bool:
    """Wait for a command that has closed its output; return whether it timed out."""
    try:
        process.wait(None if until is None else max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        _end_group(process)
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
            start_new_session=True,  # makes the command the first of a new process group
        )
    except OSError as error:
        what = error.filename or command.words[0]
        raise NotStartedError(f"{what}: {error.strerror}") from error


def _is_left(process: subprocess.Popen[bytes]) -> bool:
    """Whether a command's process group still has a process."""
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # there is one, of another user
        return True
    return True


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    # A group's number is that of its first process, also after that process has ended.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
