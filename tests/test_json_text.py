"""JSON, read strictly."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactctl.errors import InvalidInputError
from artifactctl.json_text import MAX_DEPTH, canonical_json, check_json_value, parse_json

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=10,
)


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


@given(VALUES)
def test_canonical_json_is_read_back_as_the_same_value(value):
    assert parse_json(canonical_json(value).decode()) == value


@given(st.dictionaries(TEXT, st.integers(), min_size=2))
def test_canonical_json_does_not_depend_on_the_order_of_keys(value):
    backwards = dict(reversed(value.items()))
    assert canonical_json(backwards) == canonical_json(value)
    assert b"\n" not in canonical_json(value)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "[1, NaN]", '{"a": 1e999}'])
def test_what_is_no_finite_number_is_refused(text: str):
    with pytest.raises(InvalidInputError, match="not a number"):
        parse_json(text)


@pytest.mark.parametrize("text", ['{"a": 1, "a": 1}', '[{"b": {"c": 1, "d": 2, "c": 3}}]'])
def test_a_key_given_twice_is_refused(text: str):
    with pytest.raises(InvalidInputError, match="twice"):
        parse_json(text)


def test_the_deepest_value_is_read_and_one_level_more_is_refused():
    parse_json(nested(MAX_DEPTH))
    for levels in (MAX_DEPTH + 2, 1000, 200_000):
        with pytest.raises(InvalidInputError, match="nested deeper"):
            parse_json(nested(levels))


def test_half_of_a_surrogate_pair_is_refused_in_values_and_keys():
    for text in (r'"\ud800"', r'{"\udfff": 1}', r'["a\ud800b"]'):
        with pytest.raises(InvalidInputError):
            parse_json(text)
    assert parse_json(r'"\ud83d\ude00"') == "\U0001f600"


@pytest.mark.parametrize("text", ["", "abc", "{", "01", "'a'", "1 2", "raw_2023", "nan"])
def test_what_is_no_json_is_a_value_error_so_that_it_may_be_text(text: str):
    with pytest.raises(ValueError):
        parse_json(text)


@pytest.mark.parametrize("value", [{1: "a"}, {"a": {1, 2}}, [b"bytes"], {"a": object()}, 1j])
def test_what_json_cannot_say_is_refused(value):
    with pytest.raises(InvalidInputError):
        check_json_value(value)


def test_a_value_that_contains_itself_is_refused():
    value: list = []
    value.append(value)
    with pytest.raises(InvalidInputError, match="nested deeper"):
        check_json_value(value)


@given(VALUES)
def test_every_plain_value_passes(value):
    check_json_value(json.loads(json.dumps(value)))


def test_a_key_given_twice_among_very_many_is_found_at_once():
    text = "{" + ",".join(f'"k{i}": 0' for i in range(200_000)) + ', "k199999": 1}'
    with pytest.raises(InvalidInputError, match="'k199999' is given twice"):
        parse_json(text)
