"""Documentation that is executed: its blocks one after the other, in an empty folder.

Blocks of `sh` are commands. Blocks of YAML, and of Python whose first line is a comment with a
file's name, are written to that file; other Python is run. Other blocks are not executed: `text`
and `json` are what something looks like, `console` and `yml` need what a test does not have.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.commands import environment

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# (\w[\w.-]*\.(?:py|yaml))\b")
_RUN = ("sh", "python", "yaml")
KNOWN = {*_RUN, "text", "json", "console", "yml"}


@dataclass(frozen=True)
class Walked:
    """What the blocks of a text printed, to both streams, and the commands as they ran."""

    code: int
    shown: str


def walk(markdown: str, folder: Path, home: Path | None) -> Walked:
    """Execute the blocks in one shell, until one fails; without `home`, in the folder's own."""
    script = "".join(("set -eu\n", *_lines(markdown)))
    done = subprocess.run(
        ["sh", "-xc", script],
        cwd=folder,
        env=_environment(folder, home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return Walked(done.returncode, done.stdout)


def languages(markdown: str) -> set[str]:
    return {language for language, _ in _BLOCK.findall(markdown)}


def _environment(folder: Path, home: Path | None) -> dict[str, str]:
    found = environment(home or folder / ".artifactctl")
    if home is None:
        del found["ARTIFACTCTL_HOME"]
    # Where the program under test is installed, there is the Python that it is for.
    return {**found, "PATH": f"{os.path.dirname(sys.executable)}:{found['PATH']}"}


def _lines(markdown: str) -> Iterator[str]:
    for number, (language, text) in enumerate(_BLOCK.findall(markdown)):
        name = _FILE.match(text)
        if language not in _RUN:
            continue
        if language == "sh":
            yield text
        elif name:
            yield _written(name[1], text)
        else:
            yield _written(f"block_{number}.py", text) + f"python block_{number}.py\n"


def _written(name: str, text: str) -> str:
    return f"cat > {name} <<'END OF FILE'\n{text}END OF FILE\n"
