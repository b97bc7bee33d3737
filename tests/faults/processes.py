"""Processes that work at one home at the same time."""

import contextlib
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.commands import command, environment

Process = subprocess.Popen[str]

_WORKER = """
import json, sys, time
from artifactctl.client import Client
from artifactctl.errors import ArtifactctlError
client = Client(sys.argv[1])
for line in sys.stdin:
    verb, delay_s, words, options = json.loads(line)
    time.sleep(delay_s)
    try:
        getattr(client, verb)(*words, **options)
        answer = [0, ""]
    except ArtifactctlError as error:
        answer = [error.exit_code, str(error)]
    except OSError as error:
        answer = [7, str(error)]
    print(json.dumps(answer), flush=True)
"""


@dataclass(frozen=True)
class Answer:
    """How a verb ended: the exit code that its command would have, and why."""

    code: int
    why: str

    def ok(self) -> "Answer":
        assert self.code == 0, f"exit code {self.code}: {self.why}"
        return self


class Worker:
    """A process with a client of its own, which does one thing after the other when told."""

    def __init__(self, home: Path, work: Path, **extra: str) -> None:
        self.process = spawn([sys.executable, "-c", _WORKER, home], home, work, **extra)

    def begin(self, verb: str, *words: Any, delay_s: float = 0.0, **options: Any) -> None:
        """Have it call a method of its client, and do not wait."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([verb, delay_s, words, options]) + "\n")
        self.process.stdin.flush()

    def end(self) -> Answer:
        """Wait for what was begun."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(self.process.communicate()[1])
        return Answer(*json.loads(line))

    def do(self, verb: str, *words: Any, **options: Any) -> Answer:
        """Have it call a method of its client, and wait."""
        self.begin(verb, *words, **options)
        return self.end()


class Scatter:
    """Which of two begins later, and by how much: at random, and the same in every run."""

    def __init__(self, latest_s: float, seed: int) -> None:
        self._latest_s, self._random = latest_s, random.Random(seed)

    def delays_s(self) -> tuple[float, float]:
        late = self._random.uniform(-self._latest_s, self._latest_s)
        return max(0.0, late), max(0.0, -late)


class Balance:
    """Which of two begins later: whoever was first waits longer the next time.

    So both get to be first, however fast the machine is and however long either takes: the steps
    double as long as the same one is first.
    """

    def __init__(self, step_s: float = 0.002) -> None:
        self._least_s = self._step_s = step_s
        self._was_first: bool | None = None
        self._lead_s = 0.0  # by how much the second waits; below zero it is the first who waits

    def delays_s(self) -> tuple[float, float]:
        return max(0.0, -self._lead_s), max(0.0, self._lead_s)

    def won(self, *, first: bool) -> None:
        is_again = first == self._was_first
        self._step_s = min(2 * self._step_s, 0.2) if is_again else self._least_s
        self._was_first = first
        self._lead_s += -self._step_s if first else self._step_s


@contextlib.contextmanager
def workers(home: Path, work: Path, count: int, **extra: str) -> Iterator[list[Worker]]:
    """Some workers, until the block is left; `extra` is in their environment."""
    made = [Worker(home, work, **extra) for _ in range(count)]
    try:
        yield made
    finally:
        for worker in made:
            worker.process.kill()
            worker.process.communicate()


def start(home: Path, work: Path, script: str, *words: object) -> Process:
    """Start a script of Python."""
    return spawn([sys.executable, "-c", script, home, *words], home, work)


def start_command(home: Path, work: Path, *words: object) -> Process:
    """Start the real command."""
    return spawn(command(*words), home, work)


def spawn(words: list[object], home: Path, work: Path, **extra: str) -> Process:
    """Start any program."""
    return subprocess.Popen(
        [str(word) for word in words],
        cwd=work,
        env=environment(home, **extra),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: Process, told: str | None = None) -> str:
    """Wait for the end; what was printed."""
    out, err = process.communicate(told, timeout=240)
    assert process.returncode == 0, err
    return out
