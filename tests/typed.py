"""What mypy says of a program, from outside of the project."""

import fcntl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

MypySays = Callable[[Path, str], str]


@pytest.fixture(scope="session")
def mypy_says(shared_folder: Path) -> MypySays:
    """Run mypy over a text as a program in a folder; what programs import is checked once."""
    cache = shared_folder / "mypy"

    def says(folder: Path, text: str) -> str:
        (folder / "program.py").write_text(text)
        words = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--config-file="]
        words += ["--follow-imports=silent", f"--cache-dir={cache}", "program.py"]
        with open(f"{cache}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # of two workers, one fills the cache for both
            done = subprocess.run(
                words, cwd=folder, capture_output=True, text=True, timeout=200, check=False
            )
        assert done.stderr == ""
        return done.stdout

    return says
