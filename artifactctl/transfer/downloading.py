"""From a manifest to files: every byte is hashed before a name stands for it."""

import contextlib
import fcntl
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import BinaryIO

from artifactctl.durable import make_folder, sync_folder
from artifactctl.enums import DownloadMode
from artifactctl.errors import BusyError, ConflictError, IntegrityError, UnsafeError
from artifactctl.manifest import Entry, damaged
from artifactctl.store import Advance, Store, ignore
from artifactctl.store.copying import copy_file, copy_stream, hash_file, hash_stream
from artifactctl.store.linked import open_linked
from artifactctl.store.staging import MANY_FILES
from artifactctl.syncfs import can_sync_filesystem, sync_filesystem
from artifactctl.transfer.archiving import write_zip
from artifactctl.transfer.planning import Plan, check_target

Opener = Callable[[Entry], BinaryIO]


def download(plan: Plan, store: Store, advance: Advance = ignore) -> str:
    """Carry out `plan`; return the path that was written.

    Until all is there and verified, everything is at `plan.part`; a part that an interrupted
    download left is verified and completed. Raises `ConflictError` for what would be overwritten,
    `IntegrityError` when stored bytes are not what was registered.
    """
    make_folder(os.path.dirname(plan.target), 0o777)
    opener = opener_for(plan, store)
    if not os.path.lexists(plan.part):
        check_target(plan)
    if plan.is_folder:
        with _locked_folder(plan.part):
            _check_unless_begun(plan)
            _fill_folder(plan, store, opener, advance)
            _publish_folder(plan)
    else:
        with _locked_file(plan.part) as descriptor:
            check_target(plan)
            with _removed_when_useless(plan):
                _fill_file(plan, descriptor, store, opener, advance)
            _publish_file(plan)
    return plan.target


def write_to(stream: BinaryIO, plan: Plan, store: Store, advance: Advance = ignore) -> None:
    """Write the plan's only file to a stream, having verified it before the first byte."""
    (entry,) = plan.entries
    opener = opener_for(plan, store)
    with opener(entry) as source:
        _check_digest(entry, *hash_stream(source, ignore))
    with opener(entry) as source:
        hashed = _copy_to_stream(source, stream, advance)
    _check_digest(entry, *hashed)


def opener_for(plan: Plan, store: Store) -> Opener:
    """How the plan's files are opened: from the store, or where they are linked."""
    if plan.manifest.link is not None:
        return partial(open_linked, plan.manifest)
    return lambda entry: store.open(entry.digest or "")


def _copy_to_stream(source: BinaryIO, stream: BinaryIO, advance: Advance) -> tuple[str, int]:
    stream.flush()
    return copy_stream(source, stream.fileno(), advance)


def _fill_file(plan: Plan, descriptor: int, store: Store, opener: Opener, advance: Advance) -> None:
    if plan.as_zip:
        os.ftruncate(descriptor, 0)
        with open(os.dup(descriptor), "r+b") as archive:
            write_zip(archive, plan.entries, opener, advance)
    elif plan.options.mode is not DownloadMode.COPY:
        os.unlink(plan.part)
        _place_link(plan, plan.entries[0], plan.part, store, advance)
        return
    else:
        _write_verified(plan.entries[0], descriptor, opener, advance)
        _restore_attributes(plan.entries[0], descriptor)
    os.fsync(descriptor)


@contextmanager
def _removed_when_useless(plan: Plan) -> Iterator[None]:
    """An archive cut short cannot be gone on with, nor can a file whose blob is damaged."""
    try:
        yield
    except BaseException as error:
        if plan.as_zip or isinstance(error, IntegrityError):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(plan.part)
        raise


def _fill_folder(plan: Plan, store: Store, opener: Opener, advance: Advance) -> None:
    """Have every file in the part, verified and durable."""
    members = {entry.path for entry in plan.entries}
    _remove_strangers(plan.part, members)
    folders = {os.path.dirname(path) for path in members} - {""}
    for folder in sorted(folders):
        os.makedirs(os.path.join(plan.part, folder), exist_ok=True)
    at_once = len(members) >= MANY_FILES and can_sync_filesystem()
    fill = partial(
        _fill_member, plan=plan, store=store, opener=opener, advance=advance, sync=not at_once
    )
    if plan.options.jobs > 1:
        with ThreadPoolExecutor(plan.options.jobs) as pool:
            list(pool.map(fill, plan.entries))
    else:
        for entry in plan.entries:
            fill(entry)
    if at_once:
        sync_filesystem(plan.part)
        return
    for folder in sorted(folders, reverse=True):
        sync_folder(os.path.join(plan.part, folder))
    sync_folder(plan.part)


def _fill_member(
    entry: Entry, *, plan: Plan, store: Store, opener: Opener, advance: Advance, sync: bool
) -> None:
    path = os.path.join(plan.part, entry.path)
    if plan.options.mode is not DownloadMode.COPY:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        _place_link(plan, entry, path, store, advance)
        return
    descriptor = _open_part(path)
    try:
        _write_verified(entry, descriptor, opener, advance)
        _restore_attributes(entry, descriptor)
        if sync:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_verified(entry: Entry, descriptor: int, opener: Opener, advance: Advance) -> None:
    """Bring an open file to what `entry` says, going on from what it holds already.

    Bytes that turn out wrong are fetched once more from the start, through a fresh open.
    """
    size = os.fstat(descriptor).st_size
    if size and size == entry.size_bytes and hash_file(descriptor)[0] == entry.digest:
        advance(size)
        return
    if size >= entry.size_bytes:
        os.ftruncate(descriptor, 0)
    try:
        _write(entry, descriptor, opener, advance)
    except IntegrityError:
        os.ftruncate(descriptor, 0)
        _write(entry, descriptor, opener, ignore)


def _write(entry: Entry, descriptor: int, opener: Opener, advance: Advance) -> None:
    with opener(entry) as source:
        try:
            number = source.fileno()
        except OSError:  # a remote file has none
            os.ftruncate(descriptor, 0)
            os.lseek(descriptor, 0, os.SEEK_SET)
            digest, size = copy_stream(source, descriptor, advance)
        else:
            os.lseek(descriptor, 0, os.SEEK_SET)
            digest = copy_file(number, descriptor, entry.size_bytes, advance)
            size = os.fstat(descriptor).st_size
    _check_digest(entry, digest, size)


def _check_digest(entry: Entry, digest: str, size: int) -> None:
    is_right = digest == entry.digest if entry.digest else True
    if not is_right or size != entry.size_bytes:
        raise damaged(entry)


def _restore_attributes(entry: Entry, descriptor: int) -> None:
    if entry.executable:
        mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
        os.fchmod(descriptor, mode | (mode & 0o444) >> 2)
    if entry.mtime_ns:
        os.utime(descriptor, ns=(entry.mtime_ns, entry.mtime_ns))


def _place_link(plan: Plan, entry: Entry, path: str, store: Store, advance: Advance) -> None:
    """A second name of the blob, or a symbolic link to it, once the blob is verified."""
    digest = entry.digest or ""
    with store.open(digest) as blob:
        _check_digest(entry, *hash_file(blob.fileno(), advance))
    source = store.path(digest)
    if source is None:
        raise ConflictError("this store has no local files to link to", hint="use --mode copy")
    if plan.options.mode is DownloadMode.SYMLINK:
        os.symlink(source, path)
    else:
        os.link(source, path)


def _check_unless_begun(plan: Plan) -> None:
    """Check the target, but go on where a download was cut short while it was published."""
    try:
        check_target(plan)
    except ConflictError:
        if not os.path.isdir(plan.target) or not _was_being_published(plan):
            raise


def _was_being_published(plan: Plan) -> bool:
    """Whether the target holds nothing but verified files of this plan, and the part the rest."""
    expected = {entry.path: entry for entry in plan.entries}
    found = [path for path in _files_below(plan.target) if not path.startswith(_part_name(plan))]
    if not found or not os.listdir(plan.part) or not expected.keys() >= set(found):
        return False
    return all(_matches(os.path.join(plan.target, path), expected[path]) for path in found)


def _part_name(plan: Plan) -> str:
    return os.path.basename(plan.part)


def _matches(path: str, entry: Entry) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        return hash_file(descriptor) == (entry.digest, entry.size_bytes)
    finally:
        os.close(descriptor)


def _publish_file(plan: Plan) -> None:
    os.replace(plan.part, plan.target)
    with contextlib.suppress(FileNotFoundError):
        # Renaming one name of a file to another name of the same file leaves both.
        os.unlink(plan.part)
    sync_folder(os.path.dirname(plan.target))


def _publish_folder(plan: Plan) -> None:
    """Give the part its name; into a folder that exists, file by file."""
    if not os.path.lexists(plan.target):
        os.rename(plan.part, plan.target)
        sync_folder(os.path.dirname(plan.target))
        return
    folders = sorted({os.path.dirname(entry.path) for entry in plan.entries} - {""})
    for folder in folders:
        _make_real_folders(plan.target, folder)
    _check_replaceable(plan)
    for entry in plan.entries:
        os.replace(os.path.join(plan.part, entry.path), os.path.join(plan.target, entry.path))
    for folder in (*folders, ""):
        sync_folder(os.path.join(plan.target, folder))
    shutil.rmtree(plan.part)


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


def _check_replaceable(plan: Plan) -> None:
    for entry in plan.entries:
        path = os.path.join(plan.target, entry.path)
        if os.path.isdir(path) and not os.path.islink(path):
            raise ConflictError(f"{path} is a folder", hint="move it away")


def _remove_strangers(part: str, members: set[str]) -> None:
    """Leave nothing in the part but regular files that belong there."""
    for path in _files_below(part):
        full = os.path.join(part, path)
        if path not in members or not stat.S_ISREG(os.lstat(full).st_mode):
            os.unlink(full)


def _files_below(folder: str) -> Iterator[str]:
    """The relative paths of all that is no folder; links are not followed."""
    for path, folders, files in os.walk(folder):
        inside = os.path.relpath(path, folder)
        links = [name for name in folders if os.path.islink(os.path.join(path, name))]
        for name in (*files, *links):
            yield os.path.normpath(os.path.join(inside, name))


@contextmanager
def _locked_folder(path: str) -> Iterator[None]:
    with contextlib.suppress(FileExistsError):
        os.mkdir(path)
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    with _locked(descriptor, path):
        yield


@contextmanager
def _locked_file(path: str) -> Iterator[int]:
    descriptor = _open_part(path)
    with _locked(descriptor, path):
        yield descriptor


def _open_part(path: str) -> int:
    """Open a file of a part, made if need be: never a link, never a second name of a blob."""
    with contextlib.suppress(FileNotFoundError):
        found = os.lstat(path)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
            os.unlink(path)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)


@contextmanager
def _locked(descriptor: int, path: str) -> Iterator[None]:
    """Have a part to ourselves; raises `BusyError` when another download has it."""
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_ours = os.path.samestat(os.fstat(descriptor), os.lstat(path))
        except (BlockingIOError, FileNotFoundError):
            is_ours = False
        if not is_ours:
            raise BusyError(f"another download is writing {path}", hint="try again when it is done")
        yield
    finally:
        os.close(descriptor)
