"""The command `find`."""

import json

import pytest

from tests.recorded import Did, record

HOSTILE = "\x1b[31m</script>\u202ecat\u2066 " + "x" * 300 + " needle " + "y" * 300


@pytest.fixture
def filled(run, work, client):
    (work / "f").write_text("four")
    run("register", "iris", "f", "-t", "prod", "--metadata", f"note=={HOSTILE}").ok()
    run("register", "iris", "f").ok()
    record(client, "iris-nightly", Did("train"))
    return run


def test_what_is_found_is_a_row_each(filled):
    done = filled("find", "iris").ok()
    assert [line.split() for line in done.out.splitlines()[2:]] == [
        ["artifact", "name", "iris", "iris"],
        ["run", "name", "run:iris-nightly", "iris-nightly"],
    ]
    assert done.err == ""
    assert filled("find", "IRIS", "Prod", "-q").ok().out == "iris:1\n"
    assert filled("find", "iris", "--kind", "run", "-q").ok().out == "run:iris-nightly\n"


def test_the_references_are_those_that_commands_take(filled):
    (run,) = filled("find", "nightly", "--kind", "run", "-q").ok().out.splitlines()
    assert filled("lineage", run).ok()


def test_a_snippet_is_the_part_around_the_match_and_is_harmless(filled):
    (item,) = json.loads(filled("find", "needle", "-o", "json").ok().out)["items"]
    begin, end = item["matches"][0]
    assert item["snippet"][begin:end] == "needle"
    assert item["snippet"].startswith("note = …x")
    assert (item["where"], item["key"]) == ("metadata", "note")
    assert len(item["snippet"]) < 125
    for output in ("table", "csv", "tsv", "yaml", "json"):
        shown = filled("find", "script", "-o", output).ok().out
        assert not {"\x1b", "\u202e", "\u2066"} & set(shown)


def test_nothing_and_more_are_said(filled):
    none = filled("find", "nothing").ok()
    assert (none.out, none.err) == ("", "Nothing found.\n")
    assert json.loads(filled("find", "nothing", "-o", "json").ok().out) == {"items": [], "more": []}
    filled("register", "iris2", "f").ok()
    few = filled("find", "iris", "-n", "1").ok()
    assert few.err == "There are more artifacts; -n 0 shows all.\n"
    assert json.loads(filled("find", "iris", "-n", "1", "-o", "json").ok().out)["more"] == [
        "artifact"
    ]
    assert filled("find", " ").code == 2
    assert filled("find", *map(str, range(21))).code == 5


def test_a_condition_is_told_where_it_belongs(filled):
    done = filled("find", "accuracy=gt:0.9").ok()
    ask = "artifactctl artifact version list --metadata accuracy=gt:0.9"
    assert done.err == f"Nothing found; '{ask}' compares values.\n"
    assert filled("find", "=x").ok().err == "Nothing found.\n"


def test_a_home_that_is_not_there_yet_has_nothing(run):
    assert run("find", "x").ok().out == ""
