"""From a manifest to files: every file is hashed before it gets its final name."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from artifactctl.copying import copy_stream, hash_file, hash_stream
from artifactctl.durable import (
    MANY_FILES,
    can_sync_filesystem,
    make_folder,
    sync_filesystem,
    sync_folder,
)
from artifactctl.enums import DownloadMode
from artifactctl.errors import ConflictError, IntegrityError
from artifactctl.manifest import Entry
from artifactctl.store import Advance, Store, no_progress
from artifactctl.store.parallel import each
from artifactctl.transfer.archiving import BUFFER_BYTES, write_zip
from artifactctl.transfer.parts import (
    check_digest,
    locked_file,
    locked_folder,
    open_member,
    opener_for,
    remove_foreign,
    restore_attributes,
    write_new,
    write_verified,
)
from artifactctl.transfer.placing import (
    check_tree,
    check_unless_begun,
    publish_file,
    publish_folder,
)
from artifactctl.transfer.planning import DownloadPlan, check_target


def download(plan: DownloadPlan, store: Store, advance: Advance = no_progress) -> str:
    """Carry out `plan`; return the path that was written.

    Files are written to `plan.part` until all of them are complete and verified; the part of an
    interrupted download is verified and completed. Raises `ConflictError` when a file would be
    overwritten, `IntegrityError` when stored bytes are not those that were registered.
    """
    # Beside a part, the target may be half filled by the same download: it is checked below.
    if not os.path.lexists(plan.part):
        check_target(plan)
    if plan.is_folder:
        check_tree(plan)
    make_folder(os.path.dirname(plan.target), 0o777)
    filling = _Filling(plan, store, advance)
    if plan.is_folder:
        with locked_folder(plan.part) as is_begun:
            with _removed_when_useless(plan):
                check_unless_begun(plan, is_begun=is_begun)
                with store.reading_many():
                    filling.fill_folder(is_begun=is_begun)
            publish_folder(plan)
    else:
        with locked_file(plan.part) as descriptor, _removed_when_useless(plan):
            check_target(plan)
            with store.reading_many():
                filling.fill_file(descriptor)
            publish_file(plan)
    return plan.target


def write_to(
    stream: BinaryIO, plan: DownloadPlan, store: Store, advance: Advance = no_progress
) -> None:
    """Write the plan's only file to a stream, verified before the first byte is written."""
    (entry,) = plan.entries
    opener = opener_for(plan.manifest, store)
    # Read twice, since what a stream has been given cannot be taken back.
    with opener(entry) as source:
        check_digest(entry, *hash_stream(source))
    with opener(entry) as source:
        stream.flush()
        written = copy_stream(source, stream.fileno(), advance)
    check_digest(entry, *written)


class _Filling:
    """Writes the files of a plan into its part, verified and durable."""

    def __init__(self, plan: DownloadPlan, store: Store, advance: Advance) -> None:
        self._plan = plan
        self._part = plan.part
        self._store = store
        self._opener = opener_for(plan.manifest, store)
        self._advance = advance
        self._write = write_new
        self._at_once = len(plan.entries) >= MANY_FILES and can_sync_filesystem()

    def fill_file(self, descriptor: int) -> None:
        """Fill a part that is a file."""
        (entry, *_) = self._plan.entries
        if self._plan.as_zip:
            os.ftruncate(descriptor, 0)
            jobs = self._plan.options.jobs or self._store.jobs
            with open(os.dup(descriptor), "r+b", BUFFER_BYTES) as archive:
                write_zip(archive, self._plan.entries, self._opener, self._advance, jobs=jobs)
        elif self._plan.options.mode is not DownloadMode.COPY:
            self._place_link(entry, self._part)
            return
        else:
            write_verified(entry, descriptor, self._opener, self._advance)
            restore_attributes(entry, descriptor)
        os.fsync(descriptor)

    def fill_folder(self, *, is_begun: bool) -> None:
        """Fill a part that is a folder; `is_begun`: an earlier download has left files in it."""
        entries = self._plan.entries
        if is_begun:
            self._write = write_verified
            remove_foreign(self._part, {entry.path for entry in entries})
        folders = sorted({os.path.dirname(entry.path) for entry in entries} - {""})
        for folder in folders:
            os.makedirs(f"{self._part}/{folder}", exist_ok=True)
        # Opened before anything is written: an error that another process has been told of since
        # then is reported on this descriptor, too.
        with _opened_folder(self._part) as part:
            for _ in each(self._fill_member, entries, self._plan.options.jobs or self._store.jobs):
                pass
            if self._at_once:
                sync_filesystem(part)
                return
            for folder in reversed(folders):
                sync_folder(f"{self._part}/{folder}")
            sync_folder(part)

    def _fill_member(self, entry: Entry) -> None:
        path = f"{self._part}/{entry.path}"
        if self._plan.options.mode is not DownloadMode.COPY:
            self._place_link(entry, path)
            return
        descriptor = open_member(path)
        try:
            self._write(entry, descriptor, self._opener, self._advance)
            restore_attributes(entry, descriptor)
            if not self._at_once:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _place_link(self, entry: Entry, path: str) -> None:
        """A hard or symbolic link to the blob, once the blob is verified."""
        digest = entry.digest or ""
        source = self._store.path(digest)
        if source is None:
            raise ConflictError("this store has no local files to link to", hint="use --mode copy")
        with self._store.open(digest) as blob:
            check_digest(entry, *hash_file(blob.fileno(), self._advance))
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        if self._plan.options.mode is DownloadMode.SYMLINK:
            os.symlink(source, path)
        else:
            os.link(source, path)


@contextmanager
def _opened_folder(path: str) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _is_empty(part: str) -> bool:
    if not os.path.isdir(part):
        return os.path.lexists(part) and os.path.getsize(part) == 0
    return not any(files for _, _, files in os.walk(part))


@contextmanager
def _removed_when_useless(plan: DownloadPlan) -> Iterator[None]:
    """Remove the part on an error, when it cannot be resumed.

    An incomplete archive cannot, nor can an empty part, nor a download of damaged blobs.
    """
    try:
        yield
    except BaseException as error:
        if plan.as_zip or isinstance(error, IntegrityError) or _is_empty(plan.part):
            if plan.is_folder:
                shutil.rmtree(plan.part, ignore_errors=True)
            else:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(plan.part)
        raise
