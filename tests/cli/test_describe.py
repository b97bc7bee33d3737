"""`artifact describe`: the newest versions, and what changed in each."""

import json
import shutil

import pytest

from artifactctl.verbs import history


@pytest.fixture
def three(client, work):
    """data:1 with two files, data:2 with one of each kind of change, data:3 with the same files."""
    folder = work / "folder"
    folder.mkdir()
    for name in ("changed", "removed", "renamed", "same"):
        (folder / name).write_text(f"{name}\n")
    client.register("data", str(folder))
    (folder / "changed").write_text("another\n")
    (folder / "removed").unlink()
    (folder / "renamed").rename(folder / "renamed-now")
    (folder / "added").write_text("added\n")
    client.register("data", str(folder))
    client.register("data", str(folder), tags=["prod"])
    client.close()
    return client


def history_of(shown):
    """The rows of the table below the properties, as their words."""
    return [line.split() for line in shown.split("\n\n")[1].splitlines()[2:]]


def test_an_artifact_is_described_with_what_changed_in_its_versions(run, three):
    rows = history_of(run("artifact", "describe", "data").ok().out)
    assert [(row[0], row[-1]) for row in rows] == [
        ("3", "unchanged"),
        ("2", "renamed"),
        ("1", "files"),
    ]
    assert " ".join(rows[1]).endswith("1 added, 1 removed, 1 changed, 1 renamed")
    assert " ".join(rows[2]).endswith("4 files")
    assert "prod" in rows[0]


def test_what_programs_read_of_an_artifact_is_the_artifact(run, three):
    described = json.loads(run("artifact", "describe", "data", "-o", "json").ok().out)
    (listed,) = json.loads(run("artifact", "list", "-o", "json").ok().out)["items"]
    assert described == listed
    assert run("artifact", "describe", "data", "-q").ok().out == "data\n"


def test_the_newest_ten_versions_are_shown_and_it_is_said_where_all_are(run, three, client, work):
    for _ in range(9):
        client.register("data", str(work / "folder"))
    client.close()
    done = run("artifact", "describe", "data").ok()
    assert [row[0] for row in history_of(done.out)] == [str(number) for number in range(12, 2, -1)]
    said = "The 10 newest of 12; 'artifactctl artifact version list --artifact data' has all.\n"
    assert done.err == said


def test_changes_that_are_not_known_are_said_to_be_unknown(run, three, home):
    manifests = home / "store" / "manifests"
    manifests.rename(home / "aside")
    rows = history_of(run("artifact", "describe", "data").ok().out)
    shutil.rmtree(manifests, ignore_errors=True)
    (home / "aside").rename(manifests)
    assert [row[-1] for row in rows] == ["unknown", "unknown", "files"]


def test_manifests_are_read_up_to_a_limit(three, monkeypatch):
    assert [item.files is None for item in three.artifact_history("data").items] == [
        False,
        False,
        True,
    ]
    monkeypatch.setattr(history, "MOST_ENTRIES", 8)
    items = three.artifact_history("data").items
    assert [item.files is None for item in items] == [False, True, True]
    assert [item.is_first for item in items] == [False, False, True]


def test_the_history_of_an_artifact_whose_versions_are_deleted_is_empty(run, client, work):
    (work / "f").write_text("x")
    client.register("one", str(work / "f"))
    client.delete_artifact_version("one:1")
    assert client.artifact_history("one").items == []
    client.close()
    assert "\n\n" not in run("artifact", "describe", "one").ok().out
