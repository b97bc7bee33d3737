"""The order of steps and variables that need each other."""

from itertools import pairwise

import pytest

from artifactctl.errors import InvalidInputError
from artifactctl.pipelines.ordering import arranged, in_order


def test_names_come_after_what_they_need_else_in_the_given_order() -> None:
    needed = {"d": ["a"], "c": [], "b": ["c", "elsewhere"], "a": ["c"], "e": []}
    assert in_order(needed) == ["c", "b", "a", "d", "e"]


def test_cycles_are_told_apart_from_names_that_only_need_them() -> None:
    needed = {"x": ["b"], "a": ["b"], "b": ["c"], "c": ["a"], "s": ["s"], "free": []}
    assert arranged(needed) == (["free"], [["a", "b", "c"], ["s"]])
    with pytest.raises(InvalidInputError, match="cycle: a -> c -> b -> a;"):
        in_order(needed)


def test_ten_thousands_of_names_are_ordered() -> None:
    names = [f"v{number}" for number in range(30_000)]
    assert in_order({name: [] for name in names}) == names
    chain = {name: [before] for before, name in pairwise(names)}
    assert in_order({**chain, "v0": []}) == names
