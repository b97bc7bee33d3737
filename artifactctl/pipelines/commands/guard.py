"""What ends the commands of a run that was killed: a shell that outlives the run for this."""

import subprocess
from collections.abc import Collection
from contextlib import suppress

# Each line that it reads says of a command, by a number, which process group it has: 'new' when
# it is about to begin, nothing when it has ended. The end of what is to be read is the end of the
# run. Of a command that began at that very moment no group is known; it has $1 in its environment,
# which can be looked for on Linux.
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
    """Kills the process groups of a run's commands when the run's own process is no more.

    A signal that the system sends at a parent's death would reach the command alone and not what
    it started, is sent when the thread goes that forked, and needs code between fork and exec of a
    process with threads. The end of a pipe comes however a process ends, on every system; a group
    has all that a command started; and a shell costs a millisecond or two, once for a run.

    `mark` is a text that stands in the environment of each command and of nothing else. `keep` are
    descriptors that stay open as long as commands are left: their locks last until no command
    writes any more what they are for.
    """

    def __init__(self, mark: str, keep: Collection[int]) -> None:
        self._shell: subprocess.Popen[bytes] | None = None
        with suppress(OSError):  # without a shell commands are executed all the same
            self._shell = subprocess.Popen(  # noqa: S603 (our own script)
                ("/bin/sh", "-c", _SCRIPT, "artifactctl-guard", mark),
                cwd="/",
                env={},
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                pass_fds=keep,
                start_new_session=True,  # what ends the run's own group is not to end this
            )

    def expect(self, number: int) -> None:
        """A command is about to begin."""
        self._tell(b"%d new\n" % number)

    def watch(self, number: int, group: int) -> None:
        """It has begun."""
        self._tell(b"%d %d\n" % (number, group))

    def forget(self, number: int) -> None:
        """It has ended; its group's number may become that of others."""
        self._tell(b"%d\n" % number)

    def close(self) -> None:
        """Kill what was not forgotten, and go."""
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
            with suppress(OSError, ValueError):  # it has been ended, by the run or from outside
                self._shell.stdin.write(line)
