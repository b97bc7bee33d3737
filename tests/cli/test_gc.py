"""`gc`: gives back the room of what nothing refers to, and of nothing else."""

import json
import os
import re
import signal
import time

import pytest

from tests.checker import check_home, leftovers
from tests.cli.test_errors import in_process
from tests.cli.test_interruption import start_slow_register

KEYS = {"blobs", "manifests", "temporary", "size_bytes", "unknown_versions", "dry_run"}


@pytest.fixture
def home(tmp_path):
    """A home that tests put foreign files into."""
    folder = tmp_path / "home"
    yield folder
    check_home(folder, damaged=True)


@pytest.fixture
def garbage(client, work):
    """m:1 of 4 bytes is there, m:2 of 100 was deleted."""
    (work / "f").write_text("kept")
    (work / "g").write_text("x" * 100)
    client.register("m", str(work / "f"))
    client.register("m", str(work / "g"))
    client.delete_artifact_version("m:2")
    client.close()


def blobs(home):
    return {path for path in (home / "store" / "blobs").glob("*/*") if path.is_file()}


def test_what_nothing_refers_to_goes_and_is_counted(run, home, garbage):
    assert len(blobs(home)) == 2
    done = run("gc", "--grace", "0").ok()
    assert re.fullmatch(r"Deleted 1 blob, 1 manifest, 0 temporary files \(\d+ B\)\n", done.out), (
        done.out
    )
    assert done.err == ""
    assert len(blobs(home)) == 1
    assert run("download", "m:1", "-").ok().out == "kept"
    again = json.loads(run("gc", "--grace=0", "-o", "json").ok().out)
    assert again == dict.fromkeys(KEYS, 0) | {"dry_run": False}


def test_what_is_young_is_spared_unless_told_otherwise(run, home, garbage):
    for words in ((), ("--grace", "14d"), ("--grace", "1h"), ("--grace", "2w")):
        assert run("gc", *words).ok().out.startswith("Deleted 0 blobs, 0 manifests")
    assert len(blobs(home)) == 2
    two_weeks_ago = time.time() - 14 * 86400 - 60
    for kind in ("blobs", "manifests"):
        for path in (home / "store" / kind).glob("*/*"):
            os.utime(path, (two_weeks_ago, two_weeks_ago))
    assert run("gc", "--grace", "15d").ok().out.startswith("Deleted 0 blobs")
    assert run("gc").ok().out.startswith("Deleted 1 blob, 1 manifest")


def test_a_dry_run_counts_the_same_and_deletes_nothing(run, home, garbage):
    (home / "store" / "tmp" / "0123456789abcdef-0").write_text("left by a crash")
    before = sorted(path for path in home.rglob("*"))
    planned = json.loads(run("gc", "--dry-run", "--grace", "0", "-o", "json").ok().out)
    assert set(planned) == KEYS
    assert planned["dry_run"] is True
    assert (planned["blobs"], planned["manifests"], planned["temporary"]) == (1, 1, 1)
    assert sorted(path for path in home.rglob("*")) == before
    shown = run("gc", "--dry_run", "--grace", "0").ok()
    assert shown.out.startswith("Would delete 1 blob, 1 manifest, 1 temporary file (")
    done = json.loads(run("gc", "--grace", "0", "-o", "json").ok().out)
    assert {**done, "dry_run": True} == planned


def test_it_does_not_ask(run, garbage):
    assert run("gc", "--grace", "0", stdin=None).code == 0


@pytest.mark.parametrize("output", ["yaml", "csv", "tsv"])
def test_every_format_is_valid_also_with_nothing_to_do(run, output):
    done = run("gc", "--dry-run", "-o", output).ok()
    assert "blobs" in done.out
    assert "Would" not in done.out


def test_what_a_killed_register_left_goes_with_the_next_gc(run, home, work, garbage):
    process = start_slow_register(home, work)
    limit = time.monotonic() + 60
    while not leftovers(home) and time.monotonic() < limit:
        time.sleep(0.02)
    # While it lives, what it writes is not garbage, however old one may be.
    assert json.loads(run("gc", "--grace", "0", "-o", "json").ok().out)["temporary"] == 0
    assert leftovers(home)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    assert leftovers(home)
    done = json.loads(run("gc", "-o", "json").ok().out)
    assert done["temporary"] >= 1
    assert leftovers(home) == []
    assert run("download", "m:1", "-").ok().out == "kept"


def test_the_quarantine_and_what_is_not_ours_are_left_alone(run, home, work, garbage):
    store = home / "store"
    (work / "user").mkdir()
    (work / "user" / "data").write_text("the user's")
    foreign = [store / "blobs" / "notes.txt", store / "manifests" / "ab.txt"]
    (store / "blobs" / "zz").mkdir()
    foreign += [store / "blobs" / "zz" / "mine", store / "quarantine" / ("0" * 64 + ".01234567")]
    (store / "quarantine").mkdir(exist_ok=True)
    for path in foreign:
        path.write_text("not artifactctl's")
        os.utime(path, (0, 0))
    (store / "blobs" / "linked").symlink_to(work / "user")
    run("gc", "--grace", "0").ok()
    assert all(path.read_text() == "not artifactctl's" for path in foreign)
    assert (store / "blobs" / "linked").is_symlink()
    assert (work / "user" / "data").read_text() == "the user's"
    checked = run("verify").ok()
    assert "notes.txt" in checked.err
    assert "left alone" in checked.err
    shown = json.loads(run("verify", "-o", "json").ok().out)
    assert shown["ok"] is True
    assert any("notes.txt" in place for place in shown["foreign"])
    for path in (*foreign, store / "blobs" / "linked"):
        path.unlink()


def test_damaged_bytes_are_quarantined_by_verify_and_stay_through_gc(run, home, work, garbage):
    (blob,) = [path for path in blobs(home) if path.read_text() == "kept"]
    blob.unlink()
    blob.write_text("KEPT")
    refused = run("verify", "-o", "json")
    assert refused.code == 8
    assert json.loads(refused.out)["damaged"] == ["m:1"]
    run("gc", "--grace", "0").ok()
    (kept,) = (home / "store" / "quarantine").iterdir()
    assert kept.read_text() == "KEPT"
    assert run("download", "m:1", "-").code == 8
    run("register", "again", "f").ok()
    run("verify").ok()


def test_a_catalog_that_is_gone_makes_nothing_garbage(run, home, garbage):
    saved = (home / "catalog.db").read_bytes()
    (home / "catalog.db").unlink()
    before = sorted(home.rglob("*"))
    for words in (("gc",), ("gc", "--grace", "0"), ("gc", "--dry-run")):
        refused = run(*words)
        assert (refused.code, refused.out) == (6, "")
        assert "catalog rebuild" in refused.err
        assert len(refused.err.splitlines()) == 1
    assert sorted(home.rglob("*")) == before
    (home / "catalog.db").write_bytes(saved)


def test_a_manifest_that_cannot_be_read_stops_gc_rather_than_guess(run, home, garbage):
    for manifest in (home / "store" / "manifests").glob("*/*"):
        manifest.unlink()
    refused = run("gc", "--grace", "0")
    assert (refused.code, refused.out) == (8, "")
    assert "verify" in refused.err
    assert len(blobs(home)) == 2


def test_bytes_of_versions_that_only_records_know_are_kept(run, home, work, garbage):
    run("catalog", "backup", "before.db").ok()
    run("register", "later", "f", "g").ok()
    (home / "catalog.db").write_bytes((work / "before.db").read_bytes())
    done = run("gc", "--grace", "0").ok()
    assert done.out.startswith("Deleted 0 blobs, 1 manifest")
    assert "catalog rebuild" in done.err
    run("catalog", "rebuild").ok()
    run("download", "later", "out").ok()
    assert (work / "out" / "g").read_text() == "x" * 100


def test_nothing_to_collect_and_no_home_is_no_error(run, home):
    done = run("gc").ok()
    assert done.out == "Deleted 0 blobs, 0 manifests, 0 temporary files (0 B)\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--grace", "x"), "30d"),
        (("--grace", "14"), "30d"),
        (("--grace", ""), "30d"),
        (("--grace", "-1d"), "30d"),
        (("--grace", "1.5d"), "30d"),
        (("--grace", "9" * 30 + "w"), "30d"),
        (("--grace", "999999999w"), "30d"),
        (("--grace",), "--grace"),
        (("m",), "m"),
        (("--yes",), "--yes"),
    ],
)
def test_a_wrong_age_is_exit_2_and_deletes_nothing(capsys, home, garbage, words, said):
    refused = in_process(capsys, home, "gc", *words)
    assert (refused.code, refused.out) == (2, "")
    assert said in refused.err
    assert len(refused.err.splitlines()) == 1
    assert len(blobs(home)) == 2
