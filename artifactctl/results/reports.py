"""What the verbs that move bytes take and give."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from itertools import islice
from typing import Any, TypedDict, overload

from artifactctl.results.recorded import ArtifactVersion
from artifactctl.tags import Tags
from artifactctl.upkeep import Problem, PruneDecision


@dataclass(frozen=True, slots=True)
class File:
    """One file of a version."""

    path: str
    size_bytes: int
    digest: str | None
    source_checksum: str | None
    executable: bool
    mtime: str | None


@dataclass(frozen=True, slots=True)
class Description:
    """Everything known of one version; `consumers` are the runs that used it."""

    version: ArtifactVersion
    files: Sequence[File]
    consumers: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Registration:
    """What `register` did: `is_new` is False when nothing had changed; `notes` are for people."""

    version: ArtifactVersion
    is_new: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Download:
    """What a download wrote, or would write: `path` is absolute, or `-`."""

    version: ArtifactVersion
    path: str
    files: tuple[str, ...]
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Tagging:
    """A version with its tags as they are now; `notes` are for people."""

    version: ArtifactVersion
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verification:
    """What is wrong with versions, and what lies among the blobs that is none.

    `notes` say what could not be looked at, which is no damage.
    """

    problems: Sequence[Problem]
    foreign: Sequence[str]
    notes: Sequence[str] = ()


class Chosen(Sequence[PruneDecision]):
    """Some of many choices, picked out whenever they are read."""

    def __init__(
        self, choices: Iterable[PruneDecision], is_one: Callable[[PruneDecision], bool]
    ) -> None:
        self._choices = choices
        self._is_one = is_one

    def __iter__(self) -> Iterator[PruneDecision]:
        return filter(self._is_one, self._choices)

    def __len__(self) -> int:
        return self._count

    @cached_property
    def _count(self) -> int:
        return sum(1 for _ in self)

    @overload
    def __getitem__(self, index: int) -> PruneDecision: ...
    @overload
    def __getitem__(self, index: slice) -> list[PruneDecision]: ...
    def __getitem__(self, index: int | slice) -> PruneDecision | list[PruneDecision]:
        if isinstance(index, slice):
            return list(islice(self, *index.indices(len(self))))
        return next(islice(self, range(len(self))[index], None))


@dataclass(frozen=True)
class Pruning:
    """What goes and what stays, and what has gone; `freed_bytes` came free.

    `spared` are the IDs of those that were to go and have not; None before anything went.
    """

    choices: Sequence[PruneDecision]
    spared: Collection[str] | None = None
    freed_bytes: int = 0
    notes: tuple[str, ...] = ()

    @cached_property
    def going(self) -> Sequence[PruneDecision]:
        """The choices that go."""
        return self._picked(lambda choice: choice.goes)

    @cached_property
    def gone(self) -> Sequence[PruneDecision]:
        """Those of them that were carried out."""
        spared = self.spared
        if spared is None:
            return []
        return self._picked(lambda choice: choice.goes and choice.version.id not in spared)

    @property
    def deleted(self) -> Collection[str]:
        """The IDs of the versions that have gone."""
        if self.spared is None:
            return ()
        return frozenset(choice.version.id for choice in self.gone)

    def _picked(self, is_one: Callable[[PruneDecision], bool]) -> Sequence[PruneDecision]:
        chosen = Chosen(self.choices, is_one)
        return list(chosen) if isinstance(self.choices, list) else chosen


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy of the catalog."""

    path: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """What was brought back from the store's records, or repaired by them.

    `kept` is the catalog that was replaced.
    `problems` are the records that could not be read, each with the reason.
    """

    versions: int
    repaired: int
    artifacts: int
    deletions: int
    runs: int
    problems: Sequence[str]
    kept: str | None


def _ignore(_count: int, /) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How a caller hears of long work.

    `expect` gets all the bytes that there will be, `advance` each number just dealt with.
    """

    expect: Callable[[int], None] = _ignore
    advance: Callable[[int], None] = _ignore


SILENT = Progress()


class RegisterArguments(TypedDict, total=False):
    """How a version is registered.

    `version` counts up when it is absent; `type` is a word such as `model`; `link` records the
    data in place; `if_changed` makes no version of what equals the latest; `include` and
    `exclude` are patterns (see `Selection`); `stdin_name` names the path `-`; `has_custom_name` is
    whether a person chose the artifact's name; `inputs` refer to versions that it was made from.
    """

    version: str | int | None
    type: str | None
    tags: Tags
    metadata: Mapping[str, Any]
    link: bool
    if_changed: bool
    include: Sequence[str]
    exclude: Sequence[str]
    follow_links: bool
    stdin_name: str
    has_custom_name: bool
    inputs: Sequence[str]


class PruneArguments(TypedDict, total=False):
    """Which versions go: see `upkeep.PruneRules` for the first five.

    `only_artifact` deletes bytes and keeps what is known; `only_metadata` leaves the bytes to
    `collect_garbage`; `ignore_errors` makes notes of bytes that cannot be deleted; with `dry_run`
    nothing is touched.
    """

    unused: bool
    keep_last: int | None
    keep_tags: Tags
    older_than: timedelta | None
    include_runs: bool
    only_artifact: bool
    only_metadata: bool
    ignore_errors: bool
    dry_run: bool


class DownloadArguments(TypedDict, total=False):
    """How a version is downloaded.

    `version` goes with a bare name; `mode` is `copy`, `hardlink` or `symlink`; `jobs` counts files
    copied at the same time; with `dry_run` nothing is written.
    """

    version: str | int | None
    include: Sequence[str]
    exclude: Sequence[str]
    as_zip: bool
    force: bool
    mode: str
    jobs: int
    dry_run: bool
