"""What the verbs that move bytes take and give."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import overload

from artifactctl.results.recorded import ArtifactVersion
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
