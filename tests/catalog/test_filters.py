"""Filters: every operator on every field, and text that means itself."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artifactctl.catalog import changes, queries
from artifactctl.catalog.filters import OPERATORS
from artifactctl.catalog.finding import find_artifact
from artifactctl.catalog.rows import Listing
from artifactctl.errors import WrongUsageError
from tests.catalog.test_rows import add, open_database

TEXT_OPERATORS = [operator for operator in OPERATORS if operator != "in"]
NAMES = ("iris", "iris_test", "iris%test", "irisXtest", "p::s::output", "ab")


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    """Six artifacts of one version each, and `many` with versions 1, 2, 9, 10, 05 and raw_x."""
    made = open_database(tmp_path_factory.mktemp("catalog"))
    for name in NAMES:
        add(made, name, tags=["stage:prod", name.replace(":", "")], type="ModelArtifact")
        changes.change_artifact_tags(made, find_artifact(made, name).seq, ["team", name[:4]], [])
    for version in ("1", "2", "9", "10", "05", "raw_x"):
        add(made, "many", version)
    yield made
    made.close()


def artifacts(db, *filters: tuple[str, str]) -> set[str]:
    found = queries.list_artifacts(db, Listing(size=0, filters=filters))
    assert found.total == len(found.items)
    return {artifact.name for artifact in found.items}


def versions(db, *filters: tuple[str, str]) -> set[str]:
    found = queries.list_versions(db, Listing(size=0, filters=filters))
    assert found.total == len(found.items)
    return {f"{version.artifact}:{version.version}" for version in found.items}


def of_many(db, text: str) -> set[str]:
    found = versions(db, ("artifact", "many"), ("version", text))
    return {ref.removeprefix("many:") for ref in found}


ALL = {*NAMES, "many"}
BY_NAME = [
    ("iris", {"iris"}),
    ("equals:iris", {"iris"}),
    ("IRIS", set()),
    ("notequals:iris", ALL - {"iris"}),
    ("contains:_", {"iris_test"}),
    ("contains:%", {"iris%test"}),
    ("contains:s%t", {"iris%test"}),
    ("notcontains:iris", {"p::s::output", "ab", "many"}),
    ("startswith:iris_", {"iris_test"}),
    ("startswith:%", set()),
    ("endswith:test", {"iris_test", "iris%test", "irisXtest"}),
    ("endswith:_test", {"iris_test"}),
    ("oneof:iris, many,zzz", {"iris", "many"}),
    ('oneof:["iris","p::s::output"]', {"iris", "p::s::output"}),
    ("oneof:[]", set()),
    ("notoneof:iris,many", ALL - {"iris", "many"}),
    ("isnull:", set()),
    ("isnotnull:", ALL),
    ("gt:many", {"p::s::output"}),
    ("gte:many", {"many", "p::s::output"}),
    ("lt:iris", {"ab"}),
    ("lte:iris", {"ab", "iris"}),
    ("p::s::output", {"p::s::output"}),
    ("contains:s::o", {"p::s::output"}),
    ("contains:\\", set()),
    ("' OR 1=1 --", set()),
]


@pytest.mark.parametrize(("text", "expected"), BY_NAME, ids=[text for text, _ in BY_NAME])
def test_names_are_compared_as_the_operator_says(db, text: str, expected: set[str]):
    assert artifacts(db, ("name", text)) == expected
    for field in ("artifact", "name"):
        found = {ref.rpartition(":")[0] for ref in versions(db, (field, text))}
        assert found == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10", {"10"}),
        ("5", set()),
        ("05", {"05"}),
        ("notequals:10", {"1", "2", "9", "05", "raw_x"}),
        ("gt:2", {"9", "10"}),
        ("gte:9", {"9", "10"}),
        ("lt:9", {"1", "2"}),
        ("lte:10", {"1", "2", "9", "10"}),
        ("startswith:raw_", {"raw_x"}),
        ("endswith:0", {"10"}),
        ("contains:0", {"10", "05"}),
        ("notcontains:0", {"1", "2", "9", "raw_x"}),
        ("oneof:1,10", {"1", "10"}),
        ("oneof:[1, 10]", {"1", "10"}),
        ("notoneof:1,10", {"2", "9", "05", "raw_x"}),
        ("isnull:", set()),
        ("isnotnull:", {"1", "2", "9", "10", "05", "raw_x"}),
    ],
)
def test_version_numbers_are_compared_as_numbers(db, text: str, expected: set[str]):
    assert of_many(db, text) == expected


@pytest.mark.parametrize("word", ["model", "ModelArtifact", "MODEL", "equals:model", "oneof:model"])
def test_a_type_is_found_by_its_short_word_too(db, word: str):
    assert {ref.rpartition(":")[0] for ref in versions(db, ("type", word))} == set(NAMES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("notequals:model", {"many"}),
        ("notoneof:model,data", set()),
        ("startswith:Model", set(NAMES)),
        ("contains:Art", ALL),
        ("endswith:Model", set()),
        ("isnull:", set()),
    ],
)
def test_types_are_compared_as_the_operator_says(db, text: str, expected: set[str]):
    assert {ref.rpartition(":")[0] for ref in versions(db, ("type", text))} == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("stage:prod", set(NAMES)),
        ("notequals:stage:prod", {"many"}),
        ("iris", {"iris"}),
        ("notequals:iris", ALL - {"iris"}),
        ("contains:%", {"iris%test"}),
        ("notcontains:iris", {"p::s::output", "ab", "many"}),
        ("startswith:iris_", {"iris_test"}),
        ("endswith:output", {"p::s::output"}),
        ("oneof:iris,ab", {"iris", "ab"}),
        ("notoneof:iris,ab", ALL - {"iris", "ab"}),
        ("isnull:", {"many"}),
        ("isnotnull:", set(NAMES)),
        ("gt:t", set()),
        ("lte:ab", {"ab"}),
    ],
)
def test_a_version_matches_when_any_of_its_tags_does(db, text: str, expected: set[str]):
    assert {ref.rpartition(":")[0] for ref in versions(db, ("tag", text))} == expected


def test_artifacts_are_found_by_their_own_tags(db):
    assert artifacts(db, ("tag", "team")) == set(NAMES)
    assert artifacts(db, ("tag", "stage:prod")) == set()
    assert artifacts(db, ("tag", "isnull:")) == {"many"}
    assert artifacts(db, ("tag", "iris"), ("tag", "notequals:p::s")) == set(NAMES[:4])


def test_all_filters_must_hold(db):
    assert versions(db, ("artifact", "startswith:iris"), ("tag", "iris")) == {"iris:1"}
    assert versions(db, ("artifact", "iris"), ("artifact", "many")) == set()


def test_text_in_another_normal_form_is_the_same_text(tmp_path: Path):
    made = open_database(tmp_path)
    add(made, "café", tags=["café"])
    decomposed = "cafe\u0301"
    assert versions(made, ("artifact", decomposed), ("tag", f"oneof:{decomposed}")) == {"café:1"}
    made.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=8))
def test_any_text_after_an_operator_means_itself(db, text: str):
    assert artifacts(db, ("name", f"equals:{text}")) == ALL & {text}
    folded = text.lower()
    for operator, holds in (
        ("contains", lambda name: folded in name.lower()),
        ("startswith", lambda name: name.lower().startswith(folded)),
        ("endswith", lambda name: name.lower().endswith(folded)),
    ):
        if text.isascii() and "\x00" not in text:
            assert artifacts(db, ("name", f"{operator}:{text}")) == set(filter(holds, ALL))


@pytest.mark.parametrize("operator", ["equals", "contains", "startswith", "endswith", "oneof"])
@pytest.mark.parametrize("value", ["'", '"', "\\", "x' OR '1'='1", ":p0", "NULL", "iris' --"])
def test_no_value_is_taken_for_sql(db, operator: str, value: str):
    assert artifacts(db, ("name", f"{operator}:{value}")) == set()
    assert versions(db, ("tag", f"{operator}:{value}")) == set()


@pytest.mark.parametrize("operator", ["isnull", "isnotnull"])
def test_an_operator_that_takes_no_value_refuses_one(db, operator: str):
    with pytest.raises(WrongUsageError, match="takes no value"):
        artifacts(db, ("name", f"{operator}:x"))


@pytest.mark.parametrize("field", ["nmae", "seq", "a.name", "", "facts"])
def test_an_unknown_field_is_refused_with_all_that_exist(db, field: str):
    with pytest.raises(WrongUsageError) as caught:
        artifacts(db, (field, "x"))
    assert caught.value.hint == "use one of name, tag"
    with pytest.raises(WrongUsageError) as caught:
        versions(db, (field, "x"))
    assert all(word in caught.value.hint for word in ("artifact", "version", "type", "tag"))


def test_an_operator_that_does_not_go_with_text_is_refused_with_those_that_do(db):
    with pytest.raises(WrongUsageError) as caught:
        artifacts(db, ("name", "in:a,b"))
    assert all(operator in caught.value.hint for operator in TEXT_OPERATORS)


@pytest.mark.parametrize("text", ["oneof:[a", 'notoneof:["a",]', "oneof:[1 2]"])
def test_a_broken_list_is_refused(db, text: str):
    with pytest.raises(WrongUsageError, match="not a JSON list"):
        artifacts(db, ("name", text))


@pytest.mark.parametrize("text", ["\udcff", "contains:\udcff", 'oneof:["\\ud800"]'])
def test_a_value_that_is_no_text_is_refused(db, text: str):
    with pytest.raises(WrongUsageError):
        artifacts(db, ("name", text))


def test_a_list_nested_too_deep_is_refused(db):
    with pytest.raises(WrongUsageError):
        artifacts(db, ("name", "oneof:" + "[" * 100_000))


def test_an_unknown_type_is_refused_with_all_that_exist(db):
    with pytest.raises(WrongUsageError) as caught:
        versions(db, ("type", "modle"))
    assert "statistics" in caught.value.hint
