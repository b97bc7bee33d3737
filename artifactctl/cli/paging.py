"""Long texts on a terminal, in the user's pager."""

import os
import shlex
import shutil
import signal
import subprocess
import sys

from artifactctl.cli.session import flush, stdout

# For `less`, unless the user has set it: colours, no clearing, and no paging of what fits.
_LESS = "FRX"


def print_paged(text: str) -> None:
    """Print `text`; on a terminal that it does not fit, in $PAGER, by default `less`."""
    out = stdout()
    pager = _pager()
    is_long = text.count("\n") >= shutil.get_terminal_size().lines
    if pager and is_long and out.isatty() and sys.stdin is not None and sys.stdin.isatty():
        flush()
        _run(pager, text)
    else:
        out.write(text)


def _pager() -> list[str]:
    """Return the pager's words; none when it is `cat`, nothing, or not installed."""
    words = shlex.split(os.environ.get("PAGER", "less"))
    is_there = bool(words) and words[0] != "cat" and shutil.which(words[0]) is not None
    return words if is_there else []


def _run(pager: list[str], text: str) -> None:
    # Ctrl-C is the pager's: it ends what the pager is doing, not the pager.
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        environment = {"LESS": _LESS, **os.environ}
        subprocess.run(  # noqa: S603 (the program that the user has chosen)
            pager, input=text.encode(), env=environment, check=False
        )
    finally:
        signal.signal(signal.SIGINT, usual)
