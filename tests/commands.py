"""The command as users start it: `python -m artifactctl` in a process of its own.

Most of what such a process costs is loading modules. A parent loads once what most commands need,
and each command is a fork of it that does the rest. That a command finds its modules by itself is
for the tests of starting up, of the package and of faults, which start interpreters.
"""

import atexit
import gc
import marshal
import os
import pkgutil
import runpy
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, TextIO

OF_OTHERS = ("pydantic.type_adapter", "rich.table", "yaml", "blake3", "concurrent.futures.thread")
# What these load of other packages only few commands use, and it is large.
NOT_LOADED = ("__main__", "materializers.", "store.remote.", "testing", "zenml")
# An interpreter heeds these when it starts, which the fork of another does too late.
AT_START = ("PYTHON", "LC_", "LANG")
# For each value of these there is a parent of its own.
_OF_TERMINALS = {"PYTHONIOENCODING", "LC_ALL"}


@dataclass(frozen=True)
class Result:
    """What a finished command left: its exit code and what it printed."""

    code: int
    out: str
    err: str

    def ok(self) -> "Result":
        assert self.code == 0, f"exit code {self.code}: {self.err}"
        return self


def command(*words: object) -> list[str]:
    """The argument list of the real command, in a process of its own."""
    return [sys.executable, "-m", "artifactctl", *map(str, words)]


def environment(home: Path, **extra: str) -> dict[str, str]:
    """A process environment in which nothing but `home` is found."""
    return {**_own(), "HOME": str(home.parent), "ARTIFACTCTL_HOME": str(home), **extra}


def execute(
    words: Sequence[object],
    folder: Path,
    environ: Mapping[str, str],
    *,
    stdin: bytes = b"",
    timeout_s: float = 240,
    under: tuple[str, ...] = (),
) -> Result:
    """Have the command run to its end; `under` is a command that starts, and watches, others."""
    at_start = {
        name: text for name, text in environ.items() - _own().items() if name.startswith(AT_START)
    }
    if not at_start.keys() <= _OF_TERMINALS:
        done = subprocess.run(
            [*under, *command(*words)],
            input=stdin,
            cwd=folder,
            env=environ,
            capture_output=True,
            timeout=timeout_s,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())
    request = {"words": [*map(str, words)], "folder": str(folder), "environ": dict(environ)}
    asked = marshal.dumps(request)
    with _file(asked) as first, _file(stdin) as given, _file() as out, _file() as err:
        code = _ask(_parent(under, *at_start.items()), [first, given, out, err], timeout_s)
        # A terminal's letters need not be UTF-8; what programs read is.
        return Result(code, _content(out), _content(err, "replace" if at_start else "strict"))


def _own() -> dict[str, str]:
    names = ("PATH", "TMPDIR", "LANG", "XDG_DATA_HOME")
    return {name: os.environ[name] for name in names if name in os.environ}


def _file(content: bytes = b"") -> BinaryIO:
    file = os.fdopen(os.memfd_create("command"), "w+b", buffering=0)
    file.write(content)
    file.seek(0)
    return file


def _content(file: BinaryIO, errors: str = "strict") -> str:
    file.seek(0)
    return file.read().decode(errors=errors)


def _ask(parent: socket.socket, files: Sequence[BinaryIO], timeout_s: float) -> int:
    """Have a fork run; its exit code, negative for a signal."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with here, there:
        descriptors = [file.fileno() for file in files]
        socket.send_fds(parent, [b"!"], [*descriptors, there.fileno()])
        there.close()
        process = int(here.recv(32))
        here.settimeout(timeout_s)
        try:
            return os.waitstatus_to_exitcode(int(here.recv(32)))
        except TimeoutError:
            os.kill(process, signal.SIGKILL)
            raise


def way_to_parent() -> int:
    """The descriptor by which `tests/asking.py` has a fork run a command."""
    return _parent(()).fileno()


@cache
def _parent(under: tuple[str, ...], *variables: tuple[str, str]) -> socket.socket:
    """The way to the process that forks; it ends with this one.

    `variables` are those that its interpreter is to heed.
    """
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with there:
        subprocess.Popen(
            [*under, sys.executable, __file__, str(there.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env={**_own(), **dict(variables)},
            pass_fds=[there.fileno()],
        )
    atexit.register(here.close)
    return here


def _serve(requests: socket.socket) -> dict[str, Any]:
    """Fork for each request; return in the forks, with what they are to run."""
    running: dict[int, tuple[int, socket.socket]] = {}  # who asks, by what tells of an end
    while True:
        ready, _, _ = select.select([requests, *running], [], [])
        for ended in running.keys() & set(ready):
            process, answers = running.pop(ended)
            os.close(ended)
            with answers, suppress(OSError):  # who asked may be gone
                answers.send(str(os.waitpid(process, 0)[1]).encode())
        if requests not in ready:
            continue
        word, descriptors, *_ = socket.recv_fds(requests, 1, 5)
        if not word:
            os._exit(0)
        process = os.fork()
        if process == 0:
            return _take(descriptors, requests, running)
        answers = socket.socket(fileno=descriptors.pop())
        answers.send(str(process).encode())
        running[os.pidfd_open(process)] = process, answers
        for descriptor in descriptors:
            os.close(descriptor)


def _take(
    descriptors: Sequence[int],
    requests: socket.socket,
    running: Mapping[int, tuple[int, socket.socket]],
) -> dict[str, Any]:
    """What this fork is to run; it has its own streams, and nothing else of the parent's."""
    requests.close()
    for ended, (_, answers) in running.items():
        os.close(ended)
        answers.close()
    with os.fdopen(descriptors[0], "rb") as file:
        request: dict[str, Any] = marshal.loads(file.read())
    for number, descriptor in enumerate(descriptors[1:4]):
        os.dup2(descriptor, number)
    for descriptor in descriptors[1:]:
        os.close(descriptor)
    # Those that the interpreter has made take what was there, a file with a position, for granted.
    sys.stdin, sys.stdout, sys.stderr = map(_as_started, (sys.stdin, sys.stdout, sys.stderr))
    return request


def _as_started(stream: TextIO) -> TextIO:
    number, is_errors = stream.fileno(), stream is sys.stderr
    return open(
        number,
        "r" if number == 0 else "w",
        buffering=1 if is_errors or os.isatty(number) else -1,
        encoding=stream.encoding,
        errors=stream.errors,
        closefd=False,
    )


def _load() -> None:
    for name in OF_OTHERS:
        import_module(name)
    for found in pkgutil.walk_packages(import_module("artifactctl").__path__, "artifactctl."):
        if not found.name.removeprefix("artifactctl.").startswith(NOT_LOADED):
            import_module(found.name)
    gc.freeze()  # what forks look through for garbage would be copied to each of them


def _main() -> None:
    _load()
    request = _serve(socket.socket(fileno=int(sys.argv[1])))
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environ"])
    sys.argv = ["", *request["words"]]
    sys.path[0] = request["folder"]
    runpy.run_module("artifactctl", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main()
