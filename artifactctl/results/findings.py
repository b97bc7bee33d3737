"""What a search found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from artifactctl.enums import SearchKind

_AROUND = 30  # characters before the first match
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was found; `ref` is what commands take for it.

    `where` is the text in which the words are: name, version, tag, description, step, metadata or
    `metadata of STEP`. `snippet` is the part of it around the first match, and `matches` are where
    the words begin and end in the snippet.
    """

    kind: SearchKind
    ref: str
    id: str
    where: str
    snippet: str
    matches: tuple[tuple[int, int], ...]

    @property
    def marked(self) -> str:
        """The snippet with `**` around each match."""
        pieces, end = [], 0
        for first, behind in self.matches:
            pieces += [self.snippet[end:first], "**", self.snippet[first:behind], "**"]
            end = behind
        return "".join([*pieces, self.snippet[end:]])

    def as_json(self) -> dict[str, Any]:
        """Return its fields as JSON values."""
        return {
            "kind": self.kind.value,
            "where": self.where,
            "ref": self.ref,
            "id": self.id,
            "snippet": self.snippet,
            "matches": [list(match) for match in self.matches],
        }


@dataclass(frozen=True, slots=True)
class Findings(Sequence[Finding]):
    """What was found; `more` are the kinds of which there is more."""

    items: tuple[Finding, ...]
    more: tuple[SearchKind, ...] = ()

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.items)

    def __getitem__(self, index: Any) -> Any:
        return self.items[index]

    def _repr_html_(self) -> str:
        # Imported on first use: only notebooks need it.
        from artifactctl.visuals.notebook import first_rows  # noqa: PLC0415

        lines = [(one.kind.value, one.ref, one.where, one.marked) for one in self.items]
        more = f"; more of: {', '.join(kind.value for kind in self.more)}" if self.more else ""
        return first_rows(("kind", "ref", "where", "text"), lines, f"{len(self)} found{more}")


def cut(text: str, spans: Sequence[tuple[int, int]]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Return the part of a text around the first of its matches, and the matches in that part."""
    first = min((begin for begin, _ in spans), default=0)
    begin = max(0, first - _AROUND) if len(text) > _LONGEST else 0
    end = min(len(text), begin + _LONGEST)
    before, after = "…" * (begin > 0), "…" * (end < len(text))
    shift = len(before) - begin
    inside = sorted({(a + shift, min(b, end) + shift) for a, b in spans if begin <= a < end})
    return f"{before}{text[begin:end]}{after}", tuple(_apart(inside))


def _apart(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Matches that overlap as one."""
    found: list[tuple[int, int]] = []
    for begin, end in spans:
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found
