"""Semantic versions (SemVer 2.0), and the ranges of them that npm writes as `^1.2` and `~1.2`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import total_ordering

from artifactctl.enums import VersionPart

_NUMBER = "(?:0|[1-9][0-9]*)"
_BEHIND = r"(?:-(?P<pre>[0-9A-Za-z.-]+))?(?:\+(?P<build>[0-9A-Za-z.-]+))?"
_VERSION = re.compile(rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER}){_BEHIND}", re.ASCII)
_RANGE = re.compile(rf"([~^])({_NUMBER})(?:\.({_NUMBER})(?:\.({_NUMBER}){_BEHIND})?)?", re.ASCII)

Numbers = tuple[int, int, int]


@total_ordering
@dataclass(frozen=True, slots=True)
class SemVer:
    """A semantic version; `pre` are the parts of its pre-release, empty for a release."""

    numbers: Numbers
    pre: tuple[str, ...] = ()

    def __lt__(self, other: "SemVer") -> bool:
        return self._order < other._order

    @property
    def _order(self) -> tuple[object, ...]:
        # A release comes after its pre-releases, a number before a text, a shorter list first.
        parts = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in self.pre]
        return self.numbers, not self.pre, parts

    def bumped(self, part: VersionPart) -> str:
        """The next version by a part; that of a pre-release is its release, where that is next."""
        major, minor, patch = self.numbers
        is_pre = bool(self.pre)
        if part is VersionPart.MAJOR:
            return f"{major + (not is_pre or bool(minor or patch))}.0.0"
        if part is VersionPart.MINOR:
            return f"{major}.{minor + (not is_pre or bool(patch))}.0"
        return f"{major}.{minor}.{patch + (not is_pre)}"


FIRST = {VersionPart.MAJOR: "1.0.0", VersionPart.MINOR: "0.1.0", VersionPart.PATCH: "0.0.1"}
"""The versions that follow nothing, by the part that is bumped."""


@dataclass(frozen=True, slots=True)
class Range:
    """The versions from `least` on, below `end`.

    A pre-release is among them only when `least` is one of the same release.
    """

    least: SemVer
    end: Numbers

    def __contains__(self, version: SemVer) -> bool:
        if version.pre and not (self.least.pre and version.numbers == self.least.numbers):
            return False
        return self.least <= version and version.numbers < self.end


def parse_semver(text: str) -> SemVer | None:
    """The semantic version in a text; None when it is none."""
    found = _VERSION.fullmatch(text)
    if found is None:
        return None
    pre = _parts(found["pre"])
    if pre is None or _parts(found["build"]) is None:
        return None
    # A number with a leading zero is allowed in the build alone.
    if any(part.isdigit() and part != "0" and part[0] == "0" for part in pre):
        return None
    major, minor, patch = (int(number) for number in found.groups()[:3])
    return SemVer((major, minor, patch), pre)


def _parts(text: str | None) -> tuple[str, ...] | None:
    parts = () if text is None else tuple(text.split("."))
    return None if "" in parts else parts


def parse_range(text: str) -> Range | None:
    """The range in `^1.2`, `~1.2.3-rc.1` and the like; None for any other text."""
    found = _RANGE.fullmatch(text)
    if found is None:
        return None
    given = [int(number) for number in found.groups()[1:4] if number is not None]
    major, minor, patch = (*given, 0, 0, 0)[:3]
    pre = _parts(found["pre"])
    if pre is None:
        return None
    is_exact = len(given) == 3
    if found[1] == "~":
        end = (major, minor + 1, 0) if len(given) > 1 else (major + 1, 0, 0)
    elif major or len(given) == 1:
        end = (major + 1, 0, 0)
    else:
        end = (0, 0, patch + 1) if is_exact and not minor else (0, minor + 1, 0)
    return Range(SemVer((major, minor, patch), pre), end)


def highest(texts: Iterable[str], within: Range | None = None) -> str | None:
    """The highest semantic version among some texts, of a range if there is one; None for none.

    Of those that differ only in their build the first one counts.
    """
    best: tuple[SemVer, str] | None = None
    for text in texts:
        version = parse_semver(text)
        if version is None or (within is not None and version not in within):
            continue
        if best is None or version > best[0]:
            best = version, text
    return None if best is None else best[1]


def next_version(texts: Iterable[str], part: VersionPart) -> str:
    """The version that follows the highest semantic one among some texts."""
    found = highest(texts)
    version = None if found is None else parse_semver(found)
    return FIRST[part] if version is None else version.bumped(part)
