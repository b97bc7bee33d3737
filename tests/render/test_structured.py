"""JSON, YAML, CSV and TSV of whatever there is to print."""

import csv
import io
import json
import unicodedata
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from artifactctl.catalog.rows import Page
from artifactctl.enums import OutputFormat
from artifactctl.render.columns import VERSIONS
from artifactctl.render.printing import print_object, print_page
from artifactctl.render.structured import print_json, print_separated, print_yaml
from artifactctl.results.versions import ArtifactVersion

TEXT = st.text(
    st.characters(exclude_categories=["Cs"])
    | st.sampled_from(
        "\x00\x07\x1b\x7f\x85\x9b\u2028\u202e\u2066\ufeff\n\r\t\"'\\:#-?[]{},&*!|>%@`"
    )
)
WORDS = st.sampled_from(
    [
        "yes",
        "null",
        "~",
        "1:30",
        "2024-01-31",
        "1e3",
        "0x1f",
        "=",
        "<<",
        "- a",
        "a: b",
        " a ",
        ".inf",
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
    | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT | WORDS, inner, max_size=4),
    max_leaves=12,
)
VERSION = ArtifactVersion(
    id="0b5c3c1e-0000-4000-8000-000000000000",
    artifact="a::b",
    version="1",
    type="DataArtifact",
    tags=("x", "y"),
    metadata={"k": [1, None]},
    kind="file",
    uri="file:///x",
    size_bytes=5,
    file_count=1,
    digest=None,
    source_checksum=None,
    linked=False,
    created="2024-01-31T10:20:30.123456Z",
    updated="2024-01-31T10:20:30.123456Z",
    producer=None,
    data_type=None,
    materializer=None,
    data_deleted=None,
)


def printed(print_it, *arguments: Any) -> str:
    out = io.StringIO()
    print_it(*arguments, out)
    return out.getvalue()


def is_raw(text: str) -> bool:
    """Whether a terminal would act upon some of it."""
    return any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in text)


@given(VALUES)
def test_json_is_always_valid_and_harmless(value):
    document = printed(print_json, value)
    assert json.loads(document) == value
    assert document.endswith("\n")
    assert not is_raw(document.replace("\n", ""))


@given(VALUES)
def test_yaml_is_read_back_as_the_same_value_and_harmless(value):
    document = printed(print_yaml, value)
    assert yaml.safe_load(document) == value
    assert not is_raw(document.replace("\n", ""))


def test_yaml_repeats_a_value_rather_than_referring_to_it():
    shared = ["x"]
    assert "&" not in printed(print_yaml, {"a": shared, "b": shared})


def test_yaml_keeps_the_order_of_keys_and_readable_text():
    assert printed(print_yaml, {"name": "模型", "id": 1, "tags": ("é",)}).splitlines() == [
        "name: 模型",
        "id: 1",
        "tags:",
        "- é",
    ]


@pytest.mark.parametrize("separator", [",", "\t"])
@given(cells=st.lists(st.tuples(TEXT, TEXT | st.none(), st.lists(TEXT, max_size=3)), max_size=4))
def test_separated_rows_are_one_line_each_and_read_back(separator: str, cells):
    columns = ["name", "note", "tags"]
    rows = [dict(zip(columns, row, strict=True)) for row in cells]
    out = io.StringIO(newline="")
    print_separated(columns, rows, out, separator)
    lines = out.getvalue().split("\n")
    assert len(lines) == len(rows) + 2
    read = list(csv.reader(lines[:-1], delimiter=separator))
    assert read[0] == columns
    assert all(len(row) == 3 for row in read)
    assert not is_raw(out.getvalue().replace("\n", "").replace(separator, ""))


def test_separated_values_are_for_programs():
    out = io.StringIO()
    created = VERSION.kept("created")
    row = {"size_bytes": 1500, "created": created, "tags": ("a", "b"), "digest": None}
    print_separated(list(row), [row], out, ",")
    assert out.getvalue().splitlines()[1] == f'1500,{created},"a,b",'


@pytest.mark.parametrize("output", [OutputFormat.JSON, OutputFormat.YAML])
def test_a_page_is_items_and_pagination(output: OutputFormat):
    page = Page([VERSION], 2, 20, 21)
    out = io.StringIO()
    print_page(page, VERSIONS, None, output, out)
    found = yaml.safe_load(out.getvalue())
    assert found["pagination"] == {"index": 2, "max_size": 20, "total_pages": 2, "total": 21}
    expected = {**VERSION.as_json(), "tags": ["x", "y"]}
    assert found["items"] == [expected]
    assert list(found["items"][0]) == list(VERSIONS.all)


@pytest.mark.parametrize("output", [OutputFormat.JSON, OutputFormat.YAML])
def test_an_empty_page_is_a_valid_document(output: OutputFormat):
    out = io.StringIO()
    print_page(Page([], 1, 20, 0), VERSIONS, None, output, out)
    assert yaml.safe_load(out.getvalue())["items"] == []


@pytest.mark.parametrize(("output", "separator"), [("csv", ","), ("tsv", "\t")])
def test_an_empty_page_still_has_a_header(output: str, separator: str):
    out = io.StringIO()
    print_page(Page([], 1, 20, 0), VERSIONS, "id,version", OutputFormat(output), out)
    assert out.getvalue() == f"id{separator}version\n"


def test_one_object_is_printed_whole_in_every_format():
    for output in OutputFormat:
        out = io.StringIO()
        print_object(VERSION, output, out)
        assert VERSION.id_text in out.getvalue()
        assert "a::b" in out.getvalue()
