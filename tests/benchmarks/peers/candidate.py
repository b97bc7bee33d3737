"""What a program must say of itself to be measured."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.benchmarks.peers.work import Sizes

PROGRAMS = Path(__file__).parent / "programs"


@dataclass(frozen=True)
class Place:
    """Where one program works in one round; `state` has all that it keeps, its user's home too."""

    folder: Path
    inputs: Path
    sizes: Sizes
    turn: int

    @property
    def state(self) -> Path:
        """The same path in every round, since some programs write it down."""
        return self.folder / "state"

    @property
    def out(self) -> Path:
        """What is fetched goes here; nothing is there yet."""
        return self.folder / f"out-{self.turn}"


def nothing() -> None:
    """There is nothing to prepare."""


@dataclass(frozen=True)
class Step:
    """One process, or several `at_once`; `{n}` in a word becomes the number of the process.

    `before` is not timed. What lies at `result` afterwards must equal what was saved. It runs in
    the program's own folder, or `from_inputs`, where the files to save are.
    """

    words: Sequence[str]
    before: Callable[[], None] = nothing
    result: Path | None = None
    at_once: int = 1
    from_inputs: bool = False


def _no_words(place: Place) -> Sequence[Sequence[str]]:
    del place
    return ()


@dataclass(frozen=True)
class Candidate:
    """One program: how it makes an empty home (`begin`) and 10,000 versions (`fill`), and works.

    `steps` and `cannot` together name all rows; `remarks` tell what a row is for this program.
    """

    name: str
    title: str
    version: str
    steps: Mapping[str, Callable[[Place], Step]]
    cannot: Mapping[str, str]
    remarks: Mapping[str, str] = field(default_factory=dict)
    environ: Callable[[Path], Mapping[str, str]] = lambda _: {}
    begin: Callable[[Place], Sequence[Sequence[str]]] = _no_words
    fill: Callable[[Place], Sequence[Sequence[str]]] = _no_words


def script(python: str | Path, name: str) -> Callable[..., Sequence[str]]:
    """Words that run one act of a file in programs/ by a Python."""
    return lambda *words: (str(python), str(PROGRAMS / name), *(str(word) for word in words))


def every(rows: str, reason: str) -> Mapping[str, str]:
    """One reason for several rows."""
    return dict.fromkeys(rows.split(), reason)


def said(output: str) -> Mapping[str, Any]:
    """The JSON object in the last line of what a program of programs/ printed."""
    found = json.loads(output.strip().rpartition("\n")[2])
    assert isinstance(found, dict)
    return found
