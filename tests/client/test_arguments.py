"""Listings as programs ask for them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from artifactctl.client import Client
from artifactctl.client.arguments import listing_of
from artifactctl.errors import WrongUsageError


def filters(**wanted: Any) -> list[tuple[str, str]]:
    return list(listing_of(1, 20, "", "and", wanted).filters)


@pytest.mark.parametrize(
    ("wanted", "pairs"),
    [
        ({}, []),
        ({"name": None}, []),
        ({"name": "a"}, [("name", "a")]),
        ({"tag": ["a", "oneof:b,c"]}, [("tag", "a"), ("tag", "oneof:b,c")]),
        ({"tag": ("a",)}, [("tag", "a")]),
        ({"size_bytes": 0}, [("size_bytes", "0")]),
        ({"version": 3}, [("version", "3")]),
        ({"has_custom_name": False}, [("has_custom_name", "false")]),
        ({"only_unused": True}, [("only_unused", "true")]),
        ({"only_unused": False}, []),
        ({"created": datetime(2026, 1, 2, tzinfo=UTC)}, [("created", "2026-01-02T00:00:00+00:00")]),
        ({"metadata": {"k": "gt:0.9"}}, [("metadata.k", "gt:0.9")]),
        ({"metadata": {"k": 0, "l": True}}, [("metadata.k", "0"), ("metadata.l", "true")]),
        ({"metadata": {"k": None}}, [("metadata.k", "null")]),
        ({"metadata": {"l": [1, "x"]}}, [("metadata.l", '[1, "x"]')]),
        ({"metadata": "k=gt:0.9"}, [("metadata.k", "gt:0.9")]),
        ({"metadata": "k:gt:0.9"}, [("metadata.k", "gt:0.9")]),
        ({"metadata": "k:0.9"}, [("metadata.k", "0.9")]),
        ({"metadata": "k=a:b=c"}, [("metadata.k", "a:b=c")]),
        ({"metadata": "k="}, [("metadata.k", "")]),
        ({"metadata": ["a.b=1", "c:isnull:"]}, [("metadata.a.b", "1"), ("metadata.c", "isnull:")]),
        ({"run_metadata": "k:equals:a=b"}, [("metadata.k", "equals:a=b")]),
    ],
)  # fmt: skip
def test_keyword_arguments_are_filters_as_they_are_typed(wanted, pairs):
    assert filters(**wanted) == pairs


@pytest.mark.parametrize("word", ["k", "=1", ":1", ""])
def test_a_metadata_filter_without_a_key_is_refused(word: str):
    with pytest.raises(WrongUsageError, match="has no key"):
        filters(metadata=word)


def test_several_orders_are_kept_and_none_means_the_usual_one():
    assert list(listing_of(1, 20, "", "and", {}).sort_by) == []
    assert list(listing_of(1, 20, "desc:id", "and", {}).sort_by) == ["desc:id"]
    assert list(listing_of(1, 20, ["name", "", "desc:id"], "or", {}).sort_by) == ["name", "desc:id"]


def test_a_client_lists_what_is_asked_for(client: Client, work: Path):
    for number in range(3):
        (work / "f").write_text("x" * number)
        client.register("a", work / "f", tags=[f"t{number}"], metadata={"acc": number / 10})
    client.register("b", work / "f", link=True)
    listed = client.list_artifact_versions

    def refs(**wish: Any) -> list[str]:
        return [version.ref for version in listed(**wish)]

    assert refs(metadata={"acc": 0.0}) == ["a:1"]
    assert refs(metadata="acc:gte:0.1", sort_by="size") == ["a:2", "a:3"]
    assert refs(tag="t0", artifact="b", logical_operator="or") == ["a:1", "b:1"]
    assert refs(size_bytes=[1, "gt:0"]) == ["a:2"]
    assert refs(version=2) == ["a:2"]
    assert refs(created=f"lt:{datetime.now(UTC).year}-01-01") == []
    link = client.get_artifact_version("b").uri
    assert refs(uri=link) == ["b:1"]
    assert refs(uri=client.get_artifact_version("a:1").uri) == ["a:1"]
    assert refs(only_unused=False, size=2) == ["a:1", "a:2"]
    assert refs(only_unused=True) == ["a:1", "a:2", "a:3", "b:1"]
    page = listed(size=3, page=2)
    assert (page.index, page.max_size, page.total_pages, page.total) == (2, 3, 2, 4)
    assert (page.page, page.size, len(page)) == (2, 1, 1)
    assert page[0] in page
    assert client.get_artifact_version("a:1") not in page
    assert [item.name for item in client.list_artifacts(sort_by="name")] == ["a", "b"]
    whole = listed(size=0)
    assert (len(whole), whole[0].ref, whole[3].ref) == (4, "a:1", "b:1")
    with pytest.raises(WrongUsageError):
        listed(nmae="x")
