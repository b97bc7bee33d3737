"""`tag --exclusive --expect`: a label that only one version has, moved without surprise."""

import json

import pytest

from artifactctl import save_artifact
from artifactctl.tags import Tag
from tests.cli.test_errors import in_process


@pytest.fixture
def promoted(client, work):
    """m:1, m:2 (prod), m:3; other:1 (prod too)."""
    (work / "f").write_text("x")
    for tags in ((), ["prod"], ()):
        client.register("m", str(work / "f"), tags=tags)
    client.register("other", str(work / "f"), tags=["prod"])
    client.close()
    return client


def holders(client, tag="prod"):
    found = {item.ref for item in client.list_artifact_versions(tag=tag).items}
    client.close()
    return found


def test_a_tag_moves_when_it_is_where_it_was_expected(run, promoted):
    done = run("tag", "m:3", "prod", "--exclusive", "--expect", "m:2")
    assert (done.ok().out, done.err) == ("m:3  prod\n", "'prod' was taken from m:2\n")
    assert holders(promoted) == {"m:3", "other:1"}


def test_a_tag_that_has_moved_meanwhile_stays_where_it_is(run, promoted):
    run("tag", "m:1", "prod", "--exclusive").ok()
    refused = run("tag", "m:3", "prod", "--exclusive", "--expect", "m:2")
    assert (refused.code, refused.out) == (4, "")
    assert "'prod'" in refused.err
    assert "'1'" in refused.err
    assert len(refused.err.splitlines()) == 1
    assert holders(promoted) == {"m:1", "other:1"}
    shown = run("tag", "m:3", "prod", "--exclusive", "--expect", "m:2", "-o", "json")
    assert json.loads(shown.err)["error"]["kind"] == "conflict"


def test_an_empty_expectation_means_that_no_version_has_the_tag(run, promoted):
    refused = run("tag", "m:3", "prod", "--expect", "")
    assert (refused.code, refused.out) == (4, "")
    run("tag", "m:3", "new", "--expect", "").ok()
    refused = run("tag", "m:1", "new", "--expect=")
    assert refused.code == 4
    assert holders(promoted, "new") == {"m:3"}


def test_the_expected_version_may_be_named_in_every_way(run, promoted):
    version_id = promoted.get_artifact_version("m:2").id_text
    promoted.close()
    run("tag", "m:1", "prod", "--exclusive", "--expect", version_id[:8]).ok()
    run("tag", "m:2", "prod", "--exclusive", "--expect", "m@prod").ok()
    run("tag", "m", "prod", "--exclusive", "--expect", "m:2", "-v", "1").ok()
    assert holders(promoted) == {"m:1", "other:1"}


def test_when_several_have_the_tag_the_one_that_the_reference_means_is_expected(run, promoted):
    run("tag", "m:3", "prod").ok()
    assert run("tag", "m:1", "prod", "--exclusive", "--expect", "m:2").code == 4
    run("tag", "m:1", "prod", "--exclusive", "--expect", "m:3").ok()
    assert holders(promoted) == {"m:1", "other:1"}


def test_a_tag_is_removed_only_from_where_it_was_expected(run, promoted):
    assert run("tag", "m:2", "--remove", "prod", "--expect", "m:3").code == 4
    assert holders(promoted) == {"m:2", "other:1"}
    run("tag", "m:2", "--remove", "prod", "--expect", "m:2").ok()
    assert holders(promoted) == {"other:1"}


def test_of_several_tags_all_are_as_expected_or_none_is_changed(run, promoted):
    refused = run("tag", "m:3", "prod", "new", "--exclusive", "--expect", "m:2")
    assert refused.code == 4
    assert "'new'" in refused.err
    assert holders(promoted) == {"m:2", "other:1"}
    assert holders(promoted, "new") == set()


def test_exclusive_leaves_other_artifacts_and_other_tags_alone(run, promoted):
    run("tag", "m:2", "kept").ok()
    done = json.loads(run("tag", "m:1", "prod", "eu", "--exclusive", "-o", "json").ok().out)
    assert (done["version"], done["tags"]) == ("1", ["eu", "prod"])
    assert holders(promoted) == {"m:1", "other:1"}
    assert holders(promoted, "kept") == {"m:2"}


def test_exclusive_again_changes_nothing(run, promoted):
    run("tag", "m:2", "prod", "--exclusive").ok()
    before = promoted.get_artifact_version("m:2").as_json()
    run("tag", "m:2", "prod", "--exclusive", "--expect", "m:2", "-q").ok()
    assert promoted.get_artifact_version("m:2").as_json() == before
    promoted.close()


def test_what_an_exclusive_tag_took_survives_a_lost_catalog(run, home, promoted):
    run("tag", "m:3", "prod", "--exclusive").ok()
    (home / "catalog.db").unlink()
    run("catalog", "rebuild").ok()
    assert holders(promoted) == {"m:3", "other:1"}


def test_a_tag_that_was_made_exclusive_moves_whenever_it_is_given_again(run, work, promoted):
    run("tag", "m:3", "prod", "--exclusive").ok()
    moved = run("tag", "m:1", "prod").ok()
    assert moved.err == "'prod' was taken from m:3\n"
    assert holders(promoted) == {"m:1", "other:1"}
    made = run("register", "m", str(work / "f"), "-t", "prod", "-q").ok()
    assert (made.out, made.err) == ("m:4\n", "'prod' was taken from m:1\n")
    run("artifact", "version", "update", "m", "-v", "2", "-t", "prod").ok()
    assert holders(promoted) == {"m:2", "other:1"}
    same = run("register", "other", str(work / "f"), "-t", "prod", "--if-changed").ok()
    assert "taken" not in same.err
    run("register", "other", str(work / "f"), "-t", "prod").ok()
    assert holders(promoted) == {"m:2", "other:2"}


def test_a_tag_stays_exclusive_when_nobody_has_it_and_the_catalog_is_lost(run, home, promoted):
    run("tag", "m:3", "prod", "--exclusive").ok()
    run("tag", "m:3", "--remove", "prod").ok()
    (home / "catalog.db").unlink()
    run("catalog", "rebuild").ok()
    run("tag", "m:1", "prod").ok()
    run("tag", "m:2", "prod").ok()
    assert holders(promoted) == {"m:2", "other:1"}


def test_a_tag_stays_exclusive_when_an_older_backup_is_put_back(run, tmp_path, promoted):
    run("catalog", "backup", str(tmp_path / "b.db")).ok()
    run("tag", "m:3", "prod", "--exclusive").ok()
    run("catalog", "restore", str(tmp_path / "b.db")).ok()
    run("tag", "m:1", "prod").ok()
    assert holders(promoted) == {"m:1", "other:1"}
    run("catalog", "rebuild").ok()
    run("catalog", "backup", str(tmp_path / "c.db")).ok()
    run("catalog", "restore", str(tmp_path / "c.db")).ok()
    run("tag", "m:3", "prod").ok()
    assert holders(promoted) == {"m:3", "other:1"}


def test_a_tag_made_exclusive_by_a_program_moves_for_files_and_the_command_line(run, work, client):
    (work / "f").write_text("x")
    client.register("m", str(work / "f"), tags=[Tag("prod", exclusive=True)])
    client.close()
    (work / "run.yaml").write_text(
        "pipeline: p\nsteps: {s: {outputs: {m: {path: f, tags: [prod]}}}}\n"
    )
    run("run", str(work / "run.yaml")).ok()
    assert holders(client) == {"m:2"}
    run("tag", "m:1", "prod", "-q").ok()
    assert holders(client) == {"m:1"}
    run("run", str(work / "run.yaml")).ok()  # served by the cache, with its tags
    assert len(holders(client)) == 1
    client.tag("m:2", "prod")
    assert holders(client) == {"m:2"}
    save_artifact("object", "m", tags=["prod"])
    assert len(holders(client)) == 1


def test_an_exclusive_tag_of_runs_is_on_one_of_a_pipeline(run, work, client):
    (work / "f").write_text("x")
    (work / "run.yaml").write_text(
        "pipeline: p\nrun: '{time}'\ntags: [best]\nsteps: {s: {outputs: {m: {path: f}}}}\n"
    )
    for _ in range(2):
        run("run", str(work / "run.yaml")).ok()
    newest, oldest = (item.id_text for item in client.list_pipeline_runs().items)
    client.close()
    run("tag", f"run:{oldest}", "best", "--exclusive").ok()
    run("tag", f"run:{newest}", "best").ok()
    assert [item.tags for item in client.list_pipeline_runs().items] == [("best",), ()]
    client.close()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("m:1", "prod", "--expect", "other:1"), 4, "another artifact"),
        (("m:1", "prod", "--expect", "m:9"), 3, "'9'"),
        (("m:1", "prod", "--expect", "gone"), 3, "gone"),
        (("m:1", "prod", "--expect", "m@none"), 3, "'none'"),
        (("m:1", "prod", "--expect", "a/b"), 5, "'/'"),
        (("m", "prod", "--artifact", "--expect", "m:1"), 2, "--artifact"),
        (("m", "prod", "--artifact", "--exclusive"), 2, "--artifact"),
        (("m:1", "prod", "--exclusive", "--expect"), 2, "--expect"),
        (("m:1", "a,b", "--exclusive"), 5, "','"),
    ],
)
def test_a_wrong_expectation_is_refused_and_moves_nothing(
    capsys, home, promoted, words, code, said
):
    refused = in_process(capsys, home, "tag", *words)
    assert (refused.code, refused.out) == (code, "")
    assert said in refused.err
    assert len(refused.err.splitlines()) == 1
    page = promoted.list_artifact_versions(tag="prod")
    assert {item.ref for item in page.items} == {"m:2", "other:1"}
