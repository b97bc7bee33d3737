"""The results of the verbs that verify and prune a home, and back up and rebuild its catalog."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from artifactctl.upkeep.pruning import PruneDecision
    from artifactctl.upkeep.verifying import Problem


@dataclass(frozen=True, slots=True)
class Verification:
    """The problems of versions, and the `foreign` files in the store that are not its blobs.

    `notes` name what could not be checked, such as a remote address that did not answer.
    """

    problems: Sequence["Problem"]
    foreign: Sequence[str]
    notes: Sequence[str] = ()


class Chosen(Sequence["PruneDecision"]):
    """A filtered view of the decisions of a pruning; it filters again on each iteration.

    A long plan is spooled to disk, so the view keeps no decisions in memory.
    """

    def __init__(
        self, choices: Iterable["PruneDecision"], is_one: Callable[["PruneDecision"], bool]
    ) -> None:
        self._choices = choices
        self._is_one = is_one

    def __iter__(self) -> Iterator["PruneDecision"]:
        return filter(self._is_one, self._choices)

    def __len__(self) -> int:
        return self._count

    @cached_property
    def _count(self) -> int:
        return sum(1 for _ in self)

    @overload
    def __getitem__(self, index: int) -> "PruneDecision": ...
    @overload
    def __getitem__(self, index: slice) -> list["PruneDecision"]: ...
    def __getitem__(self, index: int | slice) -> "PruneDecision | list[PruneDecision]":
        if isinstance(index, slice):
            return list(islice(self, *index.indices(len(self))))
        return next(islice(self, range(len(self))[index], None))


@dataclass(frozen=True)
class Pruning:
    """A pruning: the decision for each version, and the outcome.

    `spared` are the IDs of versions that were to be deleted and were not; it is None before
    anything is deleted. `freed_bytes` counts the bytes that were freed.
    """

    choices: Sequence["PruneDecision"]
    spared: Collection[str] | None = None
    freed_bytes: int = 0
    notes: tuple[str, ...] = ()

    @cached_property
    def going(self) -> Sequence["PruneDecision"]:
        """The decisions to delete."""
        return self._picked(lambda choice: choice.goes)

    @cached_property
    def gone(self) -> Sequence["PruneDecision"]:
        """The decisions to delete that were carried out."""
        spared = self.spared
        if spared is None:
            return []
        return self._picked(lambda choice: choice.goes and choice.version.id not in spared)

    @property
    def deleted(self) -> Collection[str]:
        """The IDs of the deleted versions."""
        if self.spared is None:
            return ()
        return frozenset(choice.version.id for choice in self.gone)

    def _picked(self, is_one: Callable[["PruneDecision"], bool]) -> Sequence["PruneDecision"]:
        chosen = Chosen(self.choices, is_one)
        return list(chosen) if isinstance(self.choices, list) else chosen


@dataclass(frozen=True, slots=True)
class CacheState:
    """What the cache on this machine holds, and the most that it may; sizes in bytes.

    `place` is its folder, and None when there is to be no cache.
    """

    place: str | None
    size_bytes: int = 0
    count: int = 0
    limit_bytes: int = 0


@dataclass(frozen=True, slots=True)
class CacheTrimming:
    """The files that were removed from the cache, or would be, and what is left of it."""

    removed: int
    freed_bytes: int
    left: CacheState


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy of the catalog."""

    path: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """The numbers of rows that were restored from the store's records, or repaired by them.

    `kept` is the path of the catalog that was replaced. `problems` are the records that could not
    be read, each with the reason.
    """

    versions: int
    repaired: int
    artifacts: int
    deletions: int
    runs: int
    problems: Sequence[str]
    kept: str | None


@dataclass(frozen=True, slots=True)
class ConfigValue:
    """A setting: its value without secrets, None where there is none, and where that comes from."""

    key: str
    value: str | None
    source: str


@dataclass(frozen=True, slots=True)
class Configuring:
    """A setting after a change of the config file; `notes` are for the user.

    `is_changed` is False when the file said so before.
    """

    setting: ConfigValue
    is_changed: bool
    notes: tuple[str, ...] = ()
