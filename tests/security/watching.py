"""Commands under `strace`: what each of them changes in the file system, connects to and starts.

One `strace` follows the process that the commands are forks of; each process has a file of calls.
"""

import atexit
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.commands import Result, execute
from tests.faults.strace import ATTRIBUTES, NAMES, need_strace

OPENS = ("open", "openat", "openat2", "creat")
OTHERS = (
    *("truncate", "ftruncate", "mknod", "mknodat", "utime", "utimes", "futimesat"),
    *("chown", "fchown", "lchown", "fchownat", "fchmodat2"),
    *("setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr"),
)
WATCHED = (*OPENS, *NAMES, *ATTRIBUTES, *OTHERS, "connect", "execve")
MEMORY_BYTES = 2 << 30
TIMEOUT_S = 20

_FOR_WRITING = re.compile(r"\bO_(WRONLY|RDWR|CREAT|TRUNC|APPEND)\b")
_LINE = re.compile(r"(?P<call>\w+)\((?P<arguments>.*)\) += (?P<result>.*)")
_WORD = re.compile(
    r'"(?P<text>(?:[^"\\]|\\.)*)"(?:\.\.\.)?|(?:AT_FDCWD|\b\d+)<(?P<at>[^>]*)>', re.DOTALL
)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"v": b"\v", b"f": b"\f"}
_ENDS = ("+++ exited", "+++ killed")


@dataclass(frozen=True)
class Call:
    """A call that changes what is at `path`, connects to `path`, or starts the program there."""

    name: str
    path: str

    def __str__(self) -> str:
        return f"{self.name} {self.path!r}"


@dataclass(frozen=True)
class Watched:
    """What a command left, and its calls."""

    result: Result
    calls: list[Call]


class TimedOutError(Exception):
    """A command took longer than any of them should, whatever lies in a home."""


def watch(
    words: Sequence[object],
    folder: Path,
    environ: Mapping[str, str],
    *,
    stdin: bytes = b"",
    as_user: tuple[str, ...] = (),
) -> Watched:
    """Have a command run to its end and watch it; `as_user` starts it as somebody else."""
    traces = _folder_of_traces(as_user)
    under = _under(traces, as_user)
    try:
        result = execute(words, folder, environ, stdin=stdin, timeout_s=TIMEOUT_S, under=under)
    except TimeoutError:
        _collect(traces)
        raise TimedOutError(f"it did not end within {TIMEOUT_S} s") from None
    return Watched(result, [call for text in _collect(traces) for call in calls_in(text, folder)])


def calls_in(trace: str, folder: Path) -> Iterator[Call]:
    """The calls of a process that was started in `folder`, except for those that only read."""
    for line in trace.splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        name, arguments, result = found["call"], found["arguments"], found["result"]
        if name == "connect":
            if "sa_family=AF_INET" in arguments:
                yield Call(name, "a remote address")
        elif name in OPENS:
            if name == "creat" or _FOR_WRITING.search(arguments):
                opened = _WORD.search(result)
                known = [unescape(opened["at"])] if opened else _paths(arguments, folder)
                yield from (Call(name, path) for path in known)
        elif not (name.startswith("mkdir") and "EEXIST" in result):
            yield from (Call(name, path) for path in _paths(_changed(name, arguments), folder))


def unescape(text: str) -> str:
    """What `strace` shows of a text, as it was."""

    def letter(found: re.Match[bytes]) -> bytes:
        code = found[1]
        return bytes([int(code, 8) & 255]) if code[:1].isdigit() else _LETTERS.get(code, code)

    return os.fsdecode(_ESCAPE.sub(letter, text.encode()))


def _changed(name: str, arguments: str) -> str:
    """The arguments that name what is changed: not what a symbolic link says."""
    if name == "execve":
        return arguments.split(", [")[0]
    return arguments.partition(", ")[2] if name.startswith("symlink") else arguments


def _paths(arguments: str, folder: Path) -> list[str]:
    """The paths in arguments, without links in their folders; relative ones begin at `folder`."""
    found: list[str] = []
    base, is_used = str(folder), True
    for word in _WORD.finditer(arguments):
        if word["at"] is not None:
            if not is_used:
                found.append(base)
            base, is_used = unescape(word["at"]), False
            continue
        path = os.path.join(base, unescape(word["text"]))
        head, tail = os.path.split(path.rstrip("/") or "/")
        found.append(os.path.join(os.path.realpath(head), tail) if tail not in ("", ".", "..")
                     else os.path.realpath(path))  # fmt: skip
        base, is_used = str(folder), True
    if not is_used:
        found.append(base)
    return [path for path in found if path.startswith("/") and not path.startswith("/memfd:")]


@cache
def _folder_of_traces(as_user: tuple[str, ...]) -> Path:
    need_strace()
    del as_user  # one for each
    folder = Path(tempfile.mkdtemp(prefix="traces-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _under(traces: Path, as_user: tuple[str, ...]) -> tuple[str, ...]:
    if shutil.which("prlimit") is None:
        pytest.skip("prlimit is not installed")
    return (
        *("prlimit", f"--as={MEMORY_BYTES}", "--"),
        *("strace", "-ff", "--seccomp-bpf", "-q", "-y", "-s", "8192", "-e", "signal=none"),
        *("-e", "trace=" + ",".join(f"?{call}" for call in WATCHED)),
        *("-o", str(traces / "trace"), "--"),
        *as_user,
    )


def _collect(traces: Path) -> list[str]:
    """What the processes of a command did, once all of them have ended.

    The one that does not end is the one that forks.
    """
    give_up = time.monotonic() + 3
    while True:
        texts = {path: path.read_text(errors="replace") for path in traces.iterdir()}
        ended = {path: text for path, text in texts.items() if _has_ended(text)}
        if len(texts) - len(ended) <= 1 or time.monotonic() > give_up:
            break
        time.sleep(0.002)
    for path in ended:
        path.unlink()
    return list(ended.values())


def _has_ended(text: str) -> bool:
    return text.rstrip("\n").rpartition("\n")[2].startswith(_ENDS)


def can_start(as_user: Sequence[str]) -> bool:
    """Whether another user can start the Python of these tests."""
    probe = [*as_user, "python3", "--version"]
    return subprocess.run(probe, check=False, capture_output=True).returncode == 0
