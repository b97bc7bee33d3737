"""Metadata as users give it."""

import enum
import fractions
import json
import uuid
from collections import Counter, deque
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path, PurePosixPath
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from artifactctl.errors import InvalidInputError, NotFoundError
from artifactctl.metadata import check_metadata, parse_pairs, plain_metadata, read_file

KEYS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20).filter(
    lambda key: "=" not in key and key.isprintable()
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_a_value_that_is_json_is_that_value(metadata):
    # After a key that ends in a colon, `=` alone would be the `:=` of the key before it.
    sign = {key: ":=" if key.endswith(":") else "=" for key in metadata}
    words = [f"{key}{sign[key]}{json.dumps(value)}" for key, value in metadata.items()]
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


@pytest.mark.parametrize(
    "word", ["1", "-1", "0", "0.93", "0.90", "1.10", "1e-4", "1E+3", "1.5e3", "5e-324", "-0.0",
             "0e-9", "0.10000000000000001", "12345678901234567890123", "2.2250738585072014e-308"]
)  # fmt: skip
def test_a_number_is_one_as_json_writes_it(word: str):
    assert parse_pairs([f"a={word}", f"b:={word}"]) == dict.fromkeys("ab", json.loads(word))


@pytest.mark.parametrize(
    "word", ["6063e25", "12345e6", "123e4567", "1e3", "-1e3", "1234567E8", "0e0",
             "-1e-400",
             "0.1234567890123456789", "+1", ".5", "1.", "0x1F", "1_000", "007", "-", "1 2", "٣",
             "12:30", "nan", "no", "~", "9" * 5000, "0." + "1" * 5000]
)  # fmt: skip
def test_a_number_that_would_not_come_back_as_it_was_typed_is_text(word: str):
    assert parse_pairs([f"a={word}"]) == {"a": word}


@example(2.0**-24, "e")
@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(), st.sampled_from("efgd"))
def test_what_programs_print_of_a_number_is_that_number(value, form: str):
    for text in (json.dumps(value), f"{value:.17g}", f"{value:.6e}", f"{value:.3f}"):
        found = parse_pairs([f"a={text}"])["a"]
        assert found == json.loads(text)
        assert isinstance(found, (int, float))


@given(st.from_regex(r"\A[0-9a-f]{7,40}\Z").filter(lambda text: not text.isdigit()))
def test_the_hash_of_a_commit_is_text(commit: str):
    assert parse_pairs([f"commit={commit}"]) == {"commit": commit}


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("a==1", "1"), ("a==", ""), ("a===", "="), ("a==true", "true"), ('a=="x"', '"x"'),
        ("a:=1e3", 1000.0), ("a:=6063e25", 6.063e28), ('a:="1"', "1"), ("a:=null", None),
        ("a:=[1, 2]", [1, 2]), ("a:b:=1", 1), ("a:=1.0", 1.0), ("a:==1", "1"),
    ],
)  # fmt: skip
def test_a_word_may_say_of_what_type_it_is(word: str, value):
    (found,) = parse_pairs([word]).values()
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("word", ["a:=text", "a:=", "a:=01", "a:=NaN", "a:=1e999", "a:={", ":=1"])
def test_what_is_said_to_be_json_and_is_not_is_refused(word: str):
    with pytest.raises(InvalidInputError, match=r"'a'|metadata key ''"):
        parse_pairs([word])


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


@pytest.mark.parametrize("value", ["\0", "a\0b", ["\0"], {"k": {"a\0": 1}}, {"k": ["a\0"]}])
def test_text_with_a_nul_is_refused_since_no_other_database_keeps_it(value: Any):
    with pytest.raises(InvalidInputError, match="metadata 'a' has text with a NUL character"):
        check_metadata({"a": value})


@pytest.mark.parametrize("value", ["\\u0000", "\\\\u0000", {"\\u0000": ["\\0"]}])
def test_text_that_only_spells_a_nul_is_kept(value: Any):
    assert check_metadata({"a": value}) == {"a": value}


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


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ('{\n  "a": 1,\n  "a": 2}', "line 3, column 3: key 'a' is given twice"),
        ('{"a": 1e999}', "line 1, column 7: '1e999' is not a number"),
        ("a: 1\nb: 010\n", "line 2, column 4: '010' is octal"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_place(tmp_path: Path, content: str, place: str):
    path = tmp_path / "meta"
    path.write_text(content)
    with pytest.raises(InvalidInputError) as caught:
        read_file(path)
    assert caught.value.message.startswith(f"metadata file {str(path)!r}, {place}")


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path):
    for number, content in enumerate(('{"a": 1}', "a: 1\n")):
        path = tmp_path / str(number)
        path.write_text(content, "utf-8-sig")
        assert read_file(path) == {"a": 1}


def test_a_file_that_does_not_exist_is_not_found(tmp_path: Path):
    with pytest.raises(NotFoundError, match=r"absent\.yaml"):
        read_file(tmp_path / "absent.yaml")


class Colour(enum.Enum):
    RED = np.int64(3)


SERIES = pd.Series([0.5, None], index=["cat", "dog"])
FRAME = pd.DataFrame({"a": [1, 2]}, index=["x", "y"])


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (np.float32(0.5), 0.5), (np.int64(3), 3), (np.bool_(True), True), (np.str_("a"), "a"),
        (np.longdouble(0.5), 0.5), (np.arange(3), [0, 1, 2]), (np.bytes_(b"a"), "a"),
        (np.array([b"a"]), ["a"]), (np.array(5), 5), (np.ones((1, 2)), [[1.0, 1.0]]),
        (np.datetime64("2024-01-31T00:00:00.000000001"), "2024-01-31T00:00:00.000000001"),
        (np.timedelta64(1500, "ms"), 1.5), (np.array(["2024-01-31"], "M8[D]"), ["2024-01-31"]),
        (np.dtype("float32"), "float32"), (np.float32, "numpy.float32"), (int, "int"),
        (Colour, f"{__name__}.Colour"), (Colour.RED, 3), (Decimal("0.1"), 0.1),
        (fractions.Fraction(1, 2), 0.5), (b"text", "text"), (b"\xff\x00", "ff00"),
        (bytearray(b"a"), "a"), (memoryview(b"a"), "a"), (range(3), [0, 1, 2]),
        (deque([1]), [1]), ({2, 1}, [1, 2]), ({"a": 1}.keys(), ["a"]), ({"a": 1}.values(), [1]),
        (Counter({3: 2}), {"3": 2}), ({True: {0.5: 1}}, {"True": {"0.5": 1}}),
        ({np.int64(1): 2, Colour.RED: 4}, {"1": 2, "3": 4}), ((1, (2,)), [1, [2]]),
        (date(2024, 1, 31), "2024-01-31"), (time(1, 2), "01:02:00"),
        (datetime(2024, 1, 31, tzinfo=UTC), "2024-01-31T00:00:00+00:00"),
        (timedelta(seconds=90), 90.0), (PurePosixPath("a/b"), "a/b"), (uuid.UUID(int=0),
        "00000000-0000-0000-0000-000000000000"), (pd.Timestamp("2024-01-31"),
        "2024-01-31T00:00:00"), (pd.Timedelta("90s"), 90.0), (pd.NaT, None), (pd.NA, None),
        (pd.Series([1, 2]), [1, 2]), (pd.Series([1, 2], index=["a", "a"]), [1, 2]),
        (FRAME["a"], {"x": 1, "y": 2}), (FRAME, {"a": {"x": 1, "y": 2}}), (FRAME.index, ["x", "y"]),
        (pd.Period("2024-01"), "2024-01"), (pd.CategoricalDtype(), "category"),
        (pl.Series([1]), [1]), (pl.DataFrame({"a": [1]}), {"a": [1]}), (pl.Int64(), "Int64"),
    ],
)  # fmt: skip
def test_what_programs_have_at_hand_is_kept_as_plain_values(value: Any, kept: Any):
    found = plain_metadata({"a": {"b": [value]}})
    assert found == {"a": {"b": [kept]}}
    assert type(found["a"]["b"][0]) is type(kept)
    assert check_metadata(found) == found


def test_tensors_and_what_torch_calls_things_are_plain():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    values = {"a": torch.tensor(0.5), "b": torch.ones(2, requires_grad=True), "c": torch.float32,
              "d": torch.Size([1, 2]), "e": torch.device("cpu")}  # fmt: skip
    kept = {"a": 0.5, "b": [1.0, 1.0], "c": "float32", "d": [1, 2], "e": "cpu"}
    assert plain_metadata(values) == kept


@pytest.mark.parametrize("value", [float("nan"), np.float64("inf"), Decimal("NaN"), np.nan])
def test_what_is_no_number_is_null_with_a_warning(value: Any):
    with pytest.warns(UserWarning, match="'a': .* is kept as null"):
        assert plain_metadata({"a": value, "b": 1}) == {"a": None, "b": 1}


def test_keys_that_are_numbers_become_text():
    assert plain_metadata({0.5: "b", True: "c"}) == {"0.5": "b", "True": "c"}
    assert plain_metadata({2: "a", np.int64(3): "b"}) == {"2": "a", "3": "b"}


def test_keys_that_are_the_same_as_text_are_numbered_and_none_is_lost():
    assert plain_metadata({"1": "a", 1: "b"}) == {"1": "a", "1.1": "b"}
    nested = {"n": {1: "a", "1": "b", "1.1": "c", "2.5": "d", 2.5: "e"}}
    assert plain_metadata(nested) == {
        "n": {"1": "a", "1.2": "b", "1.1": "c", "2.5": "d", "2.5.1": "e"}
    }


class Unspeakable:
    def __repr__(self) -> str:
        raise RuntimeError("no words")


def endless() -> dict[str, Any]:
    value: dict[str, Any] = {}
    value["again"] = value
    return value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (object(), "'a': an object cannot be kept and is left out"),
        (len, "a builtin_function_or_method cannot be kept"),
        ([1, {"b": SimpleNamespace(ndim=0)}], "a SimpleNamespace cannot be kept"),
        (1j, "a complex cannot be kept"),
        (np.complex64(1), "a complex cannot be kept"),
        (np.random.default_rng(0), "a Generator cannot be kept"),
        ({Unspeakable(), 1}, "a set cannot be kept and is left out"),
        ("x" * (1 << 20), "larger than 1 MiB and is left out"),
        (np.zeros(10_000_000), "larger than 1 MiB and is left out"),
        (range(10**12), "larger than 1 MiB and is left out"),
        (10**5000, "larger than 1 MiB and is left out"),
        (endless(), "nested deeper than 32 levels and is left out"),
        ("\ud800", "not valid Unicode and is left out"),
        (["a\0"], "NUL character, which databases cannot keep and is left out"),
        ({(1, 2): 3}, "is not text and is left out"),
    ],
    ids=lambda value: str(value) if isinstance(value, str) and len(value) < 50 else "",
)
def test_what_cannot_be_kept_is_left_out_with_a_warning(value: Any, message: str):
    with pytest.warns(UserWarning, match=message):
        assert plain_metadata({"a": value, "b": 1}) == {"b": 1}


@pytest.mark.parametrize("key", [None, "", "k" * 256, ("a", "b"), "a\n"])
def test_a_key_that_cannot_be_kept_is_left_out_with_its_value(key: Any):
    with pytest.warns(UserWarning, match="is left out"):
        assert plain_metadata({key: 1, "b": 2}) == {"b": 2}


@pytest.mark.parametrize("wrong", [None, [1], "a=1", 5])
def test_metadata_has_to_be_a_mapping(wrong: Any):
    with pytest.raises(InvalidInputError, match="mapping of keys to values, not"):
        plain_metadata(wrong)
