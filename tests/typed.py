"""What mypy says of a program, from outside of the project."""

import subprocess
import sys
from pathlib import Path


def mypy_says(folder: Path, text: str) -> str:
    """Run mypy over `text` as a program in `folder`, where its cache stays for the next one."""
    (folder / "program.py").write_text(text)
    words = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--config-file="]
    words += ["--follow-imports=silent", f"--cache-dir={folder}/cache", "program.py"]
    done = subprocess.run(
        words, cwd=folder, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.stderr == ""
    return done.stdout
