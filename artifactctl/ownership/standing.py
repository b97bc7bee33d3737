"""Whose home is it: this user's own, one that this user has named, or a foreign one.

A home is the user's *own* when this user's artifactctl made it or was told to trust it (see
`tokens`), it belongs to this user, and no other user can write to it. A home that comes with a
repository or an archive, or that was copied to another place, is foreign.
"""

import os
import pwd
import stat
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from artifactctl.drafts import is_draft
from artifactctl.errors import UnsafeError
from artifactctl.ownership import tokens

_SHARED = "shared"
# Does not tell who made a home: `make_home` writes the first; the second lies in the default home.
_IN_EMPTY = {".gitignore", tokens.HOMES_FOLDER}
# Every home has these, unless its settings put them elsewhere.
_PARTS = ("catalog.db", "store")


class Access(Enum):
    """What this program may do with a home."""

    WRITE = "write"
    READ = "read"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Standing:
    """What may be done with a home, and why not more.

    `problem` tells why the home may not be written, or not be used at all; empty for no problem.
    `is_shared`: other users can write to it, and this user has agreed to that.
    """

    access: Access
    problem: str = ""
    is_shared: bool = False


def standing_of(home: Path, *, is_found: bool) -> Standing:
    """What may be done with a home that was found by walking up, or that the user has named.

    A named home is used when it belongs to this user and no other user can write to it. A found
    one must also be the user's own, or still be empty.
    """
    exposure = _exposure_of(home)
    if exposure and _is_agreed_to_be_shared(home):
        return Standing(Access.WRITE, is_shared=True)
    if exposure:
        return Standing(Access.NONE if is_found else Access.READ, exposure)
    if not is_found or tokens.is_known(home) or _is_empty(home):
        return Standing(Access.WRITE)
    return Standing(Access.NONE, _origin_of(home))


def is_own(home: Path, catalog_path: Path | None, store_path: Path | None) -> bool:
    """Whether this user's artifactctl made this catalog, and no other user can change its data.

    Home, catalog and store must belong to the effective user and be writable by no other, whether
    they lie in the home or elsewhere. A path is None for a catalog or a store on a server, which
    others may write to.
    """
    if catalog_path is None or store_path is None:
        return False
    try:
        return (
            tokens.is_known(home)
            and tokens.key_of(catalog_path) in tokens.known_of(home)[1]
            and tokens.is_private(os.stat(home), stat.S_ISDIR)
            and tokens.is_private(os.stat(catalog_path), stat.S_ISREG)
            and tokens.is_private(os.stat(store_path), stat.S_ISDIR)
        )
    except (OSError, ValueError):
        return False


def claim_home(home: Path) -> None:
    """Give a token to a home that is still empty, so that it is the user's own from now on.

    Never raises: a home that cannot be claimed is simply not the user's own. Several processes
    may claim at once.
    """
    with suppress(OSError, ValueError):
        if _is_empty(home) and not _exposure_of(home):
            tokens.give_token(home)


def claim_catalog(home: Path, catalog_path: Path | None) -> None:
    """Note that this user's artifactctl has just made a new catalog in the user's own home.

    Never raises, as `claim_home`.
    """
    with suppress(OSError, ValueError):
        if catalog_path is not None and tokens.is_known(home):
            tokens.note(home, tokens.key_of(catalog_path))


def trust(home: Path, catalog_path: Path | None, *, shared: bool) -> None:
    """Make a foreign home the user's own, because this user says so.

    With `shared` other users may be able to write to the home: then it can be written to, but its
    pickles are not loaded without `allow_pickle`. Raises `UnsafeError` for such a home without
    `shared`, `OSError` when the token cannot be written.
    """
    exposure = _exposure_of(home)
    if exposure and not shared:
        raise UnsafeError(
            f"{home} cannot be trusted: {exposure}",
            hint="change its owner or mode (chown, chmod go-w), or add --shared",
        )
    lines = [] if catalog_path is None else [tokens.key_of(catalog_path)]
    if exposure:
        # Other users of the home can read its token: a shared home is known by owner and inode.
        lines.append(f"{_SHARED} {_identity_of(home)}")
    tokens.replace_token(home, lines, in_home=not exposure)


def original_of(home: Path) -> Path | None:
    """The home that this one is a copy of, if that still exists; else None."""
    with suppress(OSError, ValueError):
        token, place = tokens.token_of(home)
        if place is not None and not _is_same(place, home) and tokens.token_of(place)[0] == token:
            return place
    return None


def owner_of(path: Path) -> str:
    """The name of the user who owns a file or folder; their number when it has no name."""
    try:
        uid = os.stat(path, follow_symlinks=False).st_uid
    except OSError:
        return "nobody"
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def _exposure_of(home: Path) -> str:
    """Why another user could have written to a home, in words; empty when none could."""
    # Who can replace the catalog or the store inside of a home can change what is loaded from it.
    for part in (Path(os.path.realpath(home)), *(home / name for name in _PARTS)):
        try:
            found = os.lstat(part)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            return f"{part} cannot be looked at ({error.strerror})"
        if found.st_uid != os.geteuid():
            return f"{part} belongs to {owner_of(part)}"
        # A link's own mode means nothing, and links are not followed.
        if not stat.S_ISLNK(found.st_mode) and tokens.is_writable_by_others(found):
            return f"others can write to {part}"
    return ""


def _is_agreed_to_be_shared(home: Path) -> bool:
    with suppress(OSError, ValueError):
        return f"{_SHARED} {_identity_of(home)}" in tokens.known_of(home)[1]
    return False


def _identity_of(home: Path) -> str:
    """Owner, device and inode: a folder that is put in its place has other ones."""
    found = os.stat(home)
    return f"{found.st_uid} {found.st_dev} {found.st_ino}"


def _is_empty(home: Path) -> bool:
    """Whether a home does not exist, or is a folder without a catalog or anything else."""
    try:
        return all(name in _IN_EMPTY or is_draft(name) for name in os.listdir(home))
    except FileNotFoundError:
        return not os.path.islink(home)
    except OSError:
        return False


def _origin_of(home: Path) -> str:
    """Where a foreign home seems to come from, in words."""
    with suppress(OSError, ValueError):
        _, place = tokens.token_of(home)
        if place is not None and not _is_same(place, home):
            how = "is a copy of" if original_of(home) else "was moved or copied from"
            return f"it {how} {place}"
    return "this user's artifactctl did not make it"


def _is_same(path: Path, other: Path) -> bool:
    return os.path.realpath(path) == os.path.realpath(other)
