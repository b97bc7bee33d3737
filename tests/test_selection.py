"""Which paths `--include` and `--exclude` mean."""

import fnmatch
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactctl.errors import InvalidInputError
from artifactctl.selection import Selection

PATHS = st.lists(st.text("ab.*?[]!^-\\", min_size=1, max_size=4), min_size=1, max_size=3).map(
    "/".join
)


def matches(pattern: str, path: str) -> bool:
    """Whether both sides of a selection see the same in a pattern, and what that is."""
    included = Selection(include=[pattern]).selects(path)
    assert Selection(exclude=[pattern]).leaves_out(path) == included
    return included


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*.csv", "a.csv"),
        ("*.csv", "x/y/a.csv"),
        ("cache", "cache"),
        ("cache", "x/cache/a/b"),
        ("cache/", "cache/a"),
        ("./a.csv", "a.csv"),
        ("data/*.csv", "data/a.csv"),
        ("/data/*.csv", "data/a.csv"),
        ("data/**", "data/x/y"),
        ("data/**/a.csv", "data/a.csv"),
        ("data/**/a.csv", "data/x/y/a.csv"),
        ("**/a.csv", "a.csv"),
        ("**/a.csv", "x/y/a.csv"),
        ("a?c", "abc"),
        ("[ab].txt", "b.txt"),
        ("[!ab].txt", "c.txt"),
        ("[a-c]x", "bx"),
        ("*", "x/y"),
        ("a[b", "a[b"),
        ("a.c", "a.c"),
        ("*.CSV", "a.CSV"),
        ("*", "line\nbreak"),
        ("[^a]", "^"),
        ("[]", "[]"),
        ("[!]", "[!]"),
        ("[]a]", "]"),
        ("[!]a]", "b"),
    ],
)
def test_a_pattern_finds(pattern: str, path: str):
    assert matches(pattern, path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*.csv", "a.csvx"),
        ("*.csv", "a.CSV"),
        ("data/*.csv", "x/data/a.csv"),
        ("data/*.csv", "data/x/a.csv"),
        ("/a.csv", "x/a.csv"),
        ("a?c", "a/c"),
        ("a*c", "a/c"),
        ("a[!x]c", "a/c"),
        ("[!ab].txt", "a.txt"),
        ("a.c", "abc"),
        ("cache", "cached/a"),
        ("cache", "my-cache"),
        ("[^a]", "b"),
        ("a|b", "a"),
        ("(a)", "a"),
        ("a$", "a"),
    ],
)
def test_a_pattern_leaves_alone(pattern: str, path: str):
    assert not matches(pattern, path)


@given(PATHS)
def test_no_pattern_selects_everything(path: str):
    assert Selection().selects(path)
    assert not Selection().leaves_out(path)


@given(st.text(max_size=12) | st.text("[]!^ab/*\\", max_size=8), PATHS)
def test_any_text_may_be_a_pattern(pattern: str, path: str):
    try:
        matches(pattern, path)
    except InvalidInputError:
        assert re.search(r"\[.*.-.", pattern)


def test_a_range_that_is_not_in_order_is_refused():
    with pytest.raises(InvalidInputError, match=r"\[b-a\]"):
        matches("[b-a]", "a")


@given(st.text("ab.-", min_size=1, max_size=6).filter(lambda text: text[0] != "."))
def test_a_name_without_wildcards_finds_exactly_itself_at_any_depth(name: str):
    assert matches(name, name)
    assert matches(name, f"x/{name}")
    assert matches(name, f"x/{name}/y")
    assert not matches(name, f"x{name}x")


@given(st.text("ab*?.", min_size=1, max_size=6), st.text("ab.x", min_size=1, max_size=6))
def test_in_one_name_stars_and_question_marks_mean_what_the_shell_means(pattern: str, name: str):
    if "**" in pattern or pattern.startswith("."):
        return
    assert matches(pattern, name) == fnmatch.fnmatchcase(name, pattern)


def test_what_is_excluded_is_out_whatever_is_included():
    selection = Selection(include=["*.csv", "keep"], exclude=["tmp", "a.csv"])
    found = [
        path
        for path in ("b.csv", "x/b.csv", "keep/z", "a.csv", "tmp/b.csv", "keep/tmp/z", "c.txt")
        if selection.selects(path)
    ]
    assert found == ["b.csv", "x/b.csv", "keep/z"]


def test_an_excluded_folder_is_known_before_it_is_entered():
    assert Selection(exclude=["node_modules"]).leaves_out("web/node_modules")
    assert not Selection(exclude=["node_modules/*.js"]).leaves_out("node_modules")
