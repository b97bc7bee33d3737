"""Giving what has been downloaded its name; nothing but the version's own paths is replaced."""

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator

from artifactctl.durable import sync_folder
from artifactctl.errors import ConflictError, UnsafeError
from artifactctl.manifest import Entry
from artifactctl.store.copying import hash_file
from artifactctl.transfer.planning import Plan, check_target


def check_unless_begun(plan: Plan, *, is_begun: bool) -> None:
    """Check the target, but go on where a download was cut short while it was published."""
    try:
        check_target(plan)
    except ConflictError:
        if not is_begun or not os.path.isdir(plan.target) or not _was_being_published(plan):
            raise


def check_tree(plan: Plan) -> None:
    """Refuse a folder that cannot be filled without following a link or removing a folder."""
    for folder in {os.path.dirname(entry.path) for entry in plan.entries} - {""}:
        path = plan.target
        for part in folder.split("/"):
            path = os.path.join(path, part)
            if os.path.lexists(path) and not stat.S_ISDIR(os.lstat(path).st_mode):
                raise UnsafeError(
                    f"{path} is not a folder, and links are not followed", hint="move it away"
                )
    for entry in plan.entries:
        path = os.path.join(plan.target, entry.path)
        if os.path.isdir(path) and not os.path.islink(path):
            raise ConflictError(f"{path} is a folder", hint="move it away")


def publish_file(plan: Plan) -> None:
    """Give a part that is a file its name."""
    os.replace(plan.part, plan.target)
    with contextlib.suppress(FileNotFoundError):
        # Renaming one name of a file to another name of the same file leaves both.
        os.unlink(plan.part)
    sync_folder(os.path.dirname(plan.target))


def publish_folder(plan: Plan) -> None:
    """Give the part its name; into a folder that exists, file by file."""
    if not os.path.lexists(plan.target):
        os.rename(plan.part, plan.target)
        sync_folder(os.path.dirname(plan.target))
        return
    check_tree(plan)
    folders = sorted({os.path.dirname(entry.path) for entry in plan.entries} - {""})
    for folder in folders:
        _make_real_folders(plan.target, folder)
    for entry in plan.entries:
        os.replace(os.path.join(plan.part, entry.path), os.path.join(plan.target, entry.path))
    for folder in (*folders, ""):
        sync_folder(os.path.join(plan.target, folder))
    shutil.rmtree(plan.part)


def _was_being_published(plan: Plan) -> bool:
    """Whether the target holds nothing but folders and verified files of this plan."""
    expected = {entry.path: entry for entry in plan.entries}
    part = os.path.basename(plan.part)
    found = [path for path in _files_below(plan.target) if path.split("/")[0] != part]
    return all(
        path in expected and _matches(os.path.join(plan.target, path), expected[path])
        for path in found
    )


def _matches(path: str, entry: Entry) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        return hash_file(descriptor) == (entry.digest, entry.size_bytes)
    finally:
        os.close(descriptor)


def _make_real_folders(top: str, inside: str) -> None:
    """Make the folders of a relative path below `top`; a link among them is not followed."""
    path = top
    for part in inside.split("/"):
        path = os.path.join(path, part)
        with contextlib.suppress(FileExistsError):
            os.mkdir(path)
        if not stat.S_ISDIR(os.lstat(path).st_mode):
            raise UnsafeError(
                f"{path} is not a folder, and links are not followed", hint="move it away"
            )


def _files_below(folder: str) -> Iterator[str]:
    """The relative paths of all that is no folder; links are not followed."""
    for path, folders, files in os.walk(folder):
        inside = os.path.relpath(path, folder)
        links = [name for name in folders if os.path.islink(os.path.join(path, name))]
        for name in (*files, *links):
            yield os.path.normpath(os.path.join(inside, name))
