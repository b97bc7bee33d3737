"""What may have been meant by a word that is not known: the end of many error messages."""

from collections.abc import Collection, Iterable

_SHOWN = 10
_LONGEST = 60  # characters: a longer word is no typing mistake, and comparing it takes its time


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like `word`; None when none is near."""
    # Only an error needs it: importing it would make every command start later.
    import difflib  # noqa: PLC0415

    close = difflib.get_close_matches(word, known, 1) if len(word) <= _LONGEST else []
    return close[0] if close else None


def did_you_mean(found: str | None) -> str:
    """`did you mean 'version'?`; empty for None, when no known word is near."""
    return "" if found is None else f"did you mean {found!r}?"


def suggestion(word: str, known: Collection[str]) -> str:
    """`did you mean 'version'?`, else `there are: name, version` with ten known words at most."""
    more = " …" if len(known) > _SHOWN else ""
    shown = f": {', '.join(list(known)[:_SHOWN])}{more}" if known else " none"
    return did_you_mean(nearest(word, known)) or f"there are{shown}"
