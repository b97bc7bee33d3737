"""What the figures were measured on."""

import datetime
import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path


def facts(folder: Path) -> Mapping[str, str]:
    """The machine, its system, and the file system that `folder` lies on."""
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "processor": _processor(),
        "cores": str(_cores()),
        "memory": _memory(),
        "disk": _disk(folder),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def load() -> float:
    """How many processes wanted a core in the last minute."""
    return os.getloadavg()[0]


def _processor() -> str:
    for line in _lines("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _memory() -> str:
    size_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{size_bytes / (1 << 30):.0f} GiB"


def _disk(folder: Path) -> str:
    """The type of a folder's file system; not the device, whose name may be somebody's."""
    found, longest = "unknown", -1
    for line in _lines("/proc/mounts"):
        _, point, kind, *_ = line.split()
        if folder.resolve().is_relative_to(point) and len(point) >= longest:
            found, longest = kind, len(point)
    return found


def commit() -> str:
    """The commit that is measured, with a plus when files differ from it."""
    root = Path(__file__).parents[3]

    def git(*words: str) -> str:
        done = subprocess.run(("git", *words), cwd=root, capture_output=True, text=True)
        return done.stdout.strip() if done.returncode == 0 else ""

    return git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain") else "")


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
