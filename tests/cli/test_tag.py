"""`tag`: labels on versions and on artifacts."""

import json

import pytest


@pytest.fixture
def three(run, work):
    (work / "f").write_text("x")
    for _ in range(3):
        run("register", "m", "f").ok()


def tags_of(run, ref):
    return json.loads(run("artifact", "version", "describe", ref, "-o", "json").ok().out)["tags"]


def test_tags_are_added_removed_and_shown(run, three):
    added = json.loads(run("tag", "m:1", "prod", "eu west", "-o", "json").ok().out)
    assert added["tags"] == ["eu west", "prod"]
    assert (added["artifact"], added["version"]) == ("m", "1")
    shown = run("tag", "m:1").ok()
    assert "eu west" in shown.out
    assert "prod" in shown.out
    run("tag", "m:1", "blue", "--remove", "prod", "-r", "never-there").ok()
    assert tags_of(run, "m:1") == ["blue", "eu west"]
    assert tags_of(run, "m:2") == []
    assert run("tag", "m:1", "blue", "-q").ok().out == "m:1\n"


def test_a_tag_that_a_newer_version_has_too_brings_a_warning_that_names_exclusive(run, three):
    quiet = run("tag", "m:3", "prod").ok()
    assert quiet.err == ""
    warned = run("tag", "m:1", "prod").ok()
    assert "--exclusive" in warned.err
    assert "m:3" in warned.err
    assert "--exclusive" not in warned.out
    assert run("artifact", "version", "describe", "m@prod", "-q").ok().out == "m:3\n"


def test_exclusive_takes_the_tag_from_all_other_versions(run, three):
    run("tag", "m:2", "prod").ok()
    run("tag", "m:3", "prod", "kept").ok()
    moved = run("tag", "m:1", "prod", "--exclusive").ok()
    assert moved.err == "'prod' was taken from m:2\n'prod' was taken from m:3\n"
    assert tags_of(run, "m:1") == ["prod"]
    assert tags_of(run, "m:2") == []
    assert tags_of(run, "m:3") == ["kept"]
    assert run("artifact", "version", "describe", "m@prod", "-q").ok().out == "m:1\n"


def test_tags_of_the_artifact_are_a_separate_set(run, three):
    tagged = json.loads(run("tag", "m", "team-a", "--artifact", "-o", "json").ok().out)
    assert tagged["name"] == "m"
    assert tagged["tags"] == ["team-a"]
    assert tags_of(run, "m:3") == []
    listed = run("artifact", "list", "--tag", "team-a", "-q").ok()
    assert listed.out == "m\n"
    assert run("artifact", "version", "list", "--tag", "team-a", "-q").ok().out == ""
    run("artifact", "tag", "m", "--artifact", "--remove", "team-a").ok()
    assert run("artifact", "list", "--tag", "isnull:", "-q").ok().out == "m\n"


def test_bad_tags_unknown_versions_and_flags_that_do_not_go_together_are_refused(run, three):
    for words, code in [
        (("m:1", "a,b"), 5),
        (("m:1", "a@b"), 5),
        (("m:1", ""), 5),
        (("m:1", "t" * 256), 5),
        (("m:1", "\u202eevil"), 5),
        (("m:9", "prod"), 3),
        (("gone", "prod"), 3),
        (("gone", "prod", "--artifact"), 3),
        (("m", "prod", "--artifact", "--exclusive"), 2),
    ]:
        refused = run("tag", *words)
        assert (refused.code, refused.out) == (code, ""), words
        assert len(refused.err.splitlines()) == 1
    assert tags_of(run, "m:1") == []


def test_tags_are_compared_in_their_normal_form(run, three):
    run("tag", "m:1", "cafe\u0301").ok()
    assert tags_of(run, "m:1") == ["caf\u00e9"]
    assert run("artifact", "version", "describe", "m@caf\u00e9", "-q").ok().out == "m:1\n"
    run("tag", "m:1", "--remove", "cafe\u0301").ok()
    assert tags_of(run, "m:1") == []
