"""Two commands in each other's way, again and again: what is referred to never loses its bytes."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from blake3 import blake3

from artifactctl.client import Client
from tests.checker import assert_gapless, check_home
from tests.commands import command
from tests.faults.processes import Answer, Balance, Scatter, Worker, finish, spawn, start, workers

pytestmark = pytest.mark.sweep

ROUNDS = 100
LATEST_S = 0.012  # about as long as what it is to meet takes

REGISTER_MANY = """
import pathlib, sys
from artifactctl.client import Client
client = Client(sys.argv[1])
for number in range(int(sys.argv[3])):
    file = pathlib.Path(f"{sys.argv[2]}-{number}")
    file.write_text(f"{sys.argv[2]} {number}")
    print(client.register("x", [str(file)]).version.version, flush=True)
"""
UNTIL_TOLD = """
import select, sys
from artifactctl.client import Client
count = 0
while not select.select([sys.stdin], [], [], 0)[0]:
    client = Client(sys.argv[1])
    VERB
    client.close()
    count += 1
print(count)
"""
COLLECT = UNTIL_TOLD.replace("VERB", "client.collect_garbage(grace_s=0)")
VERIFY = UNTIL_TOLD.replace("VERB", "assert client.verify() == []")


@pytest.fixture
def pair(home: Path, work: Path) -> Iterator[tuple[Worker, Worker]]:
    """Two processes at one home."""
    with workers(home, work, 2) as (first, second):
        yield first, second


@pytest.fixture
def delays() -> Scatter:
    """How much later one of the two begins."""
    return Scatter(LATEST_S, seed=4)


def put(work: Path, name: str, content: str) -> str:
    (work / name).write_text(content)
    return str(work / name)


def at_once(
    pair: tuple[Worker, Worker], delays: Scatter | Balance, one: list, two: list
) -> tuple[Answer, Answer]:
    """Have both do something; one of the two begins a little later."""
    for worker, what, delay_s in zip(pair, (one, two), delays.delays_s(), strict=True):
        *words, options = what
        worker.begin(*words, delay_s=delay_s, **options)
    return pair[0].end(), pair[1].end()


def test_content_is_registered_while_gc_takes_it_away(
    home: Path, work: Path, client: Client, pair: tuple[Worker, Worker], delays: Scatter
):
    for number in range(ROUNDS):
        file = put(work, "f", f"content {number}")
        client.register("x", file)
        client.delete_artifact_version("x")
        collected, registered = at_once(
            pair, delays, ["collect_garbage", {"grace_s": 0}], ["register", "y", file, {}]
        )
        collected.ok()
        registered.ok()
        assert len(check_home(home)) == number + 1
    assert_gapless(home, "y", ROUNDS)


def test_living_versions_are_downloaded_while_gc_runs(
    home: Path, work: Path, client: Client, pair: tuple[Worker, Worker], delays: Scatter
):
    (work / "tree").mkdir()
    for number in range(8):
        (work / "tree" / f"{number}").write_text(f"{number}" * 1000)
    client.register("x", work / "tree")
    for number in range(ROUNDS):
        client.register("y", put(work, "f", f"garbage {number}"))
        client.register("z", work / "tree" / "0")
        client.delete_artifact_version(["y", "z"])
        target = work / f"out{number}"
        collected, downloaded = at_once(
            pair, delays, ["collect_garbage", {"grace_s": 0}], ["download", "x", str(target), {}]
        )
        collected.ok()
        downloaded.ok()
        for file in (work / "tree").iterdir():
            assert (target / file.name).read_bytes() == file.read_bytes()


def test_a_register_that_is_still_reading_keeps_its_temporary_files(
    home: Path, work: Path, client: Client
):
    client.register("x", put(work, "f", "f"))
    content = "slowly\n" * 500_000  # more than is read ahead
    started = [spawn(command("register", f"slow{n}", "-", "-q"), home, work) for n in range(4)]
    tmp = home / "store" / "tmp"
    try:
        for process in started:
            assert process.stdin is not None
            process.stdin.write(content)
            process.stdin.flush()
        while sum(path.stat().st_size > 0 for path in tmp.glob("*-1")) < len(started):
            time.sleep(0.01)
        (tmp / "0123456789abcdef-1").write_text("left by a command that was killed")
        (tmp / "0123456789abcdef-lock").touch()
        before = {path.name for path in tmp.iterdir()}
        for _ in range(ROUNDS // len(started)):
            client.collect_garbage(grace_s=0)
            left = {path.name for path in tmp.iterdir()}
            assert before - left == {"0123456789abcdef-1", "0123456789abcdef-lock"}
    finally:
        printed = [process.communicate(content)[0] for process in started]
    assert printed == [f"slow{n}:1\n" for n in range(4)]
    (name,) = {path.name for path in (home / "store" / "blobs").glob("*/*")} - {
        blake3(b"f").hexdigest()
    }
    assert name == blake3(2 * content.encode()).hexdigest()
    assert list(tmp.iterdir()) == []


def test_what_is_tagged_in_time_is_not_pruned(
    home: Path, work: Path, client: Client, pair: tuple[Worker, Worker], delays: Scatter
):
    seen = set()
    for number in range(ROUNDS):
        ref = client.register("x", put(work, "f", f"{number}")).version.id_text
        pruned, tagged = at_once(
            pair,
            delays,
            ["prune_artifacts", {"names": ["x"], "unused": True, "keep_tags": ["keep"]}],
            ["tag", ref, ["keep"], {}],
        )
        assert (pruned.code, tagged.code) in {(0, 0), (0, 3), (3, 0)}, (pruned, tagged)
        ids = {version["id"] for version in check_home(home)}
        assert (ref in ids) == (tagged.code == 0)
        seen.add(tagged.code)
    assert 0 in seen


def test_what_is_deleted_with_its_bytes_is_registered_again(
    home: Path, work: Path, client: Client, pair: tuple[Worker, Worker], delays: Scatter
):
    for number in range(ROUNDS):
        file = put(work, "f", f"{number}")
        client.register("x", file)
        remove = ["delete_artifact_version", "x", {"delete_from_artifact_store": True}]
        if number % 2:
            wish = {"names": ["x"], "unused": True, "delete_from_artifact_store": True}
            remove = ["prune_artifacts", wish]
        removed, registered = at_once(pair, delays, remove, ["register", "y", file, {}])
        removed.ok()
        registered.ok()
        assert len(check_home(home)) == number + 1


def test_what_is_restored_while_gc_takes_its_bytes_is_whole_or_stays_deleted(
    home: Path, work: Path, client: Client, pair: tuple[Worker, Worker]
):
    balance, restored = Balance(), 0
    for number in range(ROUNDS):
        ref = client.register("x", put(work, "f", f"{number}")).version.id_text
        client.delete_artifact_version(ref)
        collected, answer = at_once(
            pair, balance, ["collect_garbage", {"grace_s": 0}], ["restore", ref, {}]
        )
        collected.ok()
        assert answer.code in (0, 3), answer
        balance.won(first=answer.code == 3)
        restored += answer.code == 0
        assert len(check_home(home)) == restored
    assert 0 < restored < ROUNDS  # both were first at times


def test_deleting_and_tagging_at_once_is_one_or_both(
    home: Path, work: Path, client: Client, pair: tuple[Worker, Worker], delays: Scatter
):
    for number in range(ROUNDS):
        ref = client.register("x", put(work, "f", f"{number}")).version.id_text
        deleted, tagged = at_once(
            pair,
            delays,
            ["delete_artifact_version", ref, {}],
            ["tag", ref, ["prod"], {"exclusive": True}],
        )
        deleted.ok()
        assert tagged.code in (0, 3), tagged
    assert check_home(home) == []
    record = {path.stem: path.read_text() for path in (home / "store" / "records").iterdir()}
    assert sum('"record":"deletion"' in text for text in record.values()) == ROUNDS


def test_of_two_that_expect_the_same_holder_of_a_tag_one_wins(
    home: Path, work: Path, client: Client, pair: tuple[Worker, Worker], delays: Scatter
):
    refs = [client.register("x", put(work, "f", f"{n}")).version.ref for n in range(3)]
    holder = client.tag("x:1", ["prod"]).version.ref
    for _ in range(ROUNDS):
        one, two = (ref for ref in refs if ref != holder)
        options = {"exclusive": True, "expect": holder}
        first, second = at_once(
            pair, delays, ["tag", one, ["prod"], options], ["tag", two, ["prod"], options]
        )
        assert sorted([first.code, second.code]) == [0, 4], (first, second)
        holder = one if first.code == 0 else two
        (found,) = client.list_artifact_versions(tag="prod").items
        assert found.ref == holder


def test_a_version_deleted_twice_at_once_is_deleted_once(
    home: Path, work: Path, client: Client, pair: tuple[Worker, Worker], delays: Scatter
):
    for number in range(ROUNDS):
        ref = client.register("x", put(work, "f", f"{number}")).version.ref
        delete = ["delete_artifact_version", ref, {}]
        first, second = at_once(pair, delays, delete, delete)
        assert sorted([first.code, second.code]) == [0, 3], (first, second)
    assert check_home(home) == []
    assert client.register("x", put(work, "f", "f")).version.version == f"{ROUNDS + 1}"


def test_a_damaged_blob_is_healed_while_it_is_put_into_quarantine(
    home: Path, work: Path, client: Client, pair: tuple[Worker, Worker], delays: Scatter
):
    for number in range(ROUNDS):
        content = f"content {number}"
        file = put(work, "f", content)
        client.register("x", file)
        digest = blake3(content.encode()).hexdigest()
        blob = home / "store" / "blobs" / digest[:2] / digest
        blob.chmod(0o644)
        blob.write_text("damaged" if number % 2 else content.upper())
        blob.chmod(0o444)
        checked, registered = at_once(
            pair, delays, ["check", [f"x:{number + 1}"], {}], ["register", "y", file, {}]
        )
        checked.ok()
        registered.ok()
        assert blob.read_text() == content
    assert len(check_home(home)) == 2 * ROUNDS


def test_every_backup_is_whole_while_four_write(home: Path, work: Path, client: Client):
    client.register("x", put(work, "f", "f"))
    writers = [start(home, work, REGISTER_MANY, f"p{n}", 60) for n in range(4)]
    try:
        before = 1
        for number in range(ROUNDS):
            target = work / f"backup-{number}.db"
            least = client.list_artifact_versions().total
            client.backup_catalog(target)
            found = _numbers(target)
            assert found == list(range(1, len(found) + 1))
            assert len(found) >= max(before, least)
            before = len(found)
    finally:
        printed = [finish(writer) for writer in writers]
    assert sum(len(text.split()) for text in printed) == 240
    assert_gapless(home, "x", 241)
    assert sorted(path.name for path in work.glob(".*")) == []


def _numbers(catalog: Path) -> list[int]:
    connection = sqlite3.connect(f"file:{catalog}?mode=ro", uri=True)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        rows = connection.execute("SELECT number FROM artifact_version ORDER BY seq")
        return [number for (number,) in rows]
    finally:
        connection.close()


@pytest.mark.parametrize("verb", ["restore", "rebuild"])
def test_nothing_is_lost_when_a_catalog_is_put_back_while_others_register(
    home: Path, work: Path, client: Client, verb: str
):
    client.register("x", put(work, "f", "f"))
    client.backup_catalog(work / "backup.db")
    writers = [start(home, work, REGISTER_MANY, f"p{n}", 50) for n in range(4)]
    rounds = 0
    while any(writer.poll() is None for writer in writers):
        done = (
            client.restore_catalog(work / "backup.db")
            if verb == "restore"
            else client.rebuild_catalog()
        )
        assert done.problems == ()
        rounds += 1
    printed = [finish(writer).split() for writer in writers]
    assert rounds > 1
    count = 1 + len(writers) * 50
    assert sorted(int(word) for words in printed for word in words) == list(range(2, count + 1))
    assert_gapless(home, "x", count)
    assert len(check_home(home)) == count
    assert client.verify() == []


def test_bytes_of_a_version_that_a_backup_brings_back_stay(
    home: Path, work: Path, client: Client, pair: tuple[Worker, Worker]
):
    seen, balance = set(), Balance()
    client.register("other", put(work, "g", "g"))
    for number in range(ROUNDS):
        version = client.register("x", put(work, "f", f"{number}")).version
        backup = work / f"backup-{number}.db"
        client.backup_catalog(backup)
        client.delete_artifact_version(version.id)
        collected, restored = at_once(
            pair,
            balance,
            ["collect_garbage", {"grace_s": 0}],
            ["restore_catalog", str(backup), {}],
        )
        collected.ok()
        assert restored.code in (0, 8), restored
        ids = {row["id"] for row in check_home(home)}
        assert (version.id_text in ids) == (restored.code == 0)
        seen.add(restored.code)
        balance.won(first=restored.code == 8)
        if restored.code == 0:
            client.delete_artifact_version(version.id)
    assert seen == {0, 8}


def test_a_register_of_a_name_that_is_changed_goes_to_the_old_or_the_new_artifact(
    home: Path, work: Path, client: Client, pair: tuple[Worker, Worker], delays: Scatter
):
    seen = set()
    for number in range(ROUNDS):
        old, new = f"old{number}", f"new{number}"
        file = put(work, "f", f"{number}")
        client.register(old, file)
        renamed, registered = at_once(
            pair, delays, ["update_artifact", old, new, {}], ["register", old, file, {}]
        )
        renamed.ok()
        registered.ok()
        found = client.list_artifact_versions(artifact=[f"oneof:{old},{new}"]).items
        names = sorted((row.artifact, row.version) for row in found)
        assert names in ([(new, "1"), (new, "2")], [(new, "1"), (old, "1")])
        seen.add(names[1][0])
    assert len(check_home(home)) == 2 * ROUNDS
    assert {name.rstrip("0123456789") for name in seen} == {"old", "new"}


def test_200_registers_by_8_processes_lose_nothing_to_gc_and_verify(home: Path, work: Path):
    keepers = [start(home, work, script) for script in (COLLECT, VERIFY)]
    started = [start(home, work, REGISTER_MANY, f"p{n}", 25) for n in range(8)]
    printed = [finish(process).split() for process in started]
    assert all(int(finish(keeper, "stop\n")) > 0 for keeper in keepers)
    assert sorted(int(word) for words in printed for word in words) == list(range(1, 201))
    assert_gapless(home, "x", 200)
    assert len(check_home(home)) == 200
