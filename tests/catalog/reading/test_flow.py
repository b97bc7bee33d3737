"""Which artifacts are made from which, through the newest steps."""

import pytest

from artifactctl.catalog.reading import flow as reading
from artifactctl.client import Client
from tests.recorded import Did, make, record


def test_steps_and_registrations_are_told_by_artifact_and_older_ones_left_out(
    client: Client, work, monkeypatch: pytest.MonkeyPatch
) -> None:
    for turn in (1, 2):
        make(client, "raw")
        record(client, f"run-{turn}", Did("old", {"data": f"raw:{turn}"}, ["model"]))
    record(client, "later", Did("new", {"data": "raw:1"}, ["report"]))
    make(client, "notes", inputs=["model:1"])
    client.delete_artifact_version("raw", 1, force=True)
    found = reading.flow(client.home.catalog)
    assert found.passes == [
        ("training", "new", "input", "raw"),
        ("training", "new", "output", "report"),
        ("training", "old", "input", "raw"),
        ("training", "old", "output", "model"),
    ]
    assert found.inputs == [("model", "notes")]
    assert found.versions == {"model": 2, "notes": 1, "raw": 1, "report": 1}
    assert not found.is_part

    monkeypatch.setattr(reading, "NEWEST", 1)
    found = reading.flow(client.home.catalog)
    assert {one.step for one in found.passes} == {"new"}
    assert found.is_part
