"""`artifact update` and `artifact version update`: names and tags."""

import json

import pytest

from tests.cli.test_errors import in_process

ARTIFACT_KEYS = {
    *("id", "name", "latest_version_name", "version_count", "tags", "has_custom_name"),
    *("created", "updated", "description"),
}


@pytest.fixture
def three(client, work):
    """iris:1, iris:2 with the tag prod, iris:raw; digits:1. iris itself has the tag old."""
    (work / "f").write_text("x")
    (work / "g").write_text("other")
    client.register("iris", str(work / "f"), metadata={"k": 1})
    client.register("iris", str(work / "g"), tags=["prod"])
    client.register("iris", str(work / "f"), version="raw")
    client.register("digits", str(work / "f"))
    client.tag_artifact("iris", ["old"])
    client.close()
    return client


def artifact(client, name):
    found = client.get_artifact(name).as_json()
    client.close()
    return {**found, "tags": list(found["tags"])}


def version(client, ref):
    found = client.get_artifact_version(ref).as_json()
    client.close()
    return {**found, "tags": list(found["tags"])}


def test_an_artifact_is_renamed_and_labelled_at_once(run, three):
    done = run("artifact", "update", "iris", "-n", "flowers", "-t", "new", "-t", "b", "-r", "old")
    assert (done.ok().out, done.err) == ("Updated flowers\n", "")
    found = artifact(three, "flowers")
    assert (found["name"], found["tags"]) == ("flowers", ["b", "new"])
    assert run("artifact", "describe", "iris").code == 3


def test_what_is_printed_is_the_artifact_as_it_is_now(run, three):
    words = ("artifact", "update", "iris", "--name", "flowers", "--tag", "new")
    done = json.loads(run(*words, "-o", "json").ok().out)
    assert set(done) == ARTIFACT_KEYS
    assert (done["name"], done["tags"], done["version_count"]) == ("flowers", ["new", "old"], 3)
    assert run("artifact", "update", "flowers", "-t", "x", "-q").ok().out == "flowers\n"


@pytest.mark.parametrize("output", ["yaml", "csv", "tsv"])
def test_every_format_prints_one_object(run, three, output):
    done = run("artifact", "update", "iris", "-t", "new", "-o", output).ok()
    assert "iris" in done.out
    assert "Updated" not in done.out
    done = run("artifact", "version", "update", "iris", "-v", "1", "-t", "a", "-o", output).ok()
    assert "DataArtifact" in done.out


def test_a_renamed_artifact_keeps_its_versions_tags_ids_and_numbers(run, three, work):
    before = {ref: version(three, f"iris:{ref}") for ref in ("1", "2", "raw")}
    run("artifact", "update", "iris", "-n", "flowers").ok()
    for ref, old in before.items():
        new = version(three, f"flowers:{ref}")
        assert new["artifact"] == "flowers"
        changed = {key for key in old if old[key] != new[key]}
        assert changed == {"artifact"}
        assert version(three, old["id"])["version"] == ref
    assert run("artifact", "version", "describe", "flowers@prod", "-q").ok().out == "flowers:2\n"
    assert run("register", "flowers", "g", "-q").ok().out == "flowers:3\n"
    assert run("download", "flowers:1", "-").ok().out == "x"
    run("verify").ok()


def test_the_old_name_begins_anew(run, three):
    run("artifact", "update", "iris", "-n", "flowers").ok()
    assert run("register", "iris", "f", "-q").ok().out == "iris:1\n"
    assert "k" not in version(three, "iris:1")["metadata"]
    assert version(three, "flowers:1")["metadata"]["k"] == 1


def test_an_artifact_is_found_by_its_id_and_the_start_of_it(run, three):
    artifact_id = artifact(three, "iris")["id"]
    run("artifact", "update", artifact_id, "-t", "by-id").ok()
    assert run("artifact", "update", artifact_id[:8], "-n", "flowers", "-q").ok().out == "flowers\n"
    assert run("artifact", "describe", artifact_id[:13], "-q").ok().out == "flowers\n"
    assert "by-id" in artifact(three, "flowers")["tags"]


def test_an_update_of_nothing_changes_nothing_and_is_no_error(run, three):
    before = artifact(three, "iris")
    for words in ((), ("-n", "iris"), ("-t", "old"), ("-r", "never-there")):
        run("artifact", "update", "iris", *words).ok()
    assert artifact(three, "iris") == before


def test_a_new_name_counts_in_its_normal_form(run, three):
    run("artifact", "update", "iris", "-n", "cafe\u0301").ok()
    assert artifact(three, "caf\u00e9")["name"] == "caf\u00e9"
    assert run("artifact", "update", "digits", "-n", "caf\u00e9").code == 4


def test_the_name_of_a_deleted_artifact_is_not_given_to_another(run, three):
    run("artifact", "delete", "digits", "--yes").ok()
    refused = run("artifact", "update", "iris", "-n", "digits")
    assert (refused.code, refused.out) == (4, "")
    assert "deleted" in refused.err
    assert artifact(three, "iris")["name"] == "iris"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("iris", "-n", "digits"), 4, "exists already"),
        (("iris", "-n", "digits", "-t", "x"), 4, "another name"),
        (("gone", "-n", "x"), 3, "gone"),
        (("gone",), 3, "artifact list"),
        (("iri", "-t", "x"), 3, "did you mean 'iris'"),
        (("iris:1", "-t", "x"), 5, "':'"),
        (("iris@prod", "-t", "x"), 5, "'@'"),
        (("iris", "-n", "a/b"), 5, "'/'"),
        (("iris", "-n", ""), 5, "1 to 255"),
        (("iris", "-n", "x" * 256), 5, "1 to 255"),
        (("iris", "-n", "a\nb"), 5, "printable"),
        (("iris", "-n", "00000000-0000-4000-8000-000000000000"), 5, "ID"),
        (("iris", "-t", "a,b"), 5, "','"),
        (("iris", "-n", "x", "-t", "a@b"), 5, "'@'"),
        (("iris", "-r", ""), 5, "tag"),
        (("iris", "--bogus"), 2, "--bogus"),
        (("iris", "stray"), 2, "stray"),
        (("iris", "-n"), 2, "-n"),
        ((), 2, "NAME"),
    ],
)
def test_a_refused_update_says_why_and_changes_nothing(
    capsys, home, three, client, words, code, said
):
    before = client.get_artifact("iris").as_json()
    refused = in_process(capsys, home, "artifact", "update", *words)
    assert (refused.code, refused.out) == (code, "")
    assert said in refused.err
    assert len(refused.err.splitlines()) == 1
    assert client.get_artifact("iris").as_json() == before
    refused = in_process(capsys, home, "artifact", "update", *words, "-o", "json")
    if words[-1:] != ("-n",):
        assert json.loads(refused.err)["error"]["code"] == code


def test_a_version_is_labelled_and_without_one_the_latest_is(run, three):
    done = run("artifact", "version", "update", "iris", "-v", "2", "-t", "eu", "-r", "prod")
    assert (done.ok().out, done.err) == ("Updated iris:2\n", "")
    assert version(three, "iris:2")["tags"] == ["eu"]
    words = ("artifact", "version", "update", "iris", "--tag", "x", "--remove-tag", "never-there")
    done = json.loads(run(*words, "-o", "json").ok().out)
    assert (done["version"], done["tags"], done["artifact"]) == ("raw", ["x"], "iris")
    assert version(three, "iris:1")["tags"] == []
    assert artifact(three, "iris")["tags"] == ["old"]
    assert run("artifact", "version", "update", "iris@x", "-t", "y", "-q").ok().out == "iris:raw\n"


@pytest.mark.parametrize(
    "words",
    [
        ("artifacts", "versions", "update", "iris", "raw", "-t", "x"),
        ("artifact", "version", "update", "iris", "raw", "-t", "x"),
        ("artifacts", "version", "update", "iris", "--version", "raw", "--tag", "x"),
        ("artifact", "versions", "update", "iris:raw", "-t", "x"),
    ],
    ids=" ".join,
)
def test_both_spellings_of_zenmls_pages_are_taken(run, three, words):
    run(*words).ok()
    assert version(three, "iris:raw")["tags"] == ["x"]


def test_the_plural_of_update_is_taken_too(run, three):
    run("artifacts", "update", "iris", "-t", "x").ok()
    assert artifact(three, "iris")["tags"] == ["old", "x"]


def test_adding_and_removing_the_same_tag_is_refused(run, three):
    done = run("artifact", "version", "update", "iris", "-v", "2", "-t", "prod", "-r", "prod")
    assert (done.code, "'prod'" in done.err) == (2, True)
    assert version(three, "iris:2")["tags"] == ["prod"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("iris", "-v", "9", "-t", "x"), 3, "'9'"),
        (("iris", "9", "-t", "x"), 3, "'9'"),
        (("gone", "-t", "x"), 3, "gone"),
        (("iris@none", "-t", "x"), 3, "'none'"),
        (("iris:1", "-v", "2", "-t", "x"), 5, "twice"),
        (("iris", "1", "-v", "2", "-t", "x"), 2, "one of them"),
        (("iris", "1", "2", "-t", "x"), 2, "2"),
        (("iris", "-v", "1", "-t", "a,b"), 5, "','"),
        (("iris", "-v", "a b", "-t", "x"), 5, "version"),
        (("iris", "-n", "x"), 2, "-n"),
        ((), 2, "REF"),
    ],
)
def test_a_refused_update_of_a_version_names_it_and_changes_nothing(
    capsys, home, three, client, words, code, said
):
    before = [item.as_json() for item in client.list_artifact_versions(size=0)]
    refused = in_process(capsys, home, "artifact", "version", "update", *words)
    assert (refused.code, refused.out) == (code, "")
    assert said in refused.err
    assert len(refused.err.splitlines()) == 1
    assert [item.as_json() for item in client.list_artifact_versions(size=0)] == before


def test_a_home_that_does_not_exist_yet_is_not_made_by_an_update(run, home):
    assert run("artifact", "update", "iris", "-t", "x").code == 3
    assert run("artifact", "version", "update", "iris", "-t", "x").code == 3
    assert not home.exists()
