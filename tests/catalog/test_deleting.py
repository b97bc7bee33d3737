"""Throwing away: what goes, what stays, and what is never used again."""

import pytest

from artifactctl.catalog.reading.finding import find_artifact
from artifactctl.errors import ConflictError
from tests.catalog.test_rows import add, find, open_database
from tests.catalog.writes import (
    delete_artifact,
    delete_versions,
)


def test_no_number_and_no_name_is_ever_used_twice(tmp_path_factory, steps):
    db = open_database(tmp_path_factory.mktemp("catalog"))
    used: list[str] = []
    living: list[str] = []
    for action, value in steps:
        highest = max([int(name) for name in used if name.isdigit() and name[0] != "0"], default=0)
        if action == "add" and value in used:
            with pytest.raises(ConflictError):
                add(db, "a", value)
        elif action == "add":
            add(db, "a", value)
            name = value or str(highest + 1)
            assert find(db, "a").version == name
            used.append(name)
            living.append(name)
        elif action == "delete" and living:
            name = living.pop(value % len(living))
            delete_versions(db, [find(db, f"a:{name}")])
        elif action == "delete artifact" and living:
            delete_artifact(db, find_artifact(db, "a").id)
            living = []
    assert names(db) == [f"a:{name}" for name in living]
    db.close()
