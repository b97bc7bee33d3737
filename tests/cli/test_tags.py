"""`tags`: the commands on tags themselves, and ZenML's `tag VERB` for them."""

import json

import pytest


@pytest.fixture
def used(run, work):
    """Version m:1 with the tag `t`."""
    (work / "f").write_text("x")
    run("register", "m", "f", "--tag", "t").ok()


def test_tags_are_listed_with_their_counts_in_every_format(run, used):
    run("tags", "create", "prod", "--color", "green", "--exclusive").ok()
    columns = ("--columns", "name,color,exclusive,tagged_count", "--sort-by", "name")
    table = run("tags", "list", *columns).ok().out
    assert "prod" in table
    assert "TAGGED COUNT" in table
    assert run("tags", "list", *columns, "-o", "csv").ok().out == (
        f"name,color,exclusive,tagged_count\nprod,green,true,0\nt,{color(run, 't')},false,1\n"
    )
    assert run("tags", "list", "--exclusive", "true", "-q").ok().out == "prod\n"
    assert json.loads(run("tags", "list", "--name", "none", "-o", "json").ok().out)["items"] == []


def color(run, name: str) -> str:
    found = json.loads(run("tags", "list", "--name", name, "-o", "json").ok().out)
    return found["items"][0]["color"]


def test_a_tag_is_renamed_and_deleted_everywhere(run, used):
    assert run("tags", "update", "t", "-n", "u").ok().out == "Updated u\n"
    assert json.loads(run("artifact", "version", "describe", "m", "-o", "json").ok().out)[
        "tags"
    ] == ["u"]
    asked = run("tags", "delete", "u")
    assert (asked.code, "on 1 object?" in asked.err) == (2, True)
    assert run("tags", "delete", "u", "--yes").ok().out == "Deleted u\n"
    assert run("tag", "m").ok().out == "m:1  (no tags)\n"


def test_a_protected_tag_moves_only_where_it_is_expected(run, used, work):
    run("register", "m", "f").ok()
    assert run("tags", "protect", "t").ok().out == "Protected t\n"
    for words in (("tag", "m:2", "t"), ("tags", "delete", "t", "--yes"), ("tag", "m:1", "-r", "t")):
        refused = run(*words)
        assert (refused.code, "is protected" in refused.err) == (4, True)
    assert run("artifact", "version", "delete", "m:1", "--force", "--yes").code == 4
    run("tag", "m:2", "t", "--exclusive", "--expect", "m:1").ok()
    run("tags", "protect", "t", "--off").ok()
    run("tags", "delete", "t", "--yes").ok()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("create", "t"), 4),
        (("create", "x", "-n", "x"), 2),
        (("create",), 2),
        (("create", ""), 5),
        (("create", "a" * 32), 5),
        (("list", "--color", "pink"), 2),
        (("create", "x", "-c", "pink"), 2),
        (("update", "t"), 2),
        (("update", "none", "-n", "x"), 3),
        (("delete", "none", "-y"), 3),
        (("protect", "none"), 3),
    ],
)
def test_mistakes_end_with_their_code_and_change_nothing(run, used, words, code: int):
    assert run("tags", *words).code == code
    assert run("tags", "list", "-q").ok().out == "t\n"


def test_the_nearest_tag_is_named_for_a_wrong_one_and_colours_are_read_in_any_case(run, used):
    assert run("tags", "create", "prod", "--color", "Green").ok().out == "Created prod\n"
    wrong = run("tags", "update", "prd", "-n", "x")
    assert (wrong.code, "did you mean 'prod'?" in wrong.err) == (3, True)
    assert run("tags", "list", "--color", "GREEN", "-q").ok().out == "prod\n"
    assert "which is on nothing?" in run("tags", "delete", "prod").err


def test_zenmls_words_lead_to_the_tags_unless_an_artifact_is_called_so(run, used):
    assert run("tag", "register", "-n", "foo", "-c", "purple").ok().out == "Created foo\n"
    assert run("tag", "update", "foo", "-n", "bar").ok().out == "Updated bar\n"
    assert run("tag", "delete", "bar", "-y").ok().out == "Deleted bar\n"
    assert run("tag", "list", "-q").ok().out == "t\n"
    run("register", "list", "f").ok()
    done = run("tag", "list", "x")
    assert done.ok().out == "list:1  x\n"
    assert "'artifactctl tags list'" in done.err


@pytest.mark.parametrize("blank", [" ", "   "])
def test_a_blank_tag_is_refused_wherever_it_is_given(run, work, blank):
    (work / "f").write_text("x")
    run("register", "x", "f", "--tag", "old").ok()
    for words in (
        ("tags", "create", blank),
        ("tags", "update", "old", "--name", blank),
        ("register", "y", "f", "--tag", blank),
        ("tag", "x", blank),
        ("tag", "x", blank, "--artifact"),
        ("artifact", "version", "update", "x", "-t", blank),
    ):
        done = run(*words)
        assert (done.code, done.err) == (5, f"artifactctl: tag {blank!r} must not be blank\n")
    assert run("artifact", "list", "-q").ok().out == "x\n"
