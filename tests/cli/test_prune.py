"""`artifact prune`: which versions go, which stay, and why."""

import json
import sqlite3

import pytest

from tests.checker import check_home
from tests.cli.test_errors import in_process
from tests.cli.test_filters import add_run, made_by

PRUNE = ("artifact", "prune")
CHOICE_KEYS = {"id", "artifact", "version", "action", "reason", "frees_bytes", "tags", "runs"}


@pytest.fixture
def stored(client, home, work):
    """By hand: m:1 (keep), m:2, m:3, hand:1, linked:1. Of runs: used:1 by nightly, made:1 by none.

    m:1 and m:2 share 6 bytes; m:3 has 100 of its own.
    """
    (work / "f").write_text("shared")
    (work / "g").write_text("x" * 100)
    (work / "place").mkdir()
    (work / "place" / "a").write_text("user's own")
    client.register("m", str(work / "f"), tags=["keep"])
    client.register("m", str(work / "f"))
    client.register("m", str(work / "g"))
    for name in ("used", "made", "hand"):
        (work / name).write_text(name)
        client.register(name, str(work / name))
    client.register("linked", str(work / "place"), link=True)
    client.close()
    add_run(home, "nightly", ("used", "1", "input"))
    made_by(home, "00000000-0000-4000-8000-00000000dead", "train", "made", "1")
    return client


def refs(client):
    found = {item.ref for item in client.list_artifact_versions(size=0).items}
    client.close()
    return found


EVERYTHING = {"m:1", "m:2", "m:3", "used:1", "made:1", "hand:1", "linked:1"}


def age(home, artifact, days):
    """Have an artifact's versions registered some days ago."""
    with sqlite3.connect(home / "catalog.db") as connection:
        connection.execute(
            "UPDATE artifact_version SET created = strftime('%Y-%m-%dT%H:%M:%S.000000Z', 'now', ?)"
            " WHERE artifact_seq = (SELECT seq FROM artifact WHERE name = ?)",
            (f"-{days} days", artifact),
        )
    connection.close()


@pytest.fixture
def gone(capsys, home, stored):
    """The versions that a pruning would delete, as its dry run says."""

    def would_go(*words):
        done = in_process(capsys, home, *PRUNE, "--dry-run", "-q", *words)
        assert done.code == 0, done.err
        assert refs(stored) == EVERYTHING
        return set(done.out.split())

    return would_go


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), {"made:1"}),
        (("--keep-tag", "keep"), {"made:1"}),
        (("--unused",), EVERYTHING - {"used:1"}),
        (("--unused", "--keep-tag", "keep"), EVERYTHING - {"used:1", "m:1"}),
        (("--unused", "m"), {"m:1", "m:2", "m:3"}),
        (("--unused", "m", "hand"), {"m:1", "m:2", "m:3", "hand:1"}),
        (("--unused", "used"), set()),
        (("--keep-last", "1"), {"m:1", "m:2"}),
        (("--keep-last", "2"), {"m:1"}),
        (("--keep_last", "2", "--keep_tag", "keep"), set()),
        (("--keep-last", "0"), EVERYTHING - {"used:1"}),
        (("--keep-last", "9"), set()),
        (("--older-than", "1d"), set()),
        (("--older-than", "0"), EVERYTHING - {"used:1"}),
        (("--unused", "--older-than", "1w"), set()),
        (("--include-runs",), {"made:1", "used:1"}),
        (("--include_runs", "--unused"), EVERYTHING),
        (("--unused", "-a"), EVERYTHING - {"used:1", "linked:1"}),
        (("--unused", "-m"), EVERYTHING - {"used:1"}),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_the_rules_say_what_goes(gone, words, expected):
    assert gone(*words) == expected


def test_the_age_is_that_of_the_version(capsys, home, stored):
    age(home, "hand", 40)
    age(home, "used", 40)
    words = (*PRUNE, "--dry-run", "-q", "--older-than", "30d")
    assert in_process(capsys, home, *words).ok().out == "hand:1\n"
    assert in_process(capsys, home, *words[:-1], "6w").ok().out == ""


def test_a_dry_run_says_of_each_version_why_it_goes_or_stays(run, stored):
    done = run(*PRUNE, "--dry-run", "--keep-last", "1", "--keep-tag", "keep", "-o", "json").ok()
    shown = json.loads(done.out)
    assert set(shown) == {"dry_run", "freed_bytes", "versions"}
    assert shown["dry_run"] is True
    found = {f"{item['artifact']}:{item['version']}": item for item in shown["versions"]}
    assert set(found) == EVERYTHING
    assert all(set(item) == CHOICE_KEYS for item in found.values())
    assert {ref for ref, item in found.items() if item["action"] == "delete"} == {"m:2"}
    assert {item["action"] for item in found.values()} == {"delete", "keep"}
    assert "keep" in found["m:1"]["reason"]
    assert "not among the newest 1" in found["m:2"]["reason"]
    assert "among the newest 1" in found["m:3"]["reason"]
    assert "nightly" in found["used:1"]["reason"]
    assert found["used:1"]["runs"] == ["nightly"]
    assert found["m:1"]["tags"] == ["keep"]
    assert refs(stored) == EVERYTHING


def test_what_a_rule_is_needed_for_says_so(run, stored):
    shown = json.loads(run(*PRUNE, "--dry-run", "-o", "json").ok().out)
    found = {item["artifact"]: item for item in shown["versions"]}
    assert "--unused" in found["hand"]["reason"]
    assert "run was deleted" in found["made"]["reason"]
    assert found["made"]["frees_bytes"] == shown["freed_bytes"] == 4


def test_bytes_count_as_free_only_when_nothing_else_needs_them_and_once(run, home, stored):
    shown = json.loads(run(*PRUNE, "--unused", "m", "--dry-run", "-o", "json").ok().out)
    assert shown["freed_bytes"] == 106
    assert sum(item["frees_bytes"] for item in shown["versions"]) == 106
    shown = json.loads(run(*PRUNE, "--keep-last", "2", "--dry-run", "-o", "json").ok().out)
    assert shown["freed_bytes"] == 0  # m:2 keeps what m:1 shares with it
    before = sum(path.stat().st_size for path in (home / "store" / "blobs").glob("*/*"))
    done = json.loads(run(*PRUNE, "--unused", "m", "--yes", "-o", "json").ok().out)
    after = sum(path.stat().st_size for path in (home / "store" / "blobs").glob("*/*"))
    assert done["freed_bytes"] == before - after == 106


def test_a_table_shows_versions_reasons_bytes_tags_and_runs(run, stored):
    done = run(*PRUNE, "--dry-run", "--unused", COLUMNS="200").ok()
    header, *lines = [line for line in done.out.splitlines() if line.strip("─ ")]
    for word in ("ARTIFACT", "VERSION", "ACTION", "REASON", "TAGS", "RUNS"):
        assert word in header
    (used,) = [line for line in lines if line.split()[0] == "used"]
    assert "keep" in used
    assert used.split()[-1] == "nightly"
    assert done.err == "Would delete 6 artifact versions; 114 B would be freed.\n"
    assert "\x1b" not in done.out


@pytest.mark.parametrize("output", ["csv", "tsv", "yaml"])
def test_a_dry_run_has_every_format(run, stored, output):
    done = run(*PRUNE, "--dry-run", "m", "--unused", "-o", output).ok()
    assert "no run refers to it" in done.out
    if output == "csv":
        assert done.out.splitlines()[0] == "artifact,version,action,frees_bytes,tags,runs,reason"


def test_what_a_dry_run_shows_is_what_goes(run, home, stored):
    before = (home / "catalog.db").read_bytes()
    words = (*PRUNE, "--unused", "--keep-tag", "keep", "-o", "json")
    planned = json.loads(run(*words, "--dry-run").ok().out)
    assert (home / "catalog.db").read_bytes() == before
    done = json.loads(run(*words, "--yes").ok().out)
    going = [item["id"] for item in planned["versions"] if item["action"] == "delete"]
    assert [item["id"] for item in done["versions"]] == going
    assert (done["dry_run"], done["freed_bytes"]) == (False, planned["freed_bytes"])
    assert refs(stored) == {"m:1", "used:1"}
    run("verify").ok()


def test_artifacts_left_without_versions_go_too_and_numbers_stay_used_up(run, stored):
    done = run(*PRUNE, "--unused", "m", "hand", "-y", "-q").ok()
    assert set(done.out.split()) == {"m:1", "m:2", "m:3", "hand:1"}
    assert "Deleted 4 artifact versions" in done.err
    assert set(run("artifact", "list", "-q").ok().out.split()) == {"used", "made", "linked"}
    assert run("register", "m", "f", "-q").ok().out == "m:4\n"
    assert run("register", "hand", "f", "-v", "1").code == 4


def test_nothing_to_prune_is_said_and_is_no_error(run, stored):
    run(*PRUNE, "--yes").ok()
    for words in ((), ("--yes",), ("--dry-run", "m"), ("--keep-last", "5")):
        done = run(*PRUNE, *words).ok()
        assert done.err in (
            "No unused artifact versions found.\n",
            "No artifact version is to be deleted by these rules.\n",
        )
    done = run(*PRUNE, "-o", "json").ok()
    assert json.loads(done.out) == {"dry_run": False, "freed_bytes": 0, "versions": []}
    assert refs(stored) == EVERYTHING - {"made:1"}


def test_linked_data_is_never_touched(run, work, stored):
    run(*PRUNE, "linked", "--unused", "-a", "--yes").ok()
    assert "linked:1" in refs(stored)
    run(*PRUNE, "linked", "--unused", "--yes").ok()
    run("gc", "--grace", "0").ok()
    assert "linked:1" not in refs(stored)
    assert (work / "place" / "a").read_text() == "user's own"


def test_with_only_artifact_the_row_stays_and_says_why_it_cannot_be_downloaded(run, home, stored):
    run(*PRUNE, "m", "--unused", "--keep-last", "1", "-a", "--yes").ok()
    assert refs(stored) == EVERYTHING
    shown = json.loads(run("artifact", "version", "describe", "m:1", "-o", "json").ok().out)
    assert shown["data_deleted"].endswith("Z")
    assert (shown["tags"], shown["size_bytes"]) == (["keep"], 6)
    assert shown["files"][0]["path"] == "f"
    for words in (("m:1", "out"), ("m:1", "-"), ("m:1", "out.zip"), ("m:1", "-o", "json")):
        refused = run("download", *words)
        assert (refused.code, refused.out) == (3, "")
        assert "m:1" in refused.err
        assert "deleted" in refused.err
    assert run("download", "m:3", "-").ok().out == "x" * 100
    run("verify").ok()
    run("gc", "--grace", "0").ok()
    assert len(list((home / "store" / "blobs").glob("*/*"))) == 4
    again = run(*PRUNE, "m", "--unused", "--keep-last", "1", "-a", "--yes")
    assert again.ok().err == "No artifact version is to be deleted by these rules.\n"


def test_registering_the_same_files_again_does_not_undo_what_was_given_up(run, stored):
    run(*PRUNE, "m", "--unused", "-a", "--yes").ok()
    assert run("register", "m", "f", "-q").ok().out == "m:4\n"
    assert run("download", "m:4", "-").ok().out == "shared"


def test_with_only_metadata_the_bytes_stay_until_gc(run, home, stored):
    before = {path.name for path in (home / "store" / "blobs").glob("*/*")}
    done = json.loads(run(*PRUNE, "m", "--unused", "-m", "-y", "-o", "json").ok().out)
    assert done["freed_bytes"] == 0
    assert len(done["versions"]) == 3
    assert {path.name for path in (home / "store" / "blobs").glob("*/*")} == before
    run("gc", "--grace", "0").ok()
    assert len({path.name for path in (home / "store" / "blobs").glob("*/*")}) == len(before) - 2


def test_pruning_survives_a_lost_catalog(run, home, stored):
    run(*PRUNE, "m", "--unused", "--keep-last", "1", "--yes").ok()
    (home / "catalog.db").unlink()
    run("catalog", "rebuild").ok()
    assert refs(stored) == EVERYTHING - {"m:1", "m:2"}
    assert run("register", "m", "f", "-v", "2").code == 4


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("-a", "-m"), 2, "both"),
        (("-a", "-m", "--unused", "--yes"), 2, "both"),
        (("--only-artifact", "--only_metadata", "--dry-run"), 2, "both"),
        (("--unused",), 2, "--yes"),
        (("--older-than", "30"), 2, "30d"),
        (("--older-than", "soon"), 2, "30d"),
        (("--older-than", "-1d"), 2, "30d"),
        (("--older-than", "9" * 40 + "d"), 2, "30d"),
        (("--older-than", "999999999w", "--yes"), 2, "30d"),
        (("--keep-last", "-1", "--yes"), 2, "--keep-last"),
        (("--keep-last", "few", "--yes"), 2, "--keep-last"),
        (("gone", "--unused", "--yes"), 3, "gone"),
        (("m", "gone", "--unused", "--yes"), 3, "gone"),
        (("a/b", "--unused", "--yes"), 5, "'/'"),
        (("m:1", "--unused", "--yes"), 5, "':'"),
        (("--bogus",), 2, "--bogus"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_usage_prunes_nothing(capsys, home, stored, words, code, said):
    refused = in_process(capsys, home, *PRUNE, *words)
    assert (refused.code, refused.out) == (code, "")
    assert said in refused.err
    assert len(refused.err.splitlines()) == 1
    assert len(check_home(home)) == len(EVERYTHING)
    assert refs(stored) == EVERYTHING
