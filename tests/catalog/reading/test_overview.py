"""All of a catalog in a few statements, whole or in part."""

import pytest

from artifactctl.catalog.reading import overview
from artifactctl.catalog.reading.overview import Seqs
from tests.catalog.test_rows import add, open_database


@pytest.fixture
def db(tmp_path):
    made = open_database(tmp_path)
    yield made
    made.close()


def test_the_newest_come_first_and_long_values_are_cut(db):
    for name in ("a", "b", "a"):
        add(db, name, tags=["t"], metadata={"n": 1, "long": "x" * 5000})
    versions, total = overview.newest(db, "artifact_version", 2)
    assert total == 3
    found = list(overview.versions(db, versions))
    assert [line.version for line in found] == ["2", "1"]
    assert [line.tag for line in overview.labels(db, "version", versions)] == ["t", "t"]
    cut = {
        value.key: (len(value.text), value.length)
        for value in overview.values(db, "version", versions)
    }
    assert cut == {"n": (1, 1), "long": (500, 5002)}

    (only,) = [line for line in overview.artifacts(db, Seqs()) if line.name == "b"]
    part = Seqs(some=overview.versions_of(db, [only.seq], 10))
    assert [line.version for line in overview.versions(db, part)] == ["1"]
    assert [line.name for line in overview.artifacts(db, part)] == ["b"]
