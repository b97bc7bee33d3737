"""Metadata as users give it."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactctl.errors import InvalidInputError, NotFoundError
from artifactctl.metadata import check_metadata, parse_pairs, read_file

KEYS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20).filter(
    lambda key: "=" not in key and key.isprintable()
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_a_value_that_is_json_is_that_value(metadata):
    words = [f"{key}={json.dumps(value)}" for key, value in metadata.items()]
    assert parse_pairs(words) == metadata


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("a=text", "text"),
        ("a=", ""),
        ("a=b=c", "b=c"),
        ("a=0.93", 0.93),
        ("a=1e-05", 1e-05),
        ("a=007", "007"),
        ("a=true", True),
        ("a=True", "True"),
        ("a=null", None),
        ('a="5"', "5"),
        ("a=[1, 2]", [1, 2]),
        ("a=[1, 2", "[1, 2"),
        ("a=2024-01-31", "2024-01-31"),
        ("a=nan", "nan"),
    ],
)
def test_any_other_value_is_text(word: str, value):
    assert parse_pairs([word]) == {"a": value}


def test_the_last_of_equal_keys_wins():
    assert parse_pairs(["a=1", "b=2", "a=3"]) == {"a": 3, "b": 2}


@pytest.mark.parametrize(
    "word",
    [
        "a",
        "",
        "=1",
        "a\n=1",
        "a\u202e=1",
        f"{'k' * 256}=1",
        'a={"b":1,"b":2}',
        "a=NaN",
        "a=[1e999]",
    ],
)
def test_a_word_that_cannot_be_kept_is_refused(word: str):
    with pytest.raises(InvalidInputError):
        parse_pairs([word])


@pytest.mark.parametrize("text", ["a=\udcff", "\udcff=1", r'a="\ud800"'])
def test_bytes_that_are_no_text_are_refused(text: str):
    with pytest.raises(InvalidInputError):
        parse_pairs([text])


def test_a_value_may_be_large_but_not_larger_than_a_mebibyte():
    assert check_metadata({"a": "x" * 1_000_000})
    with pytest.raises(InvalidInputError, match="1 MiB"):
        check_metadata({"a": "x" * (1 << 20)})


@pytest.mark.parametrize(
    "value",
    [
        *(float("nan"), float("inf"), {1, 2}, b"x", {1: 2}, object()),
        pytest.param(10**5000, id="thousands of digits"),
    ],
)
def test_what_json_cannot_say_is_refused(value):
    with pytest.raises(InvalidInputError):
        check_metadata({"a": {"b": [value]}})


def test_a_file_may_be_json_or_yaml(tmp_path: Path):
    value = {"accuracy": 0.93, "labels": ["a", "é"], "nested": {"on_time": True, "none": None}}
    as_json = tmp_path / "a.json"
    as_json.write_text(json.dumps(value, ensure_ascii=False, indent=2))
    as_yaml = tmp_path / "a.yaml"
    as_yaml.write_text(
        "accuracy: 0.93\nlabels: [a, é]\nnested:\n  on_time: true\n  none: null\n", encoding="utf-8"
    )
    assert read_file(as_json) == read_file(as_yaml) == value


@pytest.mark.parametrize("value", [{"title": "😀"}, {"lr": 1e-05}], ids=["surrogates", "exponent"])
def test_what_only_json_spells_so_is_read_from_a_file(tmp_path: Path, value):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(value))
    assert read_file(path) == value


@pytest.mark.parametrize(
    "content",
    [b"", b"[1]", b"text", b"a: 1\na: 2", b"1: a", b"a: .nan", b"\xff\xfea", b"a: &x 1\nb: *x"],
)
def test_a_file_that_holds_anything_else_is_refused_by_name(tmp_path: Path, content: bytes):
    path = tmp_path / "meta.yaml"
    path.write_bytes(content)
    with pytest.raises(InvalidInputError, match=r"meta\.yaml"):
        read_file(path)


def test_a_file_that_does_not_exist_is_not_found(tmp_path: Path):
    with pytest.raises(NotFoundError, match=r"absent\.yaml"):
        read_file(tmp_path / "absent.yaml")
