"""Which columns there are, and how one value looks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactctl.errors import WrongUsageError
from artifactctl.render import ARTIFACTS, VERSIONS
from artifactctl.render.columns import cell, choose, header, show

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
    assert choose(VERSIONS, None, everything=False) == VERSIONS.default
    assert choose(VERSIONS, None, everything=True) == VERSIONS.all
    assert choose(VERSIONS, " ALL ", everything=False) == VERSIONS.all
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
        assert choose(VERSIONS, wanted, everything=everything) == chosen


@pytest.mark.parametrize("wanted", ["", "nmae", "id;name", "seq", "facts", "[/x]"])
def test_an_unknown_column_is_refused_with_all_that_exist(wanted: str):
    with pytest.raises(WrongUsageError) as caught:
        choose(VERSIONS, wanted, everything=False)
    assert all(column in caught.value.hint for column in VERSIONS.all)


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
