"""Searching across the catalog."""

import unicodedata
from collections.abc import Sequence

from artifactctl.catalog.reading import searching
from artifactctl.enums import SearchKind
from artifactctl.errors import InvalidInputError, WrongUsageError
from artifactctl.home import Home
from artifactctl.results.findings import Finding, Findings, cut

_MOST_WORDS = 20
_LONGEST_WORD = 255
_EQUALS = len(" = ")


def find(home: Home, text: str, kinds: Sequence[SearchKind], limit: int) -> Findings:
    """Return the things in which all words of the text are, at most `limit` of each kind."""
    words = _words(text)
    if not home.catalog.exists():
        return Findings(tuple(words), ())
    patterns = [searching.pattern_of(word) for word in words]
    items: list[Finding] = []
    more: list[SearchKind] = []
    for kind in kinds or list(SearchKind):
        hits, is_more = searching.few(searching.search(home.catalog, words, kind), limit)
        more += [kind] * is_more
        for hit in hits:
            found = hit.text
            spans = [match.span() for it in patterns for match in it.finditer(found.text)]
            snippet = cut(found.text, spans, 0 if found.key is None else len(found.key) + _EQUALS)
            items.append(Finding(kind, hit.ref, hit.id, found.where, found.key, *snippet))
    return Findings(tuple(words), tuple(items), tuple(more))


def _words(text: str) -> list[str]:
    words = list(dict.fromkeys(unicodedata.normalize("NFC", text).split()))
    if not words:
        raise WrongUsageError("there is nothing to search for", hint="give a word")
    return checked(words)


def checked(words: list[str]) -> list[str]:
    """Return the words; raises `InvalidInputError` for those that nothing can be searched for."""
    if len(words) > _MOST_WORDS or any(len(word) > _LONGEST_WORD for word in words):
        raise InvalidInputError(
            f"a search has at most {_MOST_WORDS} words of {_LONGEST_WORD} characters"
        )
    if any("\0" in word for word in words):
        raise InvalidInputError("a search cannot contain a NUL character")
    return words
