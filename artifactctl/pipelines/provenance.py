"""The origin of a run's code, and the machine on which it runs."""

import getpass
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

from artifactctl.pipelines.ci import ci_facts

# A repository's configuration can make git execute programs: both options prevent that.
_GIT = ("git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
_TIMEOUT_S = 5.0


def run_facts(folder: Path | None) -> dict[str, object]:
    """The recorded facts of the machine, of the code in `folder`, and of the CI job if any."""
    facts: dict[str, Any] = {"environment": _environment_facts()}
    if folder is not None:
        facts["git"] = _git_facts(folder)
    ci = ci_facts(os.environ)
    return {**facts, "ci": ci} if ci else facts


def _environment_facts() -> dict[str, str]:
    """The version of Python, the platform and the user."""
    facts = {"python": platform.python_version(), "platform": platform.platform()}
    try:
        facts["user"] = getpass.getuser()
    except (KeyError, OSError):  # a container without an entry for this user
        facts["user"] = str(os.getuid())
    return facts


def _git_facts(folder: Path) -> dict[str, str | bool]:
    """Commit, branch and whether tracked files differ from HEAD; empty outside of a repository."""
    found = _git(folder, "rev-parse", "HEAD", "--abbrev-ref", "HEAD")
    commit, _, branch = found.partition("\n")
    if not branch:
        return {}
    # Without untracked files: looking for them takes seconds where there is much data.
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return {"commit": commit, "branch": branch, "dirty": bool(changes)}


def folder_of(source: str | None) -> Path:
    """The folder of a source file, or the working directory when there is none."""
    return Path(source).resolve().parent if source and Path(source).exists() else Path.cwd()


def _git(folder: Path, *words: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 (a fixed program and fixed words)
            [*_GIT, *words],
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",  # names of branches may contain any bytes
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
