"""Selecting files of a tree by `--include` and `--exclude` patterns."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from artifactctl.errors import InvalidInputError


@dataclass(frozen=True)
class Selection:
    """Patterns for paths with `/` between their parts; without patterns all files are selected.

    A pattern without `/` is matched against each part of a path, so `*.csv` selects files at any
    depth and `cache` a whole folder; one with `/` is matched from the top. `*` and `?` match within
    one part, `**` across parts, `[ab]` and `[!ab]` are sets. `exclude` overrides `include`.
    """

    include: Sequence[str] = ()
    exclude: Sequence[str] = ()

    def selects(self, path: str) -> bool:
        """Return whether the file at `path` is selected."""
        if self.leaves_out(path):
            return False
        return self._included is None or self._included.match(path) is not None

    def leaves_out(self, path: str) -> bool:
        """Return whether `path` is excluded; excluding a folder excludes its contents."""
        return self._excluded is not None and self._excluded.match(path) is not None

    @cached_property
    def _included(self) -> re.Pattern[str] | None:
        return _compile(self.include)

    @cached_property
    def _excluded(self) -> re.Pattern[str] | None:
        return _compile(self.exclude)


def _compile(patterns: Sequence[str]) -> re.Pattern[str] | None:
    if not patterns:
        return None
    try:
        return re.compile("|".join(_translate(pattern) for pattern in patterns), re.DOTALL)
    except re.error:
        raise InvalidInputError(
            f"one of the patterns {', '.join(patterns)} is not valid",
            hint="a range such as '[b-a]' is in the wrong order",
        ) from None


def _translate(pattern: str) -> str:
    body = pattern.removeprefix("./").rstrip("/")
    anchored = "/" in body
    regex = "".join(_piece(token) for token in _TOKENS.findall(body.lstrip("/")))
    start = "" if anchored else "(?:.*/)?"
    # A pattern that matches a folder selects everything in it.
    return rf"{start}{regex}(?:/.*)?\Z"


# A set whose first member may be "]"; any other bracket is an ordinary character.
_CLASS = r"\[(?:!|(?!!))(?:\][^\]/]*|[^\]/]+)\]"
_TOKENS = re.compile(rf"\*\*/|\*\*|\*|\?|{_CLASS}|.", re.DOTALL)


def _piece(token: str) -> str:
    simple = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    if token in simple:
        return simple[token]
    if len(token) > 1:
        negated = token.startswith("[!")
        members = token[2 if negated else 1 : -1].replace("\\", r"\\").replace("[", r"\[")
        members = members.replace("]", r"\]").replace("^", r"\^").replace("&&", r"\&\&")
        return f"(?!/)[{'^' if negated else ''}{members}]"
    return re.escape(token)
