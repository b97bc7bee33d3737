"""`log` and `restore`: what happened to an artifact, and what comes back of what was deleted."""

import json
import sqlite3
from contextlib import closing

import pytest

from artifactctl.client import Client
from artifactctl.upkeep import sweeping
from tests.recorded import Did, record
from tests.servers import s3


@pytest.fixture
def data(client, work, run):
    """data:1 … data:3 in folders, the last one made by a run; renamed from `raw`."""
    (work / "d").mkdir()
    for name in "abc":
        (work / "d" / name).write_text(name)
    client.register("raw", work / "d", metadata={"rows": 150, "old": 1})
    (work / "d" / "a").write_text("other")
    (work / "d" / "b").unlink()
    client.register("raw", work / "d", metadata={"rows": 200, "lr": 0.1}, tags=["prod"])
    client.update_artifact("raw", "data")
    record(client, "nightly", Did("train", outputs=["data"]))
    client.update_artifact_version("data:1", description="The *first*\none")
    client.close()
    return client


def test_a_log_tells_who_made_each_version_and_what_changed(run, data):
    shown = run("log", "data").ok()
    blocks = [block.splitlines() for block in shown.out.split("\n\n")]
    assert [block[0].split("  ")[0] for block in blocks] == ["data:3", "data:2", "data:1"]
    assert "by nightly/train" in blocks[0][0]
    assert "by hand  [prod]" in blocks[1][0]
    assert [line.strip() for line in blocks[1][1:]] == [
        "files     1 removed (b), 1 changed (a)",
        "metadata  rows 150 → 200, +lr 0.1, -old",
        "tags      +prod",
    ]
    assert [line.strip() for line in blocks[2][1:]] == ["The *first*", "files     3 files"]
    cut = run("log", "data", "-n", "1").ok()
    assert cut.out.count("data:") == 1
    assert "newest of 3" in cut.err


def test_a_log_for_programs(run, data):
    found = json.loads(run("log", "data", "-o", "json").ok().out)
    assert (found["artifact"], found["total"]) == ("data", 3)
    last, second, first = found["items"]
    assert last["producer"] == {"run": "nightly", "step": "train"}
    assert second["before"] == "data:1"
    assert second["metadata"] == {
        "added": {"lr": 0.1},
        "removed": {"old": 1},
        "changed": {"rows": [150, 200]},
    }
    assert [file["path"] for file in second["files"]["removed"]] == ["b"]
    assert second["tags_changed"] == {"added": ["prod"], "removed": []}
    assert (first["before"], first["files"], first["description"]) == (
        None,
        None,
        "The *first*\none",
    )
    rows = run("log", "data", "-o", "tsv").ok().out.splitlines()
    assert len(rows) == 4
    assert run("log", "data", "-q").ok().out == "data:3\ndata:2\ndata:1\n"
    assert run("log", "nothing").code == 3
    assert run("log").code == 2
    assert run("log", "data:1").code == 5


def test_a_long_history_takes_as_many_statements_as_a_short_one(data, work, monkeypatch):
    for number in range(12):
        (work / "f").write_text(f"{number}")
        data.register("data", work / "f", tags=[f"t{number}"], metadata={"n": number})
    data.close()
    seen: list[str] = []
    connect = sqlite3.connect

    def connected(*args, **kwargs):
        connection = connect(*args, **kwargs)
        connection.set_trace_callback(seen.append)
        return connection

    monkeypatch.setattr(sqlite3, "connect", connected)
    counts = set()
    for size in (1, 2, 9):
        data.close()
        seen.clear()
        assert len(data.artifact_history("data", size=size).items) == size
        counts.add(len(seen))
    assert len(counts) == 1


def deleted_refs(run, *words):
    items = json.loads(run("log", "--deleted", *words, "-o", "json").ok().out)["items"]
    return {item["ref"]: item["restorable"] for item in items}


def everything(run, ref):
    found = json.loads(run("artifact", "version", "describe", ref, "-o", "json").ok().out)
    return {key: value for key, value in found.items() if key != "updated"}


def test_what_was_deleted_comes_back_as_it_was(run, data, home):
    before = [everything(run, f"data:{number}") for number in (1, 2, 3)]
    run("artifact", "version", "delete", "data:1", "data:2", "data:3", "--yes", "--force").ok()
    assert deleted_refs(run, "data") == {"data:1": True, "data:2": True, "data:3": True}
    (home / "catalog.db").unlink()
    run("catalog", "rebuild").ok()
    done = run("restore", "data:2", "data:1", before[2]["id"][:8]).ok()
    assert done.out == "Restored data:2, data:1, data:3\n"
    assert [everything(run, f"data:{number}") for number in (1, 2, 3)] == before
    assert deleted_refs(run) == {}
    assert run("log", "data", "-q").ok().out == "data:3\ndata:2\ndata:1\n"
    run("verify").ok()
    (home / "catalog.db").unlink()
    run("catalog", "rebuild").ok()
    assert [everything(run, f"data:{number}") for number in (1, 2, 3)] == before
    assert run("restore", "data:2").code == 4


def test_a_deleted_artifact_comes_back_with_its_tags_and_what_went_with_it(run, data, work):
    run("tag", "data", "team", "--artifact").ok()
    run("artifact", "update", "data", "--description", "all").ok()
    run("artifact", "version", "delete", "data:1", "--yes").ok()
    run("artifact", "delete", "data", "--yes", "--force").ok()
    assert run("log", "data").code == 3
    assert run("restore", "data", "-q").ok().out == "data:2\ndata:3\n"
    found = json.loads(run("artifact", "describe", "data", "-o", "json").ok().out)
    assert (found["tags"], found["description"], found["version_count"]) == (["team"], "all", 2)
    run("restore", "data:1").ok()
    assert run("register", "data", "d", "-q").ok().out == "data:4\n"


def test_an_exclusive_tag_that_has_moved_stays_where_it_is(run, data):
    run("tag", "data:2", "prod", "--exclusive").ok()
    run("artifact", "version", "delete", "data:2", "--yes").ok()
    run("tag", "data:3", "prod").ok()
    done = run("restore", "data:2").ok()
    assert "data:2 did not get the tag 'prod' back" in done.err
    assert everything(run, "data:3")["tags"] == ["prod"]
    assert everything(run, "data:2")["tags"] == []


def test_what_garbage_collection_took_cannot_come_back_and_leaves_no_secret(run, data, home):
    run("artifact", "version", "delete", "data:1", "--yes").ok()
    run("gc", "--grace", "0").ok()
    refused = run("restore", "data:1")
    assert (refused.code, refused.out) == (3, "")
    assert "its bytes are gone" in refused.err
    assert deleted_refs(run) == {"data:1": False}
    with closing(sqlite3.connect(home / "catalog.db")) as connection:
        assert connection.execute("SELECT former FROM deleted_version").fetchall() == [(None,)]
    run("artifact", "version", "delete", "data:2", "--yes", "--delete-data").ok()
    assert run("restore", "data:2").code == 3
    assert not [path for path in home.rglob("*.json") if b'"lr"' in path.read_bytes()]


def test_data_that_was_deleted_by_itself_cannot_come_back(run, data):
    run("artifact", "prune", "data", "--unused", "-a", "--keep-last", "2", "--yes").ok()
    refused = run("restore", "data:1")
    assert refused.code == 3
    assert "prune --only-artifact" in refused.err
    run("artifact", "version", "delete", "data:1", "--yes").ok()
    assert run("restore", "data:1").code == 3


def test_what_is_not_deleted_or_never_was_is_said(run, data):
    for words, code in (
        (("restore", "data"), 4),
        (("restore", "data:2"), 4),
        (("restore", "data:9"), 3),
        (("restore", "other"), 3),
        (("restore", "data@prod"), 3),
        (("log", "other", "--deleted"), 3),
    ):
        refused = run(*words)
        assert (refused.code, refused.out, len(refused.err.splitlines())) == (code, "", 1), words


def test_one_that_cannot_come_back_keeps_the_others_away_too(run, data):
    run("artifact", "version", "delete", "data:1", "data:2", "--yes").ok()
    assert run("restore", "data:1", "data:9").code == 3
    assert deleted_refs(run) == {"data:1": True, "data:2": True}


def test_inputs_and_consumers_are_linked_again(run, client, work):
    (work / "f").write_text("x")
    client.register("source", work / "f")
    client.register("made", work / "f", inputs=["source:1"])
    record(client, "nightly", Did(inputs={"made": "made:1"}))
    client.close()
    before = run("lineage", "made:1", "-o", "json").ok().out
    run("artifact", "version", "delete", "made:1", "--yes", "--force").ok()
    run("restore", "made:1").ok()
    assert run("lineage", "made:1", "-o", "json").ok().out == before


def test_a_forged_deletion_restores_nothing(run, data, home):
    run("artifact", "version", "delete", "data:1", "--yes").ok()
    with closing(sqlite3.connect(home / "catalog.db", isolation_level=None)) as connection:
        (text,) = connection.execute("SELECT former FROM deleted_version").fetchone()
        other = json.loads(text) | {"size_bytes": 1}
        connection.execute("UPDATE deleted_version SET former = ?", (json.dumps(other),))
    assert run("restore", "data:1").code == 8
    with closing(sqlite3.connect(home / "catalog.db", isolation_level=None)) as connection:
        connection.execute("UPDATE deleted_version SET former = ?", (text,))
    run("restore", "data:1").ok()


def test_gc_that_began_before_a_restore_spares_what_came_back(client, work, monkeypatch):
    (work / "f").write_text("x")
    client.register("a", work / "f")
    client.register("b", work / "f")
    (work / "f").write_text("y")
    client.register("b", work / "f")
    client.delete_artifact_version("a:1")
    client.delete_artifact_version("b:1")
    condemn = sweeping._Sweep._condemn
    restored = []

    def condemn_later(sweep, garbage):
        if not restored:
            with closing(Client(client.home.settings.home.value)) as other:
                restored.extend(other.restore("b:1").versions)
        return condemn(sweep, garbage)

    monkeypatch.setattr(sweeping._Sweep, "_condemn", condemn_later)
    client.collect_garbage(grace_s=0)
    assert [version.ref for version in restored] == ["b:1"]
    assert client.verify() == []
    assert client.find_artifact_version("b:1").digest == restored[0].digest


@pytest.mark.sweep
def test_a_team_restores_and_describes_what_is_on_its_servers(
    run, work, postgres_url, rclone_s3, tmp_path
):
    store = rclone_s3.url(f"history/{tmp_path.name}")
    team = {**s3.ENVIRON, "ARTIFACTCTL_CATALOG": postgres_url, "ARTIFACTCTL_STORE": store}
    team["ARTIFACTCTL_CACHE"] = "0"
    (work / "d").mkdir()
    (work / "d" / "a").write_text("a")

    def ask(*words):
        return run(*words, **team).ok().out

    def described():
        found = json.loads(ask("artifact", "version", "describe", "x:0.1.0", "-o", "json"))
        return {key: value for key, value in found.items() if key != "updated"}

    words = ("register", "x", "d", "-q", "--bump", "minor")
    assert ask(*words, "--description", "*one*", "--metadata", "k=1", "-t", "t") == "x:0.1.0\n"
    (work / "d" / "b").write_text("b")
    assert ask(*words) == "x:0.2.0\n"
    assert ask("metadata", "remove", "x:^0.1", "k") == "Removed k from x:0.1.0\n"
    before = described()
    assert (before["description"], before["tags"], before["metadata"]) == ("*one*", ["t"], {})
    assert "1 added (b)" in ask("log", "x")
    ask("artifact", "delete", "x", "--yes")
    items = json.loads(ask("log", "--deleted", "-o", "json"))["items"]
    assert {item["ref"]: item["restorable"] for item in items} == {"x:0.1.0": True, "x:0.2.0": True}
    assert ask("restore", "x") == "Restored x:0.1.0, x:0.2.0\n"
    assert described() == before
    ask("verify")
    ask("artifact", "version", "delete", "x:~0.2", "--yes")
    ask("gc", "--grace", "0")
    assert run("restore", "x:0.2.0", **team).code == 3
