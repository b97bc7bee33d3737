"""From paths that a user named to the regular files that they mean; nothing is read yet."""

import os
import re
import stat
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from artifactctl.enums import VersionKind
from artifactctl.errors import InvalidInputError, NotFoundError, UnsafeError
from artifactctl.manifest import check_member_path, is_reserved_on_windows
from artifactctl.selection import Selection
from artifactctl.settings import without_secrets
from artifactctl.store import Source
from artifactctl.transfer.paths import check_path

STDIN = "-"
_SHOWN = 5
# How a process names what it was given without a name: `<(command)`, `/dev/stdin`.
_OF_THE_PROCESS = re.compile("/dev/(fd/[0-9]+|stdin)$|/proc/[^/]+/fd/[0-9]+$")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file that is to become a member of a version.

    One without a `source` is read as it comes: from the `pipe` at that path, or standard input.
    """

    member: str
    source: Source | None
    executable: bool = False
    pipe: str | None = None


@dataclass(frozen=True, slots=True)
class Collected:
    """What a version is to consist of, and what the user should know about it."""

    kind: VersionKind
    files: tuple[SourceFile, ...]
    notes: tuple[str, ...] = ()

    @property
    def size_bytes(self) -> int:
        """The sum of the sizes that are known."""
        return sum(file.source.size_bytes for file in self.files if file.source)


@dataclass(frozen=True, slots=True)
class CollectOptions:
    """How trees are read: which paths, whether links may lead out, what is artifactctl's own.

    `read_pipes`: a pipe that is named is read to its end; pipes in folders never are.
    """

    selection: Selection = field(default_factory=Selection)
    follow_links: bool = False
    stdin_name: str = "data"
    own: Collection[str] = ()
    read_pipes: bool = False


def collect(paths: Sequence[str], options: CollectOptions) -> Collected:
    """Find the files of `paths`: one file, one folder's contents, or several by base name.

    Raises `NotFoundError` for a path that is not there, `UnsafeError` for what is no regular
    file or leads out of its tree, and one for all names that cannot be kept, `InvalidInputError`
    when two share a name or none is left.
    """
    walk = _Walk(options)
    for path in paths:
        check_path(path)
        walk.check_not_own(path)
    if len(paths) == 1 and paths[0] != STDIN and _is_folder(paths[0]):
        walk.add_folder(paths[0], "")
        kind = VersionKind.FOLDER
    else:
        for path in paths:
            walk.add_top(path)
        kind = VersionKind.FILE if len(paths) == 1 else VersionKind.FOLDER
        if len(paths) == 1 and _is_folder(paths[0]):
            kind = VersionKind.FOLDER
    walk.check_names()
    if not walk.files:
        is_filtered = options.selection.include or options.selection.exclude
        raise InvalidInputError(
            f"no file in {', '.join(paths)}" + (" matches the patterns" if is_filtered else ""),
            hint="see --include and --exclude" if is_filtered else "name at least one file",
        )
    return Collected(kind, tuple(walk.files), tuple(walk.notes()))


def is_pipe(path: str) -> bool:
    """Whether a path is a pipe: a FIFO, or one of this process's own such as `/dev/fd/63`."""
    return path != STDIN and os.path.exists(path) and stat.S_ISFIFO(os.stat(path).st_mode)


def _is_folder(path: str) -> bool:
    return path != STDIN and stat.S_ISDIR(_stat(path).st_mode)


def _stat(path: str) -> os.stat_result:
    try:
        return os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        hint = "give --link to record a URL" if "://" in path else "check the spelling"
        shown = without_secrets(path)
        raise NotFoundError(f"path {shown!r} does not exist", hint=hint) from None


class _Walk:
    """Gathers files; folders are walked with a list of what is left, not by recursion."""

    def __init__(self, options: CollectOptions) -> None:
        self.files: list[SourceFile] = []
        self._options = options
        self._own = {os.path.realpath(path) for path in options.own}
        self._names: set[str] = set()
        self._empty: list[str] = []
        self._skipped: list[str] = []
        self._bad: list[UnsafeError] = []

    def notes(self) -> list[str]:
        """What was left out without being asked to."""
        notes = []
        if self._empty:
            notes.append(f"left out empty folders: {_some(self._empty)}")
        if self._skipped:
            notes.append(f"left out artifactctl's own data: {_some(self._skipped)}")
        reserved = [file.member for file in self.files if is_reserved_on_windows(file.member)]
        if reserved:
            notes.append(f"Windows cannot have files of these names: {_some(reserved)}")
        return notes

    def check_names(self) -> None:
        """Raise one error for all names that cannot be kept."""
        if len(self._bad) == 1:
            raise self._bad[0]
        if self._bad:
            raise UnsafeError(
                f"{len(self._bad)} files have names that cannot be kept",
                hint=self._bad[0].hint,
                details=[error.message for error in self._bad],
            )

    def _checked(self, member: str) -> str:
        try:
            return check_member_path(member)
        except UnsafeError as error:
            self._bad.append(error)
            return member

    def check_not_own(self, path: str) -> None:
        """Refuse a path among artifactctl's own data: it changes with every version made."""
        real = os.path.realpath(path)
        if path != STDIN and any(real == own or real.startswith(f"{own}/") for own in self._own):
            raise UnsafeError(
                f"{path!r} is among artifactctl's own data", hint="register what it was made from"
            )

    def add_top(self, path: str) -> None:
        """Take a path that the user named, under its base name."""
        is_stdin = path == STDIN
        is_read = self._options.read_pipes and is_pipe(path)
        has_no_name = is_stdin or (is_read and _OF_THE_PROCESS.match(os.path.abspath(path)))
        name = os.path.basename(os.path.abspath(path))
        name = self._options.stdin_name if has_no_name else name
        if "/" in name or not name:
            raise InvalidInputError(f"{name!r} is not a file name")
        if name in self._names:
            raise InvalidInputError(
                f"two paths are called {name!r}", hint="register the folder that holds them"
            )
        self._names.add(name)
        if is_stdin:
            self.files.append(SourceFile(self._checked(name), None))
        elif is_read:
            self.files.append(SourceFile(self._checked(name), None, pipe=path))
        elif is_pipe(path):
            raise _irregular(path)
        elif _is_folder(path):
            self.add_folder(path, name + "/")
        else:
            # A link that the user named is meant to be followed.
            self._add_file(os.path.realpath(path), name)

    def add_folder(self, path: str, prefix: str) -> None:
        """Take all below a folder; members' paths start with `prefix`."""
        root = os.path.realpath(path)
        pending: list[tuple[str, str, tuple[str, ...]]] = [(root, prefix, (root,))]
        while pending:
            folder, inside, above = pending.pop()
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
            if not found:
                self._empty.append(inside.rstrip("/") or path)
            for entry in found:
                member = inside + entry.name
                if self._options.selection.leaves_out(member):
                    continue
                real = entry.path
                if entry.is_symlink():
                    real = self._follow(entry.path, member, root)
                if real in self._own:
                    self._skipped.append(member)
                elif os.path.isdir(real) if entry.is_symlink() else entry.is_dir():
                    if real in above:
                        raise UnsafeError(f"link {member!r} leads back to a folder it is in")
                    pending.append((real, member + "/", (*above, real)))
                else:
                    self._add_file(real, member)

    def _follow(self, path: str, member: str, root: str) -> str:
        real = os.path.realpath(path)
        if not os.path.exists(real):
            raise UnsafeError(f"link {member!r} leads to nothing", hint="leave it out: --exclude")
        is_inside = real == root or real.startswith(root.rstrip("/") + "/")
        if not is_inside and not self._options.follow_links:
            raise UnsafeError(
                f"link {member!r} leads out of its folder, to {real!r}",
                hint="leave it out with --exclude, or give --follow-links",
            )
        return real

    def _add_file(self, path: str, member: str) -> None:
        if not self._options.selection.selects(member):
            return
        found = os.stat(path, follow_symlinks=False)
        if not stat.S_ISREG(found.st_mode):
            raise _irregular(path)
        source = Source(path, found.st_size, found.st_mtime_ns, found.st_ino)
        executable = bool(found.st_mode & stat.S_IXUSR)
        self.files.append(SourceFile(self._checked(member), source, executable))


def _irregular(path: str) -> UnsafeError:
    return UnsafeError(
        f"{path!r} is not a regular file or folder",
        hint="a pipe is read when it is the one PATH, or from standard input: '-'",
    )


def _some(names: Sequence[str]) -> str:
    rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + rest
