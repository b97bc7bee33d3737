"""What ends the commands of a run that was killed: a shell that outlives the run for this."""

import os
import subprocess
from collections.abc import Callable, Collection
from contextlib import suppress

# Lines on its standard input say which groups there are: '+ NUMBER GROUP' and '- NUMBER'. The end
# of the input is the end of the run, however it came, and then what is left is killed.
_SCRIPT = """
trap '' HUP INT TERM
groups=
while read -r sign number group; do
  case $sign in
  +) groups="$groups $number:$group" ;;
  -)
    left=
    for each in $groups; do
      [ "${each%:*}" = "$number" ] || left="$left $each"
    done
    groups=$left
    ;;
  esac
done
for each in $groups; do
  kill -s KILL -- "-${each#*:}"
done
"""
_PATIENCE_S = 5.0


class Guard:
    """Kills the process groups of a run's commands when the run's own process is no more.

    A signal that the system sends at a parent's death would reach the command alone and not what
    it started, goes with the thread that forked, and is Linux's. The end of a pipe is seen on
    every system, and a group has all that a command started. A shell costs a millisecond or two.

    `keep` are descriptors that stay open as long as there are such groups: their locks last until
    what they guard is not written any more.
    """

    def __init__(self, keep: Collection[int] = ()) -> None:
        self._shell: subprocess.Popen[bytes] | None = None
        with suppress(OSError):  # without a shell commands are executed all the same
            self._shell = subprocess.Popen(  # noqa: S603 (our own script)
                ("/bin/sh", "-c", _SCRIPT),
                cwd="/",
                env={},
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                pass_fds=keep,
                start_new_session=True,  # what ends the run's own group is not to end this
            )

    def announcement(self, number: int) -> Callable[[], None] | None:
        """What a command calls before it is executed, in its own process, as head of its group.

        The command says it itself: a run that is killed at any moment leaves none unknown, since
        the pipe has no end before the command holds it no more. It runs between fork and exec of a
        process with threads, so it does nothing but to ask for a number and to write.
        """
        if self._shell is None or self._shell.poll() is not None:
            return None
        assert self._shell.stdin is not None
        descriptor = self._shell.stdin.fileno()

        def announce() -> None:
            with suppress(OSError):
                os.write(descriptor, b"+ %d %d\n" % (number, os.getpid()))

        return announce

    def forget(self, number: int) -> None:
        """Have what a command left behind live on: its group's number may become another's."""
        if self._shell is not None:
            assert self._shell.stdin is not None
            with suppress(OSError):
                self._shell.stdin.write(b"- %d\n" % number)

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
