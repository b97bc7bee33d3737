"""Logs of steps in the store: they stay as long as their run, and come back with it."""

import io
import uuid
from pathlib import Path

import pytest

from artifactctl.catalog.reading.finding_runs import find_run
from artifactctl.catalog.references import logs_among
from artifactctl.catalog.run_rows import NewRun, NewStep, StepEnd
from artifactctl.client import Client
from artifactctl.context import StepScope
from artifactctl.digests import blob_key, digest_of
from artifactctl.enums import StepStatus
from artifactctl.errors import IntegrityError
from artifactctl.upkeep.mending import write_records
from artifactctl.verbs import recording
from artifactctl.verbs.recording import Outcome
from tests.catalog.writes import begin_run, begin_step, end_step

TEXT = b"epoch 1\nepoch 2\n"
LOG = digest_of(TEXT)


@pytest.fixture
def blob(home: Path) -> Path:
    return home / "store" / blob_key(LOG)


def begin(client: Client) -> tuple[str, str]:
    """A run and a step of it that are running."""
    run_id, step_id = str(uuid.uuid4()), str(uuid.uuid4())
    begin_run(client.catalog, NewRun(run_id, "nightly", "train"))
    begin_step(client.catalog, NewStep(step_id, run_id, "fit"))
    return run_id, step_id


def put_log(client: Client) -> None:
    client.store.put_stream(io.BytesIO(TEXT))


def end(client: Client, step_id: str) -> None:
    done = StepEnd(step_id, "failed", log=LOG, log_bytes=len(TEXT))
    write_records(client.catalog, client.store, end_step(client.catalog, done)[1])


def gc(client: Client, **options):
    return client.collect_garbage(grace_s=0, **options)


def test_a_log_stays_when_its_step_ended_after_later_ones_began(client, home, blob):
    _, first = begin(client)
    begin(client)
    put_log(client)
    assert gc(client, dry_run=True).blobs == 1
    end(client, first)
    assert gc(client, dry_run=True).blobs == 0
    assert gc(client).blobs == 0
    assert blob.read_bytes() == TEXT
    assert logs_among(client.catalog, [LOG, digest_of(b"other")]) == {LOG}
    assert client.verify() == []


def test_a_log_that_is_cleared_away_before_its_step_ends_is_stored_again(
    client, home, work, collect_at_next_change
):
    """Garbage is collected between the log and the row that names it."""
    log = work / "log"
    log.write_bytes(TEXT)
    collected = collect_at_next_change()
    run_id, step_id = begin(client)
    scope = StepScope(str(home), run_id, "nightly", "train", step_id, "fit")
    recording.end_step(client.home, scope, Outcome(StepStatus.FAILED, log=log))
    assert collected == [1]
    assert find_run(client.catalog, run_id).steps[0].log == LOG
    assert gc(client).blobs == 0


def test_bytes_of_a_version_that_are_a_log_too_stay_with_it(client, home, work, blob):
    (work / "out.txt").write_bytes(TEXT)
    client.register("printed", work / "out.txt")
    _, step_id = begin(client)
    end(client, step_id)
    client.delete_artifact_version("printed:1", delete_from_artifact_store=True)
    gc(client)
    assert blob.read_bytes() == TEXT


def lose_catalog(client: Client, home: Path) -> None:
    client.close()
    (home / "catalog.db").unlink()


def test_a_run_comes_back_from_the_store_with_its_log(client, home, blob):
    run_id, step_id = begin(client)
    put_log(client)
    end(client, step_id)
    before = find_run(client.catalog, run_id)
    lose_catalog(client, home)
    client.rebuild_catalog()
    assert find_run(client.catalog, run_id) == before
    assert gc(client).blobs == 0


def test_the_log_of_a_run_that_only_a_record_knows_stays(client, home, work, blob):
    (work / "x").write_bytes(b"x")
    client.register("x", work / "x")
    client.backup_catalog(work / "saved.db")
    run_id, step_id = begin(client)
    put_log(client)
    end(client, step_id)
    client.close()
    (work / "saved.db").replace(home / "catalog.db")
    garbage = gc(client)
    assert (garbage.blobs, garbage.unknown_versions) == (0, 0)
    client.rebuild_catalog()
    assert find_run(client.catalog, run_id).steps[0].log == LOG


def test_nothing_is_deleted_while_the_record_of_an_unknown_run_cannot_be_read(client, home, work):
    (work / "x").write_bytes(b"x")
    client.register("x", work / "x")
    client.backup_catalog(work / "saved.db")
    run_id, step_id = begin(client)
    put_log(client)
    end(client, step_id)
    client.close()
    (work / "saved.db").replace(home / "catalog.db")
    record = home / "store" / "records" / f"{run_id}.json"
    sound = record.read_bytes()
    record.unlink()
    record.write_bytes(sound.replace(b'"steps":[', b'"steps":7,"x":['))
    with pytest.raises(IntegrityError, match=run_id):
        gc(client)
    record.write_bytes(sound)
    client.rebuild_catalog()
    assert gc(client).blobs == 0
