"""Records that a crash kept from being written: nothing comes back that has no bytes."""

from pathlib import Path

import pytest

from artifactctl.client import Client
from tests.checker import check_home

MANY = 120  # more than one command mends on its way


@pytest.mark.parametrize("verb", ["delete artifact", "delete versions", "prune", "prune data"])
def test_bytes_go_after_the_records_of_all_that_were_deleted(
    home: Path, work: Path, client: Client, verb: str
):
    for number in range(MANY):
        (work / "f").write_text(f"{number}")
        client.register("x", work / "f")
    records = {path: path.read_bytes() for path in (home / "store" / "records").iterdir()}
    if verb == "delete artifact":
        client.delete_artifact("x")
    elif verb == "delete versions":
        client.delete_artifact_version([f"x:{number + 1}" for number in range(MANY)])
    else:
        only_data = verb == "prune data"
        client.prune_artifacts(names=["x"], unused=True, only_artifact=only_data)
    for path, content in records.items():
        path.write_bytes(content)
    client.collect_garbage(grace_s=0)
    assert list((home / "store" / "blobs").glob("*/*")) == []
    assert list((home / "store" / "tmp").iterdir()) == []
    client.close()
    (home / "catalog.db").unlink()
    with_rows = verb == "prune data"
    assert client.rebuild_catalog().versions == (MANY if with_rows else 0)
    assert len(check_home(home)) == (MANY if with_rows else 0)
    assert client.verify() == []


def test_a_version_whose_record_is_late_stays_when_a_backup_is_put_back(
    home: Path, work: Path, client: Client
):
    (work / "f").write_text("f")
    client.register("x", work / "f")
    client.backup_catalog(work / "backup.db")
    late = client.register("x", work / "f", tags=["late"]).version
    (home / "store" / "records" / f"{late.id}.json").unlink()
    client.restore_catalog(work / "backup.db")
    assert client.get_artifact_version("x@late").id == late.id
    assert client.register("x", work / "f").version.version == "3"
