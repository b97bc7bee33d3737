"""What was measured, as a value and as JSON."""

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

OURS, LIMIT = "artifactctl", "limit"


@dataclass
class Cell:
    """One program at one row: seconds of each round, or the reason why there are none."""

    seconds: list[float] = field(default_factory=list)
    failed: int = 0
    reason: str = ""

    @property
    def median(self) -> float | None:
        """The middle one; None where nothing was measured."""
        return statistics.median(self.seconds) if self.seconds and not self.reason else None

    @property
    def least(self) -> float | None:
        """The shortest; None where nothing was measured."""
        return min(self.seconds) if self.seconds and not self.reason else None


@dataclass
class Line:
    """One row: its cells by program, remarks by program, and the load while it was measured."""

    key: str
    title: str
    settles: bool
    cells: dict[str, Cell] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)
    load: list[float] = field(default_factory=list)

    def ratio(self, program: str) -> float | None:
        """The median of a program in ours; below 1, the program is ahead."""
        ours, theirs = (self.cells.get(name, Cell()).median for name in (OURS, program))
        return theirs / ours if ours and theirs is not None else None

    @property
    def closest(self) -> float:
        """The ratio of the best of the peers; infinite where there is none."""
        found = [self.ratio(name) for name in self.cells if name not in (OURS, LIMIT)]
        return min((ratio for ratio in found if ratio is not None), default=float("inf"))


@dataclass(frozen=True)
class Comparison:
    """All lines of one run, with the versions of the programs and what they ran on."""

    titles: Mapping[str, str]
    versions: Mapping[str, str]
    skipped: Mapping[str, str]
    machine: Mapping[str, str]
    rounds: int
    lines: list[Line]

    def sorted_lines(self) -> Sequence[Line]:
        """The lines where a peer is ahead first, then the others, closest first."""
        return sorted(self.lines, key=lambda line: line.closest)


def to_json(comparison: Comparison) -> str:
    """Everything that was measured, each round of it."""
    return json.dumps(asdict(comparison), indent=1, ensure_ascii=False) + "\n"


def from_json(text: str) -> Comparison:
    """What `to_json` wrote."""
    found: dict[str, Any] = json.loads(text)
    lines = [
        Line(**{**line, "cells": {name: Cell(**cell) for name, cell in line["cells"].items()}})
        for line in found.pop("lines")
    ]
    return Comparison(**found, lines=lines)
