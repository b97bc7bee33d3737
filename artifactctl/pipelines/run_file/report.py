"""What is found out about a file while it is read: mistakes, each with its place."""

import difflib
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from artifactctl.errors import InvalidInputError
from artifactctl.pipelines.secrets import without, worth_hiding

SHOWN_MISTAKES = 100
_SHOWN_CHARACTERS = 60

Executor = Literal["command", "python"]
"""What carries steps out: `artifactctl run` their commands, or functions of Python."""

Keys = tuple[str, ...]
"""The keys that lead to a value; an element of a list is `[0]`, `[1]` …"""


class Place(NamedTuple):
    """Where a value starts; both count from one, columns in characters."""

    line: int
    column: int


@dataclass(frozen=True)
class Report:
    """What is noted about one document.

    `source` names it. `ignored` are the keys that mean nothing here, `places` says where the keys
    stood, `secrets` are texts that no message may show, `uses` are keys that are only for one
    way of carrying steps out.
    """

    source: str
    mistakes: list[tuple[Place, str]] = field(default_factory=list)
    ignored: dict[str, Place | None] = field(default_factory=dict)
    places: dict[Keys, Place | None] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    uses: list[tuple[Executor, Keys]] = field(default_factory=list)

    def add(self, place: Place | None, keys: Keys, problem: str) -> None:
        """Note a mistake; those without a place come first."""
        where = f"{self.hidden(shown(keys))}: " if keys else ""
        self.mistakes.append((place or Place(0, 0), f"{where}{problem}"))

    def at(self, keys: Keys) -> Place | None:
        """Where a key stood; for one that did not, the nearest above it."""
        while keys and keys not in self.places:
            keys = keys[:-1]
        return self.places.get(keys)

    def hidden(self, text: str) -> str:
        """The text without what came from the environment; a letter or two is no secret."""
        return str(without(text, worth_hiding(self.secrets)))

    def position(self, place: Place | None) -> str:
        """`run.yaml:12:5`, or the document alone."""
        return f"{self.source}:{place.line}:{place.column}" if place else self.source

    def raise_mistakes(self) -> None:
        """Raise one `InvalidInputError` with a line for each mistake, in the file's order."""
        if not self.mistakes:
            return
        ordered = sorted(set(self.mistakes))
        lines = [
            f"{self.position(place if place.line else None)}: {problem}"
            for place, problem in ordered[:SHOWN_MISTAKES]
        ]
        if len(ordered) > SHOWN_MISTAKES:
            lines.append(f"{self.source}: {len(ordered) - SHOWN_MISTAKES} more mistakes")
        several = "1 mistake" if len(ordered) == 1 else f"{len(ordered)} mistakes"
        raise InvalidInputError(f"{self.source} has {several}", details=lines)

    def warn_of_ignored(self) -> None:
        """Warn once of each key that ZenML knows and that means nothing here."""
        for key, place in self.ignored.items():
            warnings.warn(
                f"{self.position(place)}: {key!r} means nothing here and is ignored", stacklevel=5
            )


def shown(keys: Keys) -> str:
    """`steps.train.outputs[1]`: keys as a person reads them, on one line."""
    path = ".".join(key if key.isprintable() and key else repr(key) for key in map(_cut, keys))
    return path.replace(".[", "[")


def quoted(text: str, *, bare: bool = False) -> str:
    """`text` in quotes on one line, cut when it is long; `bare` leaves out the quotes."""
    inner = repr(_cut(text))
    return inner[1:-1] if bare else inner


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'version'?`, or nothing when no known word is near."""
    # A word that long is no slip of the pen, and comparing it takes its time.
    close = difflib.get_close_matches(word, known, 1) if len(word) <= _SHOWN_CHARACTERS else []
    return f"; did you mean {close[0]!r}?" if close else ""
