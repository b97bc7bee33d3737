"""The results of moving versions between homes, and into and out of bundles."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from artifactctl.enums import MoveAction
from artifactctl.moving.planning import PlannedMove


@dataclass(frozen=True)
class Moving:
    """What was moved, or would be by a dry run.

    `source` and `target` are homes, URLs of catalogs or files, without secrets. `runs` counts the
    runs that were added, `size_bytes` the bytes that were stored anew, `extended_series` the series
    there that got later points. `notes` are for the user.
    """

    source: str
    target: str
    versions: Sequence[PlannedMove]
    runs: int = 0
    size_bytes: int = 0
    extended_series: int = 0
    is_dry_run: bool = False
    notes: tuple[str, ...] = ()

    @cached_property
    def counts(self) -> dict[MoveAction, int]:
        """The number of versions by what happened to them."""
        counts = dict.fromkeys(MoveAction, 0)
        for move in self.versions:
            counts[move.action] += 1
        return counts

    @property
    def moved(self) -> list[PlannedMove]:
        """The versions that were added."""
        return [move for move in self.versions if move.action is MoveAction.NEW]

    @property
    def conflicts(self) -> list[PlannedMove]:
        """The versions that cannot be added under their names; only a dry run returns any."""
        return [move for move in self.versions if move.action is MoveAction.CONFLICT]


@dataclass(frozen=True, slots=True)
class Exported:
    """A bundle; `path` is absolute, or `-` for standard output."""

    path: str
    versions: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class CatalogCopy:
    """A copy of a whole catalog; `source` and `target` are URLs without secrets.

    `rows` counts all rows, `different_records` those whose record in the store says something
    else. `config` is the file in which the home is told to use the copy.
    """

    source: str
    target: str
    versions: int
    rows: int
    different_records: int
    config: str
