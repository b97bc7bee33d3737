"""YAML, read strictly."""

from collections.abc import Iterator
from itertools import islice

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from artifactctl.errors import InvalidInputError
from artifactctl.json_text import MAX_DEPTH
from artifactctl.yaml_text import MAX_BYTES, kind_of, parse_yaml

TEXT = st.text(st.characters(exclude_categories=["Cs"])).filter(
    lambda text: not is_read_otherwise(text)
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=10,
)
# Nine levels of nine references: three hundred bytes that stand for gigabytes.
BOMB = "a: &a [lol,lol,lol,lol,lol,lol,lol,lol,lol]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n"
    for old, new in zip("abcdefg", "bcdefgh", strict=True)
)


def refused(text: str) -> str:
    with pytest.raises(InvalidInputError) as caught:
        parse_yaml(text, "run.yaml")
    assert caught.value.message.startswith("run.yaml")
    return caught.value.message


def is_read_otherwise(text: str) -> bool:
    """Whether YAML 1.1, which PyYAML writes, has a text without quotes that is none in 1.2."""
    return kind_of(text) not in ("text", "null", "flag") and yaml.dump(text)[0] not in "'\""


@given(VALUES)
def test_what_a_yaml_writer_writes_is_read_back(value):
    assert parse_yaml(yaml.dump(value, Dumper=_WithoutAliases), "x") == value


class _WithoutAliases(yaml.SafeDumper):
    def ignore_aliases(self, _data):
        return True


@pytest.fixture
def nothing_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    def build(*_: object, **_options: object) -> None:
        pytest.fail("a value was built")

    monkeypatch.setattr(yaml, "load", build)


@pytest.mark.usefixtures("nothing_is_built")
def test_an_alias_bomb_is_refused_before_anything_is_built():
    assert "anchors are refused" in refused(BOMB)
    assert "aliases are refused" in refused("a: [*a, *a]")


@pytest.mark.parametrize("text", ["a: &x 1\nb: *x\n", "&a [*a]", "a: {<<: *b}"])
def test_any_alias_is_refused_with_its_place(text: str):
    assert "line " in refused(text)


@pytest.mark.parametrize("text", ["a: 1\nb: 2\na: 3\n", "x: {a: 1, a: 1}", '{"a": 1, a: 2}'])
def test_a_key_given_twice_is_refused_with_its_line(text: str):
    message = refused(text)
    assert "'a' is given twice" in message
    assert "line " in message


@pytest.mark.parametrize(
    "text",
    ["1: a", "x: {true: 1}", "null: 1", "1.5: 1", "? [a]\n: 1", "0x1: 1", "01: 1", "a: {~: 1}"],
)
def test_a_key_that_is_not_text_is_refused(text: str):
    assert "not text" in refused(text)


@pytest.mark.parametrize("text", ["a: .nan", "a: .inf", "a: [-.inf]", "a: 1.0e+999"])
def test_what_is_no_finite_number_is_refused(text: str):
    assert "not a number" in refused(text)


def test_a_line_number_counts_from_one():
    assert "line 3, column 1" in refused("a: 1\nb: 2\na: 3\n")


def test_what_is_nested_as_deep_as_can_be_is_read():
    assert parse_yaml("[" * MAX_DEPTH + "]" * MAX_DEPTH, "x")


TOO_DEEP = [
    "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1),
    *("[" * 500_000, "- " * 500_000, "{a: " * 200_000, "? " * 500_000),
    *("[" * 500_000 + "]" * 500_000, "[" * 100 + "}", "[" * 100 + "@"),
]


@pytest.mark.usefixtures("nothing_is_built")
@pytest.mark.parametrize("text", TOO_DEEP, ids=lambda text: f"{text[:4]} {len(text)}")
def test_what_is_nested_deeper_is_refused_with_its_place_before_anything_is_built(text: str):
    message = refused(text)
    assert f"nested deeper than {MAX_DEPTH} levels" in message
    assert "line 1, column " in message


LEVELS = MAX_DEPTH + 20
READ_AHEAD = yaml.Mark("", LEVELS - 5, 0, LEVELS - 5, None, None)
OWN_LIMITS = [RecursionError("no deeper"), yaml.MarkedYAMLError(None, None, "no", READ_AHEAD)]


@pytest.mark.parametrize("told", [0, MAX_DEPTH])
@pytest.mark.parametrize("error", OWN_LIMITS)
def test_nesting_is_refused_in_our_words_when_the_parser_has_a_limit_of_its_own(
    monkeypatch: pytest.MonkeyPatch, told: int, error: Exception
):
    text = "[" * LEVELS + "]" * LEVELS
    parse = yaml.parse

    def parse_some(given: str, **options: object) -> Iterator[yaml.Event]:
        yield from islice(parse(given, **options), told if given == text else None)
        if given == text:
            raise error

    monkeypatch.setattr(yaml, "parse", parse_some)
    assert f"nested deeper than {MAX_DEPTH} levels" in refused(text)


def test_size_is_limited_in_bytes():
    assert parse_yaml("a" * MAX_BYTES, "x")
    assert "larger than 1 MiB" in refused("a" * (MAX_BYTES + 1))
    assert "larger than 1 MiB" in refused("é" * (MAX_BYTES // 2 + 1))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1e-4", 1e-4), ("1E+3", 1000.0), ("1e3", 1000.0), ("-2.5e-3", -0.0025), (".5", 0.5),
        ("1.", 1.0), ("+5", 5), ("-0", 0), ("0x1F", 31), ("1.10", 1.1), ("~", None), ("", None),
        ("Null", None), ("True", True), ("FALSE", False),
        ("12345678901234567890", 12345678901234567890),
    ],
)  # fmt: skip
def test_plain_scalars_are_those_of_the_core_schema(written: str, value: object):
    found = parse_yaml(f"x: {written}\n", "x")["x"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    "written",
    [
        *("no", "NO", "No", "yes", "on", "On", "off", "y", "n", "tRUE", "nULL", "nan", "inf"),
        *("12:30:45", "1:30", "-1:30", "190:20:30.15", "1_000", "0b101", "-0x1f", "0x1_0", "1,000"),
        *("6063e25", "12345e6", "123e4567", "1234567E8", "0x", "1e", "e5", ".", "1.2.3", "="),
        *("2024-01-31", "2024-01-31T10:00:00Z", "2024-01-31 10:00:00 +2", "0o8", "+0x1", "<"),
    ],
)  # fmt: skip
def test_what_some_reader_takes_for_text_stays_the_text_that_was_typed(written: str):
    assert parse_yaml(f"x: {written}\n", "x") == {"x": written}
    assert parse_yaml(f"- {written}\n", "x") == [written]
    assert parse_yaml(f"{{{written}: 1}}" if written != "1,000" else "{'1,000': 1}", "x") == {
        written: 1
    }


@pytest.mark.parametrize(
    "written", ["010", "-07", "+00", "0899", "0o7", "0o17", ".inf", "-.INF", ".NaN", "1e400"]
)
def test_what_readers_do_not_agree_on_is_refused_with_its_place(written: str):
    assert refused(f"a: 1\nb: [x, {written}]\n").startswith(
        f"run.yaml, line 2, column 8: '{written}'"
    )
    assert parse_yaml(f"x: '{written}'", "x") == {"x": written}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: &x 1", "line 1, column 4: anchors"),
        ("a: {<<: {b: 1}}", "line 1, column 5: merge keys"),
        ("a: <<", "line 1, column 4: merge keys"),
        ("a: !!str 1", "line 1, column 4: tags such as tag:yaml.org,2002:str"),
        ("!x a: 1", "line 1, column 1: tags such as !x"),
        ("a: 1\n--- 2\n", "line 2, column 5: there is a second document"),
        ("a: 1\n? b\n: 2\nno: {a: 1,\n a: 2}", "line 5, column 2: key 'a' is given twice"),
    ],
)
def test_what_is_refused_is_refused_with_its_place(text: str, place: str):
    assert refused(text).startswith(f"run.yaml, {place}")


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_a_document_may_say_which_yaml_it_is(version: str):
    assert parse_yaml(f"%YAML {version}\n---\nx: no\n", "x") == {"x": "no"}


@pytest.mark.parametrize("date", ["2024-01-31", "2024-01-31T10:00:00Z", "2024-01-31 10:00:00 +2"])
def test_dates_stay_the_text_that_was_typed(date: str):
    assert parse_yaml(f"d: {date}", "x") == {"d": date}


@pytest.mark.parametrize(
    "text",
    [
        "a: !!python/object/apply:os.system [id]",
        "!!python/name:os.system",
        "a: !custom 1",
        "a: !!binary aGk=",
        "a: !!set {x}",
        "a: 1\n---\nb: 2\n",
        "a: [1",
        "a: 'x",
        "a: b: c",
        "\ta: 1",
        "a: \x00",
        "@a",
        "!!map abc",
        "!!map [a]",
        'x: !!int ""',
        "x: !!int abc",
        "x: !!bool maybe",
        "x: !!float abc",
        "a: \ud800",
        pytest.param("x: " + "9" * 5000, id="thousands of digits"),
    ],
)
def test_a_document_that_is_unsafe_or_broken_is_refused(text: str):
    refused(text)


def test_an_empty_document_is_nothing():
    assert parse_yaml("", "x") is None
    assert parse_yaml("# only a comment\n", "x") is None


@pytest.mark.parametrize("text", ['{"a": [1, 2.5, null, true, "x"]}', '{\n\t"a":\t"b\\/c"\n}'])
def test_ordinary_json_is_read_as_what_it_says(text: str):
    assert parse_yaml(text, "x") == yaml.safe_load(text.replace("\t", " "))


SYNTAX = st.lists(
    st.sampled_from(
        [
            *("a", "1", ": ", "- ", "\n", "  ", "[", "]", "{", "}", ",", "? ", "'", '"', "|", ">"),
            *("#", "&x ", "*x", "%", "~", "---", "...", ".nan", "<<", "0", "é", "\\"),
        ]
    ),
    max_size=25,
).map("".join)


@given(SYNTAX | st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_any_text_is_a_value_or_a_refusal(text: str):
    try:
        parse_yaml(text, "x")
    except InvalidInputError as error:
        assert error.message.startswith("x")  # noqa: PT017 (both outcomes are right)
