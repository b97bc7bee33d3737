"""What a download will write, decided before anything is written."""

import os
import stat
from collections.abc import Collection
from dataclasses import dataclass

from artifactctl.durable import part_name
from artifactctl.enums import DownloadMode, VersionKind
from artifactctl.errors import ConflictError, NotFoundError, UnsafeError, WrongUsageError
from artifactctl.manifest import Entry, Manifest
from artifactctl.selection import Selection

STDOUT = "-"
_ZIP = ".zip"


@dataclass(frozen=True, slots=True)
class DownloadOptions:
    """How a download is to be made; `jobs` counts files copied at the same time."""

    selection: Selection
    as_zip: bool = False
    force: bool = False
    mode: DownloadMode = DownloadMode.COPY
    jobs: int = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """The files of a download and where they go.

    `target` is an absolute path, or `STDOUT`; `is_folder` and `as_zip` say what it becomes.
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
        """Where the download is until it is complete: beside its target when that can be.

        A target that is another file system's top, or in a folder that cannot be written, has
        it inside.
        """
        folder, name = os.path.split(self.target)
        if self.is_folder and os.path.isdir(self.target):
            is_mount = os.stat(self.target).st_dev != os.stat(folder).st_dev
            if is_mount or not os.access(folder, os.W_OK):
                folder = self.target
        return os.path.join(folder, part_name(name))


def plan(manifest: Manifest, name: str, dest: str | None, options: DownloadOptions) -> Plan:
    """Decide what `dest` means for this version; nothing is touched.

    `name` is the artifact's. Raises `WrongUsageError` for options that do not go together,
    `NotFoundError` when no file is selected.
    """
    entries = tuple(entry for entry in manifest.entries if options.selection.selects(entry.path))
    if not entries:
        raise NotFoundError("no file of this version is selected", hint="see --include, --exclude")
    if manifest.link is not None and options.mode is not DownloadMode.COPY:
        raise WrongUsageError(
            f"--mode {options.mode.value} does not go with linked data", hint="use --mode copy"
        )
    if dest == "":
        raise WrongUsageError("the destination is empty", hint="name a file or folder")
    is_file = manifest.kind is VersionKind.FILE
    own_name = os.path.basename(entries[0].path) if is_file else name
    as_zip = options.as_zip or _asks_for_zip(dest, own_name, is_file=is_file)
    if dest == STDOUT:
        _check_stdout(entries, options)
        return Plan(manifest, entries, STDOUT, is_folder=False, as_zip=False, options=options)
    if as_zip and options.mode is not DownloadMode.COPY:
        raise WrongUsageError(f"--mode {options.mode.value} does not go with a zip file")
    target = _target(dest, own_name, is_one_file=is_file or as_zip, as_zip=as_zip)
    return Plan(manifest, entries, target, not (is_file or as_zip), as_zip, options)


def check_not_own(plan: Plan, own: Collection[str]) -> None:
    """Raise `UnsafeError` when the download would write into artifactctl's own data.

    `own` are the paths of the home, the store and the catalog.
    """
    if plan.is_folder:
        targets = [os.path.join(plan.target, entry.path) for entry in plan.entries]
    else:
        targets = [plan.target]
    for path in map(os.path.realpath, own):
        for target in (plan.target, *targets):
            if target == path or target.startswith(path.rstrip("/") + "/"):
                raise UnsafeError(
                    f"{target} is among artifactctl's own data", hint="name another destination"
                )


def check_target(plan: Plan) -> None:
    """Raise `ConflictError` when the download would overwrite what it may not."""
    try:
        found = os.stat(plan.target, follow_symlinks=plan.is_folder)
    except FileNotFoundError:
        if os.path.islink(plan.target):
            raise ConflictError(
                f"{plan.target} is a link to nothing", hint="name another destination"
            ) from None
        return
    is_folder = stat.S_ISDIR(found.st_mode)
    if is_folder != plan.is_folder:
        kind = "folder" if is_folder else "file"
        raise ConflictError(f"{plan.target} is a {kind}", hint="name another destination")
    if plan.options.force:
        return
    if not is_folder:
        raise ConflictError(
            f"{plan.target} exists already", hint="give --force, or another destination"
        )
    part = os.path.basename(plan.part)
    if any(name != part for name in os.listdir(plan.target)):
        raise ConflictError(
            f"{plan.target} is not empty", hint="give --force, or another destination"
        )


def _asks_for_zip(dest: str | None, own_name: str, *, is_file: bool) -> bool:
    # A file that is a zip already is what a destination with that ending asks for.
    is_zip_itself = is_file and own_name.lower().endswith(_ZIP)
    return dest is not None and dest.lower().endswith(_ZIP) and not is_zip_itself


def _check_stdout(entries: tuple[Entry, ...], options: DownloadOptions) -> None:
    if options.as_zip or options.mode is not DownloadMode.COPY:
        raise WrongUsageError("standard output takes a file as it is", hint="name a destination")
    if len(entries) > 1:
        raise WrongUsageError(
            f"this version has {len(entries)} files and standard output takes one",
            hint="choose one with --include, or name a folder",
        )


def _target(dest: str | None, own_name: str, *, is_one_file: bool, as_zip: bool) -> str:
    if as_zip and not own_name.lower().endswith(_ZIP):
        own_name += _ZIP
    path = own_name if dest is None else dest
    if dest is not None and is_one_file and (os.path.isdir(dest) or dest.endswith("/")):
        path = os.path.join(dest, own_name)
    # The folder may be reached through links, the last part is taken as it is.
    absolute = os.path.abspath(path)
    if not is_one_file and os.path.isdir(absolute):
        return os.path.realpath(absolute)
    folder, name = os.path.split(absolute)
    return os.path.join(os.path.realpath(folder), name)
