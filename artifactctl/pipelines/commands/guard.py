"""Ends a run's commands when the run's process is killed, by a shell that outlives it."""

import subprocess
from collections.abc import Collection
from contextlib import suppress

# The script reads lines "NUMBER GROUP": a command's number and its process group, 'new' before the
# command begins, empty after it has ended. End of file means that the run has ended. If that comes
# between 'new' and the group, the command is found by $1 in its environment (in /proc, on Linux).
_SCRIPT = """
trap '' HUP INT TERM
groups=
while read -r number group; do
  left=
  for each in $groups; do
    [ "${each%:*}" = "$number" ] || left="$left $each"
  done
  groups=${group:+$number:$group}$left
done
for each in $groups; do
  case $each in
  *:new)
    for found in $(grep -lsF "$1" /proc/[0-9]*/environ); do
      found=${found#/proc/}
      kill -s KILL -- "-${found%/*}"
      kill -s KILL "${found%/*}"
    done
    ;;
  *) kill -s KILL -- "-${each#*:}" ;;
  esac
done
"""
_PATIENCE_S = 5.0


class Guard:
    """Kills the process groups of a run's commands when the run's own process ends.

    The alternative, PR_SET_PDEATHSIG, sends a signal to the command but not to its children, sends
    it when the forking thread ends, and has to be set between fork and exec in a process with
    threads. A pipe is closed however a process ends, on every system, and a process group contains
    all that a command started. The shell costs one or two milliseconds per run.

    `mark` is a text that only the commands of this run have in their environment. `keep` are
    descriptors that stay open while commands are left, so that their locks last until no command
    writes the locked files.
    """

    def __init__(self, mark: str, keep: Collection[int]) -> None:
        self._shell: subprocess.Popen[bytes] | None = None
        with suppress(OSError):  # without a shell, commands are executed unguarded
            self._shell = subprocess.Popen(  # noqa: S603 (our own script)
                ("/bin/sh", "-c", _SCRIPT, "artifactctl-guard", mark),
                cwd="/",
                env={},
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                pass_fds=keep,
                start_new_session=True,  # signals to the run's process group do not reach it
            )

    def expect(self, number: int) -> None:
        """Announce that a command is about to begin."""
        self._tell(b"%d new\n" % number)

    def watch(self, number: int, group: int) -> None:
        """Announce the process group of a command that has begun."""
        self._tell(b"%d %d\n" % (number, group))

    def forget(self, number: int) -> None:
        """Announce that a command has ended: the system may reuse the number of its group."""
        self._tell(b"%d\n" % number)

    def close(self) -> None:
        """Kill the commands that have not ended, and end the shell."""
        if self._shell is None:
            return
        assert self._shell.stdin is not None
        self._shell.stdin.close()
        try:
            self._shell.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._shell.kill()
            self._shell.wait()

    def _tell(self, line: bytes) -> None:
        if self._shell is not None:
            assert self._shell.stdin is not None
            with suppress(OSError, ValueError):  # the shell has ended or the pipe is closed
                self._shell.stdin.write(line)
