"""Two values are the same only when they are alike in type and in all that they consist of."""

import copy
import functools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from artifactctl.materializers.sameness import is_same
from tests.materializers.test_class_fields import Frozen, Plain, Text, with_more
from tests.materializers.test_json_values import VALUES

ROWS = np.zeros(2, dtype={"names": ["a", "b"], "formats": ["i1", "i8"], "offsets": [0, 8]})


class Holder:
    def __init__(self, held: Any) -> None:
        self.held = held

    def method(self) -> None:
        pass


@given(VALUES)
def test_a_copy_is_the_same(value):
    assert is_same(copy.deepcopy(value), value)
    assert is_same(Holder(copy.deepcopy(value)), Holder(value))
    assert not is_same(Holder([value]), Holder([value, value]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True), (1, 1.0), (0.0, -0.0), ((1,), [1]), ({1: 2}, {1: 3}), ({1, 2}, {1, 3}),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}), (Text("a"), "a"), (Plain(1), Plain(2)),
        (Plain(1), with_more(Plain(1), extra=1)), (Frozen([1]), Frozen([1.0])), (len, max),
        (functools.partial(len, 1), functools.partial(len, 2)), (Holder(1), Holder(2)),
        (Holder(1).method, Holder(2).method), (np.arange(2), np.arange(2.0)),
        (np.arange(2), np.arange(3)), (np.array([None, 1]), np.array([None, True])),
        (np.ma.array([1], mask=[True]), np.ma.array([1], mask=[False])),
        (np.random.default_rng(1), np.random.default_rng(2)),
        (sparse.csr_matrix([[1, 2]]), sparse.csr_matrix([[1, 3]])),
        (LogisticRegression(C=1), LogisticRegression(C=2)),
    ],
)  # fmt: skip
def test_what_differs_anywhere_is_not_the_same(one, other):
    assert not is_same(one, other)
    assert not is_same({"deep": [one]}, {"deep": [other]})
    assert is_same(copy.deepcopy(one), one)


def test_what_means_nothing_is_no_difference():
    rows = ROWS.copy()
    rows.view("u1")[1:8] = 7  # between the fields
    assert is_same(rows, ROWS)
    assert is_same([float("nan")], [float("nan")])
    asked = sparse.csr_matrix([[1, 2]])
    assert asked.has_sorted_indices
    assert is_same(asked, sparse.csr_matrix([[1, 2]]))


def test_what_contains_itself_is_compared():
    circles = [Holder(None), Holder(None)]
    for circle in circles:
        circle.held = [circle]
    assert is_same(*circles)
    circles[0].held.append(1)
    assert not is_same(*circles)
