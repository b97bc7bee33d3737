"""The report about a file while it is read: mistakes with their places, notes, secrets."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from artifactctl.errors import ArtifactctlError, InvalidInputError
from artifactctl.pipelines.secrets import without, worth_hiding
from artifactctl.plain_text import shortened
from artifactctl.suggestions import did_you_mean, nearest

SHOWN_MISTAKES = 100
IGNORED = "has no effect here and is ignored"
_SHOWN_CHARACTERS = 60

Executor = Literal["command", "python"]
"""The kind of steps: commands, which `artifactctl run` executes, or Python functions."""

Keys = tuple[str, ...]
"""The keys that lead to a value; an element of a list is `[0]`, `[1]` …"""


class Place(NamedTuple):
    """The position of a value in the file: line and column, from 1, the column in characters."""

    line: int
    column: int


class _Mistake(NamedTuple):
    """A mistake; `kind` is the error to raise when it is the only one."""

    place: Place
    text: str
    kind: type[ArtifactctlError] = InvalidInputError


@dataclass(frozen=True)
class Report:
    """The mistakes and notes about one document, whose name is `source`.

    `remarks` are notes about keys for the user, `places` the places of keys, `secrets` texts that
    no message may contain. `uses` are keys for one executor only, `idle` those that one executor
    ignores. `outside` has the messages for values from the environment that must not be recorded.

    One mistake must not cause messages about others: `doubtful` are keys whose values are wrong or
    missing, `unread` the words in these values, such as names of outputs.
    """

    source: str
    mistakes: list[_Mistake] = field(default_factory=list)
    remarks: dict[str, tuple[Place | None, str]] = field(default_factory=dict)
    places: dict[Keys, Place | None] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    uses: list[tuple[Executor, Keys]] = field(default_factory=list)
    idle: list[tuple[Executor, Keys]] = field(default_factory=list)
    outside: dict[Keys, str] = field(default_factory=dict)
    doubtful: set[Keys] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)

    def add(
        self,
        place: Place | None,
        keys: Keys,
        problem: str,
        kind: type[ArtifactctlError] = InvalidInputError,
    ) -> None:
        """Add a mistake as one line; mistakes without a place come first."""
        where = f"{self.hidden(shown(keys))}: " if keys else ""
        line = " ".join(problem.splitlines())
        self.doubtful.add(keys)
        self.mistakes.append(_Mistake(place or Place(0, 0), f"{where}{line}", kind))

    def add_error(self, keys: Keys, error: ArtifactctlError) -> None:
        """Add an error that was raised for the value of a key."""
        self.add(self.at(keys), keys, self.hidden(with_hint(error)), type(error))

    def further(self) -> "Report":
        """A copy for further mistakes, which leaves this report unchanged."""
        return replace(self, mistakes=[*self.mistakes], doubtful={*self.doubtful})

    def at(self, keys: Keys) -> Place | None:
        """The place of a key, or of the nearest key above it that has one."""
        while keys and keys not in self.places:
            keys = keys[:-1]
        return self.places.get(keys)

    @property
    def faulty_steps(self) -> set[str]:
        """The names of steps with a mistake."""
        return {keys[1] for keys in self.doubtful if len(keys) > 1 and keys[0] == "steps"}

    def may_name(self, artifact: str) -> bool:
        """Whether an output that could not be read may have that name."""
        # Keys such as steps.train.outputs.x.name, or ….x.artifact_config.name in ZenML's spelling.
        if any(keys[2:3] == ("outputs",) and "name" in keys[4:] for keys in self.doubtful):
            return True
        words = artifact.split("::")
        steps = self.faulty_steps if len(words) > 1 else set()
        return artifact in self.unread or any(w in self.unread or w in steps for w in words)

    def hidden(self, text: str) -> str:
        """The text without secrets; secrets of one or two letters are not hidden."""
        return str(without(text, worth_hiding(self.secrets)))

    def position(self, place: Place | None) -> str:
        """`run.yaml:12:5`, or only the document's name."""
        return f"{self.source}:{place.line}:{place.column}" if place else self.source

    def notes(self) -> tuple[str, ...]:
        """A line for each remark."""
        return tuple(
            f"{self.position(place)}: {key!r} {remark}"
            for key, (place, remark) in self.remarks.items()
        )

    def raise_mistakes(self) -> None:
        """Raise one error with a line for each mistake, in the order of the file.

        It is an `InvalidInputError` unless all mistakes have the same exit code.
        """
        if not self.mistakes:
            return
        ordered = sorted(set(self.mistakes), key=lambda mistake: mistake[:2])
        lines = [
            f"{self.position(place if place.line else None)}: {problem}"
            for place, problem, _ in ordered[:SHOWN_MISTAKES]
        ]
        if len(ordered) > SHOWN_MISTAKES:
            lines.append(f"{self.source}: {len(ordered) - SHOWN_MISTAKES} more mistakes")
        several = "1 mistake" if len(ordered) == 1 else f"{len(ordered)} mistakes"
        kinds = {mistake.kind for mistake in ordered}
        is_one = len({kind.exit_code for kind in kinds}) == 1
        kind = min(kinds, key=lambda kind: len(kind.mro())) if is_one else InvalidInputError
        raise kind(f"{self.source} has {several}", details=lines)


def with_hint(error: ArtifactctlError, message: str = "") -> str:
    """The message of an error, or `message`, with the error's details and hint, on one line."""
    return "; ".join(filter(None, (message or error.message, *error.details, error.hint)))


def shown(keys: Keys) -> str:
    """`steps.train.outputs[1]`: the keys as one line of text."""
    path = ".".join(key if key.isprintable() and key else repr(key) for key in map(_cut, keys))
    return path.replace(".[", "[")


def quoted(text: str, *, bare: bool = False) -> str:
    """`text` in quotes on one line, shortened if long; `bare` leaves out the quotes."""
    inner = repr(_cut(text))
    return inner[1:-1] if bare else inner


def or_meant(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'version'?`, or nothing when no known word is near."""
    found = did_you_mean(nearest(word, known))
    return f"; {found}" if found else ""


def _cut(text: str) -> str:
    return shortened(text, _SHOWN_CHARACTERS)
