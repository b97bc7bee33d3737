"""Semantic versions, and the ranges of them as npm means them."""

import itertools

import pytest

from artifactctl.enums import VersionPart
from artifactctl.semver import highest, next_version, parse_range, parse_semver

# From the specification, section 11.
IN_ORDER = [
    *("0.0.1", "0.9.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta"),
    *("1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.10", "1.2.0", "10.0.0"),
]


def test_versions_have_the_order_of_the_specification():
    for low, high in itertools.combinations(IN_ORDER, 2):
        assert parse_semver(low) < parse_semver(high)
    assert highest(reversed(IN_ORDER)) == "10.0.0"
    assert highest(["1.0.0+b", "1.0.0+a"]) == "1.0.0+b"


@pytest.mark.parametrize(
    "text", ["1", "1.2", "v1.2.3", "01.2.3", "1.2.3-", "1.2.3-a..b", "1.2.3-01", "1.2.3+", "latest"]
)
def test_what_is_no_semantic_version_is_none(text: str):
    assert parse_semver(text) is None


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("^1.2", ["1.2.0", "1.9.9"], ["1.1.9", "2.0.0", "1.3.0-rc.1", "2.0.0-a"]),
        ("^1.2.3", ["1.2.3", "1.3.0"], ["1.2.2", "2.0.0"]),
        ("^1", ["1.0.0", "1.9.0"], ["0.9.0", "2.0.0"]),
        ("^0.2.3", ["0.2.3", "0.2.9"], ["0.3.0", "0.2.2"]),
        ("^0.0.3", ["0.0.3"], ["0.0.4", "0.0.2"]),
        ("^0.0", ["0.0.0", "0.0.9"], ["0.1.0"]),
        ("^0", ["0.0.0", "0.9.9"], ["1.0.0"]),
        ("~1.2", ["1.2.0", "1.2.9"], ["1.3.0", "1.1.0"]),
        ("~1.2.3", ["1.2.3", "1.2.9"], ["1.2.2", "1.3.0"]),
        ("~1", ["1.0.0", "1.9.9"], ["2.0.0"]),
        ("~0", ["0.9.9"], ["1.0.0"]),
        ("^1.2.3-rc.1", ["1.2.3-rc.1", "1.2.3-rc.2", "1.2.3", "1.4.0"], ["1.2.3-a", "1.4.0-a"]),
        ("~1.2.3-rc.1", ["1.2.3-rc.2", "1.2.4"], ["1.2.4-rc.1", "1.3.0"]),
    ],
)
def test_a_range_has_what_npm_says(text: str, inside: list[str], outside: list[str]):
    found = parse_range(text)
    assert [one for one in (*inside, *outside) if parse_semver(one) in found] == inside


@pytest.mark.parametrize("text", ["^", "~", "1.2", "^01", "^1.2.3.4", "^x", ">=1", "^1.2-rc.1"])
def test_what_is_no_range_is_none(text: str):
    assert parse_range(text) is None


@pytest.mark.parametrize(
    ("known", "following"),
    [
        ([], ["1.0.0", "0.1.0", "0.0.1"]),
        (["1", "raw", "1.2"], ["1.0.0", "0.1.0", "0.0.1"]),
        (["1.2.3", "1.10.0", "0.0.1"], ["2.0.0", "1.11.0", "1.10.1"]),
        (["1.2.3-rc.1"], ["2.0.0", "1.3.0", "1.2.3"]),
        (["1.2.0-rc.1"], ["2.0.0", "1.2.0", "1.2.0"]),
        (["2.0.0-rc.1"], ["2.0.0", "2.0.0", "2.0.0"]),
    ],
)
def test_a_bump_follows_the_highest_as_npm_version_does(known: list[str], following: list[str]):
    assert [next_version(known, part) for part in VersionPart] == following
