"""References, and the rules for names, versions and tags."""

import unicodedata
import uuid

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from artifactctl.errors import InvalidInputError
from artifactctl.refs import (
    MAX_NUMBER,
    Ref,
    check_name,
    check_tag,
    check_version,
    parse_ref,
    version_number,
)

PRINTABLE = st.characters(exclude_categories=["C", "Zl", "Zp"], exclude_characters="/\\@:,")
PARTS = st.text(PRINTABLE, min_size=1, max_size=12).filter(lambda text: text[0] not in "-.")


def normal(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def is_accepted(check, text: str) -> bool:
    try:
        check(text)
    except InvalidInputError:
        return False
    return True


NAMES = (
    st.lists(PARTS, min_size=1, max_size=3)
    .map("::".join)
    .filter(lambda name: is_accepted(check_name, name))
)
VERSIONS = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,30}", fullmatch=True).filter(
    lambda version: version != "latest"
)
TAGS = st.text(
    st.characters(exclude_categories=["C", "Z"], exclude_characters=",@") | st.just(" "),
    min_size=1,
    max_size=20,
).filter(lambda tag: is_accepted(check_tag, tag))
ANY_TEXT = st.text(st.characters() | st.sampled_from("::@/\\.-\u202e\x1b\ud800 0123456789abcdef"))


@given(NAMES, VERSIONS)
def test_a_version_is_read_back_as_written(name: str, version: str):
    assert parse_ref(f"{name}:{version}") == Ref(normal(name), version=version)


@given(NAMES, TAGS)
def test_a_tag_is_read_back_as_written_whatever_colons_it_has(name: str, tag: str):
    assert parse_ref(f"{name}@{tag}") == Ref(normal(name), tag=normal(tag))


@given(NAMES)
def test_a_bare_name_means_its_latest_version(name: str):
    assert parse_ref(name) == parse_ref(f"{name}:latest") == Ref(normal(name))


@given(NAMES, VERSIONS)
def test_a_version_beside_a_name_means_the_same_as_behind_it(name: str, version: str):
    assert parse_ref(name, version) == parse_ref(f"{name}:{version}")


@given(ANY_TEXT | NAMES)
@example("a::b:1")
@example("a@b:c")
@example("12345678")
def test_what_is_accepted_is_printed_so_that_it_is_read_the_same(text: str):
    if is_accepted(parse_ref, text):
        ref = parse_ref(text)
        assert parse_ref(str(ref)) == ref


@given(ANY_TEXT)
def test_what_a_check_accepts_it_accepts_again_unchanged(text: str):
    for check in (check_name, check_version, check_tag):
        if is_accepted(check, text):
            assert check(check(text)) == check(text)


@pytest.mark.parametrize(
    ("text", "name", "version"),
    [
        ("iris_pipeline::loader::output:3", "iris_pipeline::loader::output", "3"),
        ("a::b", "a::b", None),
        ("a::1", "a::1", None),
        ("data set:raw_2023", "data set", "raw_2023"),
        ("x:05", "x", "05"),
    ],
)
def test_a_version_is_split_off_at_the_last_single_colon(text: str, name: str, version: str | None):
    assert parse_ref(text) == Ref(name, version=version)


@pytest.mark.parametrize(
    "text",
    [
        "a:1@prod",
        "a:b:1",
        "a:",
        ":1",
        "a@",
        "@prod",
        "a@b@c",
        "a@b,c",
        "a:::1",
        "a::::b",
        "::a",
        "a::",
        "a:LATEST!",
        "a:-1",
        "a:.5",
        "a:é",
        "",
    ],
)
def test_a_reference_that_says_something_else_is_refused(text: str):
    with pytest.raises(InvalidInputError):
        parse_ref(text)


@pytest.mark.parametrize("text", ["a:1", "a:latest", "a@prod"])
def test_a_version_given_twice_is_refused(text: str):
    with pytest.raises(InvalidInputError, match="version given twice"):
        parse_ref(text, "2")


@given(st.uuids(version=4))
def test_an_id_is_taken_in_every_spelling_and_starts_with_its_prefixes(value: uuid.UUID):
    for spelled in (str(value), str(value).upper(), value.hex):
        assert parse_ref(spelled).id_prefix == value.hex
    for length in (8, 9, 12, 20, 35):
        prefix = str(value)[:length]
        assert parse_ref(prefix).id_prefix == prefix.replace("-", "")


@pytest.mark.parametrize("text", ["1234567", "model", "12345678g", "1" * 33, "12345678:1", "beef"])
def test_what_cannot_be_the_start_of_an_id_has_no_prefix(text: str):
    assert parse_ref(text).id_prefix is None


@given(st.uuids())
def test_a_name_that_looks_like_an_id_is_refused(value: uuid.UUID):
    for spelled in (str(value), str(value).upper(), value.hex):
        with pytest.raises(InvalidInputError, match="look like an ID"):
            check_name(spelled)


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "é" * 255,
        "my data",
        "a.b-c_d+e",
        "模型",
        "a::b::c",
        "[red]x[bold]",
        "a%_b",
        "a,b",
        "~x",
    ],
)
def test_an_ordinary_name_is_taken_as_it_is(name: str):
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a" * 256,
        "a/b",
        "a\\b",
        "a@b",
        "-a",
        ".a",
        "..",
        "a:b",
        "a\nb",
        "a\x00",
        "a\x1b[31m",
        "a\x9b",
        "a\u202eb",
        "a\u2066b",
        "a\u200fb",
        "a\u2028b",
        "a\ud800",
        "a\x7f",
    ],
)
def test_a_name_that_breaks_a_rule_is_refused(name: str):
    with pytest.raises(InvalidInputError, match="name"):
        check_name(name)


def test_names_and_tags_are_normalised_to_one_form():
    decomposed = "cafe\u0301"
    assert check_name(decomposed) == check_tag(decomposed) == "café"


@pytest.mark.parametrize("version", ["1", "0", "05", "raw_2023", "_x", "1.0+cpu", "a-b", "v" * 255])
def test_an_ordinary_version_is_taken_as_it_is(version: str):
    assert check_version(version) == version


@pytest.mark.parametrize(
    "version", ["", "latest", "a b", "a/b", "é", "٣", ".1", "-1", "+1", "1\n", "a:b", "v" * 256]
)
def test_a_version_that_breaks_a_rule_is_refused(version: str):
    with pytest.raises(InvalidInputError, match="version"):
        check_version(version)


@pytest.mark.parametrize("tag", ["prod", "stage:prod", "a b", "a/b", "-x", ".y", "模", "t" * 255])
def test_an_ordinary_tag_is_taken_as_it_is(tag: str):
    assert check_tag(tag) == tag


@pytest.mark.parametrize("tag", ["", "a,b", "a@b", "a\tb", "a\u202eb", "a\ud800", "t" * 256])
def test_a_tag_that_breaks_a_rule_is_refused(tag: str):
    with pytest.raises(InvalidInputError, match="tag"):
        check_tag(tag)


@given(st.integers(1, MAX_NUMBER))
@example(1)
@example(MAX_NUMBER)
def test_a_canonical_positive_integer_counts(number: int):
    assert version_number(str(number)) == number


@pytest.mark.parametrize(
    "version", ["0", "05", "1.0", "+1", "1_000", str(2**63), "9" * 19, "9" * 400, "raw_2023", "٣"]
)
def test_any_other_version_is_a_custom_string(version: str):
    assert version_number(version) is None


@pytest.mark.parametrize("wrong", [None, 1, b"a", ["a"]])
@pytest.mark.parametrize("check", [check_name, check_version, check_tag, parse_ref])
def test_what_is_no_text_is_refused_as_such(check, wrong):
    with pytest.raises(InvalidInputError, match="must be text, not"):
        check(wrong)
