"""`catalog backup`, `restore` and `rebuild`: nothing that was registered is ever lost."""

import json
import os
import shutil
import sqlite3
import stat
from contextlib import closing

import pytest

from tests.checker import check_home
from tests.cli.test_errors import in_process
from tests.cli.test_filters import add_run
from tests.faults.mounts import read_only

REBUILT_KEYS = {"versions", "repaired", "artifacts", "deletions", "runs", "problems", "kept"}


@pytest.fixture
def stored(client, work):
    """m:1 (prod), m:raw, linked:1; m:2 and all of scratch were deleted."""
    (work / "f").write_text("one")
    (work / "g").write_text("two")
    (work / "place").mkdir()
    (work / "place" / "a").write_text("a")
    client.register("m", str(work / "f"), tags=["prod"], metadata={"k": {"deep": 1}, "t": "x"})
    client.register("m", str(work / "g"))
    client.register("m", str(work / "g"), version="raw", type="model")
    client.register("linked", str(work / "place"), link=True)
    client.register("scratch", str(work / "f"))
    client.tag_artifact("m", ["team"])
    client.delete_artifact_version("m:2")
    client.delete_artifact("scratch")
    client.close()
    return client


def everything(client):
    """All that is known of what is there."""
    artifacts = sorted(client.list_artifacts(size=0).items, key=lambda item: item.name)
    artifacts = [item.as_json() for item in artifacts]
    versions = [item.as_json() for item in client.list_artifact_versions(size=0)]
    client.close()
    return artifacts, versions


def change(path, *statements):
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_backup_is_one_file_that_holds_everything_and_changes_nothing(run, home, work, stored):
    before = (home / "catalog.db").read_bytes()
    done = run("catalog", "backup", "copy.db")
    assert (done.ok().out, done.err) == (f"Backed the catalog up to {work / 'copy.db'}\n", "")
    assert (home / "catalog.db").read_bytes() == before
    assert sorted(path.name for path in work.iterdir()) == ["copy.db", "f", "g", "place"]
    assert stat.S_IMODE((work / "copy.db").stat().st_mode) == 0o600
    words = ("catalog", "backup", "other.db", "-o", "json")
    shown = json.loads(run(*words).ok().out)
    size = (work / "other.db").stat().st_size
    assert shown == {"path": str(work / "other.db"), "size_bytes": size}
    assert run("catalog", "backup", "third.db", "-q").ok().out == f"{work / 'third.db'}\n"


def test_a_backup_does_not_replace_a_file_unless_told_to(run, work, stored):
    (work / "mine").write_text("a user's file")
    refused = run("catalog", "backup", "mine")
    assert (refused.code, refused.out) == (4, "")
    assert "--force" in refused.err
    assert (work / "mine").read_text() == "a user's file"
    run("catalog", "backup", "mine", "--force").ok()
    assert (work / "mine").read_bytes().startswith(b"SQLite format 3")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("place",), 4, "is a folder; name a file in it"),
        (("place", "--force"), 4, "is a folder; name a file in it"),
        (("",), 4, "is a folder"),
        (("gone/copy.db",), 3, "gone' does not exist"),
        (("f/copy.db", "--force"), 3, "f' does not exist"),
        (("../home/catalog.db",), 12, "own data"),
        (("../home/catalog.db", "--force"), 12, "own data"),
        ((), 2, "FILE"),
        (("a.db", "b.db"), 2, "b.db"),
    ],
)
def test_a_backup_that_cannot_be_written_is_refused(capsys, home, work, stored, words, code, said):
    before = everything(stored)
    refused = in_process(capsys, home, "catalog", "backup", *words)
    assert (refused.code, refused.out) == (code, "")
    assert said in refused.err
    assert len(refused.err.splitlines()) == 1
    assert everything(stored) == before
    assert sorted(path.name for path in work.iterdir()) == ["f", "g", "place"]
    assert sorted(path.name for path in (work / "place").iterdir()) == ["a"]


def test_there_is_nothing_to_back_up_before_the_first_version(run, home):
    refused = run("catalog", "backup", "copy.db")
    assert (refused.code, refused.out) == (3, "")
    assert not home.exists()


def test_a_home_that_cannot_be_written_can_be_backed_up(run, home, work, stored):
    with read_only(home):
        run("catalog", "backup", "copy.db").ok()
        refused = run("catalog", "restore", "copy.db")
        assert (refused.code, refused.out) == (7, "")
        assert len(refused.err.splitlines()) == 1
    (home / "catalog.db").unlink()
    run("catalog", "restore", "copy.db").ok()
    assert run("artifact", "version", "describe", "m@prod", "-q").ok().out == "m:1\n"


def test_a_restored_catalog_is_as_it_was_and_keeps_what_came_since(run, home, work, stored):
    run("catalog", "backup", "copy.db").ok()
    before = everything(stored)
    run("tag", "m:1", "other", "--remove", "prod").ok()
    run("register", "m", "f").ok()
    done = json.loads(run("catalog", "restore", "copy.db", "-o", "json").ok().out)
    assert set(done) == REBUILT_KEYS
    assert (done["versions"], done["problems"]) == (1, [])
    artifacts, versions = everything(stored)
    assert [item for item in versions if item["version"] != "3"] == before[1]
    assert {f"{item['artifact']}:{item['version']}" for item in versions} == {
        "m:1",
        "m:raw",
        "m:3",
        "linked:1",
    }
    assert {item["name"]: item["version_count"] for item in artifacts} == {"linked": 1, "m": 3}
    assert run("register", "m", "f", "-q").ok().out == "m:4\n"
    run("verify").ok()


def test_a_tag_keeps_its_name_where_a_backup_calls_another_one_by_its_id(run, home, work, stored):
    run("tag", "m:1", "prod", "--exclusive").ok()
    run("catalog", "backup", "copy.db").ok()
    with closing(sqlite3.connect(work / "copy.db")) as connection, connection:
        connection.execute(
            "UPDATE tag SET name = 'other', created = (SELECT created FROM artifact LIMIT 1)"
            " WHERE name = 'prod'"
        )
    run("catalog", "restore", "copy.db").ok()
    with closing(sqlite3.connect(home / "catalog.db")) as connection:
        names = connection.execute("SELECT name FROM tag WHERE exclusive ORDER BY name").fetchall()
    assert names == [("other",), ("prod",)]


def test_the_catalog_that_a_restore_replaces_is_kept(run, home, work, stored):
    run("catalog", "backup", "copy.db").ok()
    run("tag", "m:1", "since").ok()
    done = run("catalog", "restore", "copy.db").ok()
    assert "Restored copy.db" in done.out
    (kept,) = (home / "store" / "quarantine").iterdir()
    assert str(kept) in done.err
    connection = sqlite3.connect(kept)
    assert connection.execute(
        "SELECT COUNT(*) FROM version_tag WHERE tag = 'since'"
    ).fetchone() == (1,)
    connection.close()
    run("catalog", "restore", str(kept)).ok()
    assert run("artifact", "version", "describe", "m@since", "-q").ok().out == "m:1\n"


def test_a_catalog_that_is_gone_or_garbage_is_restored(run, home, stored):
    run("catalog", "backup", "copy.db").ok()
    before = everything(stored)
    for harm in (None, b"garbage", b""):
        (home / "catalog.db").unlink()
        if harm is not None:
            (home / "catalog.db").write_bytes(harm)
        run("catalog", "restore", "copy.db").ok()
        assert everything(stored) == before


def garbage(path):
    path.write_bytes(os.urandom(5000))


def empty(path):
    path.write_bytes(b"")


def truncated(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def a_page_lost(path):
    content = path.read_bytes()
    middle = len(content) // 2 // 4096 * 4096
    path.write_bytes(content[:middle] + b"\x00" * 4096 + content[middle + 4096 :])


def foreign(path):
    path.unlink()
    change(path, "CREATE TABLE artifact (seq INTEGER PRIMARY KEY)")


def newer(path):
    change(path, "PRAGMA user_version = 999")


def altered(path):
    change(path, "UPDATE artifact_version SET type = 'SchemaArtifact' WHERE version = '1'")


@pytest.mark.parametrize("harm", [garbage, empty, truncated, a_page_lost, foreign, newer, altered])
def test_a_backup_that_is_none_is_refused_and_the_catalog_is_left_alone(
    run, home, work, stored, harm
):
    run("catalog", "backup", "copy.db").ok()
    harm(work / "copy.db")
    before = (home / "catalog.db").read_bytes()
    files = sorted(home.rglob("*"))
    backup = (work / "copy.db").read_bytes()
    for flags in ((), ("--force",)):
        refused = run("catalog", "restore", "copy.db", *flags)
        assert (refused.code, refused.out) == (6, "")
        assert "copy.db" in refused.err
        assert "store/tmp" not in refused.err
        assert len(refused.err.splitlines()) == 1
    refused = run("catalog", "restore", "copy.db", "-o", "json")
    assert json.loads(refused.err)["error"]["kind"] == "catalog"
    assert (home / "catalog.db").read_bytes() == before
    assert sorted(home.rglob("*")) == files
    assert (work / "copy.db").read_bytes() == backup


@pytest.mark.parametrize(
    ("words", "code"),
    [(("gone.db",), 3), ((".",), 3), ((), 2), (("f", "g"), 2), (("f", "--bogus"), 2)],
)
def test_wrong_usage_of_restore_leaves_everything_alone(capsys, home, stored, words, code):
    before = everything(stored)
    refused = in_process(capsys, home, "catalog", "restore", *words)
    assert (refused.code, refused.out) == (code, "")
    assert len(refused.err.splitlines()) == 1
    assert everything(stored) == before


def test_versions_whose_bytes_are_gone_come_back_only_with_force(run, home, stored):
    run("catalog", "backup", "copy.db").ok()
    run("artifact", "version", "delete", "m:raw", "--yes", "--delete-data").ok()
    before = (home / "catalog.db").read_bytes()
    refused = run("catalog", "restore", "copy.db")
    assert (refused.code, refused.out) == (8, "")
    assert "m:raw" in refused.err
    assert "m:1" not in refused.err
    assert "--force" in refused.err
    assert (home / "catalog.db").read_bytes() == before
    run("catalog", "restore", "copy.db", "--force").ok()
    shown = json.loads(run("artifact", "version", "describe", "m:1", "-o", "json").ok().out)
    assert shown["data_deleted"] is None
    refused = run("download", "m:raw", "-")
    assert (refused.code, refused.out) == (3, "")
    assert "deleted" in refused.err
    assert run("download", "m:1", "-").ok().out == "one"
    run("artifact", "version", "delete", "m:raw", "--yes").ok()
    run("verify").ok()


def test_a_catalog_is_made_again_from_the_stores_records(run, home, stored):
    before = everything(stored)
    (home / "catalog.db").unlink()
    done = json.loads(run("catalog", "rebuild", "-o", "json").ok().out)
    assert set(done) == REBUILT_KEYS
    assert (done["versions"], done["deletions"], done["problems"]) == (3, 2, [])
    assert done["kept"] is None
    assert everything(stored) == before
    run("verify").ok()
    assert run("register", "m", "f", "-q").ok().out == "m:3\n"
    assert run("register", "scratch", "f", "-q").ok().out == "scratch:2\n"
    for taken in (("m", "2"), ("scratch", "1")):
        assert run("register", taken[0], "f", "-v", taken[1]).code == 4


def test_everything_comes_back_under_the_new_name(run, home, stored):
    run("artifact", "update", "m", "-n", "renamed", "-t", "more").ok()
    before = everything(stored)
    (home / "catalog.db").unlink()
    run("catalog", "rebuild").ok()
    assert everything(stored) == before
    shown = run("artifact", "version", "describe", "renamed@prod", "-q").ok()
    assert shown.out == "renamed:1\n"
    assert run("artifact", "describe", "m").code == 3
    assert run("register", "renamed", "f", "-v", "2").code == 4
    assert run("register", "renamed", "f", "-q").ok().out == "renamed:3\n"
    assert run("register", "m", "f", "-q").ok().out == "m:1\n"


def test_runs_come_back_and_still_protect_what_they_used(run, home, stored):
    add_run(home, "nightly", ("m", "1", "input"))
    run("verify").ok()  # writes the run's record
    (home / "catalog.db").unlink()
    assert json.loads(run("catalog", "rebuild", "-o", "json").ok().out)["runs"] == 1
    refused = run("artifact", "version", "delete", "m:1", "--yes")
    assert refused.code == 4
    assert "nightly" in refused.err


def test_while_the_catalog_is_gone_nothing_begins_again_at_one(run, home, work, stored):
    saved = (home / "catalog.db").read_bytes()
    (home / "catalog.db").unlink()
    files = sorted(home.rglob("*"))
    for words in (
        *(("register", "m", "f"), ("register", "new", "f", "--if-changed"), ("artifact", "list")),
        *(("tag", "m:1", "x"), ("download", "m:1"), ("metadata", "log", "m:1", "a=1")),
        *(("artifact", "delete", "m", "--yes"), ("artifact", "prune", "--unused", "--yes")),
        *(("artifact", "update", "m", "-t", "x"), ("verify",), ("catalog", "backup", "b.db")),
    ):
        refused = run(*words)
        if words[:2] == ("catalog", "backup"):
            assert refused.code in (3, 6)
            continue
        assert (refused.code, refused.out) == (6, ""), words
        assert "catalog rebuild" in refused.err
        assert len(refused.err.splitlines()) == 1
    assert sorted(home.rglob("*")) == files
    assert not (work / "m").exists()
    assert not (work / "b.db").exists()
    (home / "catalog.db").write_bytes(saved)


def test_a_rebuild_of_a_whole_catalog_changes_nothing(run, home, stored):
    before = everything(stored)
    done = run("catalog", "rebuild").ok()
    assert "0 versions" in done.out
    assert everything(stored) == before
    assert json.loads(run("catalog", "rebuild", "-o", "json").ok().out) == {
        **dict.fromkeys(("versions", "repaired", "artifacts", "deletions", "runs"), 0),
        "problems": [],
        "kept": None,
    }


def test_a_damaged_catalog_is_kept_and_made_again(run, home, stored):
    before = everything(stored)
    (home / "catalog.db").write_bytes(b"garbage" * 1000)
    assert run("artifact", "list").code == 6
    done = run("catalog", "rebuild").ok()
    (kept,) = (home / "store" / "quarantine").iterdir()
    assert str(kept) in done.err
    assert kept.read_bytes() == b"garbage" * 1000
    assert everything(stored) == before


@pytest.mark.parametrize("harm", [foreign, newer])
def test_what_is_not_a_damaged_catalog_of_ours_is_not_replaced_by_a_rebuild(
    run, home, stored, harm
):
    saved = (home / "catalog.db").read_bytes()
    harm(home / "catalog.db")
    before = (home / "catalog.db").read_bytes()
    refused = run("catalog", "rebuild")
    assert (refused.code, refused.out) == (6, "")
    assert len(refused.err.splitlines()) == 1
    assert (home / "catalog.db").read_bytes() == before
    (home / "catalog.db").write_bytes(saved)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"record": "version"}', b"\xff" * 100])
def test_records_that_cannot_be_used_are_named_and_the_others_come_back(run, home, stored, content):
    version_id = stored.get_artifact_version("m:raw").id_text
    stored.close()
    record = home / "store" / "records" / f"{version_id}.json"
    saved = record.read_bytes()
    record.write_bytes(content)
    (home / "catalog.db").unlink()
    done = run("catalog", "rebuild", "-o", "json")
    assert done.code == 8
    shown = json.loads(done.out)
    assert shown["versions"] == 2
    (problem,) = shown["problems"]
    assert version_id in problem
    assert version_id in json.loads(done.err)["error"]["details"][0]
    assert "Traceback" not in done.err
    assert {f"{item['artifact']}:{item['version']}" for item in everything(stored)[1]} == {
        "m:1",
        "linked:1",
    }
    record.write_bytes(saved)
    run("catalog", "rebuild").ok()
    assert {f"{item['artifact']}:{item['version']}" for item in everything(stored)[1]} == {
        "m:1",
        "linked:1",
        "m:raw",
    }


def test_a_rebuild_of_nothing_is_no_error(run, home):
    done = json.loads(run("catalog", "rebuild", "-o", "json").ok().out)
    assert (done["versions"], done["problems"]) == (0, [])
    assert check_home(home) == []


@pytest.mark.parametrize("output", ["yaml", "csv", "tsv"])
def test_every_format_prints_one_object(run, work, stored, output):
    assert "copy.db" in run("catalog", "backup", "copy.db", "-o", output).ok().out
    for words in (("catalog", "restore", "copy.db"), ("catalog", "rebuild")):
        done = run(*words, "-o", output).ok()
        assert "versions" in done.out
        assert "brought back" not in done.out


def test_a_backup_of_one_home_is_taken_by_a_copy_of_it_elsewhere(run, home, work, tmp_path, stored):
    run("catalog", "backup", "copy.db").ok()
    shutil.copytree(home / "store", tmp_path / "moved" / "store")
    done = run("catalog", "restore", "copy.db", ARTIFACTCTL_HOME=str(tmp_path / "moved")).ok()
    assert "Restored" in done.out
    shown = run("download", "m:1", "-", ARTIFACTCTL_HOME=str(tmp_path / "moved")).ok()
    assert shown.out == "one"
    check_home(tmp_path / "moved")


@pytest.mark.parametrize("length", [229, 230, 238, 255])
def test_a_backup_may_have_any_name_that_a_file_can_have(capsys, home, work, stored, length):
    done = in_process(capsys, home, "catalog", "backup", "b" * length)
    assert done.code == 0, done.err
    assert (work / ("b" * length)).read_bytes().startswith(b"SQLite format 3")
    assert not list(work.glob(".*"))
