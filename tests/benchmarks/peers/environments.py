"""The other programs, each in an environment of its own, made on demand."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ENVIRONMENTS = Path(__file__).parents[3] / ".venv-peers"
# The resolver of older ones takes minutes where a newer one takes seconds.
_INSTALLER = "pip>=25.1"
_INSTALL_TIMEOUT_S = 1200


@dataclass(frozen=True)
class Peer:
    """A program: what has to be installed for it, and the command that it then has.

    With `on_path`, one that is no Python package or does not install is looked for there; the words
    after its command there make it say its version.
    """

    name: str
    command: str
    requirements: Sequence[str] = ()
    on_path: str = ""


PEERS: Mapping[str, Peer] = {
    peer.name: peer
    for peer in (
        Peer("zenml", "zenml", ("zenml[local]>=0.98,<0.99", "pandas>=2", "pyarrow>=15")),
        Peer("mlflow", "mlflow", ("mlflow>=3.17,<3.18",)),
        Peer("lamindb", "lamin", ("lamindb>=2.12,<3", "pandas>=2", "pyarrow>=15")),
        Peer("dvc", "dvc", ("dvc>=3.67,<4",)),
        Peer("restic", "restic", on_path="version"),
        Peer("borg", "borg", ("borgbackup>=1.4,<1.5",), on_path="--version"),
    )
}


class SkippedError(Exception):
    """A program that cannot be measured here, and why."""


def installed(peer: Peer, folder: Path = ENVIRONMENTS) -> Path:
    """The command of a program; raises SkippedError with the reason why there is none."""
    try:
        if not peer.requirements:
            raise SkippedError("it is no Python package")
        return _environment(peer, folder / peer.name) / "bin" / peer.command
    except SkippedError as reason:
        if peer.on_path and (found := shutil.which(peer.command)):
            return Path(found)
        missing = f", and {peer.command} is not on PATH" if peer.on_path else ""
        raise SkippedError(f"{reason}{missing}") from None


def version_of(peer: Peer, command: Path) -> str:
    """The version of what `installed` has found."""
    if peer.on_path:  # such as "borg 1.4.5", "restic 0.14.0 compiled with"
        return _run(str(command), peer.on_path).split()[1]
    code = f"import importlib.metadata as m; print(m.version({peer.name!r}))"
    return _run(str(command.with_name("python")), "-c", code).strip()


def _environment(peer: Peer, folder: Path) -> Path:
    ready = folder / ".ready"
    wanted = "\n".join(peer.requirements)
    if ready.is_file() and ready.read_text() == wanted:
        return folder
    print(f"installing {' '.join(peer.requirements)}", file=sys.stderr, flush=True)
    python = str(folder / "bin" / "python")
    install = (python, "-m", "pip", "install", "--quiet", "--prefer-binary")
    _run(sys.executable, "-m", "venv", "--clear", str(folder))
    try:
        _run(*install, "--upgrade", _INSTALLER)
        _run(*install, *peer.requirements)
    except SkippedError:
        shutil.rmtree(folder)
        raise
    ready.write_text(wanted)
    return folder


def _run(*words: str) -> str:
    # What is compiled on installing need not be when it is measured.
    environment = {**os.environ}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, env=environment, timeout=_INSTALL_TIMEOUT_S
        )
    except subprocess.TimeoutExpired:
        raise SkippedError(f"{words[0]} took more than {_INSTALL_TIMEOUT_S} s") from None
    if done.returncode:
        raise SkippedError(reason_of(done.stderr or done.stdout))
    return done.stdout


def reason_of(output: str) -> str:
    """The line of an error that says most: the last that names an error, or the last."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    named = [line for line in lines if "error" in line.lower()]
    return ([*lines, *named] or ["it said nothing"])[-1][:200]
