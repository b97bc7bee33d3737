"""The completion scripts, and the places where the shells look for them."""

import os
import shlex
from importlib import resources
from pathlib import Path

import shellingham

from artifactctl.enums import Shell
from artifactctl.errors import ConflictError, WrongUsageError

_MARK = "# Completion of artifactctl for "


def script_of(shell: Shell) -> str:
    """Return the completion script for `shell`."""
    name = f"artifactctl.{_known(shell)}"
    return (resources.files(__package__) / name).read_text(encoding="utf-8")


def install(shell: Shell) -> tuple[Shell, Path]:
    """Write the script where `shell` finds it, and a line into its start-up file if needed.

    A second call replaces an older script only. Raises `ConflictError` for a file of that name that
    artifactctl did not make.
    """
    shell = _known(shell)
    home = Path.home()
    path, startup, line = {
        Shell.BASH: _bash_places,
        Shell.ZSH: _zsh_places,
        Shell.FISH: _fish_places,
    }[shell](home)
    _write_script(path, script_of(shell))
    if startup is not None:
        _append_line(startup, line)
    return shell, path


def _known(shell: Shell) -> Shell:
    """Return the shell itself; for `auto` the one that runs the program."""
    if shell is not Shell.AUTO:
        return shell
    try:
        name = shellingham.detect_shell()[0]
    except shellingham.ShellDetectionFailure:
        name = os.path.basename(os.environ.get("SHELL", ""))
    known = [item.value for item in Shell if item is not Shell.AUTO]
    if name not in known:
        raise WrongUsageError(
            f"there is no completion for this shell, {name!r}",
            hint=f"name one of {', '.join(known)}",
        )
    return Shell(name)


_Places = tuple[Path, Path | None, str]


def _bash_places(home: Path) -> _Places:
    path = home / ".bash_completions" / "artifactctl.sh"
    return path, home / ".bashrc", f"source {_quote(path)}"


def _zsh_places(home: Path) -> _Places:
    startup = Path(os.environ.get("ZDOTDIR") or home) / ".zshrc"
    # All programs with Typer's completion share this line.
    line = "fpath+=~/.zfunc; autoload -Uz compinit; compinit"
    return home / ".zfunc" / "_artifactctl", startup, line


def _fish_places(home: Path) -> _Places:
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    return config / "fish" / "completions" / "artifactctl.fish", None, ""


def _quote(path: Path) -> str:
    # It is always quoted, so that the line equals the one that Typer's own completion wrote.
    quoted = shlex.quote(str(path))
    return quoted if quoted.startswith("'") else f"'{path}'"


def _write_script(path: Path, text: str) -> None:
    """Write a script atomically; only an older script of artifactctl is replaced."""
    _check_kind(path)
    if path.exists() and not _is_ours(path.read_bytes()):
        raise ConflictError(
            f"{path} exists and was not made by artifactctl",
            hint="move it away, or put what --show-completion prints where you want it",
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8")
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _check_kind(path: Path) -> None:
    """Raise `ConflictError` unless it is a file: reading a pipe would block forever."""
    if path.exists() and not path.is_file():
        raise ConflictError(f"{path} is not a file", hint="move it away")


def _is_ours(content: bytes) -> bool:
    return _MARK.encode() in content or b"_ARTIFACTCTL_COMPLETE" in content


def _append_line(path: Path, line: str) -> None:
    """Append a line to a user's file, unless the file contains it already."""
    _check_kind(path)
    content = path.read_bytes() if path.exists() else b""
    if line.encode() in content.splitlines():
        return
    separator = b"" if not content or content.endswith(b"\n") else b"\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(separator + line.encode() + b"\n")
