"""The plan of a download, made before anything is written."""

import os
import shlex
import stat
from collections.abc import Collection
from dataclasses import dataclass

from artifactctl.durable import part_name
from artifactctl.enums import DownloadMode, VersionKind
from artifactctl.errors import (
    ConflictError,
    NotFoundError,
    UnsafeError,
    WrongUsageError,
)
from artifactctl.manifest import Entry, Manifest
from artifactctl.own_data import is_own_data
from artifactctl.selection import Selection
from artifactctl.transfer.paths import check_lengths, check_path

STDOUT = "-"
_ZIP = ".zip"
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFREG: "a file",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


@dataclass(frozen=True, slots=True)
class DownloadOptions:
    """Options of a download.

    `jobs` is how many files are copied at the same time; None is what suits the store.
    """

    selection: Selection
    as_zip: bool = False
    force: bool = False
    mode: DownloadMode = DownloadMode.COPY
    jobs: int | None = None


@dataclass(frozen=True, slots=True)
class DownloadPlan:
    """The files of a download and where they go.

    `target` is an absolute path, or `STDOUT`; `is_folder` and `as_zip` tell what is written there.
    """

    manifest: Manifest
    entries: tuple[Entry, ...]
    target: str
    is_folder: bool
    as_zip: bool
    options: DownloadOptions

    @property
    def size_bytes(self) -> int:
        """How many bytes will be written."""
        return sum(entry.size_bytes for entry in self.entries)

    @property
    def part(self) -> str:
        """Where files are written until the download is complete: beside the target if possible.

        It is inside of a target that is a mount point, or lies in a folder that is not writable.
        """
        folder, name = os.path.split(self.target)
        if self.is_folder and os.path.isdir(self.target):
            # A rename cannot cross file systems.
            is_mount = os.stat(self.target).st_dev != os.stat(folder).st_dev
            if is_mount or not os.access(folder, os.W_OK):
                folder = self.target
        return os.path.join(folder, part_name(name))


def plan_download(
    manifest: Manifest, name: str, dest: str | None, options: DownloadOptions
) -> DownloadPlan:
    """Plan the download of a version to `dest`; nothing is written yet.

    `name` is the artifact's. Raises `WrongUsageError` for options that cannot be combined,
    `NotFoundError` when no file is selected, `InvalidInputError` for a name that is too long.
    """
    entries = tuple(entry for entry in manifest.entries if options.selection.selects(entry.path))
    if not entries:
        raise NotFoundError("no file of this version is selected", hint="see --include, --exclude")
    if manifest.link is not None and options.mode is not DownloadMode.COPY:
        raise WrongUsageError(
            f"--mode {options.mode.value} cannot be used for linked data", hint="use --mode copy"
        )
    if dest == "":
        raise WrongUsageError("the destination is empty", hint="name a file or folder")
    check_path(dest or "")
    is_file = manifest.kind is VersionKind.FILE
    own_name = os.path.basename(entries[0].path) if is_file else name
    as_zip = options.as_zip or _asks_for_zip(dest, own_name, is_file=is_file)
    if dest == STDOUT:
        _check_stdout(entries, options)
        return DownloadPlan(
            manifest, entries, STDOUT, is_folder=False, as_zip=False, options=options
        )
    if as_zip and options.mode is not DownloadMode.COPY:
        raise WrongUsageError(
            f"--mode {options.mode.value} cannot be used for a zip file", hint="use --mode copy"
        )
    target = _target(dest, own_name, is_one_file=is_file or as_zip, as_zip=as_zip)
    return DownloadPlan(manifest, entries, target, not (is_file or as_zip), as_zip, options)


def check_not_own(plan: DownloadPlan, own: Collection[str]) -> None:
    """Raise `UnsafeError` when the download would write into artifactctl's own data.

    `own` are the paths of the home, the store and the catalog.
    """
    targets = [plan.target]
    if plan.is_folder:
        targets += [os.path.join(plan.target, entry.path) for entry in plan.entries]
    places = [os.path.realpath(path).rstrip("/") for path in own]
    taken = next((target for target in targets if _is_in(target, places)), None)
    if taken is None and is_own_data(plan.target, own):
        taken = plan.target
    if taken is not None:
        raise UnsafeError(
            f"{taken} is among artifactctl's own data", hint="name another destination"
        )


def check_target(plan: DownloadPlan) -> None:
    """Raise `ConflictError` when the download would overwrite something without `--force`."""
    try:
        found = os.lstat(plan.target)
    except FileNotFoundError:
        return
    if not plan.is_folder:
        check_replaceable(plan.target, is_stdout_better=not plan.as_zip)
        if not plan.options.force:
            raise ConflictError(
                f"{plan.target} exists already", hint="add --force, or name another destination"
            )
        return
    if not stat.S_ISDIR(found.st_mode):
        kind = _KINDS.get(stat.S_IFMT(found.st_mode), "a link")
        raise ConflictError(f"{plan.target} is {kind}", hint="name another destination")
    if plan.options.force:
        return
    part = os.path.basename(plan.part)
    if any(name != part for name in os.listdir(plan.target)):
        raise ConflictError(
            f"folder {plan.target} is not empty", hint="add --force, or name another destination"
        )


def check_replaceable(path: str, *, is_stdout_better: bool = False) -> None:
    """Raise `ConflictError` unless `--force` may replace what is at a path by a file.

    A regular file is replaced, and so is a link, but not a device or a link to one, such as
    /dev/stdout. `is_stdout_better`: the hint then tells how to write to standard output.
    """
    try:
        found = os.lstat(path).st_mode
        if stat.S_ISLNK(found):
            found = os.stat(path).st_mode
            if stat.S_ISDIR(found):
                return
    except OSError:  # nothing is there, or a broken link
        return
    if stat.S_ISREG(found):
        return
    kind = _KINDS.get(stat.S_IFMT(found), "not a regular file")
    hint = "move it away, or name another destination"
    if is_stdout_better and (stat.S_ISFIFO(found) or stat.S_ISCHR(found)):
        hint = f"to write to it, give '-' as the destination and redirect: - > {shlex.quote(path)}"
    raise ConflictError(f"{path} is {kind}", hint=hint)


def _is_in(target: str, places: Collection[str]) -> bool:
    return any(target == place or target.startswith(f"{place}/") for place in places)


def _asks_for_zip(dest: str | None, own_name: str, *, is_file: bool) -> bool:
    # A version that is a zip file itself is downloaded as it is.
    is_zip_itself = is_file and own_name.lower().endswith(_ZIP)
    return dest is not None and dest.lower().endswith(_ZIP) and not is_zip_itself


def _check_stdout(entries: tuple[Entry, ...], options: DownloadOptions) -> None:
    if options.as_zip or options.mode is not DownloadMode.COPY:
        raise WrongUsageError(
            "only a plain file can be written to standard output",
            hint="leave out --zip and --mode, or name a destination",
        )
    if len(entries) > 1:
        raise WrongUsageError(
            f"this version has {len(entries)} files, and standard output takes only one",
            hint="choose one with --include, or name a folder",
        )


def _target(dest: str | None, own_name: str, *, is_one_file: bool, as_zip: bool) -> str:
    if as_zip and not own_name.lower().endswith(_ZIP):
        own_name += _ZIP
    path = own_name if dest is None else dest
    if dest is not None and is_one_file and (os.path.isdir(dest) or dest.endswith("/")):
        path = os.path.join(dest, own_name)
    # Links in the folder's path are resolved; the last part is not, since it may be replaced.
    absolute = os.path.abspath(path)
    check_lengths(absolute)
    if not is_one_file and os.path.isdir(absolute):
        return os.path.realpath(absolute)
    folder, name = os.path.split(absolute)
    return os.path.join(os.path.realpath(folder), name)
