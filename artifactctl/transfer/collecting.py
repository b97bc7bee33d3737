"""From the paths that a user gave to the regular files that become a version; none is read yet."""

import os
import stat
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress

from artifactctl.enums import VersionKind
from artifactctl.errors import InvalidInputError, NotFoundError, UnsafeError
from artifactctl.member_paths import are_safe, check_member_path, is_reserved_on_windows
from artifactctl.selection import Selection
from artifactctl.suggestions import did_you_mean, nearest
from artifactctl.transfer.paths import check_path
from artifactctl.transfer.pipes import has_name, is_pipe, not_read
from artifactctl.transfer.source_files import SourceFile, SourceFiles, source_of
from artifactctl.url_text import without_secrets

STDIN = "-"
_SHOWN = 5
_AT_ONCE = 1000  # files of a folder whose statuses are in memory


@dataclass(frozen=True, slots=True)
class Collected:
    """The files that a version will have, and notes for the user."""

    kind: VersionKind
    files: SourceFiles
    notes: tuple[str, ...] = ()

    @property
    def size_bytes(self) -> int:
        """The sum of the sizes that are known."""
        return sum(self.files.columns.sizes)


@dataclass(frozen=True, slots=True)
class CollectOptions:
    """How trees are read: selected paths, whether links may point out, artifactctl's own files.

    `read_pipes`: a pipe that the user names is read to its end; pipes in folders are refused.
    """

    selection: Selection = field(default_factory=Selection)
    follow_links: bool = False
    stdin_name: str = "data"
    own: Collection[str] = ()
    read_pipes: bool = False


def collect(paths: Sequence[str], options: CollectOptions) -> Collected:
    """Find the files of `paths`: one file, one folder's contents, or several by base name.

    Raises `NotFoundError` for a path that does not exist, `UnsafeError` for a special file or a
    link out of its tree, and one for all names that are not allowed, `InvalidInputError` when two
    files share a name or no file is selected.
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
    return Collected(kind, walk.files, tuple(walk.notes()))


def _is_folder(path: str) -> bool:
    return path != STDIN and stat.S_ISDIR(_stat(path).st_mode)


def _hint_at_path(path: str) -> str:
    """Return what to do about a path that does not exist."""
    if "://" in path:
        return "give --link to record a URL"
    if any(char in path for char in "*?["):
        return "name its folder, with --include for the pattern"
    folder, name = os.path.split(path)
    try:
        near = did_you_mean(nearest(name, os.listdir(folder or ".")))
    except OSError:
        return f"there is no folder {folder!r}" if folder else "check the spelling"
    return near or "check the spelling"


def _stat(path: str) -> os.stat_result:
    try:
        return os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        hint = _hint_at_path(path)
        shown = without_secrets(path)
        raise NotFoundError(f"path {shown!r} does not exist", hint=hint) from None


class _Walk:
    """Collects files; walks with a stack, since trees may be deeper than Python recurses."""

    def __init__(self, options: CollectOptions) -> None:
        self.files = SourceFiles()
        self._options = options
        self._own = {os.path.realpath(path) for path in options.own}
        self._selects_all = not (options.selection.include or options.selection.exclude)
        self._names: set[str] = set()
        self._empty: list[str] = []
        self._skipped: list[str] = []
        self._bad: list[UnsafeError] = []
        self._reserved: list[str] = []

    def notes(self) -> list[str]:
        """Notes about paths that were left out although the user did not exclude them."""
        notes = []
        if self._empty:
            notes.append(f"left out empty folders: {_some(self._empty)}")
        if self._skipped:
            notes.append(f"left out artifactctl's own data: {_some(self._skipped)}")
        if self._reserved:
            notes.append(f"these file names are not valid on Windows: {_some(self._reserved)}")
        return notes

    def check_names(self) -> None:
        """Raise one error for all file names that are not allowed."""
        if len(self._bad) == 1:
            raise self._bad[0]
        if self._bad:
            raise UnsafeError(
                f"{len(self._bad)} files have names that are not allowed",
                hint=self._bad[0].hint,
                details=[error.message for error in self._bad],
            )

    def _are_good(self, members: Sequence[str]) -> bool:
        """Whether all names are allowed; notes those that are not, or not on Windows."""
        if is_reserved_on_windows("/".join(members)):
            self._reserved += filter(is_reserved_on_windows, members)
        if are_safe(members):
            return True
        for member in members:
            try:
                check_member_path(member)
            except UnsafeError as error:
                self._bad.append(error)
        return False

    def _add(self, file: SourceFile) -> None:
        if self._are_good([file.member]):
            self.files.add(file)

    def check_not_own(self, path: str) -> None:
        """Refuse a path among artifactctl's own data: it changes with every registered version."""
        real = os.path.realpath(path)
        if path != STDIN and any(real == own or real.startswith(f"{own}/") for own in self._own):
            raise UnsafeError(
                f"{path!r} is among artifactctl's own data", hint="register the original files"
            )

    def add_top(self, path: str) -> None:
        """Add a path that the user named, under its base name."""
        is_stdin = path == STDIN
        is_read = self._options.read_pipes and not is_stdin and is_pipe(path)
        is_named = has_name(path) if is_read else not is_stdin
        name = os.path.basename(os.path.abspath(path)) if is_named else self._options.stdin_name
        if "/" in name or not name:
            raise InvalidInputError(f"{name!r} is not a valid file name")
        if name in self._names:
            raise InvalidInputError(
                f"two paths have the same name {name!r}",
                hint="register the folder that contains them",
            )
        self._names.add(name)
        if is_stdin:
            self._add(SourceFile(name, None))
        elif is_read:
            self._add(SourceFile(name, None, pipe=path))
        elif is_pipe(path):
            raise not_read(path)
        elif _is_folder(path):
            self.add_folder(path, name + "/")
        else:
            # A link that the user names is followed: naming it says so.
            self._add_file(os.path.realpath(path), name)

    def add_folder(self, path: str, prefix: str) -> None:
        """Add all files below a folder; members' paths start with `prefix`."""
        root = os.path.realpath(path)
        pending = [self._listed(root, prefix, (), path)]
        while pending:
            folder = pending[-1]
            for names in folder.parts:
                if not names[-1].endswith("/"):
                    self._add_files(folder, names)
                elif (below := self._below(folder, names[-1], root)) is not None:
                    pending.append(below)
                    break
            else:
                pending.pop()

    def _listed(self, path: str, inside: str, above: tuple[str, ...], shown: str) -> "_Folder":
        with os.scandir(path) as entries:
            # With the slash they sort as the paths of what is in them.
            found = [
                entry.name if entry.is_file(follow_symlinks=False) else _marked(entry)
                for entry in entries
            ]
        if not found:
            self._empty.append(inside.rstrip("/") or shown)
        found.sort()
        return _Folder(path.rstrip("/"), inside, (*above, path), _parts_of(found))

    def _below(self, folder: "_Folder", name: str, root: str) -> "_Folder | None":
        """A folder in another one, or that a link there leads to; None if it is left out."""
        member = folder.inside + name[:-1]
        if self._options.selection.leaves_out(member):
            return None
        real = f"{folder.path}/{name[:-1]}"
        if os.path.islink(real):
            real = self._follow(real, member, root)
        if real in self._own:
            self._skipped.append(member)
            return None
        if real in folder.above:
            raise UnsafeError(
                f"link {member!r} makes a cycle: it points to a folder above it",
                hint="leave it out with --exclude",
            )
        return self._listed(real, member + "/", folder.above, member)

    def _add_files(self, folder: "_Folder", names: Sequence[str]) -> None:
        """Add files of a folder, and files that links there lead to."""
        selection, start = self._options.selection, f"{folder.path}/"
        if not self._selects_all:
            names = [name for name in names if not selection.leaves_out(folder.inside + name)]
        found = [os.lstat(start + name) for name in names]
        own = [path.removeprefix(start) for path in self._own if path.startswith(start)]
        modes = {each.st_mode for each in found}  # few, so that each is looked at once
        if all(map(stat.S_ISREG, modes)) and set(own).isdisjoint(names):
            self._add_plain(folder, names, found)
            return
        for name, each in zip(names, found, strict=True):
            real, member = start + name, folder.inside + name
            if stat.S_ISLNK(each.st_mode):
                real = self._follow(real, member, folder.above[0])
            if real in self._own:
                self._skipped.append(member)
            else:
                self._add_file(real, member)

    def _add_plain(
        self, folder: "_Folder", names: Sequence[str], found: Sequence[os.stat_result]
    ) -> None:
        """Add regular files of a folder."""
        members = [folder.inside + name for name in names]
        if not self._selects_all:
            is_taken = [self._options.selection.selects(member) for member in members]
            members, found = list(compress(members, is_taken)), list(compress(found, is_taken))
        if members and self._are_good(members):
            self.files.add_some(members, folder.path, found)

    def _follow(self, path: str, member: str, root: str) -> str:
        real = os.path.realpath(path)
        if not os.path.exists(real):
            raise UnsafeError(
                f"link {member!r} is broken: its target does not exist",
                hint="leave it out with --exclude",
            )
        is_inside = real == root or real.startswith(root.rstrip("/") + "/")
        if not is_inside and not self._options.follow_links:
            raise UnsafeError(
                f"link {member!r} points out of its folder, to {real!r}",
                hint="leave it out with --exclude, or give --follow-links",
            )
        return real

    def _add_file(self, path: str, member: str) -> None:
        if not self._options.selection.selects(member):
            return
        found = os.stat(path, follow_symlinks=False)
        if not stat.S_ISREG(found.st_mode):
            raise not_read(path)
        executable = bool(found.st_mode & stat.S_IXUSR)
        self._add(SourceFile(member, source_of(path, found), executable))


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder that is walked: its path, the members' path, the folders above, what is to come.

    `above` begins with the root of the walk and ends with the folder itself.
    """

    path: str
    inside: str
    above: tuple[str, ...]
    parts: Iterator[list[str]]


def _marked(entry: "os.DirEntry[str]") -> str:
    """The name of an entry; that of a folder, or of a link to one, ends with a slash."""
    # A link to itself raises an error of `is_dir`.
    is_folder = os.path.isdir(entry.path) if entry.is_symlink() else entry.is_dir()
    return f"{entry.name}/" if is_folder else entry.name


def _parts_of(names: Sequence[str]) -> Iterator[list[str]]:
    """Names of files, some at once, and those of folders, which end with a slash, one by one."""
    start = 0
    for place in [*(place for place, name in enumerate(names) if name[-1] == "/"), len(names)]:
        for first in range(start, place, _AT_ONCE):
            yield list(names[first : min(first + _AT_ONCE, place)])
        if place < len(names):
            yield [names[place]]
        start = place + 1


def _some(names: Sequence[str]) -> str:
    rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + rest
