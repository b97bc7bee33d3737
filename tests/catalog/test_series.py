"""Series in the catalog: chunks that do not overlap, on both engines, whatever comes when."""

import math
import random
from itertools import pairwise
from pathlib import Path

import pytest

from artifactctl.catalog.reading.recorded import record_of
from artifactctl.catalog.reading.series import extents_of, read_points
from artifactctl.catalog.records import check_record
from artifactctl.catalog.writing.labelling import remove_version_metadata
from artifactctl.catalog.writing.series import put_series
from artifactctl.errors import NotFoundError
from artifactctl.series import MOST_POINTS, Points, decode, points_of
from tests.catalog.engines import open_database
from tests.catalog.test_rows import add, find

ID = "deadbeef-0000-4000-8000-000000000001"


def log(db, row_id: str, key: str, steps, value=float) -> list[str]:
    points = points_of((step, 1000 + step, value(step)) for step in steps)
    with db.transaction() as transaction:
        return put_series(transaction, "version", row_id, {key: points})


def chunks(db, key: str) -> list[tuple[int, int, int, Points]]:
    rows = db.rows(
        "SELECT first_step, last_step, count, points FROM series WHERE key = :key AND count > 0"
        " ORDER BY last_step",
        {"key": key},
    )
    return [(*cells, decode(points)) for *cells, points in rows]


def test_points_come_in_any_order_and_chunks_stay_sound(tmp_path: Path):
    db = open_database(tmp_path)
    row_id = add(db, "a", "1")
    choose, expected = random.Random(7), {}
    for round_ in range(12):
        start = choose.randrange(20_000)
        steps = [start + 3 * i for i in range(choose.choice([1, 5, 900, 6000]))]
        log(db, row_id, "loss", steps, lambda step, by=round_: step + by / 16)
        expected |= {step: step + round_ / 16 for step in steps}
    points = read_points(db, row_id, "loss")
    assert dict(zip(points.steps, points.values, strict=True)) == dict(sorted(expected.items()))
    found = chunks(db, "loss")
    for first, last, count, some in found:
        assert (some.steps[0], some.steps[-1], len(some)) == (first, last, count)
        assert count <= MOST_POINTS
    assert all(one[1] < after[0] for one, after in pairwise(found))
    assert len(found) < 3 * (len(expected) // MOST_POINTS + 1)
    (extent,) = extents_of(db, [row_id])[row_id].values()
    final = expected[max(expected)]
    assert (extent.count, extent.final, extent.low) == (
        len(expected),
        final,
        min(expected.values()),
    )
    assert find(db, "a:1").metadata["loss"] == final
    db.close()


def test_a_growing_series_fills_its_chunks_and_changes_only_the_last(tmp_path: Path):
    db = open_database(tmp_path)
    row_id = add(db, "a", "1")
    log(db, row_id, "x", range(2 * MOST_POINTS + 10))
    assert [count for _, _, count, _ in chunks(db, "x")] == [MOST_POINTS, MOST_POINTS, 10]
    *changed, owner = log(db, row_id, "x", [9000], lambda _: math.nan)
    assert (len(changed), owner) == (1, row_id)
    kind, record = record_of(db, changed[0])
    check_record(record)
    assert (kind, record["record"], record["owner"], record["count"]) == (2, "series", row_id, 11)
    assert find(db, "a:1").metadata["x"] is None
    assert len(log(db, row_id, "x", [5])) == 2
    assert len(read_points(db, row_id, "x", most_chunks=2)) == MOST_POINTS + 11
    db.close()


def test_a_removed_key_takes_its_points_along(tmp_path: Path):
    db = open_database(tmp_path)
    row_id = add(db, "a", "1")
    for key in ("x", "y"):
        log(db, row_id, key, range(3))
    with db.transaction() as transaction:
        changed = remove_version_metadata(transaction, row_id, ["x"])
    assert len(changed) == 2
    assert list(extents_of(db, [row_id])[row_id]) == ["y"]
    leaves = db.rows("SELECT key FROM version_metadata_leaf ORDER BY key")
    assert [key for (key,) in leaves] == ["y.max", "y.min"]
    with pytest.raises(NotFoundError):
        log(db, ID, "x", [1])
    db.close()
