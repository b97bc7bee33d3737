"""Which columns there are, and how one value looks."""

from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactctl.errors import WrongUsageError
from artifactctl.render.choosing import choose, sorted_by, value_at
from artifactctl.render.columns import ARTIFACTS, VERSIONS, cell, header, show

PROMISED = {
    "id", "artifact", "version", "type", "tags", "metadata", "uri", "size_bytes", "file_count",
    "digest", "linked", "created", "producer",
}  # fmt: skip


def test_versions_and_artifacts_have_the_promised_columns():
    assert set(VERSIONS.all) >= PROMISED
    assert set(ARTIFACTS.all) >= {
        "id",
        "name",
        "latest_version_name",
        "version_count",
        "tags",
        "created",
    }


def test_tables_show_the_default_columns_and_documents_all():
    assert choose(VERSIONS, None, (), everything=False) == VERSIONS.default
    assert choose(VERSIONS, None, (), everything=True) == VERSIONS.all
    assert choose(VERSIONS, " ALL ", (), everything=False) == VERSIONS.all
    assert [header(column) for column in VERSIONS.default] == [
        "ID",
        "ARTIFACT",
        "VERSION",
        "TYPE",
        "TAGS",
        "SIZE",
        "CREATED",
    ]


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ("version,id", ["version", "id"]),
        ("Size", ["size_bytes"]),
        ("size bytes, FILE-COUNT", ["size_bytes", "file_count"]),
        ("id,id,size,size_bytes", ["id", "size_bytes"]),
    ],
)
def test_columns_come_as_asked_for_in_any_spelling(wanted: str, chosen: list[str]):
    for everything in (True, False):
        assert choose(VERSIONS, wanted, (), everything=everything) == chosen


@pytest.mark.parametrize("wanted", ["", "nmae", "id;name", "seq", "facts", "[/x]"])
def test_an_unknown_column_is_refused_with_all_that_exist(wanted: str):
    with pytest.raises(WrongUsageError) as caught:
        choose(VERSIONS, wanted, (), everything=False)
    assert all(column in caught.value.hint for column in VERSIONS.all)


class Logged:
    """An item of a listing of which only the metadata is looked at."""

    metadata: ClassVar = {"accuracy": 0.9, "params": {"lr": 0.1}, "size": 3}


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ("metadata.accuracy", ["metadata.accuracy"]),
        ("metadata.nobody", ["metadata.nobody"]),
        ("version,accuracy,params.lr", ["version", "metadata.accuracy", "metadata.params.lr"]),
        ("size", ["size_bytes"]),
        ("+accuracy", [*VERSIONS.default, "metadata.accuracy"]),
        ("+uri, +version", [*VERSIONS.default, "uri"]),
    ],
)
def test_a_metadata_key_is_a_column_and_a_plus_adds_to_the_usual_ones(wanted, chosen):
    assert choose(VERSIONS, wanted, [Logged()], everything=False) == chosen


def test_artifacts_have_no_metadata_and_the_message_says_what_has():
    with pytest.raises(WrongUsageError) as caught:
        choose(ARTIFACTS, "metadata.accuracy", (), everything=False)
    assert "artifact version list" in caught.value.hint


def test_a_near_miss_of_a_column_is_named():
    with pytest.raises(WrongUsageError) as caught:
        choose(VERSIONS, "verison", (), everything=False)
    assert caught.value.hint.startswith("did you mean 'version'?")


@pytest.mark.parametrize(
    ("sort_by", "columns"),
    [
        (["desc:metadata.accuracy"], ["metadata.accuracy"]),
        (["asc:tag", "size"], ["tags", "size_bytes"]),
        (["version_number"], ["version"]),
        (["name"], ["artifact"]),
        (["file-count"], ["file_count"]),
    ],
)
def test_the_columns_that_a_listing_is_sorted_by(sort_by, columns):
    assert sorted_by(VERSIONS, sort_by) == columns


def test_a_value_deep_in_metadata_is_found_by_its_path():
    metadata = {"a": {"b.c": {"d": 1}}, "a.b": 2}
    assert value_at(metadata, "a.b.c.d") == 1
    assert value_at(metadata, "a.b") == 2
    assert [value_at(metadata, key) for key in ("", ".", "a..", "x", "a.b.c.d.e")] == [None] * 5


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        ("", ""),
        ("a\nb", r"a\nb"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (1.5, "1.5"),
        ((), ""),
        (("x", "y"), "x,y"),
        (["\x1b[0m"], r"\x1b[0m"),
        ({}, "{}"),
        ({"é": [1, None]}, '{"é": [1, null]}'),
        ([1, "a"], '[1, "a"]'),
    ],
)
def test_a_value_in_a_cell(value, shown: str):
    assert cell(value) == shown


def test_people_see_sizes_and_times_and_nothing_for_nothing():
    assert show("size_bytes", 1500) == "1.5 kB"
    assert show("created", "2024-01-31T10:20:30.123456Z") == "2024-01-31 10:20:30Z"
    assert [show("metadata", value) for value in ({}, None, ())] == ["", "", ""]
    assert show("file_count", 0) == "0"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(JSON)
def test_every_value_fits_into_one_harmless_line(value):
    for shown in (cell(value), show("metadata", value)):
        assert shown.splitlines() in ([], [shown])
        assert "\x1b" not in shown


@pytest.mark.parametrize("column", ["id", "name", "version", "uri", "created"])
def test_text_that_is_not_what_a_column_holds_is_harmless(column: str):
    assert "\x1b" not in show(column, "\x1b[31mred")
