"""Descriptions: given as a text, a file or standard input, shown, kept and carried along."""

import json

import pytest

from artifactctl.catalog.cells import CELLS
from tests.recorded import Did, record

TEXT = "# Iris\n\nFlowers of **three** kinds."


@pytest.fixture
def described(run, client, work):
    """iris:1, iris, and a run, all of them described."""
    (work / "f").write_text("x")
    run("register", "iris", "f", "--description", TEXT).ok()
    run("artifact", "update", "iris", "--description", "all of it").ok()
    record(client, "nightly", Did())
    run("runs", "update", "nightly", "--description-file", "-", stdin=b"of a *run*\r\n").ok()


def description(run, *words):
    return json.loads(run(*words, "-o", "json").ok().out)["description"]


def all_descriptions(run):
    return [
        description(run, "artifact", "describe", "iris"),
        description(run, "artifact", "version", "describe", "iris:1"),
        description(run, "runs", "describe", "nightly"),
    ]


def test_artifacts_versions_and_runs_are_described(run, described):
    assert all_descriptions(run) == ["all of it", TEXT, "of a *run*"]
    for words, line in (
        (("artifact", "describe", "iris"), "all of it"),
        (("artifact", "version", "describe", "iris"), "Flowers of **three** kinds."),
        (("runs", "describe", "nightly"), "of a *run*"),
    ):
        shown = run(*words).ok().out
        assert f"\n{line}\n" in shown
        assert "DESCRIPTION" not in shown


def test_an_empty_description_removes_it_and_none_leaves_it(run, described):
    assert run("artifact", "version", "update", "iris", "-t", "t").ok()
    assert all_descriptions(run)[1] == TEXT
    done = run("artifact", "version", "update", "iris", "--description", "").ok()
    assert done.out == "Updated iris:1\n"
    run("artifact", "update", "iris", "--description", " \n").ok()
    run("runs", "update", "nightly", "--description", "").ok()
    assert all_descriptions(run) == [None, None, None]
    assert run("runs", "update", "nightly").code == 2


def test_a_description_comes_back_with_a_rebuild_a_backup_and_a_push(run, described, work, home):
    run("catalog", "backup", "b.db").ok()
    (home / "catalog.db").unlink()
    run("catalog", "rebuild").ok()
    assert all_descriptions(run) == ["all of it", TEXT, "of a *run*"]
    run("artifact", "update", "iris", "--description", "other").ok()
    run("catalog", "restore", "b.db", "--yes").ok()
    assert all_descriptions(run)[0] == "all of it"
    run("catalog", "copy", "--to", "there/catalog.db").ok()
    run("init", "other").ok()
    run("push", "iris:1", "--to", "other").ok()
    there = ("--home", "other/.artifactctl")
    words = (*there, "artifact", "version", "describe", "iris:1")
    assert description(run, *words) == TEXT
    run(*there, "artifact", "version", "update", "iris", "--description", "").ok()
    run("push", "iris:1", "--to", "other", "--labels").ok()
    assert description(run, *words) == TEXT


def test_a_new_artifact_under_the_name_of_a_deleted_one_has_no_description(run, described, work):
    run("artifact", "delete", "iris", "--yes", "--force").ok()
    run("register", "iris", "f", "-q").ok()
    assert description(run, "artifact", "describe", "iris") is None


@pytest.mark.parametrize(
    ("content", "code"), [(b"a\0b", 5), (b"\xff", 5), (b"x" * ((64 << 10) + 1), 5)]
)
def test_what_cannot_be_kept_is_refused_and_nothing_changes(run, described, work, content, code):
    (work / "d").write_bytes(content)
    words = ("artifact", "version", "update", "iris", "-t", "new", "--description-file", "d")
    refused = run(*words)
    assert (refused.code, refused.out) == (code, "")
    shown = json.loads(run("artifact", "version", "describe", "iris", "-o", "json").ok().out)
    assert (shown["description"], shown["tags"]) == (TEXT, [])


def test_a_file_that_is_not_there_or_too_much_is_said(run, described, work):
    words = ("runs", "update", "nightly", "--description-file")
    assert run(*words, "nothing").code == 3
    assert run(*words, ".").code == 5
    assert run(*words, "f", "--description", "too").code == 2


def test_a_description_of_another_program_counts_as_damage():
    for table in ("artifact", "artifact_version", "run"):
        check = CELLS[table]["description"]
        assert check(None)
        assert check("x" * (64 << 10))
        assert not any(map(check, ("", "a\0", "é" * (33 << 10), 1, b"x")))


def test_keys_of_metadata_are_removed_all_or_none(run, described, client):
    run("metadata", "log", "iris", "a=1", 'b={"c": {"d": 2}}', "keep=3").ok()
    refused = run("metadata", "remove", "iris", "a", "keap")
    assert refused.code == 3
    assert "did you mean 'keep'?" in refused.err
    assert json.loads(run("metadata", "list", "iris", "-o", "json").ok().out).keys() >= {"a", "b"}
    assert run("metadata", "remove", "iris", "a", "b").ok().out == "Removed a, b from iris:1\n"
    left = json.loads(run("metadata", "list", "iris", "-o", "json").ok().out)
    assert left.keys() & {"a", "b", "keep"} == {"keep"}
    listed = ("artifact", "version", "list", "--metadata", "b.c.d=2", "-q")
    assert run(*listed).ok().out == ""
    run("metadata", "log", "run:nightly", "loss=1").ok()
    assert run("metadata", "remove", "run:nightly", "loss", "-q").ok().out.count("-") == 4
    assert run("metadata", "remove", "run:nightly", "loss").code == 3
    assert dict(client.get_pipeline_run("nightly").metadata) == {}
