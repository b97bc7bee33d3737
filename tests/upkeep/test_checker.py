"""The checker of promises sees a run that breaks one."""

from contextlib import closing
from pathlib import Path

import pytest

from artifactctl.client import Client
from tests.checker import check_runs
from tests.upkeep.test_logs import begin, end, put_log

SPOILED = {
    "a log": ("DELETE", "blobs/*/*"),
    "a record": ("DELETE", "records/*"),
    "a status": "UPDATE run SET status = 'done'",
    "a step that outlives its run": "UPDATE run SET status = 'failed'; UPDATE run_step SET"
    " status = 'running', log = NULL",
    "a version that never was": "INSERT INTO step_version VALUES (1, 'output', 'o', 99)",
    "a label without its record": "INSERT INTO run_tag VALUES (1, 't')",
    "a step's details": "UPDATE run_step SET details = '{\"k\": 1}'",
    "a step's metadata": "INSERT INTO step_metadata (step_seq, key, value, number)"
    " VALUES (1, 'k', '1', 1)",
}


@pytest.mark.parametrize("reason", SPOILED)
def test_a_broken_promise_is_seen(tmp_path: Path, reason: str) -> None:
    home = tmp_path / "broken"
    with closing(Client(home)) as client:
        _, step_id = begin(client)
        put_log(client)
        end(client, step_id)
        check_runs(home)
        spoil = SPOILED[reason]
        if isinstance(spoil, tuple):
            for path in (home / "store").glob(spoil[1]):
                path.unlink()
            statements = "UPDATE run SET recorded = revision"
        else:
            statements = spoil
        with client.catalog.transaction() as connection:
            for statement in statements.split(";"):
                connection.execute(statement)
        with pytest.raises((AssertionError, FileNotFoundError)):
            check_runs(home)
