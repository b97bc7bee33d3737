"""Moving a complete download to its target; only paths of the version are ever replaced.

Without `--force` nothing is replaced at all, not even a file that another program makes between
the check and the move.
"""

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from artifactctl.copying import hash_file
from artifactctl.durable import rename_new, sync_folder
from artifactctl.errors import ConflictError, UnsafeError
from artifactctl.manifest import Entry
from artifactctl.regular_files import open_regular
from artifactctl.transfer.planning import DownloadPlan, check_replaceable, check_target

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def check_unless_begun(plan: DownloadPlan, *, is_begun: bool) -> None:
    """Check the target, but accept one that an interrupted download has begun to fill."""
    try:
        check_target(plan)
    except ConflictError:
        if not is_begun or not os.path.isdir(plan.target) or not _was_being_published(plan):
            raise


def check_tree(plan: DownloadPlan) -> None:
    """Refuse a target that cannot be filled without following a link or removing a folder."""
    if not os.path.lexists(plan.target):  # the usual case, without a look for every file
        return
    for folder in {os.path.dirname(entry.path) for entry in plan.entries} - {""}:
        path = plan.target
        for part in folder.split("/"):
            path = os.path.join(path, part)
            if os.path.lexists(path) and not stat.S_ISDIR(os.lstat(path).st_mode):
                raise UnsafeError(
                    f"{path} is not a folder, and links are not followed", hint="move it away"
                )
    for entry in plan.entries:
        check_replaceable(os.path.join(plan.target, entry.path))


def publish_file(plan: DownloadPlan) -> None:
    """Rename a part that is a file to the target; raises `ConflictError` when that exists."""
    if plan.options.force:
        check_target(plan)
        os.replace(plan.part, plan.target)
        with contextlib.suppress(FileNotFoundError):
            # When both names are hard links to one file, `rename` does nothing and keeps both.
            os.unlink(plan.part)
    else:
        _rename(plan)
    sync_folder(os.path.dirname(plan.target))


def publish_folder(plan: DownloadPlan) -> None:
    """Rename the part to the target; when that is an existing folder, move file by file.

    Raises `ConflictError` when another program has made a file there meanwhile; then the part
    keeps the files that are not moved yet.
    """
    if not os.path.lexists(plan.target):
        with contextlib.suppress(FileExistsError):
            rename_new(plan.part, plan.target)
            sync_folder(os.path.dirname(plan.target))
            return
    # A folder that another program made meanwhile is checked like one that existed before.
    check_unless_begun(plan, is_begun=True)
    check_tree(plan)
    members: dict[str, list[Entry]] = {}
    for entry in plan.entries:
        members.setdefault(os.path.dirname(entry.path), []).append(entry)
    for inside, entries in members.items():
        with _folder_below(plan.target, inside) as folder:
            for entry in entries:
                _publish_member(plan, entry, folder)
            os.fsync(folder)
    shutil.rmtree(plan.part)


def _rename(plan: DownloadPlan) -> None:
    try:
        rename_new(plan.part, plan.target)
    except FileExistsError:
        check_target(plan)
        # It has gone again since: another program makes and removes it at this moment.
        raise ConflictError(
            f"another program wrote to {plan.target} at the same time", hint="try again"
        ) from None


def _publish_member(plan: DownloadPlan, entry: Entry, folder: int) -> None:
    """Move a file of the part into an open folder below the target."""
    source, name = os.path.join(plan.part, entry.path), os.path.basename(entry.path)
    path = os.path.join(plan.target, entry.path)
    if plan.options.force:
        check_replaceable(path)
        os.replace(source, name, dst_dir_fd=folder)
        return
    try:
        rename_new(source, name, dst_dir_fd=folder)
    except FileExistsError:
        check_replaceable(path)
        # An interrupted download may have moved it already.
        if not _matches(name, entry, folder):
            raise ConflictError(
                f"{path} exists already", hint="add --force, or name another destination"
            ) from None
        os.unlink(source)


def _was_being_published(plan: DownloadPlan) -> bool:
    """Whether the target contains nothing but folders and intact files of this plan."""
    expected = {entry.path: entry for entry in plan.entries}
    part = os.path.basename(plan.part)
    found = [path for path in _files_below(plan.target) if path.split("/")[0] != part]
    return all(
        path in expected and _matches(os.path.join(plan.target, path), expected[path])
        for path in found
    )


def _matches(path: str, entry: Entry, folder: int | None = None) -> bool:
    try:
        descriptor = open_regular(path, dir_fd=folder)
    except OSError:
        return False
    try:
        if os.fstat(descriptor).st_size != entry.size_bytes:
            return False
        return hash_file(descriptor) == (entry.digest, entry.size_bytes)
    finally:
        os.close(descriptor)


@contextmanager
def _folder_below(top: str, inside: str) -> Iterator[int]:
    """Open a folder below `top`, made if need be, without following links."""
    path, descriptor = top, os.open(top, _FOLDER)
    try:
        for name in inside.split("/") if inside else ():
            path = os.path.join(path, name)
            inner = _open_or_make(name, descriptor, path)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def _open_or_make(name: str, above: int, path: str) -> int:
    with contextlib.suppress(FileExistsError):
        os.mkdir(name, dir_fd=above)
        os.fsync(above)
    try:
        return os.open(name, _FOLDER, dir_fd=above)
    except OSError:
        if os.path.isdir(path) and not os.path.islink(path):
            raise
        raise UnsafeError(
            f"{path} is not a folder, and links are not followed", hint="move it away"
        ) from None


def _files_below(folder: str) -> Iterator[str]:
    """The relative paths of everything but folders; links are not followed."""
    for path, folders, files in os.walk(folder):
        inside = os.path.relpath(path, folder)
        links = [name for name in folders if os.path.islink(os.path.join(path, name))]
        for name in (*files, *links):
            yield os.path.normpath(os.path.join(inside, name))
