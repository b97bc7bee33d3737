"""Suggestions for unknown words, at the end of error messages."""

from collections.abc import Collection, Iterable

_SHOWN = 10
_LONGEST = 60  # characters; a longer word is not a typing error, and slow to compare


def nearest(word: str, known: Iterable[str], least: float = 0.6) -> str | None:
    """Return the known word that is most similar to `word`; None when none is similar.

    `least` is how similar it has to be, from 0 to 1. Case counts for nothing.
    """
    import difflib  # noqa: PLC0415 (only errors need it)

    if len(word) > _LONGEST:
        return None
    folded = {item.casefold(): item for item in known}
    close = difflib.get_close_matches(word.casefold(), folded, 1, least)
    return folded[close[0]] if close else None


def did_you_mean(found: str | None) -> str:
    """Return `did you mean 'version'?`; empty for None."""
    return "" if found is None else f"did you mean {found!r}?"


def suggestion(word: str, known: Collection[str]) -> str:
    """Return `did you mean 'version'?`, or else a list of at most ten known words."""
    more = " …" if len(known) > _SHOWN else ""
    shown = f": {', '.join(list(known)[:_SHOWN])}{more}" if known else " none"
    return did_you_mean(nearest(word, known)) or f"there are{shown}"
