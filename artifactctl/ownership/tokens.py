"""Tokens: random secrets that a home and the user's data folder share, to recognise own homes.

The home has its token in a file, with the path that it was given for. The user's data folder has,
under a hash of the home's path, the same token and the catalogs that were made in that home. An
archive or a repository cannot bring a token that the user's data folder knows.
"""

import errno
import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from artifactctl import drafts
from artifactctl.durable import make_folder, sync_folder
from artifactctl.regular_files import open_regular

TOKEN_FILE = "token"  # noqa: S105 (a name)
HOMES_FOLDER = "homes"

_TOKEN_BYTES = 16
_TOKEN = re.compile(r"[0-9a-f]{32}")
_MOST_BYTES = 64 << 10
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def user_data_folder() -> Path:
    """Where this user's data of artifactctl is, an absolute path; it need not exist.

    On Linux it is what platformdirs says, by the XDG Base Directory Specification
    (https://specifications.freedesktop.org/basedir-spec/latest/), without loading it: every
    listing in a home that was found asks, and loading it costs a fifth of a listing. Relative
    paths are ignored, as the specification says: whether a home is the user's own must not depend
    on the working directory. Raises `FileNotFoundError` when this user has no home folder.
    """
    if os.uname().sysname == "Linux":
        folder = _by_specification("XDG_DATA_HOME", "~/.local/share")
    else:
        from platformdirs import user_data_path  # noqa: PLC0415 (see above)

        folder = user_data_path("artifactctl", appauthor=False)
    if not folder.is_absolute():
        reason = "HOME is not set, so you have no data folder; name a home with --home"
        raise FileNotFoundError(errno.ENOENT, reason, str(folder))
    return folder


def user_cache_folder() -> Path | None:
    """Where this user's cache is by default, found as `user_data_folder`; None for nowhere."""
    if os.uname().sysname == "Linux":
        folder = _by_specification("XDG_CACHE_HOME", "~/.cache")
    else:
        from platformdirs import user_cache_path  # noqa: PLC0415 (as above)

        folder = user_cache_path("artifactctl", appauthor=False)
    return folder if folder.is_absolute() else None


def _by_specification(variable: str, default: str) -> Path:
    base = os.environ.get(variable, "").strip()
    return Path(base if os.path.isabs(base) else os.path.expanduser(default), "artifactctl")


def token_of(home: Path) -> tuple[str, Path | None]:
    """A home's token, and the path that it was given for (None in tokens of older versions).

    Raises `OSError` or `ValueError` when it has no token, or the file is not this user's.
    """
    token, _, place = _read(home / TOKEN_FILE).partition("\n")
    return token, Path(place) if place else None


def known_of(home: Path) -> tuple[str, Sequence[str]]:
    """The token that the user's data folder has for a home, and the lines noted with it.

    Raises `OSError` or `ValueError` when it has none.
    """
    token, *lines = _read(_place_of(home)).split("\n")
    if _TOKEN.fullmatch(token) is None:
        raise ValueError(f"no token is known of {home}")
    return token, lines


def is_known(home: Path) -> bool:
    """Whether a home has the token that the user's data folder has for it."""
    with suppress(OSError, ValueError):
        return known_of(home)[0] == token_of(home)[0]
    return False


def secret_of(home: Path) -> str | None:
    """The token that the user's data folder has for a home: what nobody else knows; or None."""
    with suppress(OSError, ValueError):
        return known_of(home)[0]
    return None


def give_token(home: Path) -> None:
    """Write a token into a home that is empty or does not exist yet, and into the user's folder.

    Several processes may do so at once. Raises `OSError` where it cannot be written.
    """
    # Durable in the user's folder first: after a crash in between, a home with a token that the
    # user's folder lacks would count as foreign for ever.
    token = _need_known_token(home)
    make_folder(str(home))
    # A process that was first has written the same token. Any other one makes the home foreign.
    with suppress(FileExistsError):
        drafts.write_new(home / TOKEN_FILE, _with_place(token, home))
    sync_folder(str(home))


def note(home: Path, line: str) -> None:
    """Add a line to the token that the user's data folder has for a home, durably."""
    if line in known_of(home)[1]:
        return
    flags = os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(_place_of(home), flags)
    try:
        os.write(descriptor, f"\n{line}".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_token(home: Path, lines: Sequence[str], *, in_home: bool) -> None:
    """Give a home a new token with these lines; with `in_home`, write it into the home, too."""
    place, token = _place_of(home), os.urandom(_TOKEN_BYTES).hex()
    _check_not_for_root(place)
    make_folder(str(place.parent))
    _replace(place, "\n".join([token, *lines]).encode())
    if in_home:
        _replace(home / TOKEN_FILE, _with_place(token, home))


def folders_of_tokens(home: Path) -> Iterator[Path]:
    """The folders in which tokens are: the home, and one of the user who has a home folder."""
    yield home
    with suppress(FileNotFoundError):
        yield user_data_folder() / HOMES_FOLDER


def key_of(path: Path) -> str:
    """A hash that stands for a path, with links resolved."""
    # Loading it takes five milliseconds, and a home that the user has named is read without it.
    import hashlib  # noqa: PLC0415

    return hashlib.sha256(os.fsencode(os.path.realpath(path))).hexdigest()


def is_private(found: os.stat_result, is_kind: Callable[[int], bool]) -> bool:
    """Whether a file is of a kind, belongs to the effective user, and only they can write to it."""
    is_mine = found.st_uid == os.geteuid()
    return is_mine and is_kind(found.st_mode) and not is_writable_by_others(found)


def is_writable_by_others(found: os.stat_result) -> bool:
    """Whether the mode lets users other than the owner write."""
    return bool(found.st_mode & _WRITABLE_BY_OTHERS)


def _place_of(home: Path) -> Path:
    """The file in the user's data folder that has a home's token."""
    return user_data_folder() / HOMES_FOLDER / key_of(home)


def _need_known_token(home: Path) -> str:
    """The token that the user's data folder has for a home; a new one, durably, when it has none.

    An existing one is of a home that was removed from this path, or of a process that claims the
    home at this moment: both then write the same token.
    """
    place = _place_of(home)
    with suppress(FileNotFoundError):
        return known_of(home)[0]
    _check_not_for_root(place)
    make_folder(str(place.parent))
    with suppress(FileExistsError):
        drafts.write_new(place, os.urandom(_TOKEN_BYTES).hex().encode())
    sync_folder(str(place.parent))
    return known_of(home)[0]


def _check_not_for_root(place: Path) -> None:
    """Raise `PermissionError` where root would make folders that the user cannot write to later.

    Some configurations of `sudo` keep the user's HOME.
    """
    existing = next(folder for folder in place.parents if folder.exists())
    if os.geteuid() == 0 and existing.stat().st_uid != 0:
        raise PermissionError(f"{existing} belongs to another user")


def _replace(path: Path, content: bytes) -> None:
    """Write a file atomically and durably; a link there is replaced, not followed."""
    drafts.replace(path, content)
    sync_folder(str(path.parent))


def _with_place(token: str, home: Path) -> bytes:
    return f"{token}\n{os.path.realpath(home)}".encode(errors="surrogateescape")


def _read(path: Path) -> str:
    """The text of a small file; raises `OSError` or `ValueError` unless it is this user's."""
    descriptor = open_regular(path)
    try:
        if not is_private(os.fstat(descriptor), stat.S_ISREG):
            raise PermissionError(f"{path} is not private")
        return os.read(descriptor, _MOST_BYTES).decode(errors="surrogateescape")
    finally:
        os.close(descriptor)
