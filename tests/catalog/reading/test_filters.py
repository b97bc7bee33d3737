"""Filters as they are typed, taken apart; `test_filter_model` says what they find."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactctl.catalog.engine.dialect import SQLITE
from artifactctl.catalog.reading import listing
from artifactctl.catalog.reading.conditions import Bound, Like, literal, sql_of
from artifactctl.catalog.reading.filtering import as_uuid
from artifactctl.catalog.reading.filters import OPERATORS, Filter
from artifactctl.catalog.reading.finding import find_artifact
from artifactctl.catalog.rows import Listing
from artifactctl.catalog.writing.labelling import Labels
from artifactctl.errors import InvalidInputError, WrongUsageError
from artifactctl.refs import is_like_id
from tests.catalog.test_rows import add, listed, open_database
from tests.catalog.writes import change_artifact

NAMES = ("iris", "iris_test", "iris%test", "irisXtest", "p::s::output", "ab")
ALL = {*NAMES, "many"}
text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    """Six artifacts with tags of their own, and one without."""
    made = open_database(tmp_path_factory.mktemp("catalog"))
    for name in NAMES:
        add(made, name, tags=["of a version"])
        change_artifact(made, find_artifact(made, name).id, Labels(["team", name[:4]]))
    add(made, "many")
    yield made
    made.close()


def artifacts(db, *filters: tuple[str, str], operator: str = "and") -> set[str]:
    wish = Listing(size=0, filters=filters, logical_operator=operator)
    found = listing.list_artifacts(db, wish, lambda row: row.name)
    assert found.total == len(list(found))
    return set(found)


@given(text)
def test_text_without_an_operator_is_compared_whole(value: str):
    parsed = Filter.parse("f", value)
    if value.partition(":")[0] not in OPERATORS or ":" not in value:
        assert (parsed.operator, parsed.is_negated) == ("equals", False)


@pytest.mark.parametrize("operator", OPERATORS)
@given(value=text)
def test_text_before_the_first_colon_is_an_operator_only_when_it_is_one(operator, value):
    if operator in ("isnull", "isnotnull"):
        value = ""
    parsed = Filter.parse("f", f"{operator}:{value}")
    found = f"not{parsed.operator}" if parsed.is_negated else parsed.operator
    assert found.replace("notisnotnull", "isnull") == operator
    for other in (operator.upper(), f" {operator}", f"{operator}s", f"{operator} "):
        assert Filter.parse("f", f"{other}:{value}").operator == "equals"
    assert Filter.parse("f", operator).value == operator


@pytest.mark.parametrize("operator", ["isnull", "isnotnull"])
def test_an_operator_that_takes_no_value_refuses_one(db, operator: str):
    with pytest.raises(WrongUsageError, match="takes no value"):
        artifacts(db, ("name", f"{operator}:x"))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("a,b", ["a", "b"]),
        (" a , b ", ["a", "b"]),
        ("a", ["a"]),
        ("", [""]),
        ('["a,b", 1, 1.5, true, null]', ["a,b", "1", "1.5", "true", "null"]),
        (" [1]", ["1"]),
        ("[]", []),
    ],
)
def test_several_values_are_a_json_list_or_words_between_commas(value: str, words: list[str]):
    assert Filter.parse("f", f"oneof:{value}").values == words


@pytest.mark.parametrize("text", ["oneof:[a", 'notoneof:["a",]', "oneof:[1 2]", "oneof:[" * 999])
def test_a_broken_list_is_refused(db, text: str):
    with pytest.raises(WrongUsageError, match="not a JSON list"):
        artifacts(db, ("name", text))


@pytest.mark.parametrize("start", ["", "contains:"])
@pytest.mark.parametrize("end", ["\udcff", "a\0"])
def test_a_value_that_is_no_text_is_refused(db, start: str, end: str):
    with pytest.raises(InvalidInputError, match="not valid Unicode without NUL"):
        artifacts(db, ("name", f"{start}{end}"))


@pytest.mark.parametrize("text", ['oneof:["\\ud800"]', 'oneof:["\\u0000"]'])
def test_a_list_with_what_is_no_text_is_refused(db, text: str):
    with pytest.raises(WrongUsageError, match="not valid Unicode without NUL"):
        artifacts(db, ("name", text))


def test_a_list_nested_too_deep_is_refused(db):
    with pytest.raises(WrongUsageError):
        artifacts(db, ("name", "oneof:" + "[" * 100_000))


def test_text_in_another_normal_form_is_the_same_text(tmp_path):
    made = open_database(tmp_path)
    add(made, "café", tags=["café"])
    decomposed = "cafe\u0301"
    assert len(listed(made, ("artifact", decomposed), ("tag", f"oneof:{decomposed}"))) == 1
    made.close()


def test_metadata_is_compared_as_it_was_logged(tmp_path):
    made = open_database(tmp_path)
    decomposed = "cafe\u0301"
    for text in ("café", decomposed):
        add(made, "a", metadata={"k": text})
    for text, version in (("café", "1"), (decomposed, "2")):
        for asked in (text, f"oneof:{text}", f'"{text}"'):
            assert [row.version for row in listed(made, ("metadata.k", asked))] == [version]
    made.close()


@given(text, text)
def test_a_pattern_matches_nothing_but_what_was_typed(value: str, other: str):
    pattern = literal(value)
    unescaped = pattern.replace(r"\%", "").replace(r"\_", "").replace(r"\\", "")
    assert not set("%_\\") & set(unescaped)
    bound = Bound(SQLITE)
    assert "ESCAPE" in sql_of(Like("x", "contains", value), bound)
    assert bound.params == {"p0": f"%{pattern}%"}


def test_a_uuid_is_known_in_every_form():
    row_id = "deadbeef-0000-4000-8000-00000000000f"
    for form in (row_id, row_id.upper(), row_id.replace("-", "")):
        assert is_like_id(form)
        assert as_uuid(form) == row_id
    for other in ("", row_id[:-1], row_id + "0", "x" * 32):
        assert not is_like_id(other)
        assert as_uuid(other) == other


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ([("name", "startswith:iris_")], {"iris_test"}),
        ([("name", "contains:%")], {"iris%test"}),
        ([("name", "oneof:iris,many,zzz")], {"iris", "many"}),
        ([("name", "notcontains:iris")], {"p::s::output", "ab", "many"}),
        ([("name", "' OR 1=1 --")], set()),
        ([("tag", "team")], set(NAMES)),
        ([("tag", "of a version")], set()),
        ([("tag", "isnull:")], {"many"}),
        ([("tag", "iris"), ("tag", "notequals:p::s")], set(NAMES[:4])),
        ([("has_custom_name", "true")], ALL),
        ([("has-custom-name", "false")], set()),
        ([("created", "gt:7d"), ("updated", "lte:0s")], ALL),
        ([("created", "lt:7d")], set()),
        ([("id", "isnotnull:")], ALL),
    ],
)
def test_artifacts_are_filtered_by_what_they_have(db, filters, names: set[str]):
    assert artifacts(db, *filters) == names


def test_artifacts_pass_one_filter_of_several_with_or(db):
    filters = [("name", "ab"), ("tag", "isnull:")]
    assert artifacts(db, *filters, operator="or") == {"ab", "many"}
    assert artifacts(db, *filters) == set()


@pytest.mark.parametrize("field", ["nmae", "seq", "a.name", "", "size_bytes", "metadata.k"])
def test_an_unknown_field_is_refused_with_all_that_exist(db, field: str):
    with pytest.raises(WrongUsageError) as caught:
        artifacts(db, (field, "x"))
    known = caught.value.hint.removeprefix("use one of ").split(", ")
    assert set(known) == {"id", "name", "tag", "created", "updated", "has_custom_name"}


def test_an_unknown_type_is_refused_with_all_that_exist(db):
    for asked in ("modle", "oneof:model,modle"):
        with pytest.raises(WrongUsageError) as caught:
            listed(db, ("type", asked))
        assert "statistics" in caught.value.hint
