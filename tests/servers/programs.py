"""Starting a server for the tests: its program, a free port, and waiting until it answers."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_WAIT_S = 60.0


def program(name: str, *places: Path) -> str:
    """The path of a program; the test is skipped when it is not installed."""
    known = [place / name for place in places]
    beside = [Path(folder) / name for folder in (Path(sys.executable).parent, *_scripts())]
    for path in (*known, *beside):
        if path.exists():
            return str(path)
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: see 'make servers'")
    return found


def _scripts() -> list[Path]:
    """Where the programs of packages are that come from another environment's path."""
    return [Path(entry).parents[2] / "bin" for entry in sys.path if entry.endswith("site-packages")]


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(words: Sequence[object], port: int, log: Path) -> Iterator[None]:
    """Run a server until the block ends; it listens on `port` when the block begins."""
    with log.open("wb") as out:
        process = subprocess.Popen([*map(str, words)], stdout=out, stderr=out, cwd=log.parent)
        try:
            _wait_for(port, process, log)
            yield
        finally:
            process.kill()
            process.wait()


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + _WAIT_S
    while process.poll() is None and time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"the server does not answer: {log.read_text()[-2000:]}")
