"""Documentation that is executed: its blocks one after the other, in an empty folder.

Blocks of `sh` are commands. Blocks of YAML, and of Python whose first line is a comment with a
file's name, are written to that file; other Python is run. `text` right after commands is among
what they print. Other blocks are not executed: `text` and `json` are what something looks like,
`console` and `yml` need what a test does not have.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tests import asking
from tests.commands import environment, way_to_parent

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# (\w[\w.-]*\.(?:py|yaml))\b")
RUN = {"sh", "python", "yaml"}
KNOWN = {*RUN, "text", "json", "console", "yml"}


@dataclass(frozen=True)
class Walked:
    """What the blocks of a text printed, to both streams, and the commands as they ran."""

    code: int
    shown: str


def walk(markdown: str, folder: Path, home: Path | None, **extra: str) -> Walked:
    """Execute the blocks in one shell, until one fails; without `home`, in the folder's own.

    `extra` are environment variables.
    """
    script = "".join(("set -eu\n", *_lines(markdown)))
    way = way_to_parent()
    found = {**environment(home or folder, **extra), asking.WAY: str(way)}
    if home is None:
        del found["ARTIFACTCTL_HOME"]
    # Where the program under test is installed, there is the Python that it is for.
    programs = f"{_asking_program(folder.parent / 'bin')}:{os.path.dirname(sys.executable)}"
    done = subprocess.run(
        ["sh", "-xc", script],
        cwd=folder,
        env={**found, "PATH": f"{programs}:{found['PATH']}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        pass_fds=[way],
    )
    return Walked(done.returncode, _without_padding(done.stdout))


def samples(markdown: str) -> list[str]:
    """The blocks that show what the commands right before them print."""
    blocks = _BLOCK.findall(markdown)
    return [
        _without_padding(text)
        for (before, _), (language, text) in pairwise(blocks)
        if (before, language) == ("sh", "text")
    ]


def _without_padding(text: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def _asking_program(folder: Path) -> Path:
    """A folder with an `artifactctl` that has the tests' parent do what it is asked."""
    folder.mkdir()
    program = folder / "artifactctl"
    python = sys.executable
    program.write_text(f'#!/bin/sh\nexec {python} -IS {asking.__file__} {python} "$@"\n')
    program.chmod(0o755)
    return folder


def languages(markdown: str) -> set[str]:
    return {language for language, _ in _BLOCK.findall(markdown)}


def _lines(markdown: str) -> Iterator[str]:
    for number, (language, text) in enumerate(_BLOCK.findall(markdown)):
        name = _FILE.match(text)
        if language not in RUN:
            continue
        if language == "sh":
            yield text
        elif name:
            yield _written(name[1], text)
        else:
            yield _written(f"block_{number}.py", text) + f"python block_{number}.py\n"


def _written(name: str, text: str) -> str:
    return f"cat > {name} <<'END OF FILE'\n{text}END OF FILE\n"
