"""`artifact list` and `artifact version list`: filters, order, pages, columns."""

import json

import pytest

from tests.cli.test_errors import in_process


@pytest.fixture
def listed(client, work):
    """Versions model:1 to model:10 but 9, data:raw, and p::s::output:1, in this order."""
    (work / "f").write_text("x")
    (work / "big").write_text("x" * 2000)
    for number in range(1, 9):
        client.register("model", str(work / "f"), type="model", tags=["even"] * (1 - number % 2))
    client.register("model", str(work / "f"), version=10, tags=["prod", "even"])
    client.register("data_100%", str(work / "big"), version="raw")
    client.register("p::s::output", str(work / "f"))
    client.tag_artifact("model", ["team"])
    client.close()


def versions(run, *words):
    return run("artifact", "version", "list", "-q", "--size", "0", *words).ok().out.split("\n")[:-1]


def test_the_newest_stands_first_and_quiet_lines_are_name_and_version(run, listed):
    newest = ["p::s::output:1", "data_100%:raw", "model:10"]
    assert versions(run)[:4] == [*newest, "model:8"]
    names = run("artifact", "list", "-q").ok()
    assert (names.out, names.err) == ("p::s::output\ndata_100%\nmodel\n", "")


def test_filters_are_equality_or_an_operator_and_all_of_them_hold(run, listed):
    assert versions(run, "--artifact", "model", "--tag", "prod") == ["model:10"]
    assert versions(run, "--tags", "even", "--version", "gt:5") == [
        "model:10",
        "model:8",
        "model:6",
    ]
    assert versions(run, "--type", "model", "--version", "oneof:1,2") == ["model:2", "model:1"]
    assert versions(run, "--type", "ModelArtifact", "--version", 'oneof:["10","3"]') == ["model:3"]
    assert versions(run, "--version", "isnotnull:", "--version", "startswith:r") == [
        "data_100%:raw"
    ]
    assert versions(run, "--name", "notcontains:o") == ["data_100%:raw"]
    assert len(versions(run, "--tag", "isnull:")) == 6


def test_text_before_a_colon_is_an_operator_only_when_it_is_one(run, listed):
    assert versions(run, "--artifact", "p::s::output") == ["p::s::output:1"]
    assert versions(run, "--artifact", "equals:p::s::output") == ["p::s::output:1"]
    assert versions(run, "--tag", "stage:prod") == []


def test_percent_and_underscore_match_themselves(run, listed):
    assert versions(run, "--artifact", "contains:%") == ["data_100%:raw"]
    assert versions(run, "--artifact", "contains:_1") == ["data_100%:raw"]
    assert versions(run, "--artifact", "startswith:m_del") == []
    assert run("artifact", "list", "--name", "endswith:%", "-q").ok().out == "data_100%\n"


def test_artifacts_are_filtered_by_name_and_by_their_own_tags(run, listed):
    assert run("artifact", "list", "--tag", "team", "-q").ok().out == "model\n"
    assert run("artifact", "list", "--tags", "even", "-q").ok().out == ""
    found = run("artifact", "list", "--name", "startswith:p", "--name", "contains:::", "-q").ok()
    assert found.out == "p::s::output\n"


def test_both_spellings_sort_and_numbers_sort_as_numbers(run, listed):
    by_version = versions(run, "--sort_by", "desc:version", "--artifact", "model")
    assert by_version[:3] == ["model:10", "model:8", "model:7"]
    assert versions(run, "--sort-by", "asc:version", "--artifact", "model")[0] == "model:1"
    by_name = run("artifact", "list", "--sort_by=name", "-q").ok()
    assert by_name.out == "data_100%\nmodel\np::s::output\n"
    assert versions(run, "--sort_by", "desc:size")[0] == "data_100%:raw"


def test_pages_are_cut_and_counted_and_the_footer_says_so_on_standard_error(run, listed):
    page = run("artifact", "version", "list", "--page", "2", "--size", "4", "--columns", "version")
    assert [line.strip() for line in page.ok().out.splitlines()[2:]] == ["7", "6", "5", "4"]
    assert page.err == (
        "Page (2/3), 11 items found for the applied filters.\n"
        "--page 3 shows more, --size 0 everything.\n"
    )
    last = json.loads(
        run("artifact", "version", "list", "--page=3", "--size=4", "-o", "json").ok().out
    )
    assert last["pagination"] == {"index": 3, "max_size": 4, "total_pages": 3, "total": 11}
    assert [item["version"] for item in last["items"]] == ["3", "2", "1"]
    everything = json.loads(
        run("artifact", "version", "list", "--size", "0", "-o", "json").ok().out
    )
    assert len(everything["items"]) == everything["pagination"]["total"] == 11
    assert everything["pagination"]["total_pages"] == 1


def test_identifiers_and_rows_for_programs_are_all_of_them_unless_a_size_is_said(run, client, work):
    (work / "f").write_text("x")
    for number in range(25):
        client.register(f"a{number}", str(work / "f"))
    client.close()
    listing = ("artifact", "version", "list")
    for how in (("-q",), ("-o", "csv", "-c", "id"), ("-o", "tsv", "-c", "id")):
        heading = len(how) > 1
        assert len(run(*listing, *how).ok().out.splitlines()) == 25 + heading
        assert len(run(*listing, *how, "--size", "20").ok().out.splitlines()) == 20 + heading
        assert len(run(*listing, *how, "--page", "2").ok().out.splitlines()) == 5 + heading
    assert len(json.loads(run(*listing, "-o", "json").ok().out)["items"]) == 20


def test_metadata_is_a_column_and_what_is_sorted_by_is_shown(run, client, work):
    (work / "f").write_text("x")
    for accuracy in (0.8, 0.9):
        client.register("m", str(work / "f"), metadata={"accuracy": accuracy})
    client.close()
    listing = ("artifact", "version", "list")
    for columns in ("version,metadata.accuracy", "version,accuracy"):
        rows = run(*listing, "-o", "csv", "-c", columns).ok().out
        assert rows == "version,metadata.accuracy\n2,0.9\n1,0.8\n"
    table = run(*listing, "--sort-by", "asc:metadata.accuracy").ok().out.splitlines()
    assert table[0].split()[-1] == "accuracy"
    assert [line.split()[-1] for line in table[2:]] == ["0.8", "0.9"]
    added = json.loads(run(*listing, "-c", "+accuracy", "-o", "json").ok().out)["items"][0]
    assert added["metadata.accuracy"] == 0.9
    assert "uri" in added


def test_columns_are_chosen_in_the_order_asked_for(run, listed):
    chosen = run("artifact", "version", "list", "-o", "csv", "-c", "version,Artifact", "--size=1")
    assert chosen.ok().out == "version,artifact\n1,p::s::output\n"
    assert chosen.err == ""
    everything = run("artifact", "list", "--columns", "all", "-o", "tsv", "--size", "1").ok()
    assert "has_custom_name" in everything.out.splitlines()[0].split("\t")
    some = json.loads(run("artifact", "list", "--columns", "name,tags", "-o", "json").ok().out)
    assert some["items"][2] == {"name": "model", "tags": ["team"]}
    table = run("artifact", "version", "list", "--columns", "size", "--size", "2").ok()
    assert "2.0 kB" in table.out


def test_csv_joins_lists_and_quotes_them(run, listed):
    rows = run("artifact", "version", "list", "--tag", "prod", "-o", "csv", "-c", "tags,version")
    assert rows.ok().out == 'tags,version\n"even,prod",10\n'
    rows = run("artifact", "version", "list", "--tag", "prod", "-o", "tsv", "-c", "tags,version")
    assert rows.ok().out == "tags\tversion\neven,prod\t10\n"


def test_plural_group_names_mean_the_same(run, listed):
    plural = run("artifacts", "versions", "list", "--artifact", "model", "--size", "1", "-q").ok()
    assert plural.out == "model:10\n"
    assert run("artifacts", "list", "-q").out == run("artifact", "list", "-q").out
    assert run("artifact", "versions", "describe", "model", "-q").ok().out == "model:10\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--page", "0"), "page"),
        (("--page", "99"), "last page is 1"),
        (("--page", "two"), "--page"),
        (("--size", "-1"), "size"),
        (("--size", "abc"), "--size"),
        (("--size", "9223372036854775808"), "size"),
        (("--size", "9" * 23), "size"),
        (("--sort_by", "bogus"), "created"),
        (("--sort_by", "up:created"), "asc:"),
        (("--columns", "bogus"), "bogus"),
        (("--bogus",), "--bogus"),
        (("-o", "xml"), "xml"),
        (("--version", "isnull:x"), "isnull"),
        (("--type", "bogus"), "bogus"),
    ],
)
def test_mistakes_in_a_listing_are_one_line_and_exit_2(capsys, home, listed, words, said):
    refused = in_process(capsys, home, "artifact", "version", "list", *words)
    assert (refused.code, refused.out) == (2, "")
    assert said in refused.err
    assert len(refused.err.splitlines()) == 1
