"""The command `usage`: own and shared bytes, totals that add up, and what could go."""

import json
from pathlib import Path

import pytest

from artifactctl.client import PruneRules
from artifactctl.store.local import LocalStore
from tests.commands import environment, execute
from tests.recorded import Did, record
from tests.servers import s3


def sizes_on_disk(store: Path) -> int:
    return sum(path.lstat().st_size for path in store.rglob("*") if path.is_file())


@pytest.fixture
def filled(run, work, client):
    """a:1 and a:2 share 1,000 bytes, b:1 has 500 of them's kind, one version is linked."""
    (work / "a").mkdir()
    (work / "a" / "same").write_bytes(b"s" * 1000)
    (work / "a" / "own").write_bytes(b"1" * 100)
    run("register", "a", "a").ok()
    (work / "a" / "own").write_bytes(b"2" * 200)
    run("register", "a", "a").ok()
    (work / "b").write_bytes(b"b" * 500)
    run("register", "b", "b").ok()
    run("register", "again", "b").ok()
    run("register", "far", "a", "--link").ok()
    record(client, "nightly", Did("train"))
    return run


def asked(run, *words):
    return json.loads(run("usage", *words, "-o", "json").ok().out)


def test_own_and_shared_bytes_of_artifacts_and_versions(filled):
    items = {item["ref"]: item for item in asked(filled)["items"]}
    assert (items["a"]["own_bytes"], items["a"]["shared_bytes"]) == (1300, 0)
    assert (items["b"]["own_bytes"], items["b"]["shared_bytes"]) == (0, 500)
    assert (items["far"]["own_bytes"], items["far"]["linked_bytes"]) == (0, 1200)
    versions = {item["ref"]: item for item in asked(filled, "a")["items"]}
    assert (versions["a:1"]["own_bytes"], versions["a:1"]["shared_bytes"]) == (100, 1000)
    assert (versions["a:2"]["own_bytes"], versions["a:2"]["shared_bytes"]) == (200, 1000)
    assert filled("usage", "nothing").code == 3


def test_the_totals_are_what_the_disk_says(filled, home: Path):
    filled("artifact", "version", "delete", "a:1", "--yes").ok()
    store = home / "store"
    (store / "quarantine").mkdir(exist_ok=True)
    (store / "quarantine" / "x").write_bytes(b"q" * 30)
    (store / "tmp" / "mine").write_bytes(b"t" * 7)
    (store / "blobs" / "foreign").write_bytes(b"f" * 11)
    totals = asked(filled)["totals"]
    assert totals["total_bytes"] == sizes_on_disk(store)
    assert totals["unreferenced_bytes"] >= 100
    assert (totals["quarantine_bytes"], totals["temporary_bytes"]) == (30, 7)
    assert totals["other_bytes"] >= 11
    assert totals["versions_bytes"] == 1000 + 200 + 500
    freed = json.loads(filled("gc", "--grace", "0", "--dry-run", "-o", "json").ok().out)
    assert totals["unreferenced_bytes"] == freed["size_bytes"]
    for name in ("quarantine/x", "tmp/mine", "blobs/foreign"):
        (store / name).unlink()
    (store / "quarantine").rmdir()


def test_a_table_shows_the_parts_of_the_store(filled):
    done = filled("usage").ok()
    lines = done.out.splitlines()
    assert lines[0].split() == ["ARTIFACT", "VERSIONS", "OWN", "SHARED", "LINKED"]
    assert lines[2].split() == ["a", "2", "1.3", "kB", "0", "B", "0", "B"]
    assert any(line.endswith("files of versions") for line in lines)
    assert filled("usage", "-n", "1").ok().err == "3 more are smaller; -n 0 shows all.\n"
    assert filled("usage", "-q").ok().out.split()[0] == "a"
    assert filled("usage", "a", "-o", "csv").ok().out.splitlines()[0] == (
        "artifact,version,own_bytes,shared_bytes,created"
    )


def test_an_artifact_without_versions_has_none_and_one_named_twice_counts_once(filled):
    items = asked(filled, "a", "a")["items"]
    assert [item["ref"] for item in items] == ["a:2", "a:1"]
    filled("artifact", "version", "delete", "b:1", "--yes").ok()
    assert asked(filled, "b")["items"] == []


def test_what_a_pruning_would_free_is_a_column(filled, client):
    items = {item["ref"]: item for item in asked(filled, "--keep-last", "1")["items"]}
    assert items["a"]["frees_bytes"] == 100
    assert items["b"]["frees_bytes"] == 0
    assert "FREES" in filled("usage", "--keep-last", "1").ok().out
    found = client.usage("a", rules=PruneRules(keep_last=0))
    assert {item.ref: item.frees_bytes for item in found.items} == {"a:1": 100, "a:2": 1200}


def test_what_would_come_free_is_what_a_pruning_says_and_is_not_gone_for_a_proposal(filled, client):
    rules = PruneRules(keep_last=0)
    plan = client.prune_artifacts(keep_last=0, dry_run=True)
    said = dict.fromkeys(("a", "b", "again", "far"), 0)
    for choice in plan.going:
        said[choice.version.artifact] += choice.frees_bytes
    found = client.usage(rules=rules, max_bytes=1000)
    assert {item.ref: item.frees_bytes for item in found.items} == said
    assert [item.frees_bytes for item in found.proposal.versions] == [
        item.frees_bytes for item in client.usage(max_bytes=1000).proposal.versions
    ]


def test_each_manifest_is_read_once(filled, client, monkeypatch):
    reads = []
    read = LocalStore.get_manifest

    def counted(store, digest):
        reads.append(digest)
        return read(store, digest)

    monkeypatch.setattr(LocalStore, "get_manifest", counted)
    client.usage(rules=PruneRules(keep_last=0), max_bytes=1)
    assert len(reads) == len(set(reads)) > 2


def test_the_oldest_unused_versions_are_proposed(filled):
    proposal = asked(filled, "--max-size", "1kB")["proposal"]
    assert [(item["ref"], item["frees_bytes"]) for item in proposal["versions"]] == [("a:1", 100)]
    assert not proposal["is_enough"]
    assert filled("usage", "--max-size", "1kB", "-q").ok().out == "a:1\n"
    assert "a:1" in filled("usage", "--max-size", "1kB").ok().out
    assert asked(filled, "--max-size", "1GB")["proposal"]["versions"] == []
    filled("tag", "a:1", "keep").ok()
    filled("tags", "protect", "keep").ok()
    assert filled("usage", "--max-size", "1kB", "-q").ok().out == ""
    assert filled("usage", "--max-size", "much").code == 2


def test_nothing_is_changed_and_an_empty_home_is_empty(run, home: Path):
    assert asked(run)["items"] == []
    assert asked(run)["totals"]["total_bytes"] == 0
    assert not home.exists()


def test_a_store_on_a_server_is_measured(work: Path, rclone_s3: s3.S3Server):
    (work / "f").write_bytes(b"f" * 500)
    home = work / "team"
    at = environment(home, ARTIFACTCTL_STORE=rclone_s3.url("usage"), **s3.ENVIRON)
    assert execute(["register", "a", "f"], work, at).code == 0
    found = json.loads(execute(["usage", "-o", "json"], work, at).ok().out)
    assert found["items"][0]["own_bytes"] == 500
    totals = found["totals"]
    assert totals["versions_bytes"] == 500
    assert totals["total_bytes"] > sum(
        totals[f"{part}_bytes"] for part in ("versions", "manifests", "records")
    )
