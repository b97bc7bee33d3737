"""`artifact delete` and `artifact version delete`: what goes, what stays, what is refused."""

import json

import pytest

from tests.checker import check_home
from tests.cli.test_errors import in_process
from tests.cli.test_filters import add_run

DELETE = ("artifact", "version", "delete")


@pytest.fixture
def stored(client, work):
    """m:1, m:2 (prod), m:raw share bytes in part; solo:1; and linked:1 in `place`."""
    for name, content in (("f", "shared"), ("g", "own of two")):
        (work / name).write_text(content)
    (work / "place").mkdir()
    (work / "place" / "a").write_text("user's own")
    client.register("m", str(work / "f"), metadata={"k": 1})
    client.register("m", str(work / "g"), tags=["prod"])
    client.register("m", str(work / "f"), version="raw")
    client.register("solo", str(work / "f"))
    client.register("linked", str(work / "place"), link=True)
    client.close()
    return client


def refs(client):
    found = [item.ref for item in client.list_artifact_versions("desc:created", size=0)]
    client.close()
    return found


def blobs(home):
    return {path.name for path in (home / "store" / "blobs").glob("*/*")}


EVERYTHING = ["linked:1", "solo:1", "m:raw", "m:2", "m:1"]


def test_a_version_is_deleted_and_its_bytes_go_with_the_next_gc(run, home, stored):
    before = blobs(home)
    done = run(*DELETE, "m:2", "--yes")
    assert done.ok().out == "Deleted m:2\n"
    assert done.err.startswith("'artifactctl gc' frees the space when 14 days have passed")
    assert refs(stored) == ["linked:1", "solo:1", "m:raw", "m:1"]
    assert blobs(home) == before
    run("gc", "--grace", "0").ok()
    assert len(before - blobs(home)) == 1
    run("verify").ok()
    assert run("download", "m:1", "-").ok().out == "shared"


@pytest.mark.parametrize(
    "words",
    [
        ("m", "-v", "2"),
        ("m@prod",),
        ("m:2", "--version", "2"),
        ("m:2", "m@prod", "m:2"),
    ],
    ids=" ".join,
)
def test_a_version_may_be_named_in_every_way_and_twice(run, stored, words):
    done = run(*DELETE, *words, "--yes", "-q")
    if "--version" in words:
        assert (done.code, done.out) == (5, "")
        return
    assert done.ok().out == "m:2\n"
    assert "m:2" not in refs(stored)


def test_an_id_or_the_start_of_it_names_a_version(run, stored):
    for ref in ("m:1", "m:raw"):
        version_id = stored.get_artifact_version(ref).id_text
        given = version_id if ref == "m:1" else version_id[:8]
        assert run(*DELETE, given, "-y", "-q").ok().out == f"{ref}\n"
    stored.close()


def test_several_go_at_once_and_what_went_is_printed(run, stored):
    done = run(*DELETE, "m:1", "solo:1", "m:raw", "--yes", "-o", "json").ok()
    assert json.loads(done.out) == {"deleted": ["m:1", "solo:1", "m:raw"]}
    assert refs(stored) == ["linked:1", "m:2"]
    assert json.loads(run("artifact", "describe", "solo", "-o", "json").ok().out) == {
        **json.loads(run("artifact", "describe", "solo", "-o", "json").ok().out),
        "latest_version_name": None,
        "version_count": 0,
    }


@pytest.mark.parametrize("bad", ["m:9", "gone", "m@none", "a/b", "m:1:2"])
def test_of_several_all_go_or_none(run, stored, bad):
    refused = run(*DELETE, "m:1", bad, "m:2", "--yes")
    assert (refused.code, refused.out) == (5 if bad in ("a/b", "m:1:2") else 3, "")
    assert bad.partition(":")[0].partition("@")[0] in refused.err
    assert len(refused.err.splitlines()) == 1
    assert refs(stored) == EVERYTHING


@pytest.mark.parametrize("output", ["yaml", "csv", "tsv"])
def test_every_format_says_what_was_deleted(run, stored, output):
    assert "m:2" in run(*DELETE, "m:2", "-y", "-o", output).ok().out
    shown = run("artifact", "delete", "solo", "-y", "-o", output).ok().out
    assert "solo:1" in shown


def test_deleted_numbers_and_names_are_never_used_again(run, work, stored):
    run(*DELETE, "m:2", "m:raw", "--yes").ok()
    assert run("register", "m", "f", "-q").ok().out == "m:3\n"
    run(*DELETE, "m:3", "--yes").ok()
    assert run("register", "m", "f", "-q").ok().out == "m:4\n"
    for taken in ("2", "3", "raw"):
        refused = run("register", "m", "f", "-v", taken)
        assert (refused.code, refused.out) == (4, "")
        assert "deleted" in refused.err
        assert taken in refused.err
    assert refs(stored) == ["m:4", "linked:1", "solo:1", "m:1"]


def test_numbers_stay_used_up_when_the_whole_artifact_is_deleted(run, work, stored):
    run("artifact", "delete", "m", "--yes").ok()
    assert run("artifact", "describe", "m").code == 3
    assert run("register", "m", "f", "-v", "raw").code == 4
    assert run("artifact", "describe", "m").code == 3
    assert run("register", "m", "f", "-q").ok().out == "m:3\n"
    assert run("register", "m", "f", "-v", "2").code == 4
    found = json.loads(run("artifact", "describe", "m", "-o", "json").ok().out)
    assert (found["version_count"], found["tags"]) == (1, [])


def test_latest_and_tags_move_to_what_is_left(run, stored):
    run(*DELETE, "m:raw", "--yes").ok()
    assert run("artifact", "version", "describe", "m", "-q").ok().out == "m:2\n"
    run(*DELETE, "m", "--yes").ok()  # a bare name is its latest version, as with ZenML
    assert run("artifact", "version", "describe", "m:latest", "-q").ok().out == "m:1\n"
    gone = run("artifact", "version", "describe", "m@prod")
    assert gone.code == 3


def test_what_was_deleted_says_so_and_cannot_be_deleted_twice(run, stored):
    run(*DELETE, "m:2", "--yes").ok()
    for words in ((*DELETE, "m:2", "--yes"), ("download", "m:2"), ("tag", "m:2", "x")):
        refused = run(*words)
        assert (refused.code, refused.out) == (3, "")
        assert "was deleted" in refused.err
    run("artifact", "delete", "solo", "--yes").ok()
    assert run("artifact", "delete", "solo", "--yes").code == 3


def test_an_artifact_is_deleted_with_all_its_versions(run, home, stored):
    done = run("artifact", "delete", "m", "--yes", "-o", "json").ok()
    shown = json.loads(done.out)
    assert set(shown) == {"artifact", "deleted"}
    assert (shown["artifact"], sorted(shown["deleted"])) == ("m", ["m:1", "m:2", "m:raw"])
    assert refs(stored) == ["linked:1", "solo:1"]
    assert run("artifact", "list", "-q").ok().out == "linked\nsolo\n"
    run("gc", "--grace", "0").ok()
    assert len(blobs(home)) == 1
    assert run("download", "solo", "-").ok().out == "shared"
    assert run("artifact", "delete", "solo", "-y", "-q").ok().out == "solo\n"


def test_an_artifact_is_found_by_its_id_too(run, stored):
    artifact_id = stored.get_artifact("solo").id_text
    stored.close()
    assert run("artifact", "delete", artifact_id[:8], "-y", "-q").ok().out == "solo\n"


def test_an_artifact_without_versions_can_be_deleted(run, stored):
    run(*DELETE, "solo:1", "--yes").ok()
    done = json.loads(run("artifact", "delete", "solo", "-y", "-o", "json").ok().out)
    assert done == {"artifact": "solo", "deleted": []}


def test_with_delete_data_the_bytes_go_at_once_but_not_those_of_others(run, home, stored):
    before = blobs(home)
    run(*DELETE, "m:1", "m:2", "--yes", "--delete-data").ok()
    assert len(before - blobs(home)) == 1
    assert run("download", "m:raw", "-").ok().out == "shared"
    run(*DELETE, "m:raw", "solo:1", "--yes", "--delete_data").ok()
    assert blobs(home) == set()


def test_linked_data_is_never_touched(run, work, stored):
    run(*DELETE, "linked:1", "--yes", "--delete-data").ok()
    run("register", "linked", "place", "--link").ok()
    run("artifact", "delete", "linked", "--yes").ok()
    run("gc", "--grace", "0").ok()
    assert (work / "place" / "a").read_text() == "user's own"


@pytest.mark.parametrize("direction", ["input", "output"])
def test_what_a_run_made_or_used_is_refused_without_force(run, home, stored, direction):
    add_run(home, "nightly", ("m", "2", direction))
    for words in (
        (*DELETE, "m:2", "--yes"),
        (*DELETE, "solo:1", "m:2", "--yes", "--delete-data"),
        ("artifact", "delete", "m", "--yes"),
    ):
        refused = run(*words)
        assert (refused.code, refused.out) == (4, "")
        assert "m:2" in refused.err
        assert "nightly" in refused.err
        assert "--force" in refused.err
        assert len(refused.err.splitlines()) == 1
        assert refs(stored) == EVERYTHING
    run(*DELETE, "m:2", "--yes", "--force").ok()
    assert "m:2" not in refs(stored)


def test_an_artifact_whose_version_a_run_used_goes_with_force(run, home, stored):
    add_run(home, "nightly", ("m", "2", "input"))
    run("artifact", "delete", "m", "--yes", "-f").ok()
    assert refs(stored) == ["linked:1", "solo:1"]
    run("verify").ok()
    (home / "catalog.db").unlink()
    run("catalog", "rebuild").ok()
    assert refs(stored) == ["linked:1", "solo:1"]


@pytest.mark.parametrize(
    "words",
    [
        (*DELETE, "m:1"),
        (*DELETE, "m:1", "m:2", "--force"),
        ("artifact", "delete", "m"),
        ("artifact", "delete", "m", "--force", "-q"),
        ("artifact", "prune", "--unused"),
        ("artifact", "prune", "--unused", "-a"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("output", ["table", "json"])
def test_without_a_terminal_and_without_yes_nothing_is_deleted(capsys, home, stored, words, output):
    if "-q" in words and output == "json":
        return
    before = (home / "catalog.db").read_bytes(), blobs(home)
    refused = in_process(capsys, home, *words, "-o", output)
    assert (refused.code, refused.out) == (2, "")
    assert "--yes" in refused.err
    assert len(refused.err.splitlines()) == 1
    if output == "json":
        assert json.loads(refused.err)["error"]["kind"] == "usage"
    assert ((home / "catalog.db").read_bytes(), blobs(home)) == before


def test_without_a_terminal_yes_typed_into_a_pipe_is_no_answer(run, stored):
    refused = run(*DELETE, "m:1", stdin=b"y\n")
    assert (refused.code, refused.out) == (2, "")
    assert refs(stored) == EVERYTHING


def test_what_is_missing_is_said_before_anybody_is_asked(run, stored):
    for words in ((*DELETE, "gone"), (*DELETE, "m:9"), ("artifact", "delete", "gone")):
        assert run(*words).code == 3


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((*DELETE, "--yes"), 2),
        (("artifact", "delete", "--yes"), 2),
        (("artifact", "delete", "m", "solo", "--yes"), 2),
        (("artifact", "delete", "m:1", "--yes"), 5),
        (("artifact", "delete", "m", "--bogus"), 2),
        ((*DELETE, "m:1", "--yes=x"), 2),
        ((*DELETE, "m", "-v", "9", "--yes"), 3),
        ((*DELETE, "m", "-v", "a b", "--yes"), 5),
    ],
)
def test_wrong_usage_deletes_nothing(capsys, home, stored, words, code):
    refused = in_process(capsys, home, *words)
    assert (refused.code, refused.out) == (code, "")
    assert len(refused.err.splitlines()) == 1
    assert len(check_home(home)) == len(EVERYTHING)


def test_a_home_that_does_not_exist_yet_is_not_made_by_a_deletion(run, home):
    assert run(*DELETE, "m:1", "--yes").code == 3
    assert run("artifact", "delete", "m", "--yes").code == 3
    assert not home.exists()


def test_deletions_survive_a_lost_catalog(run, home, work, stored):
    run(*DELETE, "m:2", "m:raw", "--yes").ok()
    run("artifact", "delete", "solo", "--yes").ok()
    (home / "catalog.db").unlink()
    run("catalog", "rebuild").ok()
    assert refs(stored) == ["linked:1", "m:1"]
    assert run("register", "m", "f", "-v", "raw").code == 4
    assert run("register", "m", "f", "-q").ok().out == "m:3\n"
    assert run("register", "solo", "f", "-q").ok().out == "solo:2\n"
