"""Real shells on a pseudo-terminal: text is typed, Tab is pressed, and what came of it is read."""

import contextlib
import fcntl
import os
import pty
import re
import select
import shlex
import struct
import subprocess
import termios
import time
from pathlib import Path

ESCAPE = re.compile(r"\x1b(\[[0-9;?>]*[A-Za-z]|[=>]|\][^\x07]*\x07)")
PATIENCE_S = 60

# In place of the program for what is run: it shows the words it was given.
STUB = """#!/bin/sh
[ -n "$_ARTIFACTCTL_COMPLETE" ] && exec {real} "$@"
printf 'GOT'
printf '%s\\037' "$@"
printf 'END\\n'
"""

STARTS = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--private", "-i"],
}
# What is shown is to be nothing but text, all of it, without questions and bells.
QUIET = {
    "bash": "PS1=; bind 'set bell-style none'; bind 'set show-all-if-ambiguous on';"
    " bind 'set completion-query-items 0'; bind 'set page-completions off';"
    " bind 'set enable-bracketed-paste off'",
    "zsh": "PS1=; RPS1=; unsetopt beep zle_bracketed_paste prompt_sp; LISTMAX=9999;"
    " setopt list_ambiguous interactive_comments; autoload -Uz compinit; compinit -u -D",
    "fish": "function fish_prompt; end; function fish_title; end; set -g fish_greeting",
}


class Shell:
    """An interactive shell whose commands named `artifactctl` only show their words."""

    def __init__(self, name: str, folder: Path, real: list[str], env: dict[str, str]) -> None:
        self.name = name
        stub = folder / "bin" / "artifactctl"
        stub.parent.mkdir(exist_ok=True)
        stub.write_text(STUB.format(real=shlex.join(real)))
        stub.chmod(0o755)
        path = f"{stub.parent}:{env['PATH']}"
        outer, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 500, 200, 0, 0))
        self._process = subprocess.Popen(
            ["setsid", "--ctty", *STARTS[name]],  # job control wants a terminal of its own
            env={**env, "PATH": path, "TERM": "dumb", "LANG": "C.UTF-8"},
            stdin=inner,
            stdout=inner,
            stderr=inner,
        )
        os.close(inner)
        self._outer = outer
        self.run(QUIET[name])

    def run(self, command: str) -> str:
        """Run a line; return all that was shown until it ended."""
        return self._exchange(f"{command}\n")

    def words_after(self, typed: str) -> list[str]:
        """The words that the program gets when `typed` is followed by Tab and Enter."""
        shown = self._exchange(f"{typed}\t\n")
        found = re.findall(r"GOT([^\r]*\x1f)END", shown)
        assert found, shown
        return found[-1].split("\x1f")[:-1]

    def listed_after(self, typed: str) -> str:
        """What is shown when `typed` is followed by two Tabs; the line is then made a comment."""
        if self.name == "fish":  # which draws its list over and over
            return self.run(f"complete --do-complete {shlex.quote(typed)}")
        return self._exchange(f"{typed}\t\t\x01#\n")

    def close(self) -> None:
        """End the shell."""
        os.close(self._outer)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        self._process.kill()
        self._process.wait()

    def _exchange(self, text: str) -> str:
        marker = f"done{time.monotonic_ns()}"
        # Split, so that the echo of the command is not taken for its output.
        end = f"echo {marker[:5]}''{marker[5:]}\n"
        os.write(self._outer, (text + end).encode())
        shown, deadline = b"", time.monotonic() + PATIENCE_S
        while marker.encode() not in shown:
            ready, _, _ = select.select([self._outer], [], [], deadline - time.monotonic())
            if not ready:
                raise TimeoutError(shown.decode(errors="replace"))
            shown += os.read(self._outer, 65536)
        return ESCAPE.sub("", shown.decode(errors="replace"))
