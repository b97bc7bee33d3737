"""`--sort-by` of both lists: every field, both directions, several orders, ties."""

import json
import shutil

import pytest

from artifactctl.client import Client
from tests.cli.test_errors import in_process

LIST = ("artifact", "version", "list")


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """a:1, a:2, a:10, a:raw, b:1 registered in this order; their sizes are 3, 1, 2, 1, 5."""
    work = tmp_path_factory.mktemp("template")
    client = Client(work / "home")
    for name, version, size, score in (
        ("a", None, 3, 0),
        ("a", None, 1, -2),
        ("a", 10, 2, 0.5),
        ("a", "raw", 1, "low"),
        ("b", None, 5, None),
    ):
        (work / "f").write_text("x" * size)
        metadata = {} if score is None else {"score": score, "deep": {"er": size}}
        tags = ["z"] if size == 3 else ["m", "a"] if size == 2 else []
        kind = "model" if name == "b" else "data"
        client.register(
            name, str(work / "f"), version=version, metadata=metadata, tags=tags, type=kind
        )
    client.tag("a:1", ["late"])
    client.close()
    return work / "home"


@pytest.fixture
def sorted_refs(capsys, home, work, template):
    """The versions of a copy of the template in some order."""
    shutil.copytree(template, home)

    def refs(*orders):
        words = [word for order in orders for word in ("--sort-by", order)]
        return in_process(capsys, home, *LIST, "-q", "--size", "0", *words).ok().out.split()

    return refs


NEWEST_FIRST = ["b:1", "a:raw", "a:10", "a:2", "a:1"]


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        ((), NEWEST_FIRST),
        (("desc:created",), NEWEST_FIRST),
        (("created",), NEWEST_FIRST[::-1]),
        (("asc:created",), NEWEST_FIRST[::-1]),
        (("desc:updated",), ["a:1", "b:1", "a:raw", "a:10", "a:2"]),
        (("artifact", "version"), ["a:1", "a:2", "a:10", "a:raw", "b:1"]),
        (("artifact", "desc:version"), ["a:raw", "a:10", "a:2", "a:1", "b:1"]),
        (("desc:artifact", "version"), ["b:1", "a:1", "a:2", "a:10", "a:raw"]),
        (("name", "version_number"), ["a:raw", "a:1", "a:2", "a:10", "b:1"]),
        (("desc:size", "version"), ["b:1", "a:1", "a:10", "a:2", "a:raw"]),
        (("size_bytes", "desc:version"), ["a:raw", "a:2", "a:10", "a:1", "b:1"]),
        (("type", "artifact", "version"), ["a:1", "a:2", "a:10", "a:raw", "b:1"]),
        (("desc:type", "version"), ["b:1", "a:1", "a:2", "a:10", "a:raw"]),
        (("tags", "artifact", "version"), ["a:2", "a:raw", "b:1", "a:10", "a:1"]),
        (("metadata.score",), ["b:1", "a:raw", "a:2", "a:1", "a:10"]),
        (("desc:metadata.score",), ["a:10", "a:1", "a:2", "a:raw", "b:1"]),
        (("desc:metadata.deep.er", "version"), ["a:1", "a:10", "a:2", "a:raw", "b:1"]),
    ],
    ids=lambda value: " ".join(value) or "default",
)
def test_versions_are_sorted_by_one_field_after_another(sorted_refs, orders, expected):
    assert sorted_refs(*orders) == expected


def test_a_key_to_sort_by_is_taken_as_it_is_written(sorted_refs, client):
    client.log_metadata("a:2", {"learning-rate": 1, "learning_rate": 9})
    client.log_metadata("a:10", {"learning-rate": 2, "learning_rate": 8})
    client.close()
    assert sorted_refs("desc:metadata.learning-rate")[:2] == ["a:10", "a:2"]
    assert sorted_refs("desc:metadata.learning_rate")[:2] == ["a:2", "a:10"]


def test_every_field_that_the_error_names_can_be_sorted_by_in_both_directions(
    capsys, home, sorted_refs
):
    for group, count in ((LIST, 5), (("artifact", "list"), 2)):
        refused = in_process(capsys, home, *group, "--sort-by", "bogus")
        assert (refused.code, refused.out) == (2, "")
        fields = refused.err.partition("one of ")[2].strip().split(", ")
        assert ("metadata.KEY" in fields) == (group is LIST)
        assert {"id", "name", "created", "updated", "tags"} <= set(fields)
        for field in fields:
            for direction in ("", "asc:", "desc:"):
                words = (*group, "-q", "--size", "0", "--sort-by", direction + field)
                assert len(in_process(capsys, home, *words).ok().out.split()) == count


def test_equal_values_are_in_the_same_order_on_every_page(capsys, home, sorted_refs):
    seen = []
    for page in range(1, 6):
        words = (*LIST, "-q", "--size", "1", "--page", page, "--sort-by", "file_count")
        seen += in_process(capsys, home, *words).ok().out.split()
    assert sorted(seen) == sorted(NEWEST_FIRST)
    assert seen == sorted_refs("file_count")


def test_artifacts_are_sorted_by_their_fields(capsys, home, sorted_refs):
    def names(*words):
        return in_process(capsys, home, "artifact", "list", "-q", *words).ok().out.split()

    assert names() == ["b", "a"]
    assert names("--sort-by", "name") == names("--sort_by=asc:name") == ["a", "b"]
    assert names("--sort-by", "desc:version_count") == ["a", "b"]
    assert names("--sort-by", "latest_version_name") == ["b", "a"]
    assert names("--sort-by", "latest_version") == ["a", "b"]
    assert names("--sort-by", "desc:latest_version_name") == ["a", "b"]
    assert names("--sort-by", "desc:tags", "--sort-by", "name") == ["a", "b"]


def test_sorting_goes_with_filters_pages_and_formats(run, sorted_refs):
    words = (*LIST, "--artifact", "a", "--sort_by", "desc:size", "--size", "2", "-o", "json")
    found = json.loads(run(*words).ok().out)
    assert [item["size_bytes"] for item in found["items"]] == [3, 2]
    assert found["pagination"] == {"index": 1, "max_size": 2, "total_pages": 2, "total": 4}
    table = run(*LIST, "--sort-by", "size", "-c", "version", "--size", "1").ok()
    assert table.out.splitlines()[-1].strip() in ("2", "raw")


@pytest.mark.parametrize(
    "order",
    [
        *("bogus", "up:created", "asc:", ":", "desc:desc:created", "created;", "v.created"),
        *(
            "metadata.",
            "created desc",
            "metadata",
            "facts",
            "seq",
            "(SELECT 1)",
            "1",
        ),
    ],
)
def test_what_cannot_be_sorted_by_is_refused_with_what_can(capsys, home, sorted_refs, order):
    refused = in_process(capsys, home, *LIST, f"--sort-by={order}")
    assert (refused.code, refused.out) == (2, "")
    assert len(refused.err.splitlines()) == 1
    assert ("metadata.KEY" if order.startswith("metadata.") else "created") in refused.err


def test_one_wrong_order_among_right_ones_is_refused(capsys, home, sorted_refs):
    refused = in_process(capsys, home, *LIST, "--sort-by", "created", "--sort-by", "bogus")
    assert (refused.code, refused.out) == (2, "")
    assert "'bogus'" in refused.err
