"""What a search found."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from artifactctl.enums import SearchKind

_AROUND = 30  # characters before the first match
_LONGEST = 120
_LONGEST_KEY = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was found; `ref` is what commands take for it.

    `where` is the text in which the words are: name, version, tag, description, step, metadata or
    `metadata of STEP`; `key` is the key of the metadata, None elsewhere. `snippet` is the part of
    the text around the first match, behind the key and ` = ` for metadata; `matches` are where the
    words begin and end in the snippet.
    """

    kind: SearchKind
    ref: str
    id: str
    where: str
    key: str | None
    snippet: str
    matches: tuple[tuple[int, int], ...]

    def as_json(self) -> dict[str, Any]:
        """Return its fields as JSON values."""
        return {
            "kind": self.kind.value,
            "where": self.where,
            "ref": self.ref,
            "id": self.id,
            "key": self.key,
            "snippet": self.snippet,
            "matches": [list(match) for match in self.matches],
        }


@dataclass(frozen=True, slots=True)
class Findings(Sequence[Finding]):
    """What was found by `words`; `more` are the kinds of which there is more."""

    words: tuple[str, ...]
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

        lines = [(one.kind.value, one.ref, one.where, one.snippet) for one in self.items]
        more = f"; more of: {', '.join(kind.value for kind in self.more)}" if self.more else ""
        return first_rows(("kind", "ref", "where", "text"), lines, f"{len(self)} found{more}")


def cut(
    text: str, spans: Sequence[tuple[int, int]], head: int = 0
) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Return the part of a text around the first of its matches, and the matches in that part.

    The first `head` characters are shown before it in any case, or the start of them.
    """
    first = min((begin for begin, _ in spans), default=0)
    begin = max(0, first - _AROUND) if len(text) > _LONGEST else 0
    shown = min(head, begin, _LONGEST_KEY)
    end = min(len(text), begin + _LONGEST - shown)
    before, after = "…" * (begin > shown), "…" * (end < len(text))
    shift = shown + len(before) - begin
    inside = sorted({(a + shift, min(b, end) + shift) for a, b in spans if begin <= a < end})
    return f"{text[:shown]}{before}{text[begin:end]}{after}", tuple(apart(inside))


def apart(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return matches, in their order, with those that overlap or meet as one."""
    found: list[tuple[int, int]] = []
    for begin, end in spans:
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found
