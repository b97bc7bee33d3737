"""Locks on the paths that steps write, so that no two steps write the same files at once.

A run must only publish what its own step has written. A step claims the paths of its outputs before
its command is executed, and releases them when they are published. A path overlaps with everything
inside it and with the folders that contain it.

Claims are kept in the home: runs of different homes that write into one folder do not see each
other's claims. Python functions that register files claim nothing, since their paths are not known
before they run.
"""

import errno
import fcntl
import json
import os
import re
import stat
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from artifactctl.copying import write_whole
from artifactctl.digests import digest_of
from artifactctl.drafts import take_lock
from artifactctl.durable import make_folder
from artifactctl.errors import BusyError, UnsafeError
from artifactctl.regular_files import open_regular

FOLDER = "locks"
_MUTEX = "mutex"
_RUN = re.compile(r"[0-9a-f]{32}")
_MOST_BYTES = 1 << 22
_MUTEX_S = 10.0  # its holder only reads some small files
_TICK_S = 0.01
# The errors of opening a link, a folder as a file, a file as a folder, and a socket.
_SOMETHING_ELSE = {errno.ELOOP, errno.EISDIR, errno.ENOTDIR, errno.ENXIO}
_MAY_NOT_WRITE = {errno.EACCES, errno.EPERM, errno.EROFS}
_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_OPEN_MUTEX = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW_FILE = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class Conflict:
    """A path that another step writes, with the run that executes that step."""

    path: str
    run_id: str
    run: str
    step: str


@dataclass(frozen=True)
class _Places:
    """The digests of the paths that a step writes, and of the folders above these paths.

    Digests, because a path may contain a secret from the environment that no file may contain.
    """

    at: frozenset[str]
    above: frozenset[str]

    def overlap(self, other: "_Places") -> bool:
        return bool(self.at & (other.at | other.above) or self.above & other.at)


@dataclass(frozen=True)
class _Claim:
    """A claim of a step of some run on the paths that it writes."""

    run_id: str
    run: str
    step: str
    places: _Places

    def as_line(self) -> bytes:
        fields = {"run_id": self.run_id, "run": self.run, "step": self.step}
        at, above = sorted(self.places.at), sorted(self.places.above)
        return json.dumps({**fields, "at": at, "above": above}).encode() + b"\n"

    @classmethod
    def of_line(cls, line: bytes) -> "_Claim":
        """The claim in a line; raises `ValueError`, `TypeError` or `KeyError` for other lines."""
        fields = json.loads(line)
        places = _Places(frozenset(fields["at"]), frozenset(fields["above"]))
        return cls(str(fields["run_id"]), str(fields["run"]), str(fields["step"]), places)


@dataclass
class Claims:
    """The claims of one run's steps; `outer` are the IDs of runs whose steps have started this run.

    `folder` has a file for each run that writes something. The file is locked while the run lasts:
    the system releases the lock of a process that ends in any way. It has a line for each claim of
    a step; a line without paths releases the step's claim.
    """

    folder: Path
    run_id: str
    run: str
    outer: Collection[str] = ()
    _own: dict[str, _Places] = field(default_factory=dict)
    _file: int | None = None

    def claim(self, step: str, paths: Sequence[str]) -> Conflict | None:
        """Claim these paths for a step, or return the conflict with another step's claim.

        Nothing is claimed in a home in which this user may not write. Raises `BusyError` when the
        claims stay locked by another process, `UnsafeError` when a link stands in for the claims'
        folder, and other `OSError`s.
        """
        try:
            return self._claim(step, {path: _places(path) for path in paths})
        except OSError as error:
            if error.errno not in _MAY_NOT_WRITE:
                raise
            return None

    def _claim(self, step: str, wanted: Mapping[str, _Places]) -> Conflict | None:
        for other, places in self._own.items():
            if (path := _overlapping(wanted, places)) is not None:
                return Conflict(path, self.run_id, self.run, other)
        with _alone(self.folder) as folder:
            for claim in _claims_of_others(folder, self._name):
                is_outer = claim.run_id in self.outer  # this run is a part of that step
                path = None if is_outer else _overlapping(wanted, claim.places)
                if path is not None:
                    return Conflict(path, claim.run_id, claim.run, claim.step)
            self._write_claim(folder, step, _union(wanted.values()))
        return None

    def release(self, step: str) -> None:
        """Release the claim of a step."""
        if self._own.pop(step, None) is None or self._file is None:
            return
        with suppress(OSError):  # the claim is released when the run ends
            if self._own:
                write_whole(self._file, _Claim(self.run_id, self.run, step, _NOWHERE).as_line())
            else:
                os.ftruncate(self._file, 0)

    def close(self) -> None:
        """Release all claims."""
        self._own.clear()
        if self._file is None:
            return
        with suppress(OSError):
            os.unlink(self.folder / self._name)
        os.close(self._file)
        self._file = None

    @property
    def descriptors(self) -> list[int]:
        """The open files that hold the claims, which last until every process has closed them."""
        return [] if self._file is None else [self._file]

    @property
    def _name(self) -> str:
        return self.run_id.replace("-", "")

    def _write_claim(self, folder: int, step: str, places: _Places) -> None:
        if self._file is None:
            self._file = os.open(self._name, _NEW_FILE, 0o600, dir_fd=folder)
            take_lock(self._file)
        write_whole(self._file, _Claim(self.run_id, self.run, step, places).as_line())
        self._own[step] = places


_NOWHERE = _Places(frozenset(), frozenset())


def _places(path: str) -> _Places:
    at = set(_real(path))
    above = {folder for place in at for folder in _parents(place)}
    return _Places(frozenset(map(_digest, at)), frozenset(map(_digest, above)))


def _union(several: Iterable[_Places]) -> _Places:
    every = list(several)
    at, above = (each.at for each in every), (each.above for each in every)
    return _Places(frozenset().union(*at), frozenset().union(*above))


def _overlapping(wanted: Mapping[str, _Places], other: _Places) -> str | None:
    return next((path for path, places in wanted.items() if places.overlap(other)), None)


def _real(path: str) -> Iterator[str]:
    """The real paths that writing to a path may change: a link itself, and its target."""
    yield os.path.realpath(path)
    folder, name = os.path.split(path.rstrip("/"))
    if name not in ("", ".", ".."):
        yield os.path.join(os.path.realpath(folder), name)


def _parents(place: str) -> Iterator[str]:
    while (parent := os.path.dirname(place)) != place:
        yield parent
        place = parent


def _digest(place: str) -> str:
    return digest_of(os.fsencode(place))


@contextmanager
def _alone(path: Path) -> Iterator[int]:
    """The locked folder of the claims: no other process reads or writes it during the block."""
    make_folder(str(path.parent))
    with suppress(FileExistsError):
        os.mkdir(path, 0o700)
    mutex = path / _MUTEX
    with _ours(path, _OPEN_FOLDER) as folder, _ours(mutex, _OPEN_MUTEX, folder) as descriptor:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _not_ours(mutex)
        _wait_for(descriptor, path)
        yield folder


@contextmanager
def _ours(path: Path, flags: int, folder: int | None = None) -> Iterator[int]:
    """An opened file or folder of artifactctl; raises `UnsafeError` if it is something else."""
    try:
        descriptor = os.open(path if folder is None else path.name, flags, 0o600, dir_fd=folder)
    except OSError as error:
        if error.errno not in _SOMETHING_ELSE:
            raise
        raise _not_ours(path) from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _not_ours(path: Path) -> UnsafeError:
    return UnsafeError(f"{path} is not a file of artifactctl", hint="remove it")


def _wait_for(descriptor: int, path: Path) -> None:
    until = time.monotonic() + _MUTEX_S
    # Polling, because flock() has no time limit.
    while not take_lock(descriptor):
        if time.monotonic() > until:
            raise BusyError(
                f"another process holds the lock in {path}", hint="look for one that was stopped"
            )
        time.sleep(_TICK_S)


def _claims_of_others(folder: int, own: str) -> Iterator[_Claim]:
    """The claims of other runs that are alive; the files of runs that have ended are removed."""
    for name in sorted(os.listdir(folder)):
        if name == own or _RUN.fullmatch(name) is None:
            continue
        try:
            descriptor = open_regular(name, dir_fd=folder)
        except OSError:  # removed by the run that ended, or not a regular file
            continue
        try:
            if _is_held(descriptor):
                yield from _read(descriptor)
            else:
                with suppress(OSError):
                    os.unlink(name, dir_fd=folder)
        finally:
            os.close(descriptor)


def _is_held(descriptor: int) -> bool:
    """Whether another process has locked an open file; False on file systems without locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _read(descriptor: int) -> Iterator[_Claim]:
    """The last claim of each step.

    Only a release can be cut off while this reads, since claims are written under the lock of the
    folder; such a line is ignored.
    """
    found: dict[str, _Claim] = {}
    for line in os.pread(descriptor, _MOST_BYTES, 0).splitlines():
        with suppress(ValueError, TypeError, KeyError):
            claim = _Claim.of_line(line)
            found[claim.step] = claim
    yield from found.values()
